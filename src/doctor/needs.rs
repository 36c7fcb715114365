//! What a tutorial needs: who makes which calls at which step, and what its page says is needed.

use uuid::{Uuid, uuid};

use super::calls::*;
use crate::config::{Config, ReviewBy};
use crate::recording::Finish;

/// A tutorial, step by step.
#[derive(Debug)]
pub struct Needs {
    /// The tutorial's name.
    pub tutorial: &'static str,
    /// What the page says.
    pub page: Page,
    /// Who calls.
    pub actors: &'static [NeededActor],
    /// Its steps, in order.
    pub steps: &'static [StepNeeds],
}

/// What the page of a tutorial names.
#[derive(Debug)]
pub struct Page {
    /// The page.
    pub source: &'static str,
    /// The delegated permissions it tells the reader to grant.
    pub permissions: &'static [&'static str],
    /// The directory roles of which it wants one.
    pub roles: &'static [Role],
}

/// Who calls.
#[derive(Debug)]
pub struct NeededActor {
    /// The name, as in features and in the configuration.
    pub name: &'static str,
    /// The step at which the tutorial creates the user; `None` if the user is there already.
    pub created_at: Option<u8>,
    /// Whether a person can do it all on the My Access page instead.
    pub may_use_portal: bool,
}

/// One step.
#[derive(Debug)]
pub struct StepNeeds {
    /// Its number.
    pub number: u8,
    /// Who calls what.
    pub calls: &'static [StepCall],
}

/// A call at a step.
#[derive(Debug)]
pub struct StepCall {
    /// The actor's name.
    pub actor: &'static str,
    /// The call.
    pub call: &'static Call,
    /// When it is made.
    pub when: When,
}

/// When a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// If an answer was lost, to find out what it would have told.
    AfterLoss,
    /// If the review ends through the API.
    FinishStop,
    /// If the reviewer decides through the API.
    ReviewByApi,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Users.
    Users,
    /// Groups that somebody else owns.
    Groups,
    /// Reviews.
    Reviews,
}

/// A directory role that matters here, by its template id (Microsoft Entra built-in roles).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Global Administrator.
    GlobalAdministrator,
    /// User Administrator.
    UserAdministrator,
    /// Identity Governance Administrator.
    IdentityGovernanceAdministrator,
    /// Groups Administrator.
    GroupsAdministrator,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::GlobalAdministrator,
        Self::UserAdministrator,
        Self::IdentityGovernanceAdministrator,
        Self::GroupsAdministrator,
    ];

    /// The template id, as in the claim `wids`.
    pub fn template(self) -> Uuid {
        match self {
            Self::GlobalAdministrator => uuid!("62e90394-69f5-4237-9190-012177145e10"),
            Self::UserAdministrator => uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1"),
            Self::IdentityGovernanceAdministrator => uuid!("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e"),
            Self::GroupsAdministrator => uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c"),
        }
    }

    /// The role's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "Global Administrator",
            Self::UserAdministrator => "User Administrator",
            Self::IdentityGovernanceAdministrator => "Identity Governance Administrator",
            Self::GroupsAdministrator => "Groups Administrator",
        }
    }
}

impl Change {
    /// The roles of which a signed-in user needs one: Microsoft Entra built-in roles for users and groups, the pages of the
    /// access review methods ("Permissions") for reviews of groups.
    pub fn roles(self) -> &'static [Role] {
        match self {
            Self::Users => &[Role::UserAdministrator, Role::GlobalAdministrator],
            Self::Groups => &[Role::UserAdministrator, Role::GroupsAdministrator, Role::GlobalAdministrator],
            Self::Reviews => {
                &[Role::UserAdministrator, Role::IdentityGovernanceAdministrator, Role::GlobalAdministrator]
            }
        }
    }

    /// The word for what is changed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Reviews => "reviews",
        }
    }
}

impl Needs {
    /// What a bundled tutorial needs, or, without a name, the first one.
    pub fn of(tutorial: Option<&str>) -> Option<&'static Self> {
        let name = tutorial.unwrap_or(SECURITY_GROUP_REVIEW.tutorial);
        (SECURITY_GROUP_REVIEW.tutorial == name).then_some(&SECURITY_GROUP_REVIEW)
    }

    /// The numbers of all steps.
    pub fn all_steps(&self) -> impl Iterator<Item = u8> + '_ {
        self.steps.iter().map(|step| step.number)
    }

    /// The actor of that name.
    pub fn actor(&self, name: &str) -> Option<&NeededActor> {
        self.actors.iter().find(|actor| actor.name == name)
    }

    /// The step at which `actor` first calls.
    pub fn first_step_of(&self, actor: &str) -> Option<u8> {
        let calls = |step: &&StepNeeds| step.calls.iter().any(|call| call.actor == actor);
        self.steps.iter().find(calls).map(|step| step.number)
    }

    /// The steps that need a licence for access reviews: those that call them, but for the clean-up, which is the last one.
    pub fn licensed_steps(&self) -> impl Iterator<Item = u8> + '_ {
        let last = self.all_steps().last();
        let reviews = |step: &&StepNeeds| step.calls.iter().any(|made| made.call.is_of_reviews());
        self.steps.iter().filter(reviews).map(|step| step.number).filter(move |step| Some(*step) != last)
    }

    /// The steps at which `actor` calls.
    pub fn steps_of<'a>(&'a self, actor: &'a str, config: &'a Config) -> impl Iterator<Item = u8> + 'a {
        let calls = move |step: &StepNeeds| step.calls_of(actor, config).next().is_some();
        self.steps.iter().filter(move |step| calls(step)).map(|step| step.number)
    }
}

