//! Which objects of Graph lie where: the part of the metadata that judging a write needs.
//!
//! Source: the v1.0 metadata (CSDL), for entity sets, singletons, navigation properties and whether they contain. What is
//! not listed here is not understood, and a write to it is refused.

/// A way from one type to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Navigation {
    /// Its name in paths.
    pub name: &'static str,
    /// The type that it leads to, without its namespace.
    pub target: &'static str,
    /// Whether it leads to a collection.
    pub many: bool,
    /// How what it leads to belongs to where it begins.
    pub bond: Bond,
}

/// How what a navigation leads to belongs to the object where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bond {
    /// It is part of the object, and gone with it.
    Contained,
    /// It is an object of its own, to which the object holds a reference.
    Refers,
    /// It is an object of its own that holds the reference: a group that one is a member of.
    Referred,
}

/// An action, or a function that is called with POST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its name in paths.
    pub name: &'static str,
    /// Whether it only reads, although it is a POST.
    pub reads: bool,
}

use Bond::{Contained, Referred, Refers};

const fn many(name: &'static str, target: &'static str, bond: Bond) -> Navigation {
    Navigation { name, target, many: true, bond }
}

const fn one(name: &'static str, target: &'static str, bond: Bond) -> Navigation {
    Navigation { name, target, many: false, bond }
}

/// Where paths begin: entity sets and singletons.
const ROOTS: [Navigation; 12] = [
    many("users", "user", Contained),
    many("groups", "group", Contained),
    many("directoryObjects", "directoryObject", Contained),
    many("applications", "application", Contained),
    many("servicePrincipals", "servicePrincipal", Contained),
    many("devices", "device", Contained),
    many("contacts", "orgContact", Contained),
    many("directoryRoles", "directoryRole", Contained),
    many("invitations", "invitation", Contained),
    one("me", "user", Contained),
    one("directory", "directory", Contained),
    one("identityGovernance", "identityGovernance", Contained),
];

const USER: [Navigation; 14] = [
    one("manager", "directoryObject", Refers),
    many("sponsors", "directoryObject", Refers),
    many("memberOf", "directoryObject", Referred),
    many("transitiveMemberOf", "directoryObject", Referred),
    many("ownedObjects", "directoryObject", Referred),
    many("createdObjects", "directoryObject", Referred),
    many("directReports", "directoryObject", Referred),
    many("sponsorOf", "directoryObject", Referred),
    many("ownedDevices", "directoryObject", Referred),
    many("registeredDevices", "directoryObject", Referred),
    many("extensions", "extension", Contained),
    one("photo", "profilePhoto", Contained),
    one("settings", "userSettings", Contained),
    one("authentication", "authentication", Contained),
];

const GROUP: [Navigation; 10] = [
    many("members", "directoryObject", Refers),
    many("owners", "directoryObject", Refers),
    many("acceptedSenders", "directoryObject", Refers),
    many("rejectedSenders", "directoryObject", Refers),
    many("transitiveMembers", "directoryObject", Referred),
    many("memberOf", "directoryObject", Referred),
    many("transitiveMemberOf", "directoryObject", Referred),
    many("extensions", "extension", Contained),
    many("settings", "groupSetting", Contained),
    one("photo", "profilePhoto", Contained),
];

const APPLICATION: [Navigation; 3] = [
    many("owners", "directoryObject", Refers),
    many("extensionProperties", "extensionProperty", Contained),
    many("federatedIdentityCredentials", "federatedIdentityCredential", Contained),
];

const SERVICE_PRINCIPAL: [Navigation; 3] = [
    many("owners", "directoryObject", Refers),
    many("memberOf", "directoryObject", Referred),
    many("ownedObjects", "directoryObject", Referred),
];

const ADMINISTRATIVE_UNIT: [Navigation; 2] =
    [many("members", "directoryObject", Refers), many("extensions", "extension", Contained)];

const DIRECTORY_ROLE: [Navigation; 1] = [many("members", "directoryObject", Refers)];

const DIRECTORY: [Navigation; 2] =
    [many("deletedItems", "directoryObject", Contained), many("administrativeUnits", "administrativeUnit", Contained)];

const GOVERNANCE: [Navigation; 1] = [one("accessReviews", "accessReviewSet", Contained)];

const REVIEWS: [Navigation; 2] = [
    many("definitions", "accessReviewScheduleDefinition", Contained),
    many("historyDefinitions", "accessReviewHistoryDefinition", Contained),
];

const DEFINITION: [Navigation; 1] = [many("instances", "accessReviewInstance", Contained)];

const INSTANCE: [Navigation; 3] = [
    many("contactedReviewers", "accessReviewReviewer", Contained),
    many("decisions", "accessReviewInstanceDecisionItem", Contained),
    many("stages", "accessReviewStage", Contained),
];

