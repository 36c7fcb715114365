//! The rules of groups with dynamic membership (Entra, "Manage rules for dynamic membership groups").

mod parse;

use std::collections::HashSet;

use indexmap::IndexSet;
use jiff::Timestamp;
use regex_lite::Regex;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::{Refusal, not_modelled};
use crate::odata::filter;

use super::group::Group;
use super::user::User;
use super::{Directory, MembershipChange};

/// A rule.
#[derive(Clone, Debug)]
pub(super) enum MembershipRule {
    /// The users of whom this holds.
    Users(RuleCondition),
    /// The users whose manager this one is.
    DirectReports(Uuid),
    /// Devices, which the area does not have.
    Devices,
}

/// A condition on a user, or on an item of a list.
#[derive(Clone, Debug)]
pub(super) enum RuleCondition {
    /// All hold.
    And(Vec<RuleCondition>),
    /// One holds.
    Or(Vec<RuleCondition>),
    /// It does not hold.
    Not(Box<RuleCondition>),
    /// A property, by its path; an empty path is the item itself.
    Compare(String, RuleOperator, RuleOperand),
    /// A property whose text fits an expression.
    Match(String, Regex),
    /// The items of a property.
    Items {
        /// The path of the property.
        property: String,
        /// Whether it has to hold of each of them.
        all: bool,
        /// The condition on an item.
        condition: Box<RuleCondition>,
    },
}

/// The value that a property is compared with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RuleOperand {
    /// A value.
    One(Value),
    /// One of several values.
    List(Vec<Value>),
    /// A moment counted from now.
    Now,
}

/// A comparison of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleOperator {
    Equal,
    NotEqual,
    StartsWith,
    EndsWith,
    Contains,
    Match,
    In,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl RuleOperator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "match" => Self::Match,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// Whether there is an operator with `not` before its name.
    fn has_opposite(self) -> bool {
        matches!(self, Self::StartsWith | Self::EndsWith | Self::Contains | Self::Match)
    }

    /// Whether it holds of a value, regardless of case.
    fn holds(self, found: &Value, wanted: &Value) -> bool {
        let order = filter::compare(found, wanted);
        let texts = || {
            let (Value::String(found), Value::String(wanted)) = (found, wanted) else { return None };
            Some((found.to_lowercase(), wanted.to_lowercase()))
        };
        match self {
            Self::Equal | Self::In => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::StartsWith => texts().is_some_and(|(found, wanted)| found.starts_with(&wanted)),
            Self::EndsWith => texts().is_some_and(|(found, wanted)| found.ends_with(&wanted)),
            Self::Contains => texts().is_some_and(|(found, wanted)| found.contains(&wanted)),
            // Expressions are conditions of their own.
            Self::Match => false,
            _ if found.is_null() => false,
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

impl RuleCondition {
    /// A comparison.
    fn compare(property: String, operator: RuleOperator, operand: RuleOperand) -> Result<Self, Refusal> {
        let RuleOperand::One(Value::String(text)) = &operand else {
            return match operator {
                RuleOperator::Match => Err(refused("Invalid operands found for operator")),
                _ => Ok(Self::Compare(property, operator, operand)),
            };
        };
        if operator != RuleOperator::Match {
            return Ok(Self::Compare(property, operator, operand));
        }
        let fits = Regex::new(&format!("(?i){text}"));
        fits.map(|fits| Self::Match(property, fits)).map_err(|_| not_modelled("this expression of a membership rule"))
    }

    /// Whether something in it is counted from the present moment.
    fn has_now(&self) -> bool {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().any(Self::has_now),
            Self::Not(inner) => inner.has_now(),
            Self::Compare(_, _, operand) => *operand == RuleOperand::Now,
            Self::Match(..) => false,
            Self::Items { condition, .. } => condition.has_now(),
        }
    }

    /// Whether it holds of a user, or of an item.
    fn holds(&self, of: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|condition| condition.holds(of)),
            Self::Or(any) => any.iter().any(|condition| condition.holds(of)),
            Self::Not(inner) => !inner.holds(of),
            Self::Match(path, fits) => {
                any_text(value_at(of, path), &|value| value.as_str().is_some_and(|text| fits.is_match(text)))
            }
            Self::Compare(path, operator, operand) => {
                let found = value_at(of, path);
                match operand {
                    RuleOperand::One(wanted) if *operator == RuleOperator::NotEqual => {
                        !any_text(found, &|value| RuleOperator::Equal.holds(value, wanted))
                    }
                    RuleOperand::One(wanted) => any_text(found, &|value| operator.holds(value, wanted)),
                    RuleOperand::List(wanted) => {
                        any_text(found, &|value| wanted.iter().any(|wanted| operator.holds(value, wanted)))
                    }
                    RuleOperand::Now => false,
                }
            }
            Self::Items { property, all, condition } => {
                let items = value_at(of, property).as_array().map(Vec::as_slice).unwrap_or_default();
                if *all {
                    items.iter().all(|item| condition.holds(item))
                } else {
                    items.iter().any(|item| condition.holds(item))
                }
            }
        }
    }
}

