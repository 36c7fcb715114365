//! Writing the model as the bytes that the catalog embeds: see `src/layout.rs`.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use graphwalk_catalog::layout::{
    BODY, DataSection, FIRST_TYPE, MAGIC, MANY, NO_TYPE, PRIMITIVES, SCHEMES, bonds, grant_flags, operation_flags,
    permission_flags, type_flags, use_flags,
};

use super::Fault;
use super::csdl::{CsdlKind, CsdlOperation, CsdlType, Model, Use, Way};
use super::documented;
use super::overlay::Overlay;
use super::permissions::{ListedGrant, PathNode, Permissions};

/// The content to write, and the hashes of its inputs: CSDL, permissions list, overlay.
pub struct Input<'a> {
    pub model: &'a Model,
    pub permissions: &'a Permissions,
    pub overlay: &'a Overlay,
    pub said: &'a Said,
    pub hashes: [Vec<u8>; 3],
}

/// The overlay's texts: whole entries as JSON, and facts as (type, property, kind, value).
pub struct Said {
    facts: Vec<(String, String, u8, String)>,
    resources: Vec<String>,
    acts_on: Vec<String>,
    created: Vec<String>,
}

impl Said {
    /// # Errors
    ///
    /// If an entry has no form in JSON.
    pub fn from_overlay(overlay: &Overlay, model: &Model) -> Result<Self, Fault> {
        let json = |error: serde_json::Error| Fault(format!("overlay: {error}"));
        let resources = overlay.resource.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(json)?;
        let acts_on = overlay.acts_on.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(json)?;
        let mut facts = Vec::new();
        for (name, documented) in &overlay.documented {
            let (ty, property) = documented::split(name, model);
            let of_type = documented.facts(property.unwrap_or_default()).into_iter();
            facts.extend(of_type.map(|(property, kind, value)| (ty.to_owned(), property.to_owned(), kind, value)));
        }
        facts.sort_by_key(|(ty, ..)| ty.to_ascii_lowercase());
        let created = overlay.created.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(json)?;
        Ok(Self { facts, resources, acts_on, created })
    }
}

/// Writes it.
///
/// # Errors
///
/// If there is more of something than the layout has room for.
pub fn encode(input: &Input<'_>) -> Result<Vec<u8>, Fault> {
    let mut encoder = Encoder::new(input)?;
    encoder.types()?;
    encoder.roots()?;
    encoder.permission_names()?;
    encoder.paths()?;
    encoder.encode_overlay();
    encoder.facts();
    Ok(encoder.finish(&input.hashes))
}

struct Encoder<'a> {
    input: &'a Input<'a>,
    texts: Vec<&'a str>,
    text_numbers: HashMap<&'a str, u16>,
    type_numbers: HashMap<&'a str, u16>,
    permission_numbers: HashMap<&'a str, u16>,
    /// Types by name, regardless of case.
    types: Vec<(&'a str, &'a CsdlType)>,
    sections: [Vec<u8>; DataSection::ALL.len()],
}

impl<'a> Encoder<'a> {
    fn new(input: &'a Input<'a>) -> Result<Self, Fault> {
        let mut types: Vec<(&str, &CsdlType)> =
            input.model.types.iter().map(|(name, ty)| (name.as_str(), ty)).collect();
        types.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        let mut encoder = Self {
            input,
            texts: texts(input),
            text_numbers: HashMap::new(),
            type_numbers: HashMap::new(),
            permission_numbers: HashMap::new(),
            types,
            sections: Default::default(),
        };
        for (index, text) in encoder.texts.iter().enumerate() {
            encoder.text_numbers.insert(text, short(index)?);
        }
        for (index, (name, _)) in encoder.types.iter().enumerate() {
            encoder.type_numbers.insert(name, short(index)?);
        }
        let mut names: Vec<&String> = input.permissions.all.keys().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        for (index, name) in names.into_iter().enumerate() {
            encoder.permission_numbers.insert(name, short(index)?);
        }
        Ok(encoder)
    }

    fn put(&mut self, section: DataSection, bytes: &[u8]) {
        self.sections[section as usize].extend_from_slice(bytes);
    }

    fn put16(&mut self, section: DataSection, number: u16) {
        self.put(section, &number.to_le_bytes());
    }

    fn put_text(&mut self, section: DataSection, text: &str) {
        // `texts` collects whatever is written here.
        let number = self.text_numbers.get(text).copied().unwrap_or_default();
        self.put16(section, number);
    }

    fn count(&self, section: DataSection) -> Result<u16, Fault> {
        short(self.sections[section as usize].len() / section.record())
    }

