//! An XML document as a tree: CSDL refers forward, so that it is read whole.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::Fault;

/// The deepest nesting of elements that is accepted. CSDL has ten levels.
const DEEPEST: usize = 64;

/// An element with what is in it. Texts are left out: CSDL says everything in attributes.
#[derive(Debug)]
pub struct XmlElement {
    /// Its name without a prefix.
    pub name: String,
    attributes: Vec<(String, String)>,
    /// The elements in it, in order.
    pub children: Vec<XmlElement>,
}

impl XmlElement {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// If it is malformed, ends too early, or has a document type declaration.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self { name: String::new(), attributes: Vec::new(), children: Vec::new() }];
        loop {
            let event = reader.read_event();
            let malformed = |reason: String| {
                let position = usize::try_from(reader.error_position()).unwrap_or(usize::MAX).min(text.len());
                let line = text.as_bytes()[..position].iter().filter(|byte| **byte == b'\n').count() + 1;
                Fault(format!("CSDL, line {line}: {reason}"))
            };
            match event.map_err(|error| malformed(error.to_string()))? {
                Event::Start(_) if open.len() > DEEPEST => {
                    return Err(malformed(format!("expected at most {DEEPEST} elements inside each other")));
                }
                Event::Start(element) => open.push(Self::start(&element).map_err(malformed)?),
                Event::Empty(element) => {
                    let element = Self::start(&element).map_err(malformed)?;
                    open.last_mut().ok_or_else(|| malformed("it has no root".into()))?.children.push(element);
                }
                Event::End(_) => {
                    let closed = open.pop().filter(|_| !open.is_empty());
                    let closed = closed.ok_or_else(|| malformed("an element ends that did not begin".into()))?;
                    open.last_mut().ok_or_else(|| malformed("it has no root".into()))?.children.push(closed);
                }
                Event::DocType(_) => return Err(malformed("expected no document type declaration".into())),
                Event::Eof => break,
                _ => {}
            }
        }
        match (open.pop(), open.last()) {
            (Some(document), None) => Ok(document),
            (Some(inner), _) => Err(Fault(format!("CSDL: it ends inside <{}>", inner.name))),
            (None, _) => Err(Fault("CSDL: it is empty".to_owned())),
        }
    }

    fn start(element: &BytesStart<'_>) -> Result<Self, String> {
        let mut attributes = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| error.to_string())?;
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
            attributes.push((name, value.into_owned()));
        }
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        Ok(Self { name, attributes, children: Vec::new() })
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of an attribute that has to be there.
    ///
    /// # Errors
    ///
    /// If it is not there.
    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| Fault(format!("CSDL: expected {name} in a <{}>", self.name)))
    }

    /// Returns whether an attribute is `true`.
    pub fn is(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// The elements of a name directly in this one.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The elements of a name anywhere in this one, in order.
    pub fn deep<'a>(&'a self, name: &str, into: &mut Vec<&'a Self>) {
        for child in &self.children {
            if child.name == name {
                into.push(child);
            }
            child.deep(name, into);
        }
    }
}
