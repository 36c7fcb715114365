//! Template ids of directory roles, as they stand in the claim `wids` (Microsoft Entra built-in roles).

use uuid::{Uuid, uuid};

/// Global Administrator.
pub const GLOBAL_ADMINISTRATOR: Uuid = uuid!("62e90394-69f5-4237-9190-012177145e10");
/// User Administrator.
pub const USER_ADMINISTRATOR: Uuid = uuid!("fe930be7-5e62-47db-91af-98c3a49a38b1");
/// Identity Governance Administrator.
pub const IDENTITY_GOVERNANCE_ADMINISTRATOR: Uuid = uuid!("45d8d3c5-c802-45c6-b32a-1d70b5e1e86e");
/// Groups Administrator.
pub const GROUPS_ADMINISTRATOR: Uuid = uuid!("fdd7a751-b60b-444a-984c-02652fe8fa1c");
/// Global Reader.
pub const GLOBAL_READER: Uuid = uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451");
/// Security Administrator.
pub const SECURITY_ADMINISTRATOR: Uuid = uuid!("194ae4cb-b126-40b2-bd5b-6091b380977d");
/// Security Reader.
pub const SECURITY_READER: Uuid = uuid!("5d6b6bb7-de71-4623-b4af-96380a352509");
/// Privileged Role Administrator.
pub const PRIVILEGED_ROLE_ADMINISTRATOR: Uuid = uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814");

/// The roles that are known by name, and their template ids: to seed a tenant with, and to name in messages.
pub const NAMED: &[(&str, Uuid)] = &[
    ("Global Administrator", GLOBAL_ADMINISTRATOR),
    ("User Administrator", USER_ADMINISTRATOR),
    ("Identity Governance Administrator", IDENTITY_GOVERNANCE_ADMINISTRATOR),
    ("Groups Administrator", GROUPS_ADMINISTRATOR),
    ("Global Reader", GLOBAL_READER),
    ("Security Administrator", SECURITY_ADMINISTRATOR),
    ("Security Reader", SECURITY_READER),
    ("Privileged Role Administrator", PRIVILEGED_ROLE_ADMINISTRATOR),
];

/// Returns the template id of a role by its name, in any case; nothing if it is none of the [`NAMED`] ones.
pub fn id_of(role: &str) -> Option<Uuid> {
    NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(role)).map(|(_, id)| *id)
}

/// Returns the name of a role by its template id; nothing if it is none of the [`NAMED`] ones.
pub fn name_of(role: Uuid) -> Option<&'static str> {
    NAMED.iter().find(|(_, id)| *id == role).map(|(name, _)| *name)
}
