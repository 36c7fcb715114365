//! Which file, cloud and tenant hold.

use graphwalk_client::Cloud;

use super::Examined;
use super::finding::{DoctorFinding, DoctorSection};
use crate::config::ValueOrigin;
use crate::diagnostic::Diagnostic;

pub(super) fn examine(examined: &Examined<'_>) -> Vec<DoctorFinding> {
    let config = examined.config;
    let file = config.effective.iter().find_map(|row| match &row.origin {
        ValueOrigin::File { file, .. } => Some(file.to_string()),
        _ => None,
    });
    let file = file.unwrap_or_else(|| "no file: variables and flags alone".to_owned());
    let cloud = config.endpoints.cloud.map_or("of its own", Cloud::name);
    let graph = config.endpoints.graph.origin().ascii_serialization();
    vec![
        DoctorFinding::ok(DoctorSection::Configuration, "file", file),
        DoctorFinding::ok(DoctorSection::Configuration, "cloud", format!("{cloud}: {graph}")),
        tenant(examined),
    ]
}

fn tenant(examined: &Examined<'_>) -> DoctorFinding {
    match examined.config.tenant() {
        Ok(tenant) => DoctorFinding::ok(DoctorSection::Configuration, "tenant", tenant.as_str()),
        Err(fault) => {
            let fault = Diagnostic::from(&fault);
            DoctorFinding::blocked(DoctorSection::Configuration, "tenant", fault.message)
                .advised(fault.help)
                .of_steps(examined.step_numbers(), "the tenant's name")
        }
    }
}
