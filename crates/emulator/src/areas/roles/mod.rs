//! Directory roles: their definitions, and to whom they are assigned. What is assigned is the directory's to know, since it
//! decides what users may do.

mod area;
pub(crate) mod needs;
mod routes;
mod sources;

pub(crate) use area::RolesArea;