/// Whether something holds of a value, or of an item of a list.
fn any_text(value: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(holds),
        other => holds(other),
    }
}

/// The value of a path; an empty one is the whole. Names are compared regardless of case, and an item of a list is taken by its number.
fn value_at<'a>(of: &'a Value, path: &str) -> &'a Value {
    const NOTHING: &Value = &Value::Null;
    path.split('/').filter(|name| !name.is_empty()).fold(of, |value, name| match value {
        Value::Object(properties) => {
            let found = properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map_or(NOTHING, |(_, value)| value)
        }
        Value::Array(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)).unwrap_or(NOTHING),
        _ => NOTHING,
    })
}

impl MembershipRule {
    /// Checks that the emulator can tell whom a rule makes a member.
    ///
    /// # Errors
    ///
    /// 501 for what it cannot.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Devices => Err(not_modelled("membership rules about devices")),
            Self::Users(condition) if condition.has_now() => {
                Err(not_modelled("membership rules that count from the present moment"))
            }
            Self::Users(_) | Self::DirectReports(_) => Ok(()),
        }
    }

    /// Returns the users whom it makes members, oldest first.
    fn members(&self, directory: &Directory) -> IndexSet<Uuid> {
        let is_member = |user: &&User| match self {
            Self::DirectReports(manager) => user.manager == Some(*manager),
            Self::Users(condition) => condition.holds(&Value::Object(subject(directory, user))),
            Self::Devices => false,
        };
        directory.users().values().filter(is_member).map(|user| user.id).collect()
    }
}

/// A user as rules see one: with the groups that they are a direct member of.
fn subject(directory: &Directory, user: &User) -> Map<String, Value> {
    let mut subject = user.whole();
    let groups = directory.member_of(user.id).into_iter();
    let groups = groups.map(|id| Value::Object(Map::from_iter([("objectId".to_owned(), Value::from(id.to_string()))])));
    subject.insert("memberOf".to_owned(), groups.collect());
    subject
}

/// The rule that decides who is in a group, if one does and the emulator can evaluate it.
fn rule_of(group: &Group) -> Option<MembershipRule> {
    let text = |name: &str| group.properties.get(name).and_then(Value::as_str);
    let is_paused = text("membershipRuleProcessingState").is_some_and(|state| state.eq_ignore_ascii_case("Paused"));
    let rule = text("membershipRule").filter(|_| group.is_dynamic() && !is_paused)?;
    MembershipRule::parse(rule).ok().filter(|rule| rule.check().is_ok())
}

impl Directory {
    /// Lets the rules of groups decide once more who is in them.
    pub(super) fn follow_rules(&mut self, now: Timestamp) {
        // A rule may ask for the members of another group, whose own rule comes later.
        let rules = self.groups().values().filter_map(|group| Some((group.id, rule_of(group)?)));
        let rules: Vec<(Uuid, MembershipRule)> = rules.collect();
        for _ in 0..rules.len().min(ROUNDS) {
            let changes = rules.iter().map(|(group, rule)| self.follow_rule(*group, rule, now));
            if !changes.fold(false, |changed, this| changed | this) {
                return;
            }
        }
    }

    /// Returns whether somebody was added or taken out.
    fn follow_rule(&mut self, id: Uuid, rule: &MembershipRule, at: Timestamp) -> bool {
        let members = rule.members(self);
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let wanted: HashSet<Uuid> = members.iter().copied().collect();
        let gone: Vec<Uuid> = group.members.iter().filter(|member| !wanted.contains(*member)).copied().collect();
        let new: Vec<Uuid> = members.into_iter().filter(|member| !group.members.contains(member)).collect();
        group.members.retain(|member| wanted.contains(member));
        group.members.extend(new.iter().copied());
        let changes = gone.iter().map(|id| (*id, false)).chain(new.iter().map(|id| (*id, true)));
        for (principal, added) in changes {
            self.note_membership(MembershipChange { at, group: id, is_role: false, principal, added, by: None });
        }
        !(gone.is_empty() && new.is_empty())
    }
}

