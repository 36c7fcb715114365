//! What the overlay says is documented of a type or a property, held against the model.

use graphwalk_catalog::layout::{ADVANCED, DEFAULT_ONLY, FILTERS, FORMATS, WRITABLE, facts};
use graphwalk_catalog::nearest;
use serde::Deserialize;

use super::Fault;
use super::csdl::{CsdlProperty, Model};

/// The facts documented of one type or property.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Documented {
    /// The values that a text, or each of a list, has.
    values: Vec<String>,
    /// The form of a text.
    format: Option<String>,
    least: Option<i64>,
    most: Option<i64>,
    /// The property of the same type that is never later.
    not_before: Option<String>,
    /// Graph takes it and does not answer it.
    write_only: bool,
    /// The properties that whoever creates an object has to give.
    required_on_create: Vec<String>,
    /// The property with which those need not be given.
    required_unless: Option<String>,
    /// The type of a value that does not name its own.
    default_type: Option<String>,
    /// The most characters of a text, or of each in a list.
    longest: Option<u64>,
    /// The most items of a list.
    most_items: Option<u64>,
    /// Characters that a text does not have.
    without: Option<String>,
    /// The moments at which it can be written.
    writable: Option<String>,
    /// The questions that `$filter` may ask.
    filter: Vec<String>,
    /// Whether ordering by it is advanced.
    sort: Option<Sort>,
    /// Whether `$search` splits its words.
    search: bool,
    /// The types of the objects to which a navigation may refer.
    takes: Vec<String>,
    /// The permissions of which writing it needs one beside those of the call, the least first.
    write_needs: Vec<String>,
    /// Whether of a person with roles only others of weight change it.
    sensitive: bool,
    pub source: String,
}

/// The need of ordering by a property.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Sort {
    Default,
    Advanced,
}

impl Documented {
    /// The facts of a type or property, as (property, kind, value).
    pub fn facts<'a>(&'a self, property: &'a str) -> Vec<(&'a str, u8, String)> {
        let mut all: Vec<(&str, u8, String)> =
            self.values.iter().map(|value| (property, facts::VALUE, value.clone())).collect();
        let texts = [
            (facts::FORMAT, self.format.clone()),
            (facts::LEAST, self.least.map(|number| number.to_string())),
            (facts::MOST, self.most.map(|number| number.to_string())),
            (facts::NOT_BEFORE, self.not_before.clone()),
            (facts::DEFAULT_TYPE, self.default_type.clone()),
            (facts::LONGEST, self.longest.map(|number| number.to_string())),
            (facts::MOST_ITEMS, self.most_items.map(|number| number.to_string())),
            (facts::WITHOUT, self.without.clone()),
            (facts::WRITABLE, self.writable.clone()),
            (facts::SORT, self.sort.map(|sort| if sort == Sort::Advanced { ADVANCED.into() } else { String::new() })),
        ];
        all.extend(texts.into_iter().filter_map(|(kind, text)| Some((property, kind, text?))));
        all.extend(self.filter.iter().map(|operator| (property, facts::FILTER, operator.clone())));
        all.extend(self.write_needs.iter().map(|name| (property, facts::WRITE_NEEDS, name.clone())));
        all.extend(self.takes.iter().map(|ty| (property, facts::TAKES, ty.clone())));
        all.extend(self.search.then(|| (property, facts::SEARCH, String::new())));
        all.extend(self.sensitive.then(|| (property, facts::SENSITIVE, String::new())));
        all.extend(self.write_only.then(|| (property, facts::WRITE_ONLY, String::new())));
        let unless = self.required_unless.clone().unwrap_or_default();
        all.extend(
            self.required_on_create.iter().map(|name| (name.as_str(), facts::REQUIRED_ON_CREATE, unless.clone())),
        );
        all
    }

    /// Holds what is said of `name` against the model.
    ///
    /// # Errors
    ///
    /// If the model lacks what it names, or it says what does not suit that.
    pub fn check(&self, name: &str, model: &Model) -> Result<(), Fault> {
        let (ty, property) = split(name, model);
        known_type(model, ty)?;
        if let Some(other) = &self.default_type {
            known_type(model, other)?;
            if !model.lineage(other).any(|(ancestor, _)| ancestor == ty) {
                return Err(Fault(format!("overlay: expected a type that derives from {ty}, got {other}")));
            }
        }
        for property in self.required_on_create.iter().chain(&self.required_unless) {
            known_property(model, ty, property)?;
        }
        let of_type = self.default_type.is_some() || !self.required_on_create.is_empty();
        let Some(property) = property else {
            let suits = of_type && !self.is_about_values() && !self.is_about_any();
            return if suits { Ok(()) } else { Err(misplaced(name)) };
        };
        let filters = self.filter.iter().map(|text| text.trim_end_matches([ADVANCED, DEFAULT_ONLY]));
        filters.into_iter().try_for_each(|filter| known_word("a filter", Some(filter), &FILTERS))?;
        if is_navigation(model, ty, property) {
            self.takes.iter().try_for_each(|taken| known_type(model, taken))?;
            // Queries may ask of what a type leads to, too: `owners/$count eq 0`.
            let is_query = self.writable.is_none() && !(self.write_only || self.sensitive) && self.most_items.is_none();
            let suits = is_query && !of_type && !self.is_about_values();
            return if suits { Ok(()) } else { Err(misplaced(name)) };
        }
        let declared = &known_property(model, ty, property)?.ty;
        let suits = self.suits_values(&declared.name) && (self.most_items.is_none() || declared.many);
        let suits = suits && self.takes.is_empty();
        if of_type || !suits {
            return Err(misplaced(name));
        }
        if let Some(other) = &self.not_before {
            known_property(model, ty, other)?;
        }
        known_word("a format", self.format.as_deref(), &FORMATS)?;
        known_word("writable", self.writable.as_deref(), &WRITABLE)
    }

    fn has_numbers(&self) -> bool {
        self.least.is_some() || self.most.is_some()
    }

    fn has_times(&self) -> bool {
        self.not_before.is_some()
    }

    fn has_texts(&self) -> bool {
        self.format.is_some() || !self.values.is_empty() || self.longest.is_some() || self.without.is_some()
    }

    /// Returns whether it says which values a property has.
    fn is_about_values(&self) -> bool {
        self.has_numbers() || self.has_times() || self.has_texts()
    }

    /// Returns whether it says what a property of any type can have.
    fn is_about_any(&self) -> bool {
        let queries = !self.filter.is_empty() || self.sort.is_some() || self.search;
        self.write_only || self.sensitive || self.writable.is_some() || self.most_items.is_some() || queries
    }

    /// Returns whether what it says of values suits the type of a property.
    fn suits_values(&self, declared: &str) -> bool {
        let (numbers, times, texts) = (self.has_numbers(), self.has_times(), self.has_texts());
        match declared {
            _ if !self.is_about_values() => self.is_about_any(),
            "Edm.String" | "Edm.Guid" => texts && !(numbers || times),
            "Edm.Byte" | "Edm.SByte" | "Edm.Int16" | "Edm.Int32" | "Edm.Int64" | "Edm.Double" => {
                numbers && !(texts || times)
            }
            "Edm.DateTimeOffset" | "Edm.Date" => times && !(texts || numbers),
            _ => false,
        }
    }
}