    fn used(&self, used: &Use) -> Result<u16, Fault> {
        let number = match PRIMITIVES.iter().position(|name| *name == used.name) {
            Some(index) => short(index)?,
            None => match self.type_numbers.get(used.name.as_str()) {
                Some(number) => FIRST_TYPE + number,
                None => return Err(Fault(format!("CSDL: the primitive type {} is not known", used.name))),
            },
        };
        Ok(if used.many { number | MANY } else { number })
    }

    fn types(&mut self) -> Result<(), Fault> {
        let mut operations: HashMap<&str, Vec<&CsdlOperation>> = HashMap::new();
        for operation in &self.input.model.operations {
            operations.entry(operation.on.name.as_str()).or_default().push(operation);
        }
        for (name, ty) in self.types.clone() {
            self.put_text(DataSection::Types, name);
            let overlay = &self.input.overlay;
            let said = flag(overlay.patch_repeatable.contains_key(name), type_flags::REPEATABLE)
                | flag(overlay.patch_answers.contains_key(name), type_flags::ANSWERED);
            self.put(DataSection::Types, &[type_flags_of(ty) | said]);
            let base = ty.base.as_deref().and_then(|base| self.type_numbers.get(base)).map_or(0, |number| number + 1);
            self.put16(DataSection::Types, base);
            self.runs()?;
            self.parts(name, ty)?;
            self.subtypes(name);
            let mut bound = operations.remove(name).unwrap_or_default();
            bound.sort_by_key(|operation| (operation.name.to_ascii_lowercase(), operation.parameters.len()));
            for operation in bound {
                self.operation(operation)?;
            }
        }
        // The record behind the last one: where the runs end.
        self.put(DataSection::Types, &[0; 5]);
        self.runs()?;
        self.put(DataSection::Operations, &[0; 7]);
        let end = self.count(DataSection::Parameters)?;
        self.put16(DataSection::Operations, end);
        Ok(())
    }

    fn runs(&mut self) -> Result<(), Fault> {
        for owned in [
            DataSection::Properties,
            DataSection::Navigations,
            DataSection::Members,
            DataSection::Operations,
            DataSection::Subtypes,
        ] {
            let first = self.count(owned)?;
            self.put16(DataSection::Types, first);
        }
        Ok(())
    }

    fn parts(&mut self, name: &str, ty: &CsdlType) -> Result<(), Fault> {
        for property in &ty.properties {
            self.put_text(DataSection::Properties, &property.name);
            let used = self.used(&property.ty)?;
            self.put16(DataSection::Properties, used);
            let flags = flag(property.nullable, use_flags::NULLABLE) | flag(property.computed, use_flags::COMPUTED);
            self.put(DataSection::Properties, &[flags]);
        }
        for navigation in &ty.navigations {
            let bond = bond(self.input.overlay, &format!("{name}.{}", navigation.name));
            self.way(DataSection::Navigations, navigation, bond)?;
        }
        for member in &ty.members {
            self.put_text(DataSection::Members, member);
        }
        let number = self.type_numbers.get(name).copied().unwrap_or_default();
        for (index, key) in std::iter::once(&ty.key).chain(&ty.alternate_keys).enumerate() {
            for property in key {
                self.put16(DataSection::Keys, number);
                self.put(DataSection::Keys, &[byte(index)?]);
                self.put_text(DataSection::Keys, property);
            }
        }
        Ok(())
    }

    fn subtypes(&mut self, name: &str) {
        let derives = |(_, ty): &&(&str, &CsdlType)| ty.base.as_deref() == Some(name);
        let numbers: Vec<u16> = self.types.iter().filter(derives).map(|(name, _)| self.type_numbers[name]).collect();
        for number in numbers {
            self.put16(DataSection::Subtypes, number);
        }
    }

    fn way(&mut self, section: DataSection, way: &Way, bond: u8) -> Result<(), Fault> {
        self.put_text(section, &way.name);
        let used = self.used(&way.ty)?;
        self.put16(section, used);
        let flags = flag(way.nullable, use_flags::NULLABLE) | flag(way.contains, use_flags::CONTAINS);
        self.put(section, &[flags | bond << use_flags::BOND]);
        Ok(())
    }

