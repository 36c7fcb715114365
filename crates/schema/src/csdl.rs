//! Reading CSDL, the XML form of OData's metadata.
//!
//! Source of its meaning: OData Common Schema Definition Language (CSDL) XML Representation 4.01.

use std::collections::{BTreeMap, HashMap};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::GenerateError;

/// The types of a service.
#[derive(Debug, Default)]
pub struct Model {
    /// Entity and complex types by their names without `microsoft.graph.`.
    pub types: BTreeMap<String, Structured>,
    /// Enumerations by name: their members in order, and whether several may stand together.
    pub enums: BTreeMap<String, Enumeration>,
}

/// An entity or complex type.
#[derive(Debug, Default, Clone)]
pub struct Structured {
    pub entity: bool,
    pub base: Option<String>,
    pub open: bool,
    pub properties: Vec<Property>,
    /// Names of navigation properties.
    pub navigation: Vec<String>,
}

/// A structural property.
#[derive(Debug, Clone)]
pub struct Property {
    pub name: String,
    pub ty: TypeRef,
    pub nullable: bool,
}

/// An enumeration.
#[derive(Debug, Default)]
pub struct Enumeration {
    pub members: Vec<String>,
    pub flags: bool,
}

/// A type where it is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TypeRef {
    pub name: String,
    pub collection: bool,
}

impl Model {
    /// Reads a CSDL document.
    ///
    /// # Errors
    ///
    /// If it is malformed, has a document type declaration, or is no CSDL; if types derive from each other in a circle or
    /// refer to what is not there.
    pub fn parse(text: &str) -> Result<Self, GenerateError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut parser = Parser { aliases: aliases(text)?, ..Parser::default() };
        let mut reader = Reader::from_str(text);
        let mut lines = Lines { text, position: 0, line: 1 };
        loop {
            let event = reader.read_event().map_err(|error| GenerateError::Malformed {
                line: lines.at(reader.error_position()),
                reason: error.to_string(),
            })?;
            let at = lines.at(reader.buffer_position());
            match event {
                Event::DocType(_) => return Err(GenerateError::DocumentType { line: at }),
                Event::Start(element) => parser.open(&element, true, at)?,
                Event::Empty(element) => parser.open(&element, false, at)?,
                Event::End(element) => parser.close(element.local_name().as_ref()),
                Event::Eof => break,
                _ => {}
            }
        }
        parser.finish(lines.at(u64::MAX))
    }

    /// The type and its ancestors, the most distant first.
    pub fn lineage<'a>(&'a self, name: &'a str) -> Vec<(&'a str, &'a Structured)> {
        let mut lineage = Vec::new();
        let mut next = Some(name);
        while let Some((name, found)) = next.and_then(|name| Some((name, self.types.get(name)?))) {
            lineage.push((name, found));
            next = found.base.as_deref();
        }
        lineage.reverse();
        lineage
    }

    /// The types that derive from `name`, directly or not, sorted.
    pub fn derived(&self, name: &str) -> Vec<&str> {
        let descends = |candidate: &str| self.lineage(candidate).iter().any(|(ancestor, _)| *ancestor == name);
        self.types.keys().map(String::as_str).filter(|candidate| *candidate != name && descends(candidate)).collect()
    }
}

/// The number of the line at a position, counted on from the last one: positions only grow.
struct Lines<'a> {
    text: &'a str,
    position: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.position..position) {
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.position = position;
        }
        self.line
    }
}

/// The aliases of all schemas: one may be used before the schema that declares it.
fn aliases(text: &str) -> Result<HashMap<String, String>, GenerateError> {
    let mut reader = Reader::from_str(text);
    let mut aliases = HashMap::new();
    // What is malformed is told by the pass that reads the types.
    while let Ok(event) = reader.read_event() {
        let element = match event {
            Event::Eof | Event::DocType(_) => break,
            Event::Start(element) | Event::Empty(element) if element.local_name().as_ref() == b"Schema" => element,
            _ => continue,
        };
        let attributes = Attributes::collect(&element, 1)?;
        if let (Some(alias), Some(namespace)) = (attributes.get("Alias"), attributes.get("Namespace")) {
            aliases.insert(alias.to_owned(), namespace.to_owned());
        }
    }
    Ok(aliases)
}

