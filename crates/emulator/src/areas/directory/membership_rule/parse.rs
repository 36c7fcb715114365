//! Reading a rule.

use graphwalk_catalog::rule_property;
use regex_lite::Regex;
use serde_json::Value;

use crate::http::{Refusal, not_modelled};

use super::{MembershipRule, RuleCondition, RuleOperator, refused};

/// The most characters that a rule may have (Entra, "Manage rules for dynamic membership groups").
const LONGEST: usize = 3072;
/// The most levels of nested parentheses.
const DEEPEST: usize = 50;

/// The operators that have an opposite with `not` before its name, beside `in`.
const HAVE_OPPOSITE: [&str; 4] = ["startswith", "endswith", "contains", "match"];

/// The objects that a rule is about: users or devices, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleSubject {
    User,
    Device,
}

impl MembershipRule {
    /// Reads a rule.
    ///
    /// # Errors
    ///
    /// 400 in the words of Graph, with what is wrong; 501 for what the emulator cannot evaluate.
    pub fn parse(rule: &str) -> Result<Self, Refusal> {
        if rule.chars().count() > LONGEST {
            return Err(refused("the rule is longer than 3072 characters"));
        }
        let tokens = tokens(rule)?;
        if let [RuleToken::Word(head), RuleToken::Word(reports), RuleToken::Word(of), RuleToken::Text(manager)] =
            tokens.as_slice()
            && [head, reports, of].into_iter().map(|word| word.to_lowercase()).eq(["direct", "reports", "for"])
        {
            let manager = manager.parse().map_err(|_| refused("an object id is expected of the manager"))?;
            return Ok(Self::DirectReports(manager));
        }
        let mut parser = RuleParser { tokens: &tokens, at: 0, depth: 0, subject: None };
        let condition = parser.or(false)?;
        match (parser.peek(), parser.subject) {
            (Some(_), _) => Err(refused("something follows the end of an expression")),
            (None, Some(RuleSubject::Device)) => Ok(Self::Devices),
            (None, _) => Ok(Self::Users(condition)),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum RuleToken {
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// A text in quotes.
    Text(String),
    /// Anything else: an operator, a property, a value.
    Word(String),
}

fn tokens(rule: &str) -> Result<Vec<RuleToken>, Refusal> {
    let mut characters = rule.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = characters.next() {
        tokens.push(match c {
            _ if c.is_whitespace() => continue,
            '(' => RuleToken::Open,
            ')' => RuleToken::Close,
            '[' => RuleToken::OpenList,
            ']' => RuleToken::CloseList,
            ',' => RuleToken::Comma,
            '"' | '\'' => RuleToken::Text(quoted(&mut characters, c)?),
            _ => {
                let mut word = String::from(c);
                while let Some(next) = characters.next_if(|next| !next.is_whitespace() && !"()[],\"'".contains(*next)) {
                    word.push(next);
                }
                RuleToken::Word(word)
            }
        });
    }
    Ok(tokens)
}

/// A text up to its closing quote.
fn quoted(characters: &mut impl Iterator<Item = char>, quote: char) -> Result<String, Refusal> {
    let mut text = String::new();
    loop {
        match characters.next() {
            // A grave accent escapes what follows.
            Some('`') => text.extend(characters.next()),
            Some(end) if end == quote => return Ok(text),
            Some(c) => text.push(c),
            None => return Err(refused("a text lacks its closing quote")),
        }
    }
}

/// A value that a property is compared with.
enum RuleOperand {
    /// A value.
    Value(Value),
    /// A moment counted from the present one.
    Now,
}

struct RuleParser<'a> {
    tokens: &'a [RuleToken],
    at: usize,
    depth: usize,
    subject: Option<RuleSubject>,
}

impl RuleParser<'_> {
    fn peek(&self) -> Option<&RuleToken> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, wanted: &RuleToken) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn close(&mut self) -> Result<(), Refusal> {
        if self.take(&RuleToken::Close) { Ok(()) } else { Err(refused("a parenthesis is not closed")) }
    }

    /// Takes a word that is an operator of that name, which may lack its hyphen.
    fn take_operator(&mut self, name: &str) -> bool {
        let found = self.operator().is_some_and(|operator| operator == name);
        self.at += usize::from(found);
        found
    }

    fn operator(&self) -> Option<String> {
        match self.peek()? {
            RuleToken::Word(word) => Some(word.trim_start_matches('-').to_lowercase()),
            _ => None,
        }
    }

