//! What the calls of the area are modelled after: see `Area::sources`.

/// Paths of the permissions list, and pages.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("/identityGovernance/accessReviews/definitions", "reference: *List definitions*, *Create definitions*"),
    (
        "/identityGovernance/accessReviews/definitions/filterbycurrentuser(on)",
        "reference: *accessReviewScheduleDefinition: filterByCurrentUser*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}",
        "reference: *Get accessReviewScheduleDefinition*, *Update accessReviewScheduleDefinition*, *Delete accessReviewScheduleDefinition*",
    ),
    ("/identityGovernance/accessReviews/definitions/{id}/instances", "reference: *List instances*"),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/filterbycurrentuser(on)",
        "reference: *accessReviewInstance: filterByCurrentUser*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}",
        "reference: *Get accessReviewInstance*, *Update accessReviewInstance*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/acceptRecommendations",
        "reference: *accessReviewInstance: acceptRecommendations*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/applyDecisions",
        "reference: *accessReviewInstance: applyDecisions*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/batchRecordDecisions",
        "reference: *accessReviewInstance: batchRecordDecisions*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/resetDecisions",
        "reference: *accessReviewInstance: resetDecisions*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/sendReminder",
        "reference: *accessReviewInstance: sendReminder*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stop",
        "reference: *accessReviewInstance: stop*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/contactedReviewers",
        "reference: *List contactedReviewers*",
    ),
    ("/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions", "reference: *List decisions*"),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions/filterbycurrentuser(on)",
        "reference: *accessReviewInstanceDecisionItem: filterByCurrentUser*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions/{id}",
        "reference: *Get accessReviewInstanceDecisionItem*, *Update accessReviewInstanceDecisionItem*",
    ),
    ("/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages", "reference: *List stages*"),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/filterbycurrentuser(on)",
        "reference: *accessReviewStage: filterByCurrentUser*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/{id}",
        "reference: *Get accessReviewStage*, *Update accessReviewStage*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/{id}/decisions",
        "reference: *List decisions (from a multi-stage access review)*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/{id}/decisions/filterbycurrentuser(on)",
        "reference: *accessReviewInstanceDecisionItem: filterByCurrentUser*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/{id}/decisions/{id}",
        "reference: *Get accessReviewInstanceDecisionItem*, *Update accessReviewInstanceDecisionItem*",
    ),
    (
        "/identityGovernance/accessReviews/definitions/{id}/instances/{id}/stages/{id}/stop",
        "reference: *accessReviewStage: stop*",
    ),
];
