//! The names of what a session creates: as features write them, or with the mark of a run on a real tenant.

use std::collections::BTreeSet;

use graphwalk_catalog::{MarkForm, Resource};
use serde_json::{Value, json};

use super::{Call, Mark, Session};

/// The names that a session gives to what it creates.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    marking: Option<Marking>,
    /// The domains that features gave to principal names, which the tenant's replaced.
    written: BTreeSet<String>,
}

#[derive(Clone, Debug)]
struct Marking {
    mark: Mark,
    domain: String,
}

impl Naming {
    /// Names that carry `mark`, and principal names on the verified `domain`, whatever domain features write.
    pub fn marked(mark: Mark, domain: impl Into<String>) -> Self {
        Self { marking: Some(Marking { mark, domain: domain.into() }), written: BTreeSet::new() }
    }

    /// The mark, if names carry one.
    pub fn mark(&self) -> Option<&Mark> {
        self.marking.as_ref().map(|marking| &marking.mark)
    }

    /// A principal name as it is sent: `AdeleV@Contoso.com` becomes `AdeleV-gw202611250127k3f9@contoso.onmicrosoft.com`.
    pub fn principal_name(&self, written: &str) -> String {
        match &self.marking {
            None => written.to_owned(),
            Some(Marking { mark, domain }) => {
                let local = written.split_once('@').map_or(written, |(local, _)| local);
                if mark.is_in(local) { written.to_owned() } else { format!("{}@{domain}", mark.name(local)) }
            }
        }
    }

    /// A `mailNickname` as it is sent.
    pub fn nickname(&self, written: &str) -> String {
        self.changed(written, Mark::name)
    }

    /// A description as it is sent.
    pub fn description(&self, written: &str) -> String {
        self.changed(written, Mark::describe)
    }

    /// An e-mail address as it is sent: on the domain that features write.
    pub fn mail_address(&self, written: &str) -> String {
        let (local, domain) = written.rsplit_once('@').unwrap_or((written, ""));
        match self.mark() {
            Some(mark) if !mark.is_in(local) => format!("{}@{domain}", mark.name(local)),
            _ => written.to_owned(),
        }
    }

    fn changed(&self, written: &str, change: fn(&Mark, &str) -> String) -> String {
        match self.mark() {
            Some(mark) if !mark.is_in(written) => change(mark, written),
            _ => written.to_owned(),
        }
    }

    /// Adds the mark to the properties of this resource that carry it.
    fn put_into(&mut self, resource: &Resource, body: &mut Value) {
        if self.marking.is_none() {
            return;
        }
        for (property, form) in &resource.facts().marks {
            let written = text(body, property);
            let sent = match (form, written) {
                (MarkForm::Name, written) => self.nickname(&written.unwrap_or_default()),
                (MarkForm::Text, written) => self.description(&written.unwrap_or_default()),
                (MarkForm::PrincipalName, Some(written)) => {
                    if let Some((_, domain)) = written.split_once('@') {
                        self.written.insert(domain.to_owned());
                    }
                    self.principal_name(&written)
                }
                (MarkForm::MailAddress, Some(written)) => self.mail_address(&written),
                // Nobody but the author knows what it should be.
                (MarkForm::PrincipalName | MarkForm::MailAddress, None) => continue,
            };
            body[property.as_str()] = json!(sent);
        }
    }

    /// Returns the names in this session's exchanges, each with the one that the features have instead.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let Some(Marking { mark, domain }) = &self.marking else { return Vec::new() };
        // A description that is empty in the features is the mark alone.
        let marks = [format!(" [{mark}]"), format!("[{mark}]"), format!("-{mark}")];
        let mut aliases: Vec<(String, String)> = marks.map(|mark| (mark, String::new())).into();
        aliases.extend(self.written.first().map(|written| (domain.clone(), written.clone())));
        aliases
    }
}

