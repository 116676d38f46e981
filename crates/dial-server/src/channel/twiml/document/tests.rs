//! Documents as servers write them, well and badly.

use proptest::prelude::*;

use super::*;

fn parse(inside: &str) -> Document {
    Document::parse(
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{inside}</Response>").as_bytes(),
    )
    .unwrap()
}

fn say(text: &str) -> Verb {
    Verb::Say { voice: None, language: None, text: text.to_owned(), times: 1 }
}

fn play(url: &str) -> Verb {
    Verb::Play { url: url.to_owned(), times: 1 }
}

#[test]
fn every_verb_is_read_with_its_attributes() {
    let document = parse(
        r#"<!-- a comment -->
        <Gather action="/key?a=1&amp;b=2" method="GET" timeout="8" numDigits="1" finishOnKey="" actionOnEmptyResult="true">
            <Say voice="Polly.Amy" language="en-GB">Press 1 &amp; listen, or <break time="1s"/>don&#8217;t.</Say>
            <Play>https://example.org/a.wav?x=1&amp;y=2</Play><Pause length="2"/>
        </Gather>
        <Say><![CDATA[<Fish & chips>]]></Say><Play loop="3"> b.wav </Play>
        <Redirect method="GET">/again</Redirect><Pause/><Reject reason="busy"/><Hangup/>"#,
    );
    let gather = Gather {
        action: Some("/key?a=1&b=2".to_owned()),
        method: Method::GET,
        timeout_s: 8,
        num_digits: Some(1),
        finish_on_key: None,
        action_on_empty_result: true,
        children: vec![
            Verb::Say {
                voice: Some("Polly.Amy".to_owned()),
                language: Some("en-GB".to_owned()),
                text: "Press 1 & listen, or don’t.".to_owned(),
                times: 1,
            },
            play("https://example.org/a.wav?x=1&y=2"),
            Verb::Pause { length_s: 2 },
        ],
    };
    let expected = vec![
        Verb::Gather(gather),
        say("<Fish & chips>"),
        Verb::Play { url: "b.wav".to_owned(), times: 3 },
        Verb::Redirect { url: "/again".to_owned(), method: Method::GET },
        Verb::Pause { length_s: 1 },
        Verb::Reject { busy: true },
        Verb::Hangup,
    ];
    assert_eq!(document, Document { verbs: expected, warnings: vec![] });
}

#[test]
fn what_is_not_said_has_the_documented_default() {
    let expected = Gather {
        action: None,
        method: Method::POST,
        timeout_s: 5,
        num_digits: None,
        finish_on_key: Some('#'),
        action_on_empty_result: false,
        children: vec![],
    };
    assert_eq!(parse("<Gather/>").verbs, [Verb::Gather(expected)]);
    assert_eq!(Document::parse(b"<Response/>"), Ok(Document::default()));
}

#[test]
fn what_the_provider_only_warns_of_does_not_end_the_call() {
    let document = parse(
        r#"<Gather timeout="0" numDigits="x" finishOnKey="12" method="PUT" colour="red"><Dial/><Say>Hi</Say></Gather>
        <Dial>1</Dial><say>lower</say><Pause length="-1"/><Play digits="ww1"/><Say loop="x">Bye</Say>"#,
    );
    let numbers: Vec<_> = document.warnings.iter().map(|warning| warning.number).collect();
    assert_eq!(numbers, [12200, 13320, 13314, 13312, 13313, 13310, 12200, 12200, 13910, 13430, 13510]);
    assert_eq!(document.verbs.len(), 3);
    assert!(document.warnings[0].to_string().contains("12200: the attribute `colour`"));
}

#[test]
fn an_unusable_document_names_the_providers_error_number() {
    let deep = format!("<Response>{}{}</Response>", "<a>".repeat(40), "</a>".repeat(40));
    let long_name = format!("<{}/>", "x".repeat(100));
    let long = vec![b' '; MAX_DOCUMENT + 1];
    let table: [(&[u8], u16); 16] = [
        (&long, 11750),
        (b"", 11770),
        (b" \n ", 11770),
        (b"\n<?xml version=\"1.0\"?><Response/>", 12100),
        (b"\xef\xbb\xbf<?xml version=\"1.0\"?><Response/>", 12100),
        (b"<Response><Say>Hello</Response>", 12100),
        (b"<Response><Say>Hello</Say>", 12100),
        (b"<Response/><Response/>", 12100),
        (b"Hello", 12100),
        (b"<Response>\xff</Response>", 12100),
        (b"<Response><Say>&nbsp;</Say></Response>", 12100),
        (b"<!DOCTYPE r [<!ENTITY a \"b\">]><Response><Say>&a;</Say></Response>", 12100),
        (deep.as_bytes(), 12100),
        (long_name.as_bytes(), 12100),
        (b"<html><body/></html>", 12102),
        (b"<Response><Gather actionOnEmptyResult=\"yes\"/></Response>", 13338),
    ];
    for (body, number) in table {
        let error = Document::parse(body).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{number}: ")), "{error}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&bytes);
    }

    #[test]
    fn any_soup_of_tags_is_read_or_refused(soup in "(<|>|/|&|;|#|\"|=| |Response|Gather|Say|timeout|9|x|<Response>|</Response>|<Say>){0,40}") {
        let _ = Document::parse(soup.as_bytes());
    }
}
