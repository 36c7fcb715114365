//! The syntax of the rules of groups with dynamic membership (Entra, "Manage rules for dynamic membership groups"). Nothing is
//! evaluated: a rule is only held to be one.

use crate::http::Refusal;

/// The most characters that a rule may have (Entra, the same page).
const LONGEST: usize = 3072;
/// The most levels of nested parentheses.
const DEEPEST: usize = 50;

/// The operators, which may stand without their hyphen.
const OPERATORS: [&str; 14] = [
    "eq",
    "ne",
    "startswith",
    "notstartswith",
    "contains",
    "notcontains",
    "match",
    "notmatch",
    "in",
    "notin",
    "le",
    "ge",
    "lt",
    "gt",
];

/// The objects that a rule is about: users or devices, never both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    User,
    Device,
}

/// Checks a rule.
///
/// # Errors
///
/// 400 in the words of Graph, with what is wrong.
pub(super) fn check(rule: &str) -> Result<(), Refusal> {
    if rule.chars().count() > LONGEST {
        return Err(refused("the rule is longer than 3072 characters"));
    }
    let tokens = tokens(rule)?;
    let mut parser = RuleParser { tokens: &tokens, at: 0, depth: 0, subject: None };
    if let [Token::Word(head), Token::Word(reports), Token::Word(of), Token::Text] = tokens.as_slice()
        && [head, reports, of].into_iter().map(|word| word.to_lowercase()).eq(["direct", "reports", "for"])
    {
        return Ok(());
    }
    parser.expression(false)?;
    match parser.peek() {
        None => Ok(()),
        Some(_) => Err(refused("something follows the end of an expression")),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    /// A text in quotes.
    Text,
    /// Anything else: an operator, a property, a value.
    Word(String),
}

fn tokens(rule: &str) -> Result<Vec<Token>, Refusal> {
    let mut characters = rule.chars().peekable();
    let mut tokens = Vec::new();
    while let Some(c) = characters.next() {
        tokens.push(match c {
            _ if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::OpenList,
            ']' => Token::CloseList,
            ',' => Token::Comma,
            '"' | '\'' => {
                loop {
                    match characters.next() {
                        // A grave accent escapes what follows.
                        Some('`') => drop(characters.next()),
                        Some(end) if end == c => break,
                        Some(_) => {}
                        None => return Err(refused("a text lacks its closing quote")),
                    }
                }
                Token::Text
            }
            _ => {
                let mut word = String::from(c);
                while let Some(next) = characters.next_if(|next| !next.is_whitespace() && !"()[],\"'".contains(*next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        });
    }
    Ok(tokens)
}

struct RuleParser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    subject: Option<Subject>,
}

impl RuleParser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Takes a word that is an operator of that name.
    fn take_operator(&mut self, name: &str) -> bool {
        let found = self.operator().is_some_and(|operator| operator == name);
        self.at += usize::from(found);
        found
    }

    fn operator(&self) -> Option<String> {
        match self.peek()? {
            Token::Word(word) => Some(word.trim_start_matches('-').to_lowercase()),
            _ => None,
        }
    }

    /// An expression; within `-any` and `-all` its operands are those of an item.
    fn expression(&mut self, is_of_item: bool) -> Result<(), Refusal> {
        loop {
            self.term(is_of_item)?;
            if !(self.take_operator("or") || self.take_operator("and")) {
                return Ok(());
            }
        }
    }

    fn term(&mut self, is_of_item: bool) -> Result<(), Refusal> {
        while self.take_operator("not") {}
        if !self.take(&Token::Open) {
            return self.comparison(is_of_item);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(refused("the rule is nested too deep"));
        }
        self.expression(is_of_item)?;
        self.depth -= 1;
        if self.take(&Token::Close) { Ok(()) } else { Err(refused("a parenthesis is not closed")) }
    }

    fn comparison(&mut self, is_of_item: bool) -> Result<(), Refusal> {
        let Some(Token::Word(operand)) = self.peek().cloned() else { return Err(refused("a property is expected")) };
        self.at += 1;
        self.operand(&operand, is_of_item)?;
        let operator = self.operator().ok_or_else(|| refused(&format!("'{operand}' lacks an operator")))?;
        self.at += 1;
        match operator.as_str() {
            "any" | "all" if !is_of_item => {
                if self.take(&Token::Open) {
                    self.expression(true)?;
                    return if self.take(&Token::Close) { Ok(()) } else { Err(refused("a parenthesis is not closed")) };
                }
                // `-any _ -contains "x"`: the item itself, without parentheses.
                self.comparison(true)
            }
            "in" | "notin" => self.list(),
            known if OPERATORS.contains(&known) => self.value(),
            _ => Err(refused(&format!("Invalid operator '{operator}'"))),
        }
    }

    fn operand(&mut self, operand: &str, is_of_item: bool) -> Result<(), Refusal> {
        if is_of_item {
            return Ok(());
        }
        let (object, property) = operand.split_once('.').unwrap_or((operand, ""));
        let subject = match object.to_lowercase().as_str() {
            "user" => Subject::User,
            "device" => Subject::Device,
            _ => return Err(refused(&format!("Invalid object type '{object}'"))),
        };
        if property.is_empty() {
            return Err(refused(&format!("'{operand}' names no property")));
        }
        match self.subject.replace(subject) {
            Some(other) if other != subject => Err(refused("a rule is about users or devices, not both")),
            _ => Ok(()),
        }
    }

    fn list(&mut self) -> Result<(), Refusal> {
        if !self.take(&Token::OpenList) {
            return Err(refused("a list in brackets is expected"));
        }
        loop {
            self.value()?;
            if self.take(&Token::CloseList) {
                return Ok(());
            }
            if !self.take(&Token::Comma) {
                return Err(refused("a list is not closed"));
            }
        }
    }

    fn value(&mut self) -> Result<(), Refusal> {
        let is_value = match self.peek() {
            Some(Token::Text) => true,
            Some(Token::Word(word)) => {
                let word = word.to_lowercase();
                ["true", "false", "null", "$true", "$false", "$null"].contains(&word.as_str())
                    || word.starts_with("system.now")
                    || word.parse::<f64>().is_ok()
            }
            _ => false,
        };
        self.at += 1;
        // A date may be counted from: `system.now -minus p1d`.
        if is_value && (self.take_operator("minus") || self.take_operator("plus")) {
            self.at += 1;
        }
        if is_value { Ok(()) } else { Err(refused("Invalid operands found for operator")) }
    }
}

fn refused(why: &str) -> Refusal {
    Refusal::new(400, "Request_BadRequest", format!("Dynamic membership rule validation error: {why}."))
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
            assert_eq!(check(rule), Ok(()), "{rule}");
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
            "user.department -eq \"a\" -or device.displayName -eq \"b\"",
            "user. -eq \"a\"",
            &"(".repeat(3000),
            &format!("user.city -eq \"{}\"", "x".repeat(3100)),
        ] {
            let refusal = check(rule).unwrap_err();
            assert!(refusal.status == 400 && refusal.message.contains("validation error"), "{rule}");
        }
    }

    proptest! {
        #[test]
        fn no_rule_panics(rule in "\\PC*") {
            let _ = check(&rule);
            let _ = check(&format!("user.a -eq {rule}"));
        }
    }
}
