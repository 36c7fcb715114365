//! What every kind of step expects of the last answer.

use graphwalk_client::{Exchange, ResponseBody};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::advice::{FaultSource, advice};
use super::{Expectation, Failure, Session};

/// The code of a failure where another status came than was expected.
pub(super) const STATUS: &str = "status";

impl Session {
    /// The last exchange.
    ///
    /// # Errors
    ///
    /// A failure if no request was sent yet in this scenario.
    pub fn last(&self) -> Result<&Exchange, Failure> {
        self.last.as_deref().ok_or_else(|| {
            Failure::new("no-exchange", "there is no answer to look at: this scenario sent no request before this step")
                .help("send a request first, e.g. `When the administrator sends GET \"/v1.0/users\"`")
        })
    }

    /// The last exchange, if its status is `expected`.
    ///
    /// # Errors
    ///
    /// A failure that names the status that came and Graph's error.
    pub fn expect_status(&self, expected: u16) -> Result<&Exchange, Failure> {
        let exchange = self.judge_status(expected)?;
        self.expects(Expectation::Status(vec![expected]));
        Ok(exchange)
    }

    /// The same for who expects one of several: which of them came is no expectation.
    pub(crate) fn judge_status(&self, expected: u16) -> Result<&Exchange, Failure> {
        let exchange = self.last()?;
        // An answer that was recovered shows that the call succeeded.
        let recovered = exchange.recovered.is_some() && (200..300).contains(&expected);
        if exchange.status == expected || recovered {
            return Ok(exchange);
        }
        let message = format!("expected status {expected}, got {}", exchange.status);
        Err(Failure::new(STATUS, message)
            .focus(expected.to_string(), format!("got {}", exchange.status))
            .notes(exchange.notes())
            .help(advice(exchange, self.answers_come_from())))
    }

    fn answers_come_from(&self) -> FaultSource {
        match self.profile.jitter_seed {
            _ if !self.is_eventual() => FaultSource::Recording,
            Some(_) => FaultSource::Emulator,
            None => FaultSource::Service,
        }
    }

    /// The JSON of the last answer.
    ///
    /// # Errors
    ///
    /// A failure if the answer is not JSON.
    pub fn last_json(&self) -> Result<&Value, Failure> {
        let exchange = self.last()?;
        exchange.json().ok_or_else(|| {
            let came = match &exchange.body {
                ResponseBody::Empty => "no body",
                ResponseBody::Repeats(_) => "an object with a key twice",
                ResponseBody::Json(_) | ResponseBody::Text(_) => "a body that is not JSON",
            };
            Failure::new("no-json", format!("expected a JSON body, got {came}")).notes(exchange.notes())
        })
    }

    /// The items of the list that was answered with status 200.
    ///
    /// # Errors
    ///
    /// A failure if the answer is not a list. One that has further pages is a failure too, since what is on them would not
    /// be looked at.
    pub fn last_items(&self) -> Result<&[Value], Failure> {
        let exchange = self.expect_status(200)?;
        let body = self.last_json()?;
        if body.get("@odata.nextLink").is_some() {
            return Err(Failure::new("more-pages", "the list goes on on another page, which was not read")
                .notes(exchange.notes())
                .help("ask for more items a page with `$top`"));
        }
        self.expects(Expectation::LastPage);
        body.get("value")
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .ok_or_else(|| Failure::new("no-list", "expected a list, got no array at /value").notes(exchange.notes()))
    }

    /// Returns what a JSON path finds in the last answer.
    ///
    /// # Errors
    ///
    /// A failure if the path is no JSON path or the answer no JSON.
    pub fn query(&self, path: &str) -> Result<Vec<&Value>, Failure> {
        let parsed = JsonPath::parse(path).map_err(|error| {
            Failure::new("json-path", format!("\"{path}\" is not a JSON path: {error}"))
                .focus(path, "not a JSON path")
                .help("write it as RFC 9535 has it, e.g. `$.value[0].id` or `$.value[*].principal.id`")
        })?;
        Ok(parsed.query(self.last_json()?).all())
    }

    /// Returns the values that a JSON path finds in the last answer, to be counted or compared as a list. A path that names a list finds one value, the
    /// list: whoever counts means its members.
    ///
    /// # Errors
    ///
    /// A failure if it is no JSON path, or names a list and not its members.
    pub fn query_members(&self, path: &str) -> Result<Vec<&Value>, Failure> {
        let found = self.query(path)?;
        match found.as_slice() {
            [Value::Array(items)] if names_one_place(path) => {
                let length = items.len();
                let message = format!("{path} finds one value, a list of {length}, and not the members of the list");
                Err(Failure::new("json-path", message)
                    .focus(path, "the list itself")
                    .notes(self.last()?.notes())
                    .help(format!("write \"{path}[*]\" for its members")))
            }
            _ => Ok(found),
        }
    }

    /// The one value that a JSON path finds in the last answer.
    ///
    /// # Errors
    ///
    /// A failure if it finds none or several.
    pub fn query_one(&self, path: &str) -> Result<&Value, Failure> {
        let found = self.query(path)?;
        match found.as_slice() {
            [only] => Ok(only),
            several => {
                let what = if several.is_empty() { "nothing".to_owned() } else { format!("{} values", several.len()) };
                Err(Failure::new("value", format!("expected one value at {path}, got {what}"))
                    .focus(path, format!("finds {what}"))
                    .notes(self.last()?.notes()))
            }
        }
    }
}

/// Whether a JSON path can find one value at most: it has no wildcard, slice, filter, union or descent.
fn names_one_place(path: &str) -> bool {
    !path.contains(['*', ':', '?', ',']) && !path.contains("..")
}