const STAGE: [Navigation; 1] = [many("decisions", "accessReviewInstanceDecisionItem", Contained)];

const ITEM: [Navigation; 1] = [many("insights", "governanceInsight", Contained)];

/// The type that all objects of the directory derive from, so that one way leads to each of them.
pub const DIRECTORY_OBJECT: &str = "directoryObject";

/// The types that derive from [`DIRECTORY_OBJECT`].
const DIRECTORY_OBJECTS: [&str; 8] =
    ["user", "group", "application", "servicePrincipal", "device", "orgContact", "directoryRole", "administrativeUnit"];

/// The root of that name, in any case.
pub fn root(name: &str) -> Option<&'static Navigation> {
    named(&ROOTS, name)
}

/// The navigation of that name from a type, in any case.
pub fn navigation(from: &str, name: &str) -> Option<&'static Navigation> {
    let all: &'static [Navigation] = match from {
        "user" => &USER,
        "group" => &GROUP,
        "application" => &APPLICATION,
        "servicePrincipal" => &SERVICE_PRINCIPAL,
        "administrativeUnit" => &ADMINISTRATIVE_UNIT,
        "directoryRole" => &DIRECTORY_ROLE,
        "directory" => &DIRECTORY,
        "identityGovernance" => &GOVERNANCE,
        "accessReviewSet" => &REVIEWS,
        "accessReviewScheduleDefinition" => &DEFINITION,
        "accessReviewInstance" => &INSTANCE,
        "accessReviewStage" => &STAGE,
        "accessReviewInstanceDecisionItem" => &ITEM,
        _ => &[],
    };
    named(all, name)
}

fn named(all: &'static [Navigation], name: &str) -> Option<&'static Navigation> {
    all.iter().find(|navigation| navigation.name.eq_ignore_ascii_case(name))
}

/// The name of a type as the metadata writes it, if it is one that objects of the directory have.
pub fn cast(name: &str) -> Option<&'static str> {
    DIRECTORY_OBJECTS.into_iter().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether an object of type `found` is also one of type `wanted`.
pub fn is_a(found: &str, wanted: &str) -> bool {
    found == wanted || wanted == DIRECTORY_OBJECT && DIRECTORY_OBJECTS.contains(&found)
}

const fn reads(name: &'static str) -> Operation {
    Operation { name, reads: true }
}

const fn acts(name: &'static str) -> Operation {
    Operation { name, reads: false }
}

/// POSTs that read, bound to an object of the directory or to a collection of them.
/// Source: the reference of directoryObject, "Check member groups", "Get member groups", "Get directory objects from IDs",
/// "Validate directory object properties", "Get available extension properties".
const READS: [Operation; 7] = [
    reads("checkMemberGroups"),
    reads("checkMemberObjects"),
    reads("getMemberGroups"),
    reads("getMemberObjects"),
    reads("getByIds"),
    reads("validateProperties"),
    reads("getAvailableExtensionProperties"),
];

/// Actions on an object that change this object alone. Source: the reference of each type.
const USER_ACTIONS: [Operation; 4] =
    [acts("revokeSignInSessions"), acts("changePassword"), acts("assignLicense"), acts("restore")];
const GROUP_ACTIONS: [Operation; 2] = [acts("renew"), acts("restore")];
const APPLICATION_ACTIONS: [Operation; 5] =
    [acts("addPassword"), acts("removePassword"), acts("addKey"), acts("removeKey"), acts("restore")];
const DIRECTORY_OBJECT_ACTIONS: [Operation; 1] = [acts("restore")];
/// Source: the reference of accessReviewInstance, accessReviewStage and accessReviewScheduleDefinition.
const REVIEW_ACTIONS: [Operation; 8] = [
    acts("stop"),
    acts("applyDecisions"),
    acts("resetDecisions"),
    acts("sendReminder"),
    acts("acceptRecommendations"),
    acts("batchRecordDecisions"),
    acts("stopApplyDecisions"),
    acts("recordAllDecisions"),
];

/// The operation of that name on an object of a type or on a collection of it, in any case.
pub fn operation(on: &str, name: &str) -> Option<&'static Operation> {
    let actions: &'static [Operation] = match on {
        "user" => &USER_ACTIONS,
        "group" => &GROUP_ACTIONS,
        "application" | "servicePrincipal" => &APPLICATION_ACTIONS,
        DIRECTORY_OBJECT => &DIRECTORY_OBJECT_ACTIONS,
        "accessReviewScheduleDefinition"
        | "accessReviewInstance"
        | "accessReviewStage"
        | "accessReviewInstanceDecisionItem" => &REVIEW_ACTIONS,
        _ => &[],
    };
    let reads: &'static [Operation] = if is_a(on, DIRECTORY_OBJECT) { &READS } else { &[] };
    actions.iter().chain(reads).find(|operation| operation.name.eq_ignore_ascii_case(name))
}
