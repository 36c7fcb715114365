//! What the calls of the area are modelled after: see `Area::sources`.

/// Paths of the permissions list, and pages.
pub(super) const SOURCES: &[(&str, &str)] = &[
    (
        "/roleManagement/directory/roleAssignments",
        "reference: *List unifiedRoleAssignments*, *Create unifiedRoleAssignment*",
    ),
    (
        "/roleManagement/directory/roleAssignments/{id}",
        "reference: *Get unifiedRoleAssignment*, *Delete unifiedRoleAssignment*",
    ),
    ("/roleManagement/directory/roleDefinitions", "reference: *List roleDefinitions*"),
    ("/roleManagement/directory/roleDefinitions/{id}", "reference: *Get unifiedRoleDefinition*"),
];
