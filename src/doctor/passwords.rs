//! New passwords: a run that is resumed gives them to the users that programs sign in as.

use graphwalk_catalog::Catalog;
use graphwalk_recording::ADMINISTRATOR;

use super::Examined;
use super::actors::{ExaminedActor, HeldPermissions};
use super::finding::{DoctorFinding, DoctorSection};
use crate::backend::live::overrides;

/// The type and the property by which passwords are set.
const PASSWORDS: (&str, &str) = ("user", "passwordProfile");

/// Finds whether the administrator may set passwords, if a resumed run has to.
pub(super) fn examine(examined: &Examined<'_>, actors: &[ExaminedActor]) -> Option<DoctorFinding> {
    let kept = overrides(examined.config).kept_passwords;
    let created = examined.needs.actors.iter().filter(|actor| actor.created_at.is_some() && kept.contains(&actor.name));
    let names: Vec<&str> = created.map(|actor| actor.name.as_str()).collect();
    let administrator = actors.iter().find(|actor| actor.name == ADMINISTRATOR && !actor.excused)?;
    let (ty, property) = PASSWORDS;
    let needed = Catalog::v1().type_named(ty)?.write_permissions(property);
    let least = needed.first().filter(|_| !names.is_empty())?;
    let (who, users) = (administrator.title(), names.join(", "));
    let text = format!("a run that is resumed gives new passwords to {users}: {who} needs {least} for it");
    let has = |held: &[String]| held.iter().any(|held| needed.iter().any(|name| held.eq_ignore_ascii_case(name)));
    Some(match &administrator.held {
        HeldPermissions::Granted { permissions, .. } | HeldPermissions::AskedFor(permissions) if has(permissions) => {
            DoctorFinding::ok(DoctorSection::Permissions, "new-passwords", format!("{text}, and the token has it"))
        }
        HeldPermissions::Granted { .. } | HeldPermissions::AskedFor(_) => {
            let advice = format!("grant {least} to the app registration, or do not interrupt the run");
            DoctorFinding::warn(DoctorSection::Permissions, "new-passwords", format!("{text}, and the token lacks it"))
                .advice(advice)
        }
        HeldPermissions::Unknown(_) => DoctorFinding::warn(DoctorSection::Permissions, "new-passwords", text),
    })
}
