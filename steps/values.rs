//! The general vocabulary: comparing what the last answer holds otherwise than by equality.

use std::cmp::Ordering;

use cucumber::then;
use jiff::Timestamp;
use serde_json::Value;

use crate::session::{Expectation, Failure, HowMany, Session, Spot, StepResult, typed};

use super::answers::{filled, json};
use super::parameters::{Count, Json, JsonQuery, Values};

/// Expects one of several values, type and all.
#[then(expr = "{query} is one of {values}")]
async fn is_one_of(session: &mut Session, path: JsonQuery, values: Values) -> StepResult {
    let path = filled(session, &path)?;
    let mut expected = Vec::with_capacity(values.0.len());
    for value in &values.0 {
        expected.push(json(session, value)?);
    }
    let found = session.query_one(&path)?;
    if !expected.contains(found) {
        let told: Vec<String> = expected.iter().map(typed).collect();
        let message = format!("expected one of {} at {path}, got {}", told.join(", "), typed(found));
        Err(Failure::new("value", message).focus(path, "none of them").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::IsOneOf(Spot::Query(path), expected));
    }
    Ok(())
}

/// Expects a text that has another one within it, or a list that has a value.
#[then(expr = "{query} contains {json}")]
async fn contains(session: &mut Session, path: JsonQuery, part: Json) -> StepResult {
    let path = filled(session, &path)?;
    let part = json(session, &part)?;
    let found = session.query_one(&path)?;
    let holds = match (found, &part) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::Array(items), part) => items.contains(part),
        _ => false,
    };
    if !holds {
        let message = format!("expected {path} to contain {}, got {}", typed(&part), typed(found));
        Err(Failure::new("value", message).focus(path, "does not contain it").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::Contains(Spot::Query(path), part));
    }
    Ok(())
}

/// Expects a greater number, or a later moment.
#[then(expr = "{query} is greater than {json}")]
async fn is_greater(session: &mut Session, path: JsonQuery, limit: Json) -> StepResult {
    compare(session, &path, &limit, ("greater", Ordering::Greater))
}

/// Expects a smaller number, or an earlier moment.
#[then(expr = "{query} is less than {json}")]
async fn is_less(session: &mut Session, path: JsonQuery, limit: Json) -> StepResult {
    compare(session, &path, &limit, ("less", Ordering::Less))
}

/// Expects how many values a JSON path finds at least.
#[then(expr = "{query} finds at least {count} value(s)")]
async fn finds_at_least(session: &mut Session, path: JsonQuery, least: Count) -> StepResult {
    let path = filled(session, &path)?;
    let found = session.query_members(&path)?.len();
    if found < least.0 {
        let message = format!("expected at least {} values at {path}, got {found}", least.0);
        Err(Failure::new("value", message).focus(path, format!("finds {found}")).notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::Finds(Spot::Query(path), HowMany::AtLeast(least.0)));
    }
    Ok(())
}

fn compare(session: &Session, path: &JsonQuery, limit: &Json, (word, wanted): (&str, Ordering)) -> StepResult {
    let path = filled(session, path)?;
    let limit = json(session, limit)?;
    let found = session.query_one(&path)?;
    if order(found, &limit) != Some(wanted) {
        let message = format!("expected a value {word} than {} at {path}, got {}", typed(&limit), typed(found));
        let failure = Failure::new("value", message).focus(&path, format!("not {word}"));
        Err(failure
            .notes(session.last()?.notes())
            .help("numbers are compared with numbers, and moments with moments"))?;
    }
    session.expects(match wanted {
        Ordering::Greater => Expectation::IsGreater(Spot::Query(path), limit),
        _ => Expectation::IsLess(Spot::Query(path), limit),
    });
    Ok(())
}

/// Compares two numbers or two moments; nothing of what is neither.
fn order(value: &Value, other: &Value) -> Option<Ordering> {
    match (value, other) {
        (Value::Number(value), Value::Number(other)) => match (value.as_i64(), other.as_i64()) {
            (Some(value), Some(other)) => Some(value.cmp(&other)),
            _ => value.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(value), Value::String(other)) => {
            let (value, other): (Timestamp, Timestamp) = (value.parse().ok()?, other.parse().ok()?);
            Some(value.cmp(&other))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_moments_have_an_order_and_nothing_else_has() {
        assert_eq!(order(&json!(10), &json!(9)), Some(Ordering::Greater));
        assert_eq!(order(&json!(i64::MAX), &json!(i64::MAX - 1)), Some(Ordering::Greater));
        assert_eq!(order(&json!(1.5), &json!(2)), Some(Ordering::Less));
        let [early, late] = ["2022-02-11T08:00:00+01:00", "2022-02-11T07:30:00Z"].map(Value::from);
        assert_eq!(order(&early, &late), Some(Ordering::Less));
        for (value, other) in [(json!("10"), json!(9)), (json!("b"), json!("a")), (json!(true), json!(false))] {
            assert_eq!(order(&value, &other), None, "{value} {other}");
        }
    }
}