    /// An expression; within `-any` and `-all` its operands are those of an item. `-and` binds closer than `-or`.
    fn or(&mut self, is_of_item: bool) -> Result<RuleCondition, Refusal> {
        let mut any = vec![self.and(is_of_item)?];
        while self.take_operator("or") {
            any.push(self.and(is_of_item)?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { RuleCondition::Or(any) })
    }

    fn and(&mut self, is_of_item: bool) -> Result<RuleCondition, Refusal> {
        let mut all = vec![self.term(is_of_item)?];
        while self.take_operator("and") {
            all.push(self.term(is_of_item)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { RuleCondition::And(all) })
    }

    fn term(&mut self, is_of_item: bool) -> Result<RuleCondition, Refusal> {
        let mut is_negated = false;
        while self.take_operator("not") {
            is_negated = !is_negated;
        }
        let term = if self.take(&RuleToken::Open) {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err(refused("the rule is nested too deep"));
            }
            let inner = self.or(is_of_item)?;
            self.depth -= 1;
            self.close()?;
            inner
        } else {
            self.comparison(is_of_item)?
        };
        Ok(negated_if(is_negated, term))
    }

    fn comparison(&mut self, is_of_item: bool) -> Result<RuleCondition, Refusal> {
        let Some(RuleToken::Word(operand)) = self.peek().cloned() else {
            return Err(refused("a property is expected"));
        };
        self.at += 1;
        let property = self.property(&operand, is_of_item)?;
        let operator = self.operator().ok_or_else(|| refused(&format!("'{operand}' lacks an operator")))?;
        self.at += 1;
        match operator.as_str() {
            "any" | "all" if !is_of_item => {
                let condition = if self.take(&RuleToken::Open) {
                    let inner = self.or(true)?;
                    self.close()?;
                    inner
                } else {
                    // `-any _ -contains "x"`: the item itself, without parentheses.
                    self.comparison(true)?
                };
                Ok(RuleCondition::Items { property, all: operator == "all", condition: Box::new(condition) })
            }
            "in" | "notin" => Ok(negated_if(operator == "notin", RuleCondition::In(property, self.list()?))),
            _ => self.compared(property, &operator),
        }
    }

    /// The comparison of a property with the value that comes next.
    fn compared(&mut self, property: String, operator: &str) -> Result<RuleCondition, Refusal> {
        let (bare, is_negated) = match operator.strip_prefix("not").filter(|bare| HAVE_OPPOSITE.contains(bare)) {
            Some(bare) => (bare, true),
            None if operator == "ne" => ("eq", true),
            None => (operator, false),
        };
        let condition = if bare == "match" {
            match self.value()? {
                RuleOperand::Value(Value::String(text)) => RuleCondition::Match(property, expression(&text)?),
                RuleOperand::Value(_) | RuleOperand::Now => return Err(invalid_operands()),
            }
        } else {
            let known = RuleOperator::parse(bare);
            let known = known.ok_or_else(|| refused(&format!("Invalid operator '{operator}'")))?;
            match self.value()? {
                RuleOperand::Value(value) => RuleCondition::Compare(property, known, value),
                RuleOperand::Now => RuleCondition::FromNow,
            }
        };
        Ok(negated_if(is_negated, condition))
    }

    /// The path of a property, as users have it in Graph; of an item what follows its name.
    fn property(&mut self, operand: &str, is_of_item: bool) -> Result<String, Refusal> {
        let (object, property) = operand.split_once('.').unwrap_or((operand, ""));
        if is_of_item {
            return Ok(property.to_owned());
        }
        let subject = match object.to_lowercase().as_str() {
            "user" => RuleSubject::User,
            "device" => RuleSubject::Device,
            _ => return Err(refused(&format!("Invalid object type '{object}'"))),
        };
        if property.is_empty() {
            return Err(refused(&format!("'{operand}' names no property")));
        }
        match self.subject.replace(subject) {
            Some(other) if other != subject => Err(refused("a rule is about users or devices, not both")),
            _ if subject == RuleSubject::Device => Ok(property.to_owned()),
            _ => rule_property(property).ok_or_else(|| refused(&format!("Invalid property '{property}'"))),
        }
    }

    fn list(&mut self) -> Result<Vec<Value>, Refusal> {
        if !self.take(&RuleToken::OpenList) {
            return Err(refused("a list in brackets is expected"));
        }
        let mut values = Vec::new();
        loop {
            match self.value()? {
                RuleOperand::Value(value) => values.push(value),
                RuleOperand::Now => return Err(invalid_operands()),
            }
            if self.take(&RuleToken::CloseList) {
                return Ok(values);
            }
            if !self.take(&RuleToken::Comma) {
                return Err(refused("a list is not closed"));
            }
        }
    }

    fn value(&mut self) -> Result<RuleOperand, Refusal> {
        let value = match self.peek() {
            Some(RuleToken::Text(text)) => Some(RuleOperand::Value(Value::from(text.as_str()))),
            Some(RuleToken::Word(word)) => bare_value(word),
            _ => None,
        };
        self.at += 1;
        // A date may be counted from: `system.now -minus p1d`.
        if value.is_some() && (self.take_operator("minus") || self.take_operator("plus")) {
            self.at += 1;
        }
        value.ok_or_else(invalid_operands)
    }
}

fn negated_if(is_negated: bool, condition: RuleCondition) -> RuleCondition {
    if is_negated { RuleCondition::Not(Box::new(condition)) } else { condition }
}

fn expression(text: &str) -> Result<Regex, Refusal> {
    Regex::new(&format!("(?i){text}")).map_err(|_| not_modelled("this expression of a membership rule"))
}

fn invalid_operands() -> Refusal {
    refused("Invalid operands found for operator")
}

/// A value that stands without quotes.
fn bare_value(word: &str) -> Option<RuleOperand> {
    let word = word.to_lowercase();
    Some(match word.trim_start_matches('$') {
        "true" => RuleOperand::Value(Value::Bool(true)),
        "false" => RuleOperand::Value(Value::Bool(false)),
        "null" => RuleOperand::Value(Value::Null),
        now if now.starts_with("system.now") => RuleOperand::Now,
        _ => RuleOperand::Value(Value::from(word.parse::<f64>().ok()?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_of_the_documentation_are_rules() {
        for rule in [
            "user.department -eq \"Sales\"",
            "(user.department -eq \"Sales\") -and -not (user.jobTitle -startsWith 'SDE')",
            "user.accountEnabled -eq true",
            "(user.accountEnabled eq True) and (user.department contains \"x\")",
            "user.department -In [\"50001\",\"50002\"]",
            "user.assignedPlans -any (assignedPlan.servicePlanId -eq \"x\" -and assignedPlan.capabilityStatus -eq \"Enabled\")",
            "(user.proxyAddresses -any (_ -startsWith \"contoso\"))",
            "device.devicePhysicalIDs -any _ -startsWith \"[ZTDId]\"",
            "user.memberof -any (group.objectId -in ['groupId', 'groupId'])",
            "user.extension_c272a57b722d4eb29bfe327874ae79cb_OfficeNumber -eq \"123\"",
            "user.displayName -match \"^Da`\"v.*\"",
            "Direct Reports for \"62e19b97-8b3d-4d4a-a106-4ce66896a863\"",
            "user.employeeHireDate -ge system.now -minus p1d",
            "user.mail -ne null",
        ] {
            assert!(MembershipRule::parse(rule).is_ok(), "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for rule in [
            "",
            "true",
            "user.department",
            "user.department -eq",
            "user.department -like \"x\"",
            "user.department = \"Sales\"",
            "department -eq \"Sales\"",
            "(user.department -eq \"Sales\"",
            "user.department -eq \"Sales",
            "user.department -eq Sales",
            "user.department -eq \"a\" user.city -eq \"b\"",
            "user.department -eq \"a\" -and",
            "user.department -in \"a\"",
            "user.department -in [\"a\"",
            "user.department -in []",
            "user.department -eq \"a\" -or device.displayName -eq \"b\"",
            "user. -eq \"a\"",
            "user.shoeSize -eq \"a\"",
            "user.department -notEq \"a\"",
            "Direct Reports for \"x\"",
            &"(".repeat(3000),
            &format!("user.city -eq \"{}\"", "x".repeat(3100)),
        ] {
            let refusal = MembershipRule::parse(rule).unwrap_err();
            assert!(refusal.status == 400 && refusal.message.contains("validation error"), "{rule}");
        }
    }

    proptest! {
        #[test]
        fn no_rule_panics(rule in "\\PC*") {
            let _ = MembershipRule::parse(&rule);
            let _ = MembershipRule::parse(&format!("user.a -eq {rule}"));
        }
    }
}
