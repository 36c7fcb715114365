//! The permissions that Graph grants calls by: lists of names, each enough for the calls that the list is named after, the
//! least privileged first.
//!
//! Source: Graph's own table of permissions by path, `permissions/new/permissions.json` of microsoft-graph-devx-content,
//! commit 6cbd6bb (2026-08-07), schemes `DelegatedWork` and `Application` (here `…_APP` where the two differ). Left out are
//! the permissions of other products (`DeviceManagement…`, `AgentIdUser…`) and those for single properties or purposes
//! (`User-Phone.ReadWrite.All`, `Group-PreferredDataLocation…`, `User.ReadWrite.CrossCloud`): nobody grants them for a tutorial.

type Permissions = &'static [&'static str];

/// Not granted at all.
pub(crate) const NONE: Permissions = &[];

pub(crate) const READ_USERS: Permissions =
    &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
/// With those that allow reading oneself alone.
pub(crate) const READ_USER: Permissions = &[
    "User.ReadBasic.All",
    "User.Read",
    "User.ReadWrite",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// `User.Create` is newer than Graph's table: it stands on the page of `POST /users` (2025-11-18).
pub(crate) const CREATE_USER: Permissions = &["User.ReadWrite.All", "Directory.ReadWrite.All", "User.Create"];
pub(crate) const UPDATE_USER: Permissions = &["User.ReadWrite", "User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const UPDATE_USER_APP: Permissions = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
/// The table calls both the least; the first is needed for other calls anyway.
pub(crate) const DELETE_USER: Permissions = &["User.ReadWrite.All", "User.DeleteRestore.All"];
pub(crate) const READ_MANAGER: Permissions =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(crate) const WRITE_MANAGER: Permissions = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const READ_MEMBER_OF: Permissions = &[
    "User.Read",
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "Group.ReadBasic.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(crate) const READ_MEMBER_OF_APP: Permissions =
    &["GroupMember.ReadBasic.All", "Group.ReadBasic.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(crate) const READ_DELETED_USERS: Permissions =
    &["User.Read.All", "User.ReadWrite.All", "User.DeleteRestore.All", "Directory.Read.All", "Directory.ReadWrite.All"];

pub(crate) const READ_GROUPS: Permissions = &[
    "Group.ReadBasic.All",
    "GroupMember.Read.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(crate) const CREATE_GROUP: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const CREATE_GROUP_APP: Permissions = &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const UPDATE_GROUP: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const DELETE_GROUP: Permissions = &["Group.ReadWrite.All"];
pub(crate) const READ_MEMBERS: Permissions = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadBasic.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
pub(crate) const WRITE_MEMBERS: Permissions =
    &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const READ_OWNERS: Permissions = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
pub(crate) const WRITE_OWNERS: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(crate) const READ_DELETED_GROUPS: Permissions =
    &["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

pub(crate) const READ_ORGANIZATION: Permissions = &[
    "User.Read",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(crate) const READ_ORGANIZATION_APP: Permissions = &[
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(crate) const READ_LICENCES: Permissions = &[
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];

pub(crate) const READ_REVIEWS: Permissions = &["AccessReview.Read.All", "AccessReview.ReadWrite.All"];
pub(crate) const WRITE_REVIEWS: Permissions = &["AccessReview.ReadWrite.All"];
