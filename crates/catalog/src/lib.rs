//! What graphwalk knows of Microsoft Graph: how its paths are read, and which objects they name.
//!
//! ```
//! use graphwalk_catalog::{ApiPath, Resolved};
//!
//! let path = ApiPath::parse("/v1.0/users/AdeleV@contoso.com/manager/$ref").unwrap();
//! assert_eq!(Resolved::new(&path).unwrap().to_string(), "user/manager/$ref");
//! ```
//!
//! | module | what is in it |
//! |---|---|
//! | `api_path` | [`ApiPath`]: version, segments, keys, arguments of functions, query |
//! | `model` | which types there are, and which ways lead from one to another |
//! | `resolve` | [`Resolved`]: what the segments of a path name |

mod api_path;
mod model;
mod resolve;

pub use api_path::{Ambiguity, ApiPath, Argument, NotAPath, Segment, Version};
pub use model::{Bond, Navigation, Operation, is_a};
pub use resolve::{NotUnderstood, Place, Resolved};
