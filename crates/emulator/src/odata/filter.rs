//! `$filter` expressions: comparisons, `startswith`, `endswith`, `contains`, `in`, `and`, `or`, `not`, `any`, `all`, and the number of
//! items (`assignedLicenses/$count`).

mod operands;
mod parse;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::http::Refusal;

pub use operands::check_operands;

/// A parsed expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All hold. A list, since a chain of thousands must not be as many calls deep.
    And(Vec<Filter>),
    /// One holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// `property eq literal`
    Compare(String, Comparison, Literal),
    /// `property in (literal, …)`
    In(String, Vec<Literal>),
    /// `startswith(property,'text')`
    Text(TextFunction, String, String),
    /// `collection/any(name:condition)`, or `collection/any()`
    Lambda(Lambda),
}

/// A condition on the items of a collection.
#[derive(Clone, Debug, PartialEq)]
pub struct Lambda {
    /// The path of the collection.
    pub collection: String,
    /// Whether it has to hold for all items (`all`) and not just for one (`any`).
    pub all: bool,
    /// The variable and the condition on it; nothing for `any()`, which asks whether there are items.
    pub condition: Option<(String, Box<Filter>)>,
}

/// A value in an expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: Value,
    /// Whether it stands in quotes, as texts do; dates, times and GUIDs do not.
    pub quoted: bool,
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A function over a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFunction {
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `contains`
    Contains,
}

impl Filter {
    /// Returns whether an entity fits.
    ///
    /// # Errors
    ///
    /// 400 if a function is asked of what is no text.
    pub fn fits(&self, entity: &Map<String, Value>) -> Result<bool, Refusal> {
        Ok(match self {
            Self::And(all) => {
                for filter in all {
                    if !filter.fits(entity)? {
                        return Ok(false);
                    }
                }
                true
            }
            Self::Or(any) => {
                for filter in any {
                    if filter.fits(entity)? {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Not(inner) => !inner.fits(entity)?,
            Self::Compare(name, comparison, literal) => comparison.holds(&value_at(entity, name), &literal.value),
            Self::In(name, literals) => {
                let found = value_at(entity, name);
                literals.iter().any(|literal| compare(&found, &literal.value).is_eq())
            }
            Self::Text(function, name, wanted) => {
                let found = property(entity, name).and_then(Value::as_str).map(str::to_lowercase);
                found.is_some_and(|found| function.holds(&found, &wanted.to_lowercase()))
            }
            Self::Lambda(lambda) => lambda.fits(entity)?,
        })
    }

    /// The properties it names. Of the items of a collection it names those of the collection.
    pub fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().flat_map(Self::properties).collect(),
            Self::Not(inner) => inner.properties(),
            Self::Compare(name, ..) | Self::In(name, _) | Self::Text(_, name, _) => vec![name],
            Self::Lambda(Lambda { collection, condition, .. }) => {
                let named = condition.iter().flat_map(|(item, condition)| {
                    let is_of_item = move |name: &&str| name.split('/').next() == Some(item);
                    condition.properties().into_iter().filter(move |name| !is_of_item(name))
                });
                std::iter::once(collection.as_str()).chain(named).collect()
            }
        }
    }

    /// The greatest number of alternatives that stand side by side: of an `or`, or the values of an `in`.
    pub fn alternatives(&self) -> usize {
        match self {
            Self::And(filters) => filters.iter().map(Self::alternatives).max().unwrap_or(1),
            Self::Or(filters) => filters.iter().map(Self::alternatives).sum(),
            Self::Not(inner) => inner.alternatives(),
            Self::In(_, literals) => literals.len(),
            Self::Lambda(lambda) => lambda.condition.as_ref().map_or(1, |(_, condition)| condition.alternatives()),
            Self::Compare(..) | Self::Text(..) => 1,
        }
    }
}

impl Lambda {
    fn fits(&self, entity: &Map<String, Value>) -> Result<bool, Refusal> {
        let items = property(entity, &self.collection).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let Some((name, condition)) = &self.condition else { return Ok(!items.is_empty()) };
        // A condition may name the item and what the whole has.
        let mut scope = entity.clone();
        for item in items {
            scope.insert(name.clone(), item.clone());
            if condition.fits(&scope)? != self.all {
                return Ok(!self.all);
            }
        }
        Ok(self.all)
    }
}

impl Comparison {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    fn holds(self, found: &Value, literal: &Value) -> bool {
        let order = compare(found, literal);
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            _ if found.is_null() => false,
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

impl TextFunction {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            _ => return None,
        })
    }

    fn holds(self, found: &str, wanted: &str) -> bool {
        match self {
            Self::StartsWith => found.starts_with(wanted),
            Self::EndsWith => found.ends_with(wanted),
            Self::Contains => found.contains(wanted),
        }
    }
}

/// The end of a path that stands for the number of items of a collection.
pub(crate) const COUNT: &str = "/$count";

/// The value of a path: a property, or the number of its items.
fn value_at<'a>(entity: &'a Map<String, Value>, path: &str) -> Cow<'a, Value> {
    match path.strip_suffix(COUNT) {
        Some(path) => {
            let items = property(entity, path).and_then(Value::as_array);
            Cow::Owned(Value::from(items.map_or(0, Vec::len)))
        }
        None => property(entity, path).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
    }
}

/// The property of a path such as `scope/microsoft.graph.accessReviewQueryScope/query`, in which casts are passed over.
pub fn property<'a>(entity: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut names = path.split('/').filter(|name| graphwalk_catalog::unqualified(name).is_none());
    let first = entity.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))
}