/// The number of times that rules are followed that ask for the members of one another.
const ROUNDS: usize = 5;

fn refused(why: &str) -> Refusal {
    Refusal::new(400, "Request_BadRequest", format!("Dynamic membership rule validation error: {why}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(rule: &str) -> bool {
        let user = json!({
            "department": "Sales", "jobTitle": "SDE II", "accountEnabled": true, "displayName": "David", "mail": null,
            "userPrincipalName": "david@contoso.com", "mobilePhone": "1", "businessPhones": ["2"], "otherMails": ["d@x.example"],
            "proxyAddresses": ["SMTP:david@contoso.com", "smtp:d@contoso.com"], "onPremisesSyncEnabled": null,
            "assignedPlans": [{"servicePlanId": "a", "capabilityStatus": "Enabled"}, {"servicePlanId": "b", "capabilityStatus": "Deleted"}],
            "onPremisesExtensionAttributes": {"extensionAttribute3": "x"}, "memberOf": [{"objectId": "g"}],
            "extension_1_grade": "A",
        });
        let MembershipRule::Users(condition) = MembershipRule::parse(rule).unwrap() else { panic!("{rule}") };
        condition.holds(&user)
    }

    #[test]
    fn a_rule_says_who_is_a_member() {
        for rule in [
            r#"user.department -eq "sales""#,
            r#"user.department -ne "Marketing""#,
            r#"user.mail -eq null"#,
            r#"user.mail -ne "x""#,
            r#"user.department -ne $null"#,
            r#"user.accountEnabled -eq true"#,
            r#"(user.jobTitle -startsWith "sde") -and -not (user.department -eq "Marketing")"#,
            r#"user.department -eq "A" -or user.department -eq "Sales" -and user.jobTitle -contains "II""#,
            r#"user.department -in ["A", "Sales"]"#,
            r#"user.department -notIn ["A", "B"]"#,
            r#"user.displayName -match "^Da.*""#,
            r#"user.displayName -notMatch "^v""#,
            r#"user.userPrincipalName -endsWith "@contoso.com" -and user.jobTitle -notStartsWith "x""#,
            r#"user.proxyAddresses -any (_ -startsWith "SMTP:david")"#,
            r#"user.proxyAddresses -all (_ -contains "contoso")"#,
            r#"user.otherMails -contains "x.example""#,
            r#"user.assignedPlans -any (assignedPlan.servicePlanId -eq "a" -and assignedPlan.capabilityStatus -eq "Enabled")"#,
            r#"user.extensionAttribute3 -eq "x""#,
            r#"user.extension_1_grade -eq "a""#,
            r#"user.mobile -eq "1" -and user.telephoneNumber -eq "2""#,
            r#"user.memberof -any (group.objectId -in ['g', 'h'])"#,
            r#"-not user.department -eq "Marketing""#,
        ] {
            assert!(holds(rule), "{rule}");
        }
        for rule in [
            r#"user.department -ne "sales""#,
            r#"user.mail -contains "a""#,
            r#"user.displayName -match "^av""#,
            r#"user.department -eq "A" -and user.department -eq "Sales" -or user.city -eq "x""#,
            r#"user.assignedPlans -any (assignedPlan.servicePlanId -eq "b" -and assignedPlan.capabilityStatus -eq "Enabled")"#,
            r#"user.proxyAddresses -all (_ -startsWith "SMTP:david")"#,
            r#"user.dirSyncEnabled -eq true"#,
            r#"user.department -in []"#,
        ]
        .into_iter()
        .filter(|rule| MembershipRule::parse(rule).is_ok())
        {
            assert!(!holds(rule), "{rule}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_is_said_and_not_guessed() {
        for rule in [r#"device.displayName -startsWith "x""#, r#"user.employeeHireDate -ge system.now -minus p1d"#] {
            assert_eq!(MembershipRule::parse(rule).and_then(|rule| rule.check()).unwrap_err().status, 501, "{rule}");
        }
        assert_eq!(MembershipRule::parse(r#"user.displayName -match "(?<=x)y""#).unwrap_err().status, 501);
    }
}
