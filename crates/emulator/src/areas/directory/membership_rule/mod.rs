//! The rules of groups with dynamic membership (Entra, "Manage rules for dynamic membership groups").

mod parse;

use indexmap::{IndexMap, IndexSet};
use jiff::Timestamp;
use regex_lite::Regex;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::http::{Refusal, not_modelled};
use crate::odata::filter;
use crate::routes::body::bad;

use super::group::Group;
use super::{Directory, MembershipActor, MembershipChange};

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
    Compare(String, RuleOperator, Value),
    /// A property that is one of several values.
    In(String, Vec<Value>),
    /// A property that is compared with a moment counted from the present one.
    FromNow,
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

/// A comparison of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RuleOperator {
    Equal,
    StartsWith,
    EndsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl RuleOperator {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "contains" => Self::Contains,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }

    /// Returns whether it holds of a value, regardless of case.
    fn holds(self, found: &Value, wanted: &Value) -> bool {
        let order = filter::compare(found, wanted);
        let texts = || {
            let (Value::String(found), Value::String(wanted)) = (found, wanted) else { return None };
            Some((found.to_lowercase(), wanted.to_lowercase()))
        };
        match self {
            Self::Equal => order.is_eq(),
            Self::StartsWith => texts().is_some_and(|(found, wanted)| found.starts_with(&wanted)),
            Self::EndsWith => texts().is_some_and(|(found, wanted)| found.ends_with(&wanted)),
            Self::Contains => texts().is_some_and(|(found, wanted)| found.contains(&wanted)),
            _ if found.is_null() => false,
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
        }
    }
}

impl RuleCondition {
    /// Shows itself and every condition in it.
    fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Self)) {
        see(self);
        match self {
            Self::And(all) | Self::Or(all) => all.iter().for_each(|condition| condition.walk(see)),
            Self::Not(inner) | Self::Items { condition: inner, .. } => inner.walk(see),
            Self::Compare(..) | Self::In(..) | Self::FromNow | Self::Match(..) => {}
        }
    }

    /// The names of properties that it asks for, without what stands in them.
    fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.walk(&mut |condition| match condition {
            Self::Compare(path, ..) | Self::In(path, _) | Self::Match(path, _) | Self::Items { property: path, .. } => {
                names.extend(path.split('/').next());
            }
            Self::And(_) | Self::Or(_) | Self::Not(_) | Self::FromNow => {}
        });
        names
    }

    fn counts_from_now(&self) -> bool {
        let mut counts = false;
        self.walk(&mut |condition| counts |= matches!(condition, Self::FromNow));
        counts
    }

    /// Returns whether it holds of a user, or of an item.
    fn holds(&self, of: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|condition| condition.holds(of)),
            Self::Or(any) => any.iter().any(|condition| condition.holds(of)),
            Self::Not(inner) => !inner.holds(of),
            Self::Match(path, fits) => {
                any_value(value_at(of, path), &|value| value.as_str().is_some_and(|text| fits.is_match(text)))
            }
            Self::Compare(path, operator, wanted) => {
                any_value(value_at(of, path), &|value| operator.holds(value, wanted))
            }
            Self::In(path, wanted) => any_value(value_at(of, path), &|value| {
                wanted.iter().any(|wanted| RuleOperator::Equal.holds(value, wanted))
            }),
            // No rule that has it is followed.
            Self::FromNow => false,
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

/// Returns whether something holds of a value, or of an item of a list.
fn any_value(value: &Value, holds: &dyn Fn(&Value) -> bool) -> bool {
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
            Self::Users(condition) if condition.counts_from_now() => {
                Err(not_modelled("membership rules that count from the present moment"))
            }
            Self::Users(_) | Self::DirectReports(_) => Ok(()),
        }
    }

    /// The names of properties of users that it asks for.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Users(condition) => condition.names(),
            Self::DirectReports(_) | Self::Devices => Vec::new(),
        }
    }

    /// Returns the users whom it makes members, oldest first. `users` has the properties of each that rules ask for; the groups
    /// that they are a direct member of are added where this one asks for them.
    fn members(&self, directory: &Directory, users: &mut IndexMap<Uuid, Value>) -> IndexSet<Uuid> {
        let condition = match self {
            Self::Users(condition) => condition,
            Self::DirectReports(manager) => {
                let reports = directory.users().values().filter(|user| user.manager == Some(*manager));
                return reports.map(|user| user.id).collect();
            }
            Self::Devices => return IndexSet::new(),
        };
        if condition.names().contains(&MEMBER_OF) {
            for (id, user) in users.iter_mut() {
                let groups = directory.member_of(*id).into_iter().map(|group| json!({"objectId": group}));
                if let Value::Object(user) = user {
                    user.insert(MEMBER_OF.to_owned(), groups.collect());
                }
            }
        }
        users.iter().filter(|(_, user)| condition.holds(user)).map(|(id, _)| *id).collect()
    }
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
        if rules.is_empty() {
            return;
        }
        let names: Vec<&str> = rules.iter().flat_map(|(_, rule)| rule.names()).collect();
        let is_asked = |name: &str| names.iter().any(|asked| asked.eq_ignore_ascii_case(name));
        let users = self.users.values().map(|user| (user.id, Value::Object(user.all_of(is_asked))));
        let mut users: IndexMap<Uuid, Value> = users.collect();
        for _ in 0..rules.len().min(ROUNDS) {
            let changes = rules.iter().map(|(group, rule)| {
                let members = rule.members(self, &mut users);
                self.replace_members(*group, &members, now)
            });
            if !changes.fold(false, |changed, this| changed | this) {
                return;
            }
        }
    }

    /// Lets a group have these members; returns whether somebody was added or taken out.
    fn replace_members(&mut self, id: Uuid, members: &IndexSet<Uuid>, at: Timestamp) -> bool {
        let Some(group) = self.groups.get_mut(&id) else { return false };
        let gone: Vec<Uuid> = group.members.difference(members).copied().collect();
        let new: Vec<Uuid> = members.difference(&group.members).copied().collect();
        group.members.retain(|member| members.contains(member));
        group.members.extend(&new);
        let changes = gone.iter().map(|id| (*id, false)).chain(new.iter().map(|id| (*id, true)));
        for (principal, added) in changes {
            let by = MembershipActor::MembershipRule;
            self.note_membership(MembershipChange { at, group: id, is_role: false, principal, added, by });
        }
        !(gone.is_empty() && new.is_empty())
    }
}

/// The groups that a user is a member of, as rules ask for them.
const MEMBER_OF: &str = "memberOf";

/// The number of times that rules are followed that ask for the members of one another.
const ROUNDS: usize = 5;

fn refused(why: &str) -> Refusal {
    bad(format!("Dynamic membership rule validation error: {why}."))
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
        ] {
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
