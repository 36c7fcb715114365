//! What the calls of the area are modelled after: see `Area::sources`.

/// Paths of the permissions list, and pages.
pub(super) const SOURCES: &[(&str, &str)] = &[
    (
        "/identityGovernance/accessReviews/historyDefinitions",
        "reference: *List historyDefinitions*, *Create historyDefinitions*",
    ),
    ("/identityGovernance/accessReviews/historyDefinitions/{id}", "reference: *Get accessReviewHistoryDefinition*"),
    (
        "/identityGovernance/accessReviews/historyDefinitions/{id}/instances",
        "reference: *List instances (of an accessReviewHistoryDefinition)*",
    ),
    (
        "/identityGovernance/accessReviews/historyDefinitions/{id}/instances/{id}/generateDownloadUri",
        "reference: *accessReviewHistoryInstance: generateDownloadUri*",
    ),
];