/// Checks that a word is one of the known ones.
fn known_word(what: &str, word: Option<&str>, known: &[&str]) -> Result<(), Fault> {
    match word.filter(|word| !known.contains(word)) {
        None => Ok(()),
        Some(word) => Err(Fault(format!("overlay: expected {what} of {}, got {word}", known.join(", ")))),
    }
}

/// The type and the property of a name. Names of types may have stops too.
pub fn split<'a>(name: &'a str, model: &Model) -> (&'a str, Option<&'a str>) {
    match name.rsplit_once('.') {
        Some((ty, property)) if !model.types.contains_key(name) => (ty, Some(property)),
        _ => (name, None),
    }
}

fn misplaced(name: &str) -> Fault {
    Fault(format!("overlay: what is said of {name} in [documented] does not suit what it is"))
}

fn known_type(model: &Model, name: &str) -> Result<(), Fault> {
    if model.types.contains_key(name) {
        return Ok(());
    }
    let meant = meant(name, model.types.keys());
    Err(Fault(format!("overlay: the CSDL has no type called {name}{meant}")))
}

fn is_navigation(model: &Model, ty: &str, name: &str) -> bool {
    model.lineage(ty).any(|(_, ty)| ty.navigations.iter().any(|navigation| navigation.name == name))
}

fn known_property<'a>(model: &'a Model, ty: &'a str, name: &str) -> Result<&'a CsdlProperty, Fault> {
    let mut known = model.lineage(ty).flat_map(|(_, ty)| &ty.properties);
    known.find(|known| known.name == name).ok_or_else(|| {
        let all = model.lineage(ty).flat_map(|(_, ty)| ty.properties.iter().map(|property| &property.name));
        Fault(format!("overlay: the type {ty} has no property called {name}{}", meant(name, all)))
    })
}

fn meant<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> String {
    nearest(name, known.map(String::as_str)).map_or_else(String::new, |known| format!("; did you mean {known}?"))
}
