//! Feeds as they are really written, and as they really go wrong.

use proptest::prelude::*;

use super::super::tests::{at, london};
use super::super::{Gravity, RecordingId, When};
use super::*;

const POWERPRESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="https://www.stmary.example/style.xsl"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom"
  xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
  <title>St Mary&#8217;s Church &amp; Hall</title>
  <atom:link href="https://www.stmary.example/feed/podcast/" rel="self" type="application/rss+xml" />
  <link>https://www.stmary.example</link>
  <lastBuildDate>Sun, 12 Jun 2022 12:15:01 +0000</lastBuildDate>
  <generator>https://wordpress.org/?v=6.5.2</generator>
  <!-- podcast_generator="Blubrry PowerPress/11.9" -->
  <image><url>https://www.stmary.example/logo.png</url><title>The logo</title></image>
  <item>
    <title>Trinity Sunday: God&#8217;s &lt;em&gt;love&lt;/em&gt;</title>
    <link>https://www.stmary.example/trinity/</link>
    <pubDate>Sun, 12 Jun 2022 12:00:00 +0000</pubDate>
    <guid isPermaLink="false">https://www.stmary.example/?p=812</guid>
    <description><![CDATA[<p>With <b>hymns</b>.]]></description>
    <content:encoded><![CDATA[<audio src="https://www.stmary.example/other.mp3"></audio>]]></content:encoded>
    <enclosure url="https://media.blubrry.com/stmary/www.stmary.example/wp-content/uploads/2022/06/trinity.mp3?a=1&amp;b=2" length="28911616" type="audio/mpeg" />
    <itunes:title>Another title</itunes:title>
    <itunes:duration>1:00:14</itunes:duration>
    <podcast:alternateEnclosure type="audio/mpeg" length="28911616" default="true">
      <podcast:source uri="https://media.blubrry.com/stmary/www.stmary.example/wp-content/uploads/2022/06/trinity.mp3?a=1&amp;b=2" />
      <podcast:integrity type="sri" value="sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" />
    </podcast:alternateEnclosure>
  </item>
  <item>
    <title>The church fete</title>
    <guid isPermaLink="false">https://www.stmary.example/?p=811</guid>
  </item>
  <item>
    <title>Notices</title>
    <guid isPermaLink="false">https://www.stmary.example/?p=810</guid>
    <enclosure url="https://www.stmary.example/notices.pdf" length="100" type="application/pdf" />
  </item>
  <item>
    <title><![CDATA[Pentecost &#8211; <em>Whitsun</em>]]></title>
    <pubDate>Sun, 05 Jun 2022 12:00:00 +0000</pubDate>
    <guid isPermaLink="false">https://www.stmary.example/?p=800</guid>
    <enclosure url="https://www.stmary.example/pentecost.mp3" length="0" type="" />
    <itunes:duration></itunes:duration>
  </item>
</channel>
</rss>
<!-- Dynamic page generated in 0.345 seconds. -->
"#;

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>St Anne's</title>{items}</channel></rss>"
    )
}

fn item(guid: &str, address: &str) -> String {
    format!(
        "<item><title>A</title><guid>{guid}</guid><enclosure url=\"{address}\" type=\"audio/mpeg\"/></item>"
    )
}

fn read(feed: impl AsRef<[u8]>) -> Reading {
    Page::read(feed.as_ref(), &london())
}

fn page(feed: impl AsRef<[u8]>) -> Page {
    let reading = read(feed);
    assert_eq!(reading.defects, []);
    reading.page.unwrap()
}

fn refusal(feed: impl AsRef<[u8]>) -> String {
    let reading = read(feed);
    assert_eq!(reading.page, None);
    assert_eq!(reading.defects[0].gravity, Gravity::Refused);
    reading.defects[0].to_string()
}

#[test]
fn a_feed_of_powerpress_is_read_whole() {
    let page = page(POWERPRESS);
    assert_eq!(page.church_name, "St Mary’s Church & Hall");
    assert_eq!(page.changed_at, Some(at("2022-06-12T12:15:01Z")));
    assert_eq!((page.next, page.left_out), (Next::Paged, 2));
    let [trinity, pentecost] = &page.items[..] else { panic!("{:?}", page.items) };
    assert_eq!(trinity.entry.title.as_deref(), Some("Trinity Sunday: God’s love"));
    assert_eq!(trinity.entry.when, When::Told(at("2022-06-12T12:00:00Z")));
    assert_eq!(trinity.guid.as_deref(), Some("https://www.stmary.example/?p=812"));
    assert!(trinity.entry.file.as_str().starts_with("p-812-"), "{:?}", trinity.entry.file);
    assert!(trinity.address.ends_with("/trinity.mp3?a=1&b=2"), "{}", trinity.address);
    assert_eq!((trinity.len, trinity.duration_ms), (Some(28_911_616), Some(3_614_000)));
    assert_eq!(trinity.sha256.map(|hash| hash[..3].to_vec()), Some(vec![0xe3, 0xb0, 0xc4]));
    assert_eq!(pentecost.entry.title.as_deref(), Some("Pentecost – Whitsun"));
    assert_eq!((pentecost.len, pentecost.duration_ms, pentecost.sha256), (None, None, None));
}