impl Session {
    /// Makes the body of a create what this session sends: with the names of the run, without mail, with a password that
    /// need not be changed, wherever the backend has it so. The report says what was changed in what features ask for.
    #[must_use]
    pub(crate) fn adapt(&mut self, mut call: Call) -> Call {
        let Some(resource) = self.created_by(&call).cloned() else { return call };
        let Some(body) = call.body.as_mut().filter(|body| body.is_object()) else { return call };
        if self.profile.overrides.own_scopes && self.narrow_scopes(resource.type_name(), body) {
            self.changed("scope: what this run created, since it would act on the whole tenant");
        }
        self.naming.put_into(&resource, body);
        let (facts, overrides) = (resource.facts(), self.profile.overrides.clone());
        let is_kept = text(body, &facts.name).is_some_and(|name| overrides.kept_passwords.contains(&name));
        let password_change = facts.password_change.iter().filter(|_| is_kept);
        let sends_mail = facts.sends_mail.iter().filter(|_| overrides.no_mail);
        let switches = password_change.map(|pointer| (pointer, ", for a sign-in by password"));
        for (pointer, why) in switches.chain(sends_mail.map(|pointer| (pointer, ", because no e-mails were requested")))
        {
            if let Some(switch) = body.pointer_mut(pointer).filter(|switch| **switch == json!(true)) {
                *switch = json!(false);
                let property = pointer.rsplit('/').next().unwrap_or(pointer);
                self.changed(&format!("{property}: false{why}"));
            }
        }
        call
    }

    fn changed(&mut self, what: &str) {
        if !self.seen.changed.iter().any(|known| known == what) {
            self.seen.changed.push(what.to_owned());
        }
    }
}

fn text(body: &Value, property: &str) -> Option<String> {
    body.get(property).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::RunId;

    fn marked() -> Naming {
        let run: RunId = "20261125-0127-k3f9".parse().unwrap();
        Naming::marked(run.mark(), "contoso.onmicrosoft.com")
    }

    fn put(naming: &mut Naming, resource: &str, body: Value) -> Value {
        let mut sent = body;
        naming.put_into(&Resource::named(resource).unwrap(), &mut sent);
        sent
    }

    #[test]
    fn without_a_run_everything_is_as_features_write_it() {
        let mut naming = Naming::default();
        let body = json!({"userPrincipalName": "AdeleV@Contoso.com", "mailNickname": "AdeleV"});
        assert_eq!(put(&mut naming, "user", body.clone()), body);
        assert_eq!(naming.principal_name("AdeleV@Contoso.com"), "AdeleV@Contoso.com");
        assert_eq!(naming.mail_address("adele@fabrikam.com"), "adele@fabrikam.com");
        assert!(naming.aliases().is_empty());
    }

    #[test]
    fn created_objects_carry_the_runs_mark_and_the_tenants_domain() {
        let mut naming = marked();
        let user = json!({"userPrincipalName": "AdeleV@Contoso.com", "mailNickname": "AdeleV"});
        let user = put(&mut naming, "user", user);
        let name = "AdeleV-gw202611250127k3f9@contoso.onmicrosoft.com";
        assert_eq!(user, json!({"userPrincipalName": name, "mailNickname": "AdeleV-gw202611250127k3f9"}));
        let unit = put(&mut naming, "administrative-unit", json!({"displayName": "B", "description": "B"}));
        assert_eq!(unit["description"], "B [gw202611250127k3f9]");
        let principal = put(&mut naming, "service-principal", json!({"appId": "x"}));
        assert_eq!(principal["description"], "[gw202611250127k3f9]");
        let guest = put(&mut naming, "invitation", json!({"invitedUserEmailAddress": "adele@fabrikam.com"}));
        assert_eq!(guest["invitedUserEmailAddress"], "adele-gw202611250127k3f9@fabrikam.com");
        // Once is enough, and what is not there is not made up.
        assert_eq!(put(&mut naming, "user", user.clone()), user);
        assert_eq!(put(&mut naming, "invitation", guest.clone()), guest);
        assert_eq!(put(&mut naming, "invitation", json!({})), json!({}));
    }

    #[test]
    fn aliases_lead_back_to_what_features_write() {
        let mut naming = marked();
        let user = put(&mut naming, "user", json!({"userPrincipalName": "AdeleV@Contoso.com"}));
        let sent = user["userPrincipalName"].as_str().unwrap().to_owned();
        let back =
            |text: &str| naming.aliases().iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        assert_eq!(back(&sent), "AdeleV@Contoso.com");
        assert_eq!(back(&naming.description("Building security")), "Building security");
        assert_eq!(back(&naming.nickname("buildingsecurity")), "buildingsecurity");
    }
}
