//! Tenants in memory, each of its own.

use std::sync::Arc;

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Map, Value, json};

use crate::diagnostic::Diagnostic;
use crate::runner::SessionOutcome;
use crate::runner::sessions::SessionSource;
use crate::session::OutsideValues;

use super::TenantsRun;
use super::pool::TenantStart;

impl TenantsRun<'_> {
    /// Sets up an emulated tenant: the one of this name and id, with what its seed says.
    pub(super) fn emulated(&self, place: usize, (settings, seed): (&Settings, Option<&str>)) -> TenantStart {
        let seed = match self.seed(place, seed) {
            Ok(seed) => seed,
            Err(fault) => return TenantStart::ended(SessionOutcome::not_begun("", "emulator", fault)),
        };
        let source = SessionSource::Emulator(Arc::new(Settings { seed, ..settings.clone() }));
        TenantStart::Plays { source, given: self.outside_values(place), reading: None }
    }

    /// The ids of objects from outside: those of the tenant, else those of flags.
    fn outside_values(&self, place: usize) -> OutsideValues {
        let set = self.args.config.set.iter().cloned().collect();
        let configured = self.file.rows.get(place).map(|row| row.values().clone()).unwrap_or_default();
        OutsideValues { set, configured }
    }

    /// Returns the content of the tenant, with its name.
    fn seed(&self, place: usize, shared: Option<&str>) -> Result<Seed, Diagnostic> {
        let row = self.file.rows.get(place);
        let own = match row.and_then(|row| row.seed.as_ref()) {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                let message = format!("cannot read {}: {error}", path.display());
                Diagnostic::new("file", message).help("check `seed` of the tenant; the file has to be UTF-8")
            })?),
            None => None,
        };
        let fault = |error: graphwalk_emulator::seed::SeedError| Diagnostic::new("seed", error.to_string());
        let mut document = match own.as_deref().or(shared) {
            Some(text) => Seed::document(text).map_err(fault)?,
            None => Map::new(),
        };
        if let (Some(row), false) = (row, document.contains_key("tenant")) {
            let mut tenant = json!({"name": row.name});
            if let Some(id) = row.tenant_id() {
                tenant["id"] = json!(id);
            }
            document.insert("tenant".to_owned(), tenant);
        }
        Seed::parse(&Value::from(document).to_string()).map_err(fault)
    }
}
