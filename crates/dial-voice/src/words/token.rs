//! A text in words, each with the punctuation that follows it.

/// A word or sign of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// Without punctuation around it.
    pub text: String,
    /// The pause after it.
    pub pause: Option<char>,
}

impl Token {
    /// Whether it begins with a capital letter.
    pub(super) fn is_capitalised(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// The number, where the token is one and nothing else.
    pub(super) fn number(&self) -> Option<u32> {
        let digits = !self.text.is_empty() && self.text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { self.text.parse().ok() } else { None }
    }
}

/// Parts a text. Brackets and dashes are pauses, quotes are nothing.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for word in plain(text).split_whitespace() {
        let inner = word.trim_start_matches(is_mark);
        if inner.len() < word.len() {
            pause_after_last(&mut tokens, pause_of(&word[..word.len() - inner.len()]));
        }
        let core = inner.trim_end_matches(is_mark);
        let pause = pause_of(&inner[core.len()..]);
        if core.is_empty() {
            pause_after_last(&mut tokens, pause);
        } else {
            tokens.push(Token { text: core.into(), pause });
        }
    }
    tokens
}

/// One way of writing quotes, dashes and signs that stand between words.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\u{2018}' | '\u{2019}' | '`' => plain.push('\''),
            '"' | '\u{201c}' | '\u{201d}' | '\u{ab}' | '\u{bb}' => {}
            '&' => plain.push_str(" & "),
            '(' | ')' | '[' | ']' | '|' | '\u{2014}' => plain.push_str(" , "),
            '\u{2013}' | '\u{2212}' | '\u{2010}' | '\u{2011}' => plain.push('-'),
            '_' | '\u{a0}' => plain.push(' '),
            sign if sign.is_control() => plain.push(' '),
            sign => plain.push(sign),
        }
    }
    plain
}

fn is_mark(sign: char) -> bool {
    matches!(sign, ',' | '.' | ';' | ':' | '!' | '?' | '-' | '\'' | '/' | '…')
}

fn pause_of(marks: &str) -> Option<char> {
    let rank = |sign: char| match sign {
        '.' | '!' | '…' => 2,
        '?' => 3,
        ',' | ';' | ':' | '-' | '/' => 1,
        _ => 0,
    };
    match marks.chars().map(rank).max() {
        Some(3) => Some('?'),
        Some(2) => Some('.'),
        Some(1) => Some(','),
        _ => None,
    }
}

fn pause_after_last(tokens: &mut [Token], pause: Option<char>) {
    if let Some(last) = tokens.last_mut()
        && last.pause.is_none()
    {
        last.pause = pause;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_becomes_pauses() {
        let table = [
            ("All Saints' (Patronal)", "All Saints, Patronal,"),
            ("Evensong \u{2013} “Light & Dark”…", "Evensong, Light & Dark."),
            ("6.30, Luke 2:1-14.", "6.30, Luke 2:1-14."),
            ("Really?! - yes", "Really? yes"),
        ];
        for (text, expected) in table {
            let told: Vec<_> = tokens(text)
                .iter()
                .map(|token| format!("{}{}", token.text, token.pause.map_or(String::new(), String::from)))
                .collect();
            assert_eq!(told.join(" "), expected);
        }
    }
}
