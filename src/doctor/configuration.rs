//! Which file, cloud and tenant hold.

use graphwalk_client::Cloud;

use super::Examined;
use super::finding::{Finding, Section};
use crate::config::ValueOrigin;
use crate::diagnostic::Diagnostic;

pub(super) fn examine(examined: &Examined<'_>) -> Vec<Finding> {
    let config = examined.config;
    let file = config.effective.iter().find_map(|row| match &row.origin {
        ValueOrigin::File { file, .. } => Some(file.to_string()),
        _ => None,
    });
    let file = file.unwrap_or_else(|| "no file: variables and flags alone".to_owned());
    let cloud = config.endpoints.cloud.map_or("of its own", Cloud::name);
    let graph = config.endpoints.graph.origin().ascii_serialization();
    vec![
        Finding::ok(Section::Configuration, "file", file),
        Finding::ok(Section::Configuration, "cloud", format!("{cloud}: {graph}")),
        tenant(examined),
    ]
}

fn tenant(examined: &Examined<'_>) -> Finding {
    match examined.config.tenant() {
        Ok(tenant) => Finding::ok(Section::Configuration, "tenant", tenant.as_str()),
        Err(fault) => {
            let fault = Diagnostic::from(&fault);
            Finding::blocked(Section::Configuration, "tenant", fault.message)
                .advised(fault.help)
                .of_steps(examined.step_numbers(), "the tenant's name")
        }
    }
}