#[test]
fn a_feed_in_atom_is_read_whole() {
    let page = page(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">St Anne&amp;rsquo;s</title>
        <updated>2022-06-12T12:15:01Z</updated><link rel="self" href="https://a.example/feed"/>
        <link rel="next" href="/feed?page=2&amp;x=1"/>
        <entry><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Morning <b>Prayer</b></div></title>
          <id>tag:a.example,2022:1</id><updated>2022-06-14T12:00:00Z</updated><published>2022-06-12T10:00:00+01:00</published>
          <link rel="alternate" href="https://a.example/1"/>
          <link rel="enclosure" type="audio/mp4" length="1000" href="https://a.example/1.m4a"/>
          <source><title>Elsewhere</title><id>other</id></source></entry>
        <entry><title>Film</title><id>2</id><link rel="enclosure" type="video/mp4" href="https://a.example/2.m4a"/></entry>
        </feed>"#,
    );
    assert_eq!((page.church_name.as_str(), page.left_out), ("St Anne’s", 1));
    assert_eq!(page.next, Next::At("/feed?page=2&x=1".into()));
    assert_eq!(page.changed_at, Some(at("2022-06-12T12:15:01Z")));
    let [one] = &page.items[..] else { panic!("{:?}", page.items) };
    assert_eq!(one.entry.title.as_deref(), Some("Morning Prayer"));
    assert_eq!(one.entry.when, When::Told(at("2022-06-12T09:00:00Z")));
    assert_eq!((one.guid.as_deref(), one.len), (Some("tag:a.example,2022:1"), Some(1000)));
}

#[test]
fn a_corrected_title_date_or_address_keeps_the_identity() {
    let id = |item: &str| RecordingId::of(&page(rss(item)).items[0].entry.file);
    let before = item("https://a.example/?p=1", "https://a.example/evensnog.mp3");
    let after = "<item><title>Evensong</title><pubDate>12 Jun 2022 10:00 +0100</pubDate>\
        <guid>http://www.a.example/?p=1</guid><enclosure url='//cdn.example/evensong.m4a' type='audio/mp4'/></item>";
    assert_eq!(id(&before), id(after));
}

#[test]
fn a_shared_guid_costs_no_recording() {
    let [one, two] =
        ["https://a.example/1.mp3", "https://a.example/2.mp3"].map(|address| item("same", address));
    let names = |feed: String| {
        let items = read(feed).page.unwrap().items;
        let mut names: Vec<String> = items.iter().map(|item| item.entry.file.as_str().into()).collect();
        names.sort();
        names
    };
    let both = names(rss(&format!("{one}{two}")));
    assert_eq!(both.len(), 2);
    assert_eq!(both, names(rss(&format!("{two}{one}"))), "whichever stands first");
    let reading = read(rss(&format!("{one}{one}")));
    assert_eq!(reading.page.unwrap().items.len(), 1);
    assert_eq!(
        reading.defects[0].to_string(),
        "items[1]: is listed already as items[0]; remove one of the two"
    );
}

#[test]
fn a_wrong_date_is_told_and_the_file_name_may_know_better() {
    let dated = |date: &str, file: &str| {
        let item = format!(
            "<item><pubDate>{date}</pubDate><enclosure url='https://a.example/{file}' type='audio/mpeg'/></item>"
        );
        let reading = read(rss(&item));
        let entry = reading.page.unwrap().items.remove(0).entry;
        (entry.when, entry.title, reading.defects.len())
    };
    let named = When::Named(at("2022-06-11T23:00:00Z"));
    assert_eq!(dated("Mon, 30 Nov -0001 00:00:00 +0000", "2022-06-12.mp3"), (named, None, 1));
    assert_eq!(dated("", "2022-06-12.mp3"), (named, None, 0));
    assert_eq!(dated("12/06/22", "choir_practice.mp3"), (When::Unknown, Some("choir practice".into()), 1));
}

