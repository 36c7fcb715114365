//! `$filter` expressions: comparisons, `startswith`, `endswith`, `contains`, `in`, `and`, `or`, `not`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::http::Refusal;

/// How deep parentheses and `not` may be nested.
const DEEPEST: usize = 50;

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
    Compare(String, Comparison, Value),
    /// `property in (literal, …)`
    In(String, Vec<Value>),
    /// `startswith(property,'text')`
    Text(TextFunction, String, String),
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
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// 400 that says where it is malformed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let filter = parser.or()?;
        parser.skip_space();
        if parser.at < text.len() {
            return Err(parser.malformed());
        }
        Ok(filter)
    }

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
            Self::Compare(name, comparison, literal) => {
                comparison.holds(property(entity, name).unwrap_or(&Value::Null), literal)
            }
            Self::In(name, literals) => {
                let found = property(entity, name).unwrap_or(&Value::Null);
                literals.iter().any(|literal| compare(found, literal).is_eq())
            }
            Self::Text(function, name, wanted) => {
                let found = property(entity, name).and_then(Value::as_str).map(str::to_lowercase);
                found.is_some_and(|found| function.holds(&found, &wanted.to_lowercase()))
            }
        })
    }

    /// The properties it names.
    pub fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().flat_map(Self::properties).collect(),
            Self::Not(inner) => inner.properties(),
            Self::Compare(name, ..) | Self::In(name, _) | Self::Text(_, name, _) => vec![name],
        }
    }

    /// Returns whether the directory answers it only as an advanced query: `ne`, `not`, `endswith`.
    pub fn is_advanced(&self) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => filters.iter().any(Self::is_advanced),
            Self::Not(_) | Self::Compare(_, Comparison::NotEqual, _) | Self::Text(TextFunction::EndsWith, ..) => true,
            Self::Compare(..) | Self::In(..) | Self::Text(..) => false,
        }
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

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Filter, Refusal> {
        let first = self.and()?;
        let mut any = vec![first];
        while self.keyword("or") {
            any.push(self.and()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
    }

    fn and(&mut self) -> Result<Filter, Refusal> {
        let first = self.term()?;
        let mut all = vec![first];
        while self.keyword("and") {
            all.push(self.term()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::And(all) })
    }

    fn term(&mut self) -> Result<Filter, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Refusal::new(400, "BadRequest", "The filter is nested too deep."));
        }
        let term = if self.keyword("not") {
            Filter::Not(Box::new(self.term()?))
        } else if self.take('(') {
            let inner = self.or()?;
            self.expect(')')?;
            inner
        } else {
            self.condition()?
        };
        self.depth -= 1;
        Ok(term)
    }

    fn condition(&mut self) -> Result<Filter, Refusal> {
        let word = self.word()?;
        if let Some(function) = TextFunction::parse(&word.to_lowercase())
            && self.take('(')
        {
            let name = self.word()?;
            self.expect(',')?;
            let Value::String(text) = self.literal()? else { return Err(self.malformed()) };
            self.expect(')')?;
            return Ok(Filter::Text(function, name, text));
        }
        let operator = self.word()?.to_lowercase();
        if operator == "in" {
            self.expect('(')?;
            let mut literals = vec![self.literal()?];
            while self.take(',') {
                literals.push(self.literal()?);
            }
            self.expect(')')?;
            return Ok(Filter::In(word, literals));
        }
        let comparison = Comparison::parse(&operator).ok_or_else(|| self.malformed())?;
        Ok(Filter::Compare(word, comparison, self.literal()?))
    }

    fn literal(&mut self) -> Result<Value, Refusal> {
        if self.take('\'') {
            return self.quoted();
        }
        let word = self.word()?;
        Ok(match word.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            // Dates, times and GUIDs stand without quotes.
            _ => word.parse::<i64>().map_or_else(|_| Value::from(word.as_str()), Value::from),
        })
    }

    fn quoted(&mut self) -> Result<Value, Refusal> {
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(end) = rest.find('\'') else { return Err(self.malformed()) };
            text.push_str(&rest[..end]);
            self.at += end + 1;
            // Two quotes stand for one.
            if !self.text[self.at..].starts_with('\'') {
                return Ok(Value::String(text));
            }
            text.push('\'');
            self.at += 1;
        }
    }

    fn word(&mut self) -> Result<String, Refusal> {
        self.skip_space();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| c.is_whitespace() || "(),'".contains(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.malformed());
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn keyword(&mut self, word: &str) -> bool {
        self.skip_space();
        let rest = &self.text[self.at..];
        let found = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
            && rest[word.len()..].starts_with(|c: char| c.is_whitespace() || c == '(');
        if found {
            self.at += word.len();
        }
        found
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.text[self.at..].starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), Refusal> {
        if self.take(wanted) { Ok(()) } else { Err(self.malformed()) }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn malformed(&self) -> Refusal {
        let message = format!("Invalid filter clause: syntax error at position {} in '{}'.", self.at, self.text);
        Refusal::new(400, "BadRequest", message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(filter: &str) -> bool {
        let entity = json!({"displayName": "Adele Vance", "status": "InProgress", "accountEnabled": true, "n": 5,
            "createdDateTime": "2022-02-11T17:35:25.24Z", "mail": null, "o": "O'Hara",
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
        ] {
            assert!(fits(filter), "{filter}");
        }
        for filter in
            ["displayName ne 'Adele Vance'", "n lt 5", "mail gt 'a'", "missing eq 'x'", "startswith(mail,'a')"]
        {
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
            &"(".repeat(5000),
            &"not ".repeat(5000),
        ] {
            let refusal = Filter::parse(filter).unwrap_err();
            assert_eq!(refusal.status, 400, "{filter}");
        }
    }
}