#[derive(Default)]
struct Parser {
    model: Model,
    namespace: String,
    aliases: HashMap<String, String>,
    open: Vec<String>,
    structured: Option<(String, Structured)>,
    enumeration: Option<(String, Enumeration)>,
    schemas: usize,
}

/// The attributes of an element.
struct Attributes(HashMap<String, String>);

impl Attributes {
    fn collect(element: &BytesStart<'_>, line: usize) -> Result<Self, GenerateError> {
        let malformed = |reason: String| GenerateError::Malformed { line, reason };
        let mut all = HashMap::new();
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| malformed(error.to_string()))?;
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| malformed(error.to_string()))?;
            all.insert(name, value.into_owned());
        }
        Ok(Self(all))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn required(&self, name: &str, element: &str, line: usize) -> Result<String, GenerateError> {
        let missing = || GenerateError::Malformed { line, reason: format!("a {element} has no {name}") };
        self.get(name).map(str::to_owned).ok_or_else(missing)
    }

    fn is(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }
}

impl Parser {
    fn open(&mut self, element: &BytesStart<'_>, has_content: bool, line: usize) -> Result<(), GenerateError> {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        let attributes = Attributes::collect(element, line)?;
        self.element(&name, &attributes, line)?;
        if has_content {
            self.open.push(name);
        } else {
            self.end(&name);
        }
        Ok(())
    }

    fn close(&mut self, name: &[u8]) {
        self.open.pop();
        self.end(&String::from_utf8_lossy(name));
    }

    fn element(&mut self, name: &str, attributes: &Attributes, line: usize) -> Result<(), GenerateError> {
        let required = |attribute: &str| attributes.required(attribute, name, line);
        match name {
            "Schema" => {
                self.schemas += 1;
                self.namespace = required("Namespace")?;
            }
            "EntityType" | "ComplexType" => {
                let structured = Structured {
                    entity: name == "EntityType",
                    base: attributes.get("BaseType").map(|base| self.short(base)),
                    open: attributes.is("OpenType"),
                    ..Structured::default()
                };
                self.structured = Some((self.defined(&required("Name")?), structured));
            }
            "EnumType" => {
                let enumeration = Enumeration { flags: attributes.is("IsFlags"), ..Enumeration::default() };
                self.enumeration = Some((self.defined(&required("Name")?), enumeration));
            }
            "Property" | "NavigationProperty" | "Member" => self.member(name, attributes, line)?,
            _ => {}
        }
        Ok(())
    }

    fn member(&mut self, kind: &str, attributes: &Attributes, line: usize) -> Result<(), GenerateError> {
        let name = attributes.required("Name", kind, line)?;
        if kind == "Member" {
            if let Some((_, enumeration)) = &mut self.enumeration {
                enumeration.members.push(name);
            }
            return Ok(());
        }
        let ty = self.type_ref(&attributes.required("Type", kind, line)?);
        let nullable = attributes.get("Nullable") != Some("false");
        if let Some((_, structured)) = &mut self.structured {
            if kind == "Property" {
                structured.properties.push(Property { name, ty, nullable });
            } else {
                structured.navigation.push(name);
            }
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "EntityType" | "ComplexType" => self.model.types.extend(self.structured.take()),
            "EnumType" => self.model.enums.extend(self.enumeration.take()),
            _ => {}
        }
    }

    fn finish(self, last_line: usize) -> Result<Model, GenerateError> {
        if let Some(open) = self.open.last() {
            return Err(GenerateError::Malformed { line: last_line, reason: format!("it ends inside <{open}>") });
        }
        if self.schemas == 0 {
            return Err(GenerateError::NotCsdl("it has no <Schema>".to_owned()));
        }
        check_bases(&self.model)?;
        check_references(&self.model)?;
        Ok(self.model)
    }

    fn defined(&self, name: &str) -> String {
        self.short(&format!("{}.{name}", self.namespace))
    }

