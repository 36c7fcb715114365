//! Dates and recurrences that contradict themselves.

use graphwalk_catalog::Catalog;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::page::Page;
use crate::page::json::PageJson;

use super::Finding;
use super::bodies::bodies;

pub(super) fn dates_inconsistent(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for value in bodies(page).filter_map(|body| body.value()) {
        value.walk(&mut |_, _, object| found.extend(object_dates(object)));
    }
    found
}

/// The pairs of one object of which the second is not after the first: `startDate` and `endDate`, `created…`, `modified…`.
fn object_dates(object: &PageJson) -> Vec<Finding> {
    let mut found = Vec::new();
    for member in object.members() {
        let Some(begin) = member.value.text() else { continue };
        for (first, second, may_be_same) in PAIRS {
            let Some(other) = partner(&member.name, first, second) else { continue };
            // The end may stand in an object beside the beginning: `expiration` beside `startDateTime`.
            let inner = || object.members().iter().find_map(|member| member.value.get(&other));
            let Some(end) = object.get(&other).or_else(|| inner().filter(|_| *first == "start")) else { continue };
            let Some(end_text) = end.text().filter(|text| !text.starts_with('9') && !text.starts_with("0001")) else {
                continue;
            };
            if is_out_of_order(begin, end_text, *may_be_same) {
                let message = format!("`{other}` ({end_text}) is not after `{}` ({begin})", member.name);
                found.push(Finding::new(end.span.clone(), message).related(member.value.span.clone(), "the beginning"));
            }
        }
    }
    found
}

/// Pairs of property names of which one is a time before the other, and whether both may be the same.
const PAIRS: &[(&str, &str, bool)] = &[
    ("start", "end", false),
    ("Start", "End", false),
    ("started", "completed", true),
    ("created", "modified", true),
    ("created", "lastModified", true),
    ("created", "completed", true),
    ("created", "expiration", true),
];

/// `endDate` for `startDate`.
fn partner(name: &str, first: &str, second: &str) -> Option<String> {
    let at = name.find(first)?;
    Some(format!("{}{second}{}", &name[..at], &name[at + first.len()..]))
}

fn is_out_of_order(begin: &str, end: &str, may_be_same: bool) -> bool {
    if let (Ok(begin), Ok(end)) = (begin.parse::<Timestamp>(), end.parse::<Timestamp>()) {
        return end < begin || (end == begin && !may_be_same);
    }
    // A single day begins and ends at the same date.
    match (begin.parse::<Date>(), end.parse::<Date>()) {
        (Ok(begin), Ok(end)) if begin.to_string().len() == end.to_string().len() => end < begin,
        _ => false,
    }
}

pub(super) fn recurrence_inconsistent(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    // An answer has defaults beside what was sent; what was sent counts.
    let sent = page.exchanges.iter().filter_map(|exchange| exchange.request.body.as_ref()?.value());
    for value in sent {
        value.walk(&mut |_, member, object| {
            let name = member.map_or("", |member| member.name.as_str());
            let reasons = if is_of(object, name, "recurrenceRange", "range") {
                range_faults(object)
            } else if is_of(object, name, "recurrencePattern", "pattern") {
                pattern_faults(object)
            } else {
                Vec::new()
            };
            if !reasons.is_empty() {
                let start = object.span.start;
                found.push(Finding::new(
                    start..start + 1,
                    format!("the recurrence contradicts itself: {}", reasons.join("; ")),
                ));
            }
        });
    }
    found
}

/// Returns whether an object is of a type: by its name, and by having only properties of the type.
fn is_of(object: &PageJson, name: &str, ty: &str, usual: &str) -> bool {
    let Some(ty) = Catalog::v1().type_named(ty) else { return false };
    let members = object.members();
    name.eq_ignore_ascii_case(usual)
        && object.get("type").is_some()
        && members.iter().all(|member| member.name.contains('@') || ty.property(&member.name).is_some())
}

fn range_faults(range: &PageJson) -> Vec<String> {
    let kind = range.get("type").and_then(PageJson::text).unwrap_or_default();
    let count = range.get("numberOfOccurrences").map(PageJson::to_value).and_then(|value| value.as_i64());
    let has_end = range.get("endDate").and_then(PageJson::text).is_some_and(|end| !end.starts_with("0001"));
    let mut faults = Vec::new();
    match kind {
        "numbered" if count.is_none_or(|count| count < 1) => {
            faults.push(format!("`numbered` needs `numberOfOccurrences` of at least 1, got {}", count.unwrap_or(0)));
        }
        "endDate" if !has_end => faults.push("`endDate` needs an `endDate`".to_owned()),
        "endDate" | "noEnd" if count.is_some_and(|count| count > 0) => {
            faults.push(format!("`{kind}` takes no `numberOfOccurrences`"));
        }
        _ => {}
    }
    if has_end && matches!(kind, "numbered" | "noEnd") {
        faults.push(format!("`{kind}` takes no `endDate`"));
    }
    faults
}

fn pattern_faults(pattern: &PageJson) -> Vec<String> {
    let kind = pattern.get("type").and_then(PageJson::text).unwrap_or_default();
    let number = |name: &str| pattern.get(name).map(PageJson::to_value).and_then(|value| value.as_i64());
    let has_days = pattern.get("daysOfWeek").is_some_and(|days| !days.items().is_empty());
    let mut faults = Vec::new();
    if number("interval").is_some_and(|interval| interval < 1) {
        faults.push("`interval` is at least 1".to_owned());
    }
    if kind.starts_with("absolute") && number("dayOfMonth").is_some_and(|day| !(1..=31).contains(&day)) {
        faults.push(format!("`{kind}` needs a `dayOfMonth` from 1 to 31"));
    }
    if kind == "absoluteYearly" && number("month").is_some_and(|month| !(1..=12).contains(&month)) {
        faults.push("`absoluteYearly` needs a `month` from 1 to 12".to_owned());
    }
    if (kind == "weekly" || kind.starts_with("relative")) && !has_days {
        faults.push(format!("`{kind}` needs `daysOfWeek`"));
    }
    faults
}