    fn operation(&mut self, operation: &CsdlOperation) -> Result<(), Fault> {
        self.put_text(DataSection::Operations, &operation.name);
        self.put_text(DataSection::Operations, &operation.namespace);
        let returns = match &operation.returns {
            Some((used, _)) => self.used(used)?,
            None => NO_TYPE,
        };
        self.put16(DataSection::Operations, returns);
        let overlay = self.input.overlay;
        let (name, is_action) = (operation.full_name(), !operation.function);
        let flags = flag(operation.function, operation_flags::FUNCTION)
            | flag(operation.composable, operation_flags::COMPOSABLE)
            | flag(operation.on.many, operation_flags::ON_MANY)
            | flag(operation.returns.as_ref().is_some_and(|(_, nullable)| *nullable), operation_flags::NULLABLE)
            | flag(is_action && overlay.acts_within.contains_key(&name), operation_flags::ACTS_WITHIN)
            | flag(is_action && overlay.reads.contains_key(&name), operation_flags::READS);
        self.put(DataSection::Operations, &[flags]);
        let first = self.count(DataSection::Parameters)?;
        self.put16(DataSection::Operations, first);
        for parameter in &operation.parameters {
            self.put_text(DataSection::Parameters, &parameter.name);
            let used = self.used(&parameter.ty)?;
            self.put16(DataSection::Parameters, used);
            let flags = flag(parameter.nullable, use_flags::NULLABLE) | flag(parameter.optional, use_flags::OPTIONAL);
            self.put(DataSection::Parameters, &[flags]);
        }
        Ok(())
    }

    fn roots(&mut self) -> Result<(), Fault> {
        for root in &self.input.model.roots {
            let is_said = self.input.overlay.roots.contains_key(&root.name);
            self.way(DataSection::Roots, root, if is_said { bonds::CONTAINED } else { bonds::UNKNOWN })?;
        }
        Ok(())
    }

    fn encode_overlay(&mut self) {
        let said = self.input.said;
        let sections = [
            (DataSection::Resources, &said.resources),
            (DataSection::ActsOn, &said.acts_on),
            (DataSection::Created, &said.created),
        ];
        for (section, texts) in sections {
            for text in texts {
                self.put_text(section, text);
            }
        }
    }

    fn facts(&mut self) {
        for (ty, property, kind, value) in &self.input.said.facts {
            let number = self.type_numbers.get(ty.as_str()).copied().unwrap_or_default();
            self.put16(DataSection::Facts, number);
            self.put_text(DataSection::Facts, property);
            self.put(DataSection::Facts, &[*kind]);
            self.put_text(DataSection::Facts, value);
        }
    }

    fn permission_names(&mut self) -> Result<(), Fault> {
        let mut all: Vec<_> = self.input.permissions.all.iter().collect();
        all.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        for (name, schemes) in all {
            self.put_text(DataSection::Permissions, name);
            let bytes: [u8; SCHEMES.len()] = schemes.map(|scheme| {
                scheme.map_or(0, |(consent, level)| {
                    let flags = permission_flags::EXISTS | flag(consent, permission_flags::ADMIN_CONSENT);
                    flags | level << permission_flags::LEVEL
                })
            });
            self.put(DataSection::Permissions, &bytes);
        }
        Ok(())
    }

    /// The tree, one level after the other, so that the children of a node stand together.
    fn paths(&mut self) -> Result<(), Fault> {
        let mut accesses: BTreeMap<&[ListedGrant], u16> = BTreeMap::new();
        let mut besides: BTreeMap<&[String], u8> = BTreeMap::new();
        let permissions = self.input.permissions;
        let (mut queue, mut next) = (VecDeque::from([&permissions.paths]), 1_usize);
        while let Some(node) = queue.pop_front() {
            self.put_text(DataSection::Paths, &node.spelling);
            self.put16(DataSection::Paths, short(next)?);
            let first = self.count(DataSection::Methods)?;
            self.put16(DataSection::Paths, first);
            next += node.children.len();
            queue.extend(node.children.values());
            for (method, grants) in &node.methods {
                let access = match accesses.get(grants.as_slice()) {
                    Some(access) => *access,
                    None => {
                        let access = self.access(grants, &mut besides)?;
                        accesses.insert(grants, access);
                        access
                    }
                };
                self.put(DataSection::Methods, &[*method]);
                self.put16(DataSection::Methods, access);
            }
        }
        self.put(DataSection::Paths, &[0; 2]);
        self.put16(DataSection::Paths, short(next)?);
        let end = self.count(DataSection::Methods)?;
        self.put16(DataSection::Paths, end);
        let end = self.count(DataSection::Grants)?;
        self.put16(DataSection::Accesses, end);
        let end = self.count(DataSection::BesideItems)?;
        self.put16(DataSection::Besides, end);
        Ok(())
    }