#[test]
fn a_hash_of_another_file_is_not_taken_for_this_one() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let sound = |content: &str| {
        let item = format!(
            "<item><guid>1</guid><enclosure url='https://a.example/a.mp3' type='audio/mpeg'/>{content}</item>"
        );
        page(rss(&item)).items[0].sha256.is_some()
    };
    let media = |address: &str, hash: &str| {
        sound(&format!(
            "<media:content url='{address}'><media:hash algo='sha-256'>{hash}</media:hash></media:content>"
        ))
    };
    assert!(media("https://a.example/a.mp3", hash));
    assert!(!media("https://a.example/b.mp3", hash));
    assert!(!media("https://a.example/a.mp3", "d41d8cd98f00b204e9800998ecf8427e"));
    let alternate = |default: &str| {
        let sri = "<podcast:integrity type='sri' value='sha384-x sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='/>";
        sound(&format!("<podcast:alternateEnclosure {default}>{sri}</podcast:alternateEnclosure>"))
    };
    assert!(alternate("default='true'"));
    assert!(!alternate(""));
}

#[test]
fn what_plugins_break_is_forgiven() {
    let sound = "<enclosure url='https://a.example/a.mp3?x=1&y=2' length=\"5\" type=audio/mpeg>";
    for (broken, title) in [
        (
            format!("<item><guid>1</guid><title>Tom & Jerry &nbsp;&copy;</title>{sound}</item>"),
            "Tom & Jerry ©",
        ),
        (format!("<item><guid>1</guid><title>A <b>B</title>{sound}</item>"), "A B"),
        (format!("<item><guid>1</guid><title>A\u{8}B</title></p>{sound}</item>"), "A B"),
        (format!("<item><guid>1</guid><description><p>x<br></description><title>A</title>{sound}"), "A"),
        (format!("<item><guid>1</guid><title>A</title>{sound}<item><title>no sound</title></item>"), "A"),
    ] {
        let php = format!(
            "\n<br />\n<b>Warning</b>: Cannot modify header<br />\n{}<b>Notice</b>: <i>",
            rss(&broken)
        );
        let page = page(php);
        assert_eq!(page.items.len(), 1, "{broken}");
        assert_eq!(page.items[0].entry.title.as_deref(), Some(title));
        assert_eq!(page.items[0].address, "https://a.example/a.mp3?x=1&y=2");
    }
}

#[test]
fn an_address_that_is_none_of_the_web_is_told() {
    for address in ["file:///etc/passwd.mp3", "javascript:a.mp3", "ftp://a.example/a.mp3"] {
        let reading = read(rss(&item("1", address)));
        assert_eq!(reading.page.unwrap().items, [], "{address}");
        assert!(reading.defects[0].to_string().contains("is no address of the web"));
    }
    assert_eq!(page(rss(&item("1", "/uploads/12:30.mp3"))).items.len(), 1);
}

#[test]
fn a_doctype_with_entities_is_refused_before_any_is_expanded() {
    let entities: String = (1..20).map(|at| format!("<!ENTITY l{at} \"&l{0};&l{0};\">", at - 1)).collect();
    let bomb = format!(
        "<!DOCTYPE rss [<!ENTITY l0 \"ha\">{entities}]><rss><channel><title>&l19;</title></channel></rss>"
    );
    assert!(refusal(bomb).starts_with("the DOCTYPE: declares entities of its own"));
    let file = "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&x;</title></channel></rss>";
    assert!(refusal(file).starts_with("the DOCTYPE"));
    let old = "<!DOCTYPE rss PUBLIC \"-//Netscape Communications//DTD RSS 0.91//EN\" \"http://my.netscape.com/rss-0.91.dtd\">";
    assert_eq!(page(format!("{old}{}", rss(""))).church_name, "St Anne's");
}

#[test]
fn what_breaks_off_is_refused_with_its_place() {
    for end in (POWERPRESS.find("<rss").unwrap() + 10..POWERPRESS.find("</rss>").unwrap()).step_by(7) {
        let told = refusal(&POWERPRESS[..end]);
        assert!(told.contains("line ") && told.contains("is not whole XML"), "{told}");
    }
}

#[test]
fn what_is_no_feed_is_told_in_words() {
    let table = [
        ("", "is empty"),
        (" \n", "is empty"),
        ("<!DOCTYPE html><html><body><p>Error establishing a database connection", "is a page in HTML"),
        ("<!doctype html>\n<p>a < b", "is a page in HTML"),
        ("<HTML></HTML>", "is a page in HTML"),
        ("{\"church_name\": \"x\"}", "is not a feed"),
        ("<opml></opml>", "is not a feed"),
        ("<rss><channel></channel></rss>", "channel.title: is missing"),
    ];
    for (text, told) in table {
        assert!(refusal(text).contains(told), "{text}: {}", refusal(text));
    }
}

