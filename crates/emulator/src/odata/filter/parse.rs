//! Reading an expression.

use serde_json::Value;

use crate::http::Refusal;

use super::{Comparison, Filter, Lambda, Literal, TextFunction};

/// The most levels of nested parentheses and `not`.
const DEEPEST: usize = 50;

impl Filter {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// 400 that says where it is malformed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let mut parser = FilterParser { text, at: 0, depth: 0 };
        let filter = parser.or()?;
        parser.skip_space();
        if parser.at < text.len() {
            return Err(parser.malformed());
        }
        Ok(filter)
    }
}

/// The collection of a word such as `groupTypes/any`, and whether it asks for all items.
fn lambda(word: &str) -> Option<(&str, bool)> {
    let (collection, operator) = word.rsplit_once('/')?;
    match operator.to_lowercase().as_str() {
        "any" => Some((collection, false)),
        "all" => Some((collection, true)),
        _ => None,
    }
}

struct FilterParser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl FilterParser<'_> {
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
        if let Some((collection, all)) = lambda(&word)
            && self.take('(')
        {
            return self.lambda(collection.to_owned(), all);
        }
        if let Some(function) = TextFunction::parse(&word.to_lowercase())
            && self.take('(')
        {
            let name = self.word()?;
            self.expect(',')?;
            let Value::String(text) = self.literal()?.value else { return Err(self.malformed()) };
            self.expect(')')?;
            return self.truth(Filter::Text(function, name, text));
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

    /// A condition, or what may follow it: `eq true`, `eq false`, `ne` of either.
    fn truth(&mut self, condition: Filter) -> Result<Filter, Refusal> {
        let is_equal = self.keyword("eq");
        if !is_equal && !self.keyword("ne") {
            return Ok(condition);
        }
        match self.literal()?.value {
            Value::Bool(wanted) if wanted == is_equal => Ok(condition),
            Value::Bool(_) => Ok(Filter::Not(Box::new(condition))),
            _ => Err(self.malformed()),
        }
    }

    /// Reads the text between the brackets of `any` and `all`, and the bracket that closes them.
    fn lambda(&mut self, collection: String, all: bool) -> Result<Filter, Refusal> {
        if !all && self.take(')') {
            return Ok(Filter::Lambda(Lambda { collection, all, condition: None }));
        }
        self.skip_space();
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let item = rest[..end].to_owned();
        self.at += end;
        if item.is_empty() {
            return Err(self.malformed());
        }
        self.expect(':')?;
        let condition = self.or()?;
        self.expect(')')?;
        Ok(Filter::Lambda(Lambda { collection, all, condition: Some((item, Box::new(condition))) }))
    }

    fn literal(&mut self) -> Result<Literal, Refusal> {
        if self.take('\'') {
            return Ok(Literal { value: self.quoted()?, quoted: true });
        }
        let word = self.word()?;
        let value = match word.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            // Dates, times and GUIDs stand without quotes.
            _ => word.parse::<i64>().map_or_else(|_| Value::from(word.as_str()), Value::from),
        };
        Ok(Literal { value, quoted: false })
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
