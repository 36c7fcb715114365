//! What is known of Microsoft Graph: its types, where its paths lead, its calls and their permissions.
//!
//! A path is read once, by [`ApiPath`]. [`Resolved`] says what its segments name, [`Catalog::call`] what is known of the
//! path with a method, [`Catalog::segment_owners`] which of its segments are Graph's words, and [`Type`] what objects have.
//!
//! ```
//! use graphwalk_catalog::{ApiPath, Catalog, Method, Resolved, Scheme};
//!
//! let path = ApiPath::parse("/v1.0/users/AdeleV@contoso.com/manager/$ref").unwrap();
//! assert_eq!(Resolved::new(&path).unwrap().to_string(), "user/manager/$ref");
//!
//! let call = Catalog::v1().call(Method::Put, &path).unwrap();
//! assert_eq!(call.access().unwrap().least(Scheme::DelegatedWork), Some("User.ReadWrite.All"));
//! assert!(Catalog::v1().call(Method::Post, &path).is_err());
//! ```
//!
//! | module | what is in it |
//! |---|---|
//! | `api_path` | [`ApiPath`]: version, segments, keys, arguments of functions, query |
//! | `catalog` | [`Catalog`]: one version of Graph, and what it was made from |
//! | `types` | [`Type`]: bases, properties, navigations, members, keys |
//! | `facts` | [`Fact`]: what is documented of types and properties, and not in the metadata |
//! | `queries` | [`FilterOperator`], [`QueryNeed`]: what `$filter`, `$orderby` and `$search` may ask of directory objects |
//! | `model` | [`Navigation`], [`Bond`], [`ActingOperation`]: which ways lead on, and what may be changed along them |
//! | `operation` | [`BoundOperation`]: actions and functions, their parameters and answers |
//! | `object` | [`ObjectPath`]: a path that names one object |
//! | `resolve` | [`Resolved`]: what the segments of a path name |
//! | `call` | [`CatalogCall`], [`added_references`]: a method and a path: what is sent and answered, what is created, which methods there are |
//! | `permissions` | [`Access`]: which permissions let a call pass |
//! | `resource` · `resources` | [`Resource`], [`Resources`]: what may be created, how it is marked, found and deleted |
//! | `creation` | [`Creation`]: what the service adds to what is created: the form of ids, defaults |
//! | `acts_on` | [`ActsOn`]: what acts on other objects, by the scopes in its body |
//! | `rule_properties` | [`rule_property`]: the properties that rules of dynamic membership name |
//! | `query_options` | [`query_option`]: the parameters that OData gives every call |
//! | `hosts` | [`Cloud`]: where Graph answers, and what replaces it |
//! | `ids` | [`EncodedGuids`], [`NOBODY`]: ids that are more than one GUID, or mean no object |
//! | `nearest` | [`nearest()`], [`mistyped`]: which known name was perhaps meant |
//! | [`roles`] | template ids of directory roles |
//! | `words` | [`SegmentOwner`]: which segments are Graph's words |
//! | `pieces` · `data` · `layout` | the path with its colons · reading the embedded bytes · how they are laid out |

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod acts_on;
mod api_path;
mod call;
mod catalog;
mod creation;
mod data;
mod facts;
mod hosts;
mod ids;
#[doc(hidden)]
pub mod layout;
mod method;
mod model;
mod nearest;
mod object;
mod operation;
mod permissions;
mod pieces;
mod queries;
mod query_options;
mod resolve;
mod resource;
mod resources;
pub mod roles;
mod rule_properties;
mod types;
mod words;

pub use acts_on::ActsOn;
pub use api_path::{Ambiguity, ApiPath, Argument, NotAPath, Segment, Version, unqualified};
pub use call::{CatalogCall, NoCall, Payload, added_references};
pub use catalog::{Catalog, Inputs};
pub use creation::{Creation, CreationFacts, IdForm};
pub use facts::{Fact, SET_BY_SERVICE, Writable};
pub use hosts::{Cloud, graph_host, is_loopback};
pub use ids::{EncodedGuids, NOBODY};
pub use method::{Method, NotAMethod};
pub use model::{ActingOperation, Bond, Navigation, is_a};
pub use nearest::{mistyped, nearest};
pub use object::{NotAnObject, ObjectPath};
pub use operation::{BoundOperation, Effect, Parameter};
pub use permissions::{Access, Grant, Permission, Scheme, only_reads};
pub use queries::{FilterOperator, QueryNeed};
pub use query_options::{query_option, query_options};
pub use resolve::{NamedObject, NotUnderstood, ObjectKey, PathPlace, Resolved};
pub use resource::{KeyForm, LookUp, LookUpBy, MarkForm, NotAResource, Resource, ResourceFacts};
pub use resources::Resources;
pub use rule_properties::rule_property;
pub use types::{Property, Type, TypeKind, TypeRef};
pub use words::SegmentOwner;

/// The overlay that the embedded data was made with, both of its files one after the other, as TOML: for programs that generate a catalog of their own.
pub const OVERLAY: &str = concat!(include_str!("../overlay.toml"), include_str!("../documented.toml"));

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
