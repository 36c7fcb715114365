//! The names of what a session creates: as features write them, or with the mark of a run on a real tenant.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Kind, Mark, Session};

/// How a session names what it creates.
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

    fn changed(&self, written: &str, change: fn(&Mark, &str) -> String) -> String {
        match self.mark() {
            Some(mark) if !mark.is_in(written) => change(mark, written),
            _ => written.to_owned(),
        }
    }

    /// Puts the mark where an object of this kind has place for it: principal name and nickname of a user, nickname and
    /// description of a group, the review's description for administrators.
    fn put_into(&mut self, kind: Kind, body: &mut Value) {
        if self.marking.is_none() {
            return;
        }
        match kind {
            Kind::User => {
                if let Some(written) = text(body, "userPrincipalName") {
                    if let Some((_, domain)) = written.split_once('@') {
                        self.written.insert(domain.to_owned());
                    }
                    body["userPrincipalName"] = json!(self.principal_name(&written));
                }
                self.put(body, "mailNickname", Self::nickname);
            }
            Kind::Group => {
                self.put(body, "mailNickname", Self::nickname);
                self.put(body, "description", Self::description);
            }
            Kind::Review => self.put(body, "descriptionForAdmins", Self::description),
        }
    }

    fn put(&self, body: &mut Value, property: &str, change: fn(&Self, &str) -> String) {
        let written = text(body, property).unwrap_or_default();
        body[property] = json!(change(self, &written));
    }

    /// What stands in this session's exchanges, each with what stands in the features instead.
    pub fn aliases(&self) -> Vec<(String, String)> {
        let Some(Marking { mark, domain }) = &self.marking else { return Vec::new() };
        let mut aliases = vec![(format!(" [{mark}]"), String::new()), (format!("-{mark}"), String::new())];
        aliases.extend(self.written.first().map(|written| (domain.clone(), written.clone())));
        aliases
    }
}

impl Session {
    /// Makes the body of a create what this session sends: with the names of the run, without mail, with a password that
    /// need not be changed, wherever the backend has it so. The report tells what was changed in what features ask for.
    pub fn adapt(&mut self, kind: Kind, body: &mut Value) {
        self.naming.put_into(kind, body);
        let overrides = self.backend.overrides();
        match kind {
            Kind::User => {
                let kept = text(body, "displayName").is_some_and(|name| overrides.kept_passwords.contains(&name));
                let force = body.pointer_mut("/passwordProfile/forceChangePasswordNextSignIn");
                if let (true, Some(force)) = (kept, force)
                    && *force == json!(true)
                {
                    *force = json!(false);
                    self.changed("forceChangePasswordNextSignIn: false, for a sign-in by password");
                }
            }
            Kind::Review if overrides.no_mail => {
                for property in ["mailNotificationsEnabled", "reminderNotificationsEnabled"] {
                    if body["settings"][property] == json!(true) {
                        body["settings"][property] = json!(false);
                        self.changed(&format!("{property}: false, since nobody asked for e-mails"));
                    }
                }
            }
            Kind::Group | Kind::Review => {}
        }
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

    #[test]
    fn without_a_run_everything_is_as_features_write_it() {
        let mut naming = Naming::default();
        let body = json!({"userPrincipalName": "AdeleV@Contoso.com", "mailNickname": "AdeleV"});
        let mut sent = body.clone();
        naming.put_into(Kind::User, &mut sent);
        assert_eq!(sent, body);
        assert_eq!(naming.principal_name("AdeleV@Contoso.com"), "AdeleV@Contoso.com");
        assert!(naming.aliases().is_empty());
    }

    #[test]
    fn what_a_run_creates_carries_its_mark_and_lives_on_the_tenants_domain() {
        let mut naming = marked();
        let mut user = json!({"userPrincipalName": "AdeleV@Contoso.com", "mailNickname": "AdeleV"});
        naming.put_into(Kind::User, &mut user);
        let name = "AdeleV-gw202611250127k3f9@contoso.onmicrosoft.com";
        assert_eq!(user, json!({"userPrincipalName": name, "mailNickname": "AdeleV-gw202611250127k3f9"}));
        let mut group = json!({"displayName": "B", "mailNickname": "b", "description": "B"});
        naming.put_into(Kind::Group, &mut group);
        assert_eq!(group["description"], "B [gw202611250127k3f9]");
        let mut review = json!({"displayName": "R"});
        naming.put_into(Kind::Review, &mut review);
        assert_eq!(review["descriptionForAdmins"], "[gw202611250127k3f9]");
        // Once is enough.
        let again = user.clone();
        naming.put_into(Kind::User, &mut user);
        assert_eq!(user, again);
    }

    #[test]
    fn aliases_lead_back_to_what_features_write() {
        let mut naming = marked();
        let mut user = json!({"userPrincipalName": "AdeleV@Contoso.com"});
        naming.put_into(Kind::User, &mut user);
        let sent = user["userPrincipalName"].as_str().unwrap().to_owned();
        let back =
            |text: &str| naming.aliases().iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
        assert_eq!(back(&sent), "AdeleV@Contoso.com");
        assert_eq!(back(&naming.description("Building security")), "Building security");
        assert_eq!(back(&naming.nickname("buildingsecurity")), "buildingsecurity");
    }
}
