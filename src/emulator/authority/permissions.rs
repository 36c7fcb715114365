//! Sets of permissions, least first, each enough for the calls it is named after.
//!
//! Graph's own table lists more for some calls: the permissions of other products' apps (`DeviceManagement…`,
//! `AgentIdUser…`) and those for a single property (`User-Phone.ReadWrite.All`). They are left out.

type Permissions = &'static [&'static str];

pub(super) const NONE: Permissions = &[];

pub(super) const READ_USERS: Permissions =
    &["User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const READ_USER: Permissions = &[
    "User.ReadBasic.All",
    "User.Read",
    "User.ReadWrite",
    "User.Read.All",
    "User.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
/// `User.Create` is newer than Graph's table: it stands on the page of `POST /users` (2025-11-18).
pub(super) const CREATE_USER: Permissions = &["User.Create", "User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const UPDATE_USER: Permissions = &["User.ReadWrite", "User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const UPDATE_USER_APP: Permissions = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const DELETE_USER: Permissions = &["User.DeleteRestore.All", "User.ReadWrite.All"];
pub(super) const READ_MANAGER: Permissions =
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const WRITE_MANAGER: Permissions = &["User.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const READ_MEMBER_OF: Permissions = &[
    "User.Read",
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "Group.ReadBasic.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_MEMBER_OF_APP: Permissions =
    &["GroupMember.ReadBasic.All", "Group.ReadBasic.All", "Directory.Read.All", "Directory.ReadWrite.All"];
pub(super) const READ_DELETED_USERS: Permissions =
    &["User.Read.All", "User.ReadWrite.All", "User.DeleteRestore.All", "Directory.Read.All", "Directory.ReadWrite.All"];

pub(super) const READ_GROUPS: Permissions = &[
    "Group.ReadBasic.All",
    "GroupMember.Read.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const CREATE_GROUP: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const CREATE_GROUP_APP: Permissions = &["Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const UPDATE_GROUP: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const DELETE_GROUP: Permissions = &["Group.ReadWrite.All"];
pub(super) const READ_MEMBERS: Permissions = &[
    "GroupMember.ReadBasic.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.ReadBasic.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
pub(super) const WRITE_MEMBERS: Permissions =
    &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const READ_OWNERS: Permissions = &[
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "Directory.Read.All",
];
pub(super) const WRITE_OWNERS: Permissions = &["Group.ReadWrite.All", "Directory.ReadWrite.All"];
pub(super) const READ_DELETED_GROUPS: Permissions =
    &["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];

pub(super) const READ_ORGANIZATION: Permissions = &[
    "User.Read",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_ORGANIZATION_APP: Permissions = &[
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "User.Read.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];
pub(super) const READ_LICENCES: Permissions = &[
    "LicenseAssignment.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
];

pub(super) const READ_REVIEWS: Permissions = &["AccessReview.Read.All", "AccessReview.ReadWrite.All"];
pub(super) const WRITE_REVIEWS: Permissions = &["AccessReview.ReadWrite.All"];