/// The order of two values: texts without regard to case, times as times, null before everything.
pub fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => {
            match (left.parse::<jiff::Timestamp>(), right.parse::<jiff::Timestamp>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.to_lowercase().cmp(&right.to_lowercase()),
            }
        }
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().unwrap_or(f64::NAN).total_cmp(&right.as_f64().unwrap_or(f64::NAN))
        }
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        _ => rank(left).cmp(&rank(right)),
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(filter: &str) -> bool {
        let entity = json!({"displayName": "Adele Vance", "status": "InProgress", "accountEnabled": true, "n": 5,
            "createdDateTime": "2022-02-11T17:35:25.24Z", "mail": null, "o": "O'Hara",
            "groupTypes": ["Unified", "Other"], "none": [], "licences": [{"sku": "a", "off": ["x"]}, {"sku": "b", "off": []}],
            "scope": {"query": "/v1.0/groups/1/transitiveMembers"}});
        Filter::parse(filter).unwrap().fits(entity.as_object().unwrap()).unwrap()
    }

    #[test]
    fn expressions_hold_as_odata_says() {
        for filter in [
            "displayName eq 'adele vance'",
            "startswith(displayName,'Adele') and status eq 'InProgress'",
            "status eq 'Applied' or (status in ('InProgress', 'Completed'))",
            "not (status eq 'Applied')",
            "contains(scope/microsoft.graph.accessReviewQueryScope/query, '/groups/1')",
            "createdDateTime ge 2022-02-11T17:35:25Z and createdDateTime lt 2022-02-12T00:00:00Z",
            "accountEnabled eq true and n gt 4 and mail eq null",
            "o eq 'O''Hara'",
            "endswith(displayName, 'vance')",
            "startswith(displayName,'adele') eq true and endswith(displayName,'x') eq false",
            "startswith(displayName,'x') ne true",
            "groupTypes/any(c:c eq 'unified')",
            "(groupTypes/any(s:startswith(s,'Uni')) and n eq 5)",
            "groupTypes/any()",
            "not none/any()",
            "none/all(x:x eq 'nothing')",
            "groupTypes/all(c:contains(c,'e'))",
            "licences/any(l:l/sku eq 'b' and l/off/$count eq 0)",
            "licences/any(l:l/off/any(o:o eq 'x' and l/sku eq 'a' and status eq 'InProgress'))",
            "groupTypes/$count eq 2 and missing/$count eq 0",
        ] {
            assert!(fits(filter), "{filter}");
        }
        for filter in [
            "displayName ne 'Adele Vance'",
            "n lt 5",
            "mail gt 'a'",
            "missing eq 'x'",
            "startswith(mail,'a')",
            "startswith(displayName,'Adele') eq false",
            "groupTypes/any(c:c eq 'Dynamic')",
            "groupTypes/all(c:c eq 'Unified')",
            "none/any()",
            "none/any(c:c eq 'x')",
            "displayName/any(c:c eq 'Adele Vance')",
            "licences/any(l:l/sku eq 'a' and l/off/$count eq 0)",
        ] {
            assert!(!fits(filter), "{filter}");
        }
    }

    #[test]
    fn an_invalid_filter_is_refused_with_the_place() {
        for filter in [
            "",
            "a",
            "a eq",
            "a eq 'x",
            "a like 'b'",
            "(a eq 1",
            "a eq 1 b",
            "startswith(a)",
            "startswith(a,'b') eq",
            "startswith(a,'b') eq 'true'",
            "startswith(a,'b') gt true",
            "a/any(c eq 1)",
            "a/any(c:)",
            "a/any(:c eq 1)",
            "a/any(c:c eq 1",
            "a/all()",
            "/any(c:c)",
            &"a/any(c:".repeat(5000),
            &"(".repeat(5000),
            &"not ".repeat(5000),
        ] {
            let refusal = Filter::parse(filter).unwrap_err();
            assert_eq!(refusal.status, 400, "{filter}");
        }
    }

    #[test]
    fn what_a_property_cannot_be_compared_with_is_refused_by_its_type() {
        let user = [graphwalk_catalog::Catalog::v1().type_named("user").unwrap()];
        let check = |filter: &str| check_operands(&Filter::parse(filter).unwrap(), &user).map_err(|why| why.message);
        for filter in [
            "accountEnabled eq true and accountEnabled ne null",
            "displayName eq 'true' or startswith(displayName,'x')",
            "createdDateTime ge 2022-02-11T17:35:25Z and createdDateTime ge 2022-02-11",
            "assignedLicenses/any(x:x/skuId eq 1e1a282c-9c54-43a2-9310-98ef728faace)",
            "businessPhones/any(p:startswith(p,'+1')) and assignedLicenses/$count eq 0",
            "id in ('a','b')",
            "unheardOf eq 5",
        ] {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
        for filter in [
            "accountEnabled eq 'true'",
            "accountEnabled eq 1",
            "displayName eq true",
            "displayName eq 5",
            "displayName eq Adele",
            "createdDateTime ge '2022-02-11T17:35:25Z'",
            "createdDateTime ge 2022-02-11T17:35:25",
            "createdDateTime ge 2022-13-11",
            "startswith(accountEnabled,'t')",
            "displayName in ('a', 5)",
            "not (accountEnabled eq 'true')",
            "businessPhones/any(p:p eq 5)",
            "assignedPlans/any(p:p/capabilityStatus eq 5)",
            "businessPhones/any(p:accountEnabled eq 'true')",
        ] {
            assert!(check(filter).is_err(), "{filter}");
        }
    }
}
