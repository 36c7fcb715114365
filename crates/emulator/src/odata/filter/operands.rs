//! Whether the values that an expression compares are of the types of the properties.

use graphwalk_catalog::{Type, TypeRef};
use serde_json::Value;

use crate::http::Refusal;

use super::{COUNT, Filter, Lambda, Literal};

/// Checks that properties of objects of these types are compared with values of their types: a boolean with no text.
///
/// # Errors
///
/// 400 that names both.
pub fn check_operands(filter: &Filter, types: &[Type]) -> Result<(), Refusal> {
    check(filter, &|path| types.iter().find_map(|ty| at(*ty, path)))
}

/// The type of what a path leads to.
type TypeOf<'a> = dyn Fn(&str) -> Option<TypeRef> + 'a;

fn check(filter: &Filter, type_of: &TypeOf<'_>) -> Result<(), Refusal> {
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().try_for_each(|filter| check(filter, type_of)),
        Filter::Not(inner) => check(inner, type_of),
        Filter::Compare(path, _, _) if path.ends_with(COUNT) => Ok(()),
        Filter::Compare(path, _, literal) => check_literal(type_of(path), literal),
        Filter::In(path, literals) => literals.iter().try_for_each(|literal| check_literal(type_of(path), literal)),
        Filter::Text(_, path, _) => match type_of(path).map(kind) {
            None | Some(OperandKind::Text | OperandKind::Unknown) => Ok(()),
            Some(found) => Err(incompatible(found.name(), "Edm.String")),
        },
        Filter::Lambda(Lambda { collection, condition: Some((item, condition)), .. }) => {
            let of_item = type_of(collection).map(TypeRef::item);
            check(condition, &|path| match path.split_once('/') {
                None if path == item => of_item,
                Some((first, rest)) if first == item => of_item?.named().and_then(|ty| at(ty, rest)),
                _ => type_of(path),
            })
        }
        Filter::Lambda(_) => Ok(()),
    }
}

/// The type of a property by its path, in which casts are passed over.
fn at(ty: Type, path: &str) -> Option<TypeRef> {
    let names = path.split('/').filter(|name| graphwalk_catalog::unqualified(name).is_none());
    let first = ty.properties().find(|property| Some(property.name) == names.clone().next())?.ty;
    names.skip(1).try_fold(first, |reached, name| {
        let ty = reached.named().filter(|_| !reached.is_many())?;
        ty.properties().find(|property| property.name == name).map(|property| property.ty)
    })
}

/// A set of values that can be compared with one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OperandKind {
    Boolean,
    Number,
    Text,
    Time,
    Unknown,
}

impl OperandKind {
    fn name(self) -> &'static str {
        match self {
            Self::Boolean => "Edm.Boolean",
            Self::Number => "Edm.Int32",
            Self::Text | Self::Unknown => "Edm.String",
            Self::Time => "Edm.DateTimeOffset",
        }
    }
}

fn kind(ty: TypeRef) -> OperandKind {
    if ty.is_many() {
        return OperandKind::Unknown;
    }
    match ty.name() {
        "Edm.Boolean" => OperandKind::Boolean,
        "Edm.Byte" | "Edm.SByte" | "Edm.Int16" | "Edm.Int32" | "Edm.Int64" | "Edm.Double" | "Edm.Single"
        | "Edm.Decimal" => OperandKind::Number,
        "Edm.String" => OperandKind::Text,
        "Edm.DateTimeOffset" | "Edm.Date" => OperandKind::Time,
        // Members of an enumeration and GUIDs stand with and without quotes.
        _ => OperandKind::Unknown,
    }
}

fn check_literal(declared: Option<TypeRef>, literal: &Literal) -> Result<(), Refusal> {
    let Some(declared) = declared.map(kind).filter(|kind| *kind != OperandKind::Unknown) else { return Ok(()) };
    let found = match &literal.value {
        Value::Null => return Ok(()),
        Value::Bool(_) => OperandKind::Boolean,
        Value::Number(_) => OperandKind::Number,
        Value::String(_) if literal.quoted => OperandKind::Text,
        // A date, a time, a number with decimals: or a word that is none of them.
        Value::String(text) if text.parse::<f64>().is_ok() => OperandKind::Number,
        Value::String(text) if is_time(text) => OperandKind::Time,
        _ => OperandKind::Unknown,
    };
    if found == declared {
        return Ok(());
    }
    if found == OperandKind::Unknown {
        let text = literal.value.as_str().unwrap_or_default();
        let shown: String = text.chars().take(60).collect();
        return Err(Refusal::new(400, "BadRequest", format!("Could not find a property named '{shown}'.")));
    }
    Err(incompatible(declared.name(), found.name()))
}

/// Whether a word is a date, or a time that says its zone (OData 4.01, ABNF: `dateTimeOffsetValue`).
fn is_time(text: &str) -> bool {
    let is_date = || !text.contains(['T', 't']) && text.parse::<jiff::civil::Date>().is_ok();
    text.parse::<jiff::Timestamp>().is_ok() || is_date()
}

fn incompatible(one: &str, other: &str) -> Refusal {
    let message = format!(
        "A binary operator with incompatible types was detected. Found operand types '{one}' and '{other}' for operator kind 'Equal'."
    );
    Refusal::new(400, "BadRequest", message)
}
