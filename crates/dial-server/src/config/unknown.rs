//! What to say about a key that does not exist: the nearest one that does, or where a secret goes.
//!
//! It must not see values: a secret in the wrong place is never repeated.

use super::AUTH_TOKEN_ENV;

/// Below this likeness, from 0 to 1, a guess would confuse more than help.
const LIKE_ENOUGH: f64 = 0.8;

/// Words in a key that betray a secret.
const SECRET_WORDS: [&str; 5] = ["token", "secret", "password", "passwd", "private"];

/// How to mend an unknown key, given the keys that its table knows and the table that knows the key.
pub(super) fn remedy(key: &str, known: &[&str], home: Option<&str>) -> String {
    if is_secret(key) {
        if let Some(file) = known.iter().find(|known| known.ends_with("_file") && is_secret(known)) {
            return format!(
                "a secret does not belong in this file: write it alone into a file that only `dial` can read, and name \
                 that file in `{file}`"
            );
        }
        return format!(
            "a secret does not belong in this file: write it alone into a file that only `dial` can read, and name \
             that file in `line.twiml.auth_token_files`, or set {AUTH_TOKEN_ENV}"
        );
    }
    // A row that is added at the end of the file belongs to its last table: the usual slip in TOML.
    if let Some(home) = home {
        return format!("it belongs under {home}");
    }
    let likeness = |known: &&&str| (strsim::jaro_winkler(key, known) * 1000.0) as u32;
    match known.iter().max_by_key(likeness) {
        Some(nearest) if strsim::jaro_winkler(key, nearest) >= LIKE_ENOUGH => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) => format!("the keys here are {}", known.join(", ")),
        None => "no key belongs here".into(),
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_answered_with_the_nearest_key_and_a_guess_with_all_of_them() {
        let known = ["menu", "name", "time_zone"];
        for (slip, meant) in
            [("menue", "menu"), ("nmae", "name"), ("timezone", "time_zone"), ("Menu", "menu")]
        {
            assert_eq!(remedy(slip, &known, None), format!("did you mean `{meant}`?"));
        }
        assert_eq!(remedy("colour", &known, None), "the keys here are menu, name, time_zone");
    }

    #[test]
    fn a_key_in_the_wrong_table_is_sent_to_its_own() {
        assert_eq!(remedy("menu", &["kind", "name", "path"], Some("[[line]]")), "it belongs under [[line]]");
    }

    #[test]
    fn a_secret_of_a_table_that_names_a_file_for_it_is_sent_there() {
        let told = remedy("password", &["kind", "user", "password_file"], None);
        assert!(told.ends_with("name that file in `password_file`"), "{told}");
    }

    #[test]
    fn a_secret_is_sent_to_a_file() {
        for key in ["auth_token", "authToken", "twilio_secret", "PASSWORD", "private_key"] {
            assert!(
                remedy(key, &["auth_token_files"], None)
                    .contains("name that file in `line.twiml.auth_token_files`")
            );
        }
    }
}