    fn type_ref(&self, written: &str) -> TypeRef {
        match written.strip_prefix("Collection(").and_then(|rest| rest.strip_suffix(')')) {
            Some(item) => TypeRef { name: self.short(item), collection: true },
            None => TypeRef { name: self.short(written), collection: false },
        }
    }

    /// A qualified name with its alias written out and without `microsoft.graph.`.
    fn short(&self, qualified: &str) -> String {
        let full = match qualified.rsplit_once('.') {
            Some((prefix, name)) => match self.aliases.get(prefix) {
                Some(namespace) => format!("{namespace}.{name}"),
                None => qualified.to_owned(),
            },
            None => qualified.to_owned(),
        };
        full.strip_prefix("microsoft.graph.").map(str::to_owned).unwrap_or(full)
    }
}

fn check_bases(model: &Model) -> Result<(), GenerateError> {
    for name in model.types.keys() {
        let mut path = vec![name.clone()];
        let mut next = model.types[name].base.clone();
        while let Some(base) = next {
            if path.contains(&base) {
                path.push(base);
                return Err(GenerateError::Cycle(path));
            }
            let Some(found) = model.types.get(&base) else {
                return Err(GenerateError::MissingType { name: base, by: name.clone() });
            };
            next = found.base.clone();
            path.push(base);
        }
    }
    Ok(())
}

fn check_references(model: &Model) -> Result<(), GenerateError> {
    for (name, structured) in &model.types {
        for property in &structured.properties {
            let ty = &property.ty.name;
            if !ty.starts_with("Edm.") && !model.types.contains_key(ty) && !model.enums.contains_key(ty) {
                return Err(GenerateError::MissingType { name: ty.clone(), by: format!("{name}.{}", property.name) });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> String {
        let text = format!("<Edmx><Schema Namespace=\"microsoft.graph\" Alias=\"graph\">\n{body}\n</Schema></Edmx>");
        Model::parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_csdl_is_refused_with_line_and_reason() {
        let cases = [
            told(
                "<EntityType Name=\"a\" BaseType=\"graph.b\"/><EntityType Name=\"b\" BaseType=\"graph.c\"/><EntityType Name=\"c\" BaseType=\"graph.a\"/>",
            ),
            told("<EntityType Name=\"a\" BaseType=\"graph.a\"/>"),
            told("<EntityType Name=\"a\" BaseType=\"graph.b\"/>"),
            told("<ComplexType Name=\"a\"><Property Name=\"p\" Type=\"graph.nowhere\"/></ComplexType>"),
            told("<EntityType/>"),
            told("<EntityType Name=\"a\">"),
            told("<EntityType Name=\"a\""),
            told("<EntityType Name=\"&boom;\"/>"),
            Model::parse("").unwrap_err().to_string(),
            Model::parse("<html><body/></html>").unwrap_err().to_string(),
            Model::parse("<Edmx>\n").unwrap_err().to_string(),
            Model::parse("<?xml version=\"1.0\"?>\n<!DOCTYPE x [<!ENTITY a \"b\">]>\n<Edmx/>").unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(cases.join("\n"));
    }

    #[test]
    fn aliases_are_written_out_and_the_main_namespace_is_left_out() {
        let text = "<Edmx><Schema Namespace=\"microsoft.graph\" Alias=\"graph\"><ComplexType Name=\"a\"/></Schema>\
                    <Schema Namespace=\"microsoft.graph.security\" Alias=\"self\"><ComplexType Name=\"a\" BaseType=\"graph.a\">\
                    <Property Name=\"p\" Type=\"Collection(self.a)\" Nullable=\"false\"/></ComplexType></Schema></Edmx>";
        let model = Model::parse(text).unwrap();
        let derived = &model.types["security.a"];
        assert_eq!(derived.base.as_deref(), Some("a"));
        assert_eq!(derived.properties[0].ty, TypeRef { name: "security.a".into(), collection: true });
        assert!(!derived.properties[0].nullable);
        assert_eq!(model.derived("a"), ["security.a"]);
    }
}
