//! `graphwalk doctor`: what it finds on tenants that are ready and on tenants that are not, through the program.

mod facts;
mod graph_of_its_own;
mod recorded;
mod served;
mod tenants;
