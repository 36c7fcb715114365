//! A Microsoft Graph that lives in memory: a tenant with users, groups and access reviews, and a clock that can be moved.

pub mod authority;
pub mod caller;
pub mod faults;
pub mod http;
pub mod sign_in;
