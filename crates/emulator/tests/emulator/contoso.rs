//! The tutorial's tenant: Adele and Alex are members of a group that Megan owns, and its members are reviewed.

use graphwalk_emulator::Settings;
use serde_json::{Value, json};

use crate::served::{Actor, Served, settings};

pub const DEFINITIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions";

/// The tenant with its people.
pub struct Contoso {
    pub served: Served,
    pub adele: String,
    pub alex: String,
    pub megan: String,
    pub group: String,
}

/// One instance of a review.
#[derive(Clone, Debug)]
pub struct Review {
    pub definition: String,
    pub id: String,
}

impl Contoso {
    pub async fn start() -> Self {
        Self::with(settings()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let served = Served::with(settings).await;
        let administrator = served.administrator();
        let adele = user(&administrator, "Adele Vance", "AdeleV").await;
        let alex = user(&administrator, "Alex Wilber", "AlexW").await;
        let megan = user(&administrator, "Megan Bowen", "MeganB").await;
        let group = group(&administrator, "Building security", &[&megan], &[&adele, &alex]).await;
        drop(administrator);
        Self { served, adele, alex, megan, group }
    }

    pub fn administrator(&self) -> Actor<'_> {
        self.served.administrator()
    }

    pub fn adele(&self) -> Actor<'_> {
        self.served.user("AdeleV@Contoso.com")
    }

    pub fn alex(&self) -> Actor<'_> {
        self.served.user("AlexW@Contoso.com")
    }

    pub fn megan(&self) -> Actor<'_> {
        self.served.user("MeganB@Contoso.com")
    }

    /// The body that creates the tutorial's self-review, changed by a merge patch.
    pub fn body(&self, changes: Value) -> Value {
        let mut body = json!({
            "displayName": "Who may enter",
            "descriptionForAdmins": "for admins",
            "descriptionForReviewers": "for reviewers",
            "scope": {"query": format!("/groups/{}/transitiveMembers", self.group), "queryType": "MicrosoftGraph"},
            "settings": {
                "mailNotificationsEnabled": true,
                "reminderNotificationsEnabled": true,
                "justificationRequiredOnApproval": true,
                "defaultDecisionEnabled": true,
                "defaultDecision": "Deny",
                "instanceDurationInDays": 5,
                "autoApplyDecisionsEnabled": true,
                "recommendationsEnabled": true,
                "recurrence": {"pattern": null, "range": {
                    "type": "numbered", "numberOfOccurrences": 0, "startDate": "2026-03-02", "endDate": "2026-03-07"}},
            },
        });
        merge(&mut body, changes);
        body
    }

    /// Creates a review and waits until it takes decisions.
    pub async fn review(&self, changes: Value) -> Review {
        let body = self.body(changes);
        let created = self.administrator().post(DEFINITIONS, &body).await.ok(201);
        self.served.pass(60).await;
        let definition = created["id"].as_str().unwrap().to_owned();
        let instances = self.administrator().all(&format!("{DEFINITIONS}/{definition}/instances")).await;
        let id = instances[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(instances[0]["status"], "InProgress");
        Review { definition, id }
    }

    pub async fn status(&self, review: &Review) -> String {
        let instance = self.administrator().get(&review.path("")).await.ok(200);
        instance["status"].as_str().unwrap().to_owned()
    }

    /// The decision items of a review.
    pub async fn items(&self, review: &Review) -> Vec<Value> {
        self.administrator().all(&review.path("/decisions")).await
    }

    /// The item about a principal.
    pub async fn item(&self, review: &Review, principal: &str) -> Value {
        let items = self.items(review).await;
        let found = items.iter().find(|item| item["principal"]["id"] == principal);
        found.unwrap_or_else(|| panic!("no item about {principal}: {items:?}")).clone()
    }

    /// The path of the item about a principal.
    pub async fn item_path(&self, review: &Review, principal: &str) -> String {
        let item = self.item(review, principal).await;
        review.path(&format!("/decisions/{}", item["id"].as_str().unwrap()))
    }

    /// Records Adele's approval of her own access.
    pub async fn approve(&self, review: &Review) {
        let path = self.item_path(review, &self.adele).await;
        let decision = json!({"decision": "Approve", "justification": "still needed"});
        self.adele().patch(&path, &decision).await.ok(204);
    }

    /// Assigns a role to a user, by the role's name.
    pub async fn give_role(&self, user: &str, role: &str) {
        let roles = "/v1.0/roleManagement/directory";
        let definitions = self.administrator().all(&format!("{roles}/roleDefinitions")).await;
        let role = definitions.iter().find(|definition| definition["displayName"] == role).unwrap();
        let body = json!({"principalId": user, "roleDefinitionId": role["id"], "directoryScopeId": "/"});
        self.administrator().post(&format!("{roles}/roleAssignments"), &body).await.ok(201);
    }

    /// The ids of a group's direct members, sorted.
    pub async fn members(&self, group: &str) -> Vec<String> {
        let members = self.administrator().all(&format!("/v1.0/groups/{group}/members")).await;
        let mut ids: Vec<String> = members.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

impl Review {
    /// The path of the instance, and what lies under it.
    pub fn path(&self, rest: &str) -> String {
        format!("{DEFINITIONS}/{}/instances/{}{rest}", self.definition, self.id)
    }

    /// The path of the definition, and what lies under it.
    pub fn definition(&self, rest: &str) -> String {
        format!("{DEFINITIONS}/{}{rest}", self.definition)
    }
}

/// The body that creates a user.
pub fn user_body(name: &str, nickname: &str) -> Value {
    json!({
        "accountEnabled": true,
        "displayName": name,
        "mailNickname": nickname,
        "userPrincipalName": format!("{nickname}@Contoso.com"),
        "passwordProfile": {"forceChangePasswordNextSignIn": true, "password": "Gw!23456"},
    })
}

/// The body that creates a security group.
pub fn group_body(name: &str, owners: &[&str], members: &[&str]) -> Value {
    let nickname: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let mut body = json!({
        "displayName": name, "mailEnabled": false, "mailNickname": nickname, "securityEnabled": true, "groupTypes": [],
    });
    let bound = |ids: &[&str]| -> Value {
        ids.iter().map(|id| format!("https://graph.microsoft.com/beta/users/{id}")).collect()
    };
    if !owners.is_empty() {
        body["owners@odata.bind"] = bound(owners);
    }
    if !members.is_empty() {
        body["members@odata.bind"] = bound(members);
    }
    body
}

/// Creates a user.
pub async fn user(actor: &Actor<'_>, name: &str, nickname: &str) -> String {
    let created = actor.post("/v1.0/users", &user_body(name, nickname)).await.ok(201);
    created["id"].as_str().unwrap().to_owned()
}

/// Creates a group.
pub async fn group(actor: &Actor<'_>, name: &str, owners: &[&str], members: &[&str]) -> String {
    let created = actor.post("/v1.0/groups", &group_body(name, owners, members)).await.ok(201);
    created["id"].as_str().unwrap().to_owned()
}

/// JSON merge patch, in which null is a value as any other.
pub fn merge(target: &mut Value, changes: Value) {
    match (target, changes) {
        (Value::Object(target), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(target.entry(name).or_insert(Value::Null), change);
            }
        }
        (target, change) => *target = change,
    }
}