#[test]
fn elements_without_end_are_refused_by_their_depth() {
    assert!(refusal(rss(&"<a>".repeat(1_000_000))).contains("nests more than 100"));
    assert!(refusal("<rss>".repeat(1000)).contains("nests more than 100"));
}

#[test]
fn ten_thousand_items_are_read_and_what_is_beyond_them_is_counted() {
    let many = |count: usize| -> String {
        (0..count).map(|at| item(&format!("g{at}"), &format!("https://a.example/{at}.mp3"))).collect()
    };
    assert_eq!(page(rss(&many(10_000))).items.len(), 10_000);
    let reading = read(rss(&many(10_003)));
    assert_eq!(reading.page.unwrap().items.len(), 10_000);
    assert!(reading.defects[0].what.contains("3 more items"), "{}", reading.defects[0]);
}

#[test]
fn a_feed_of_many_defects_names_the_first_and_counts_the_others() {
    let wrong = "<item><enclosure url='ftp://x.mp3' type='audio/mpeg'/></item>";
    let defects = read(rss(&wrong.repeat(300))).defects;
    assert_eq!((defects.len(), defects[100].what.as_str()), (101, "there are 200 more defects"));
}

#[test]
fn a_mark_or_latin_1_does_not_disturb() {
    let feed = rss("<item><title>Café</title><enclosure url='a.mp3'/></item>");
    let title = |bytes: &[u8]| page(bytes).items[0].entry.title.clone().unwrap();
    assert_eq!(title(format!("\u{feff}{feed}").as_bytes()), "Café");
    let declared = feed.replace("?>", " encoding=\"ISO-8859-1\"?>");
    let latin: Vec<u8> = declared.chars().map(|sign| u8::try_from(u32::from(sign)).unwrap()).collect();
    assert_eq!(title(&latin), "Café");
    let wide: Vec<u8> = format!("\u{feff}{feed}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(title(&wide), "Café");
}

#[test]
fn a_feed_without_items_is_read_for_others_to_judge() {
    let page = page(rss(""));
    assert_eq!((page.items.len(), page.left_out, page.next), (0, 0, Next::Nowhere));
}

#[test]
fn a_page_that_is_too_large_is_refused() {
    assert!(refusal(rss(&" ".repeat(MAX_PAGE))).contains("larger than 20 MiB"));
}

proptest! {
    #[test]
    fn reading_is_total(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let reading = read(&bytes);
        prop_assert!(reading.page.is_some() || !reading.defects.is_empty());
    }

    #[test]
    fn a_damaged_feed_is_read_or_refused(at in 0..POWERPRESS.len(), len in 0..40_usize, with in "[<>&;/a\"'!\\[\\]-]{0,6}") {
        let mut feed = POWERPRESS.as_bytes().to_vec();
        let end = (at + len).min(feed.len());
        feed.splice(at..end, with.into_bytes());
        let reading = read(&feed);
        prop_assert!(reading.page.is_some() || !reading.defects.is_empty());
    }
}

#[test]
fn chapters_stand_in_the_item_or_in_a_file_that_it_names() {
    let page = rss("<item><guid>1</guid><enclosure url='/a.mp3' type='audio/mpeg'/>\
        <psc:chapters version='1.2'><psc:chapter start='00:12:30.500' title='First &amp; last'/>\
        <psc:chapter start='0' title='Welcome'/><psc:chapter start='soon' title='?'/></psc:chapters>\
        <podcast:chapters url='https://a.example/1.json' type='application/json+chapters'/></item>\
        <item><guid>2</guid><enclosure url='/b.mp3' type='audio/mpeg'/>\
        <podcast:chapters url='file:///etc/passwd' type='application/json+chapters'/></item>");
    let items = Page::read(page.as_bytes(), &london()).page.unwrap().items;
    let chapters: Vec<_> =
        items[0].entry.chapters.iter().map(|chapter| (chapter.start.0, chapter.name.as_deref())).collect();
    assert_eq!(chapters, [(0, Some("Welcome")), (750_500, Some("First & last"))]);
    assert_eq!(items[0].chapters_at.as_deref(), Some("https://a.example/1.json"));
    assert_eq!((items[1].entry.chapters.len(), items[1].chapters_at.as_deref()), (0, None));
}