    fn access(&mut self, grants: &'a [ListedGrant], besides: &mut BTreeMap<&'a [String], u8>) -> Result<u16, Fault> {
        let access = self.count(DataSection::Accesses)?;
        let first = self.count(DataSection::Grants)?;
        self.put16(DataSection::Accesses, first);
        for grant in grants {
            let permission = self.permission(&grant.permission)?;
            self.put16(DataSection::Grants, permission);
            let beside = match besides.get(grant.beside.as_slice()) {
                _ if grant.beside.is_empty() => 0,
                Some(beside) => *beside,
                None => {
                    let beside = byte(besides.len() + 1)?;
                    let first = self.count(DataSection::BesideItems)?;
                    self.put16(DataSection::Besides, first);
                    for name in &grant.beside {
                        let permission = self.permission(name)?;
                        self.put16(DataSection::BesideItems, permission);
                    }
                    besides.insert(&grant.beside, beside);
                    beside
                }
            };
            let flags = flag(grant.least, grant_flags::LEAST) | flag(grant.own, grant_flags::OWN_USER);
            self.put(DataSection::Grants, &[grant.scheme | flags, beside]);
        }
        Ok(access)
    }

    fn permission(&self, name: &str) -> Result<u16, Fault> {
        let number = self.permission_numbers.get(name).copied();
        number.ok_or_else(|| Fault(format!("permissions: expected a permission of the list, got {name}")))
    }

    fn finish(mut self, hashes: &[Vec<u8>; 3]) -> Vec<u8> {
        let mut end = 0_usize;
        for text in std::mem::take(&mut self.texts) {
            end += text.len();
            let [low, middle, high, ..] = end.to_le_bytes();
            self.put(DataSection::Ends, &[low, middle, high]);
            self.put(DataSection::Texts, text.as_bytes());
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend(hashes.iter().flatten());
        let mut offset = BODY;
        for section in DataSection::ALL {
            let length = self.sections[section as usize].len();
            for number in [offset, length / section.record()] {
                bytes.extend_from_slice(&number.to_le_bytes()[..4]);
            }
            offset += length;
        }
        bytes.extend(self.sections.iter().flatten());
        bytes
    }
}

/// All names that are written, sorted; the empty one is the first.
fn texts<'a>(input: &Input<'a>) -> Vec<&'a str> {
    let mut texts = BTreeSet::from([""]);
    for (name, ty) in &input.model.types {
        texts.insert(name);
        texts.extend(ty.properties.iter().map(|property| property.name.as_str()));
        texts.extend(ty.navigations.iter().map(|navigation| navigation.name.as_str()));
        texts.extend(ty.members.iter().map(String::as_str));
        texts.extend(ty.key.iter().chain(ty.alternate_keys.iter().flatten()).map(String::as_str));
    }
    for operation in &input.model.operations {
        texts.extend([operation.name.as_str(), &operation.namespace]);
        texts.extend(operation.parameters.iter().map(|parameter| parameter.name.as_str()));
    }
    texts.extend(input.model.roots.iter().map(|root| root.name.as_str()));
    texts.extend(input.permissions.all.keys().map(String::as_str));
    for (_, property, _, value) in &input.said.facts {
        texts.extend([property.as_str(), value]);
    }
    let said = input.said;
    texts.extend(said.resources.iter().chain(&said.acts_on).chain(&said.created).map(String::as_str));
    let mut open: Vec<&PathNode> = vec![&input.permissions.paths];
    while let Some(node) = open.pop() {
        texts.insert(&node.spelling);
        open.extend(node.children.values());
    }
    texts.into_iter().collect()
}

fn type_flags_of(ty: &CsdlType) -> u8 {
    flag(ty.kind == CsdlKind::Complex, type_flags::COMPLEX)
        | flag(ty.kind == CsdlKind::Enum, type_flags::ENUM)
        | flag(ty.open, type_flags::OPEN)
        | flag(ty.is_abstract, type_flags::ABSTRACT)
        | flag(ty.stream, type_flags::STREAM)
        | flag(ty.flags, type_flags::FLAGS)
}

fn bond(overlay: &Overlay, name: &str) -> u8 {
    let said = [
        (&overlay.contained, bonds::CONTAINED),
        (&overlay.refers, bonds::REFERS),
        (&overlay.referred, bonds::REFERRED),
    ];
    said.into_iter().find(|(names, _)| names.contains_key(name)).map_or(bonds::UNKNOWN, |(_, bond)| bond)
}

fn flag(is_set: bool, flag: u8) -> u8 {
    if is_set { flag } else { 0 }
}

fn short(number: usize) -> Result<u16, Fault> {
    // The highest bit marks collections, and the numbers of types begin after those of primitive ones.
    u16::try_from(number).map_err(|_| Fault(format!("there is no room for {number} records of one kind")))
}

fn byte(number: usize) -> Result<u8, Fault> {
    u8::try_from(number).map_err(|_| Fault(format!("there is no room for {number} records of one kind")))
}
