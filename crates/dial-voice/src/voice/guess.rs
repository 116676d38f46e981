//! How a word that no dictionary has is probably said in England: letters to sounds, the longest first.
//!
//! It is a guess, good enough to be understood; a name that matters belongs into the lexicon.

/// Letters and their sounds. `^` is the start of a word, `$` its end, `_` any one consonant before a mute `e`.
const RULES: &str = "
    ^kn=n ^gn=n ^wr=ɹ ^ps=s ^wh=w ^who=h ^x=z ^mc=mək ^mac=mək thwaite$=θwAt borough$=bɹə burgh$=bɹə
    mouth$=məθ church=ʧˈɜːʧ chester$=ʧɪstə caster$=kastə cester$=stə shire$=ʃə minster$=mɪnstə
    field$=fiːld wick$=wɪk wich$=ɪʧ ham$=əm ton$=tən don$=dən stead$=stɛd ley$=li ly$=li ey$=i
    by$=bi worth$=wɜːθ well$=wɛl ford$=fəd bury$=bəɹi land$=lənd kirk=kɜːk tion=ʃən sion=ʒən
    ssion=ʃən cian=ʃən ough=ˈɔː augh=ˈɔː eigh=A igh=I tch=ʧ sch=ʃ ch=ʧ sh=ʃ th=θ ph=f ck=k ng$=ŋ
    ngs$=ŋz nk=ŋk qu=kw dge=ʤ wh=w gh=ɡ rh=ɹ ss=s ll=l tt=t pp=p bb=b dd=d ff=f gg=ɡ mm=m nn=n rr=ɹ
    zz=z cc=k kk=k ai=A ay=A au=ɔː aw=ɔː ar$=ɑː ar=ɑː air=ɛː are$=ɛː ea=iː ear=ɪə ee=iː eer=ɪə ei=A
    er$=ə er=ɜː ers$=əz eu=jˈuː ew=jˈuː ia=iə ie=iː io=iə ir=ɜː oa=Q oar=ɔː oe=Q oi=Y oo=uː or$=ɔː
    or=ɔː ore$=ɔː ou=W our=W ow$=Q ow=W oy=Y ue$=uː ui=uː ur=ɜː ure$=jə yr=ɜː a_e=A e_e=iː i_e=I
    o_e=Q u_e=uː y_e=I ce=s ci=sɪ cy=si ge$=ʤ gi=ʤɪ gy=ʤi e$= es$=z ed$=d us$=əs um$=əm a$=ə o$=Q
    y$=i i$=i is$=ɪs ^y=j a=a b=b c=k d=d e=ɛ f=f g=ɡ h=h i=ɪ j=ʤ k=k l=l m=m n=n o=ɒ p=p q=k r=ɹ
    s=s t=t u=ʌ v=v w=w x=ks y=ɪ z=z é=A è=ɛ ê=A ë=i á=ɑː à=ɑː â=ɑː ä=ɛ ö=ɜː ó=ɒ ô=Q ø=ɜː ü=uː ú=uː
    û=uː í=iː î=iː ï=iː ç=s ñ=nj";

/// The sounds of a word, with the stress on its first vowel.
pub(super) fn guess(word: &str) -> String {
    let letters: Vec<char> =
        word.chars().flat_map(char::to_lowercase).filter(|sign| sign.is_alphabetic()).collect();
    let mut sounds = String::new();
    let mut at = 0;
    while at < letters.len() {
        let rule = RULES
            .split_whitespace()
            .filter_map(|rule| rule.split_once('='))
            .filter_map(|(pattern, sound)| Some((fits(pattern, &letters, at)?, pattern.len(), sound)))
            .max_by_key(|(taken, len, _)| (*taken, *len));
        match rule {
            Some((taken, _, sound)) => {
                sounds.push_str(sound);
                at += taken;
            }
            None => at += 1,
        }
    }
    stressed(&sounds)
}

/// How many letters the pattern takes from there, if it fits.
fn fits(pattern: &str, letters: &[char], start: usize) -> Option<usize> {
    let mut at = start;
    let mut taken = 0;
    for sign in pattern.chars() {
        let fits = match sign {
            '^' => start == 0,
            '$' => at == letters.len(),
            '_' => letters.get(at).is_some_and(|letter| is_consonant(*letter)),
            sign => letters.get(at) == Some(&sign),
        };
        if !fits {
            return None;
        }
        at += usize::from(!matches!(sign, '^' | '$'));
        taken = at - start;
    }
    // Of a_e only the first letter is said now; the e is mute at the end of its word alone.
    if pattern.contains('_') { (at == letters.len()).then_some(1) } else { Some(taken) }
}

fn is_consonant(letter: char) -> bool {
    letter.is_alphabetic() && !"aeiouyéèêëáàâäöóôøüúûíîï".contains(letter)
}

fn stressed(sounds: &str) -> String {
    const VOWELS: &str = "aeiouAIOQWYɑɒæɔəɛɜɪʊʌ";
    match sounds.find(|sound| VOWELS.contains(sound)) {
        Some(at) if !sounds.contains('ˈ') => format!("{}ˈ{}", &sounds[..at], &sounds[at..]),
        _ => sounds.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_names_are_said_as_they_look() {
        let table = [
            ("Whitkirk", "wˈɪtkɜːk"),
            ("Slaithwaite", "slˈAθwAt"),
            ("Knottingley", "nˈɒtɪnɡli"),
            ("Wakeford", "wˈakɛfəd"),
            ("Christi", "ʧɹˈɪsti"),
            ("Mytholmroyd", "mˈɪθɒlmɹYd"),
            ("", ""),
        ];
        for (word, sounds) in table {
            assert_eq!(guess(word), sounds, "{word}");
        }
    }
}
