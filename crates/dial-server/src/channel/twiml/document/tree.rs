//! The tree of elements under a document, read with bounds.
//!
//! No document types and no entities but XML's own five: what a stranger's server answers must not
//! make us fetch, or grow. It must not know what the elements mean.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The deepest nesting; Response, Gather, Say and some SSML are 6.
const MAX_DEPTH: usize = 16;
/// The longest name of an element or attribute, in bytes; names reach logs.
const MAX_NAME: usize = 64;

/// An element with all of its content.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    /// The text in it and in everything under it.
    pub(super) text: String,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn of(start: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = name(attribute.key.as_ref())?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| format!("the value of `{name}` has a bad `&`"))?;
            attributes.push((name, value.into_owned()));
        }
        Ok(Self { name: name(start.name().as_ref())?, attributes, ..Self::default() })
    }
}

fn name(text: &str) -> Result<String, String> {
    if text.len() > MAX_NAME {
        return Err(format!("a name is longer than {MAX_NAME} bytes"));
    }
    Ok(text.to_owned())
}

/// Reads the one root element of a document; the error says what is the matter, and where.
pub(super) fn read(body: &[u8]) -> Result<Element, String> {
    let text =
        std::str::from_utf8(body).map_err(|error| format!("byte {} is not UTF-8", error.valid_up_to()))?;
    // Twilio: nothing at all may stand before `<?xml`.
    if !text.starts_with("<?xml") && text.trim_start_matches('\u{feff}').trim_start().starts_with("<?xml") {
        return Err("something stands before `<?xml`".to_owned());
    }
    let mut reader = Reader::from_str(text);
    // The last of these is the element that is open; the first collects the root.
    let mut open = vec![Element::default()];
    loop {
        let event =
            reader.read_event().map_err(|error| format!("byte {}: {error}", reader.error_position()))?;
        let at = reader.buffer_position();
        let depth = open.len();
        let top = open.last_mut().expect("only an end tag closes an element, and only one that is open");
        match event {
            Event::Start(start) if depth <= MAX_DEPTH => open.push(Element::of(&start)?),
            Event::Start(_) => {
                return Err(format!("byte {at}: elements are nested deeper than {MAX_DEPTH}"));
            }
            Event::Empty(start) => top.children.push(Element::of(&start)?),
            Event::End(_) => {
                close(&mut open).ok_or_else(|| format!("byte {at}: nothing is open to be closed"))?;
            }
            Event::Text(text) => top.text.push_str(&text.xml10_content()),
            Event::CData(text) => top.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = resolve(&reference).ok_or_else(|| format!("byte {at}: an unknown entity"))?;
                top.text.push_str(&character);
            }
            Event::DocType(_) => return Err(format!("byte {at}: document types are not read")),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    let [outside] = <[Element; 1]>::try_from(open).map_err(|open| {
        format!("the end is reached while `{}` is open", open.last().map_or("", |element| &element.name))
    })?;
    if !outside.text.trim().is_empty() {
        return Err("there is text outside the root element".to_owned());
    }
    let [root] = <[Element; 1]>::try_from(outside.children)
        .map_err(|roots| format!("there are {} root elements instead of one", roots.len()))?;
    Ok(root)
}

/// Hands the open element to the one around it.
fn close(open: &mut Vec<Element>) -> Option<()> {
    let closed = open.pop()?;
    // The root's text stays its own, so that text outside the root is noticed.
    let is_root = open.len() == 1;
    let around = open.last_mut()?;
    if !is_root {
        around.text.push_str(&closed.text);
    }
    around.children.push(closed);
    Some(())
}

fn resolve(reference: &BytesRef<'_>) -> Option<String> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => Some(character.to_string()),
        Ok(None) => resolve_xml_entity(&reference.xml10_content()).map(str::to_owned),
        Err(_) => None,
    }
}
