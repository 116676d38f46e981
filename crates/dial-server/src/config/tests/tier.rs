//! How a line's calls are carried.

use super::*;
use crate::config::Tier;

#[test]
fn a_streamed_line_needs_an_https_address_that_its_provider_calls() {
    let line = line_with("twiml.tier = \"stream\"");
    let secure = format!("[server]\npublic_url = \"https://phone.example.org\"\n{line}");
    assert_eq!(parse(&secure).lines[0].twiml.tier, Tier::Stream);
    for text in [secure.replace("https:", "http:"), line] {
        let [fault] = &faults(&text)[..] else { panic!("{text}") };
        let what = "line: the line `st-marys` has tier = \"stream\", which needs an https address; set [server] public_url";
        assert!(fault.contains(what), "{fault}");
    }
    let somleng = secure.replace("twiml.tier", "twiml.provider = \"somleng\"\ntwiml.tier");
    assert!(faults(&somleng)[0].contains("twiml.tier: media streams of Somleng are not supported"));
}
