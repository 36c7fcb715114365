//! What the calls of the area are modelled after: see `Area::sources`.

/// Paths of the permissions list, and pages.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("/auditLogs/directoryAudits", "reference: *List directoryAudits*"),
    ("/auditLogs/directoryAudits/{id}", "reference: *Get directoryAudit*"),
];