impl StepNeeds {
    /// The kinds of objects that the administrator changes, each of which asks for a directory role.
    pub fn changes(&self) -> Vec<Change> {
        let by_administrator = self.calls.iter().filter(|made| made.actor == ADMINISTRATOR);
        let mut changes: Vec<Change> = by_administrator.filter_map(|made| made.call.changes()).collect();
        changes.sort_unstable();
        changes.dedup();
        changes
    }

    /// What `actor` calls at this step with this configuration.
    pub fn calls_of<'a>(&'a self, actor: &'a str, config: &'a Config) -> impl Iterator<Item = &'static Call> + 'a {
        let made = |when: When| match when {
            When::Always | When::AfterLoss => true,
            When::FinishStop => config.finish == Finish::Stop,
            When::ReviewByApi => config.review_by == ReviewBy::Api,
        };
        self.calls.iter().filter(move |needed| needed.actor == actor && made(needed.when)).map(|needed| needed.call)
    }
}

/// A tutorial of somebody's own, of which nothing is known but that the administrator calls.
pub static OWN_TUTORIAL: Needs = Needs {
    tutorial: "a tutorial of your own",
    page: Page { source: "", permissions: &[], roles: &[] },
    actors: &[NeededActor { name: ADMINISTRATOR, created_at: None, may_use_portal: false }],
    steps: &[],
};

const ADMINISTRATOR: &str = crate::recording::ADMINISTRATOR;
const ADELE: &str = "Adele Vance";

const fn by_administrator(call: &'static Call) -> StepCall {
    StepCall { actor: ADMINISTRATOR, call, when: When::Always }
}

const fn after_loss(call: &'static Call) -> StepCall {
    StepCall { actor: ADMINISTRATOR, call, when: When::AfterLoss }
}

const fn by_adele(call: &'static Call) -> StepCall {
    StepCall { actor: ADELE, call, when: When::ReviewByApi }
}

/// The tutorial "Review access to your security groups using the access reviews API in Microsoft Graph". What the page
/// says: its section "Prerequisites", as of 2022-11-01.
pub static SECURITY_GROUP_REVIEW: Needs = Needs {
    tutorial: "security-group-review",
    page: Page {
        source: "learn.microsoft.com/graph/tutorial-accessreviews-securitygroup",
        permissions: &["AccessReview.ReadWrite.All", "Group.ReadWrite.All"],
        roles: &[Role::GlobalAdministrator, Role::IdentityGovernanceAdministrator],
    },
    actors: &[
        NeededActor { name: ADMINISTRATOR, created_at: None, may_use_portal: false },
        NeededActor { name: ADELE, created_at: Some(1), may_use_portal: true },
    ],
    steps: &[
        StepNeeds { number: 1, calls: &[by_administrator(&CREATE_USER), after_loss(&READ_A_USER)] },
        StepNeeds {
            number: 2,
            calls: &[
                by_administrator(&CREATE_GROUP),
                by_administrator(&READ_GROUP),
                by_administrator(&LIST_OWNERS),
                by_administrator(&LIST_MEMBERS),
                after_loss(&LIST_GROUPS),
            ],
        },
        StepNeeds {
            number: 3,
            calls: &[by_administrator(&CREATE_REVIEW), by_administrator(&READ_REVIEW), after_loss(&LIST_REVIEWS)],
        },
        StepNeeds { number: 4, calls: &[by_administrator(&LIST_INSTANCES)] },
        StepNeeds { number: 5, calls: &[by_administrator(&LIST_CONTACTED_REVIEWERS)] },
        StepNeeds { number: 6, calls: &[by_administrator(&LIST_DECISIONS)] },
        StepNeeds {
            number: 7,
            calls: &[by_adele(&LIST_OWN_DECISIONS), by_adele(&RECORD_DECISION), by_administrator(&LIST_DECISIONS)],
        },
        StepNeeds {
            number: 8,
            calls: &[
                by_administrator(&LIST_DECISIONS),
                by_administrator(&READ_REVIEW),
                by_administrator(&READ_INSTANCE),
                StepCall { actor: ADMINISTRATOR, call: &STOP_INSTANCE, when: When::FinishStop },
                by_administrator(&LIST_MEMBERS),
                by_administrator(&LIST_TRANSITIVE_MEMBERS),
            ],
        },
        StepNeeds {
            number: 9,
            calls: &[
                by_administrator(&DELETE_GROUP),
                by_administrator(&DELETE_REVIEW),
                by_administrator(&DELETE_A_USER),
                by_administrator(&READ_GROUP),
                by_administrator(&READ_REVIEW),
                by_administrator(&READ_A_USER),
            ],
        },
    ],
};
