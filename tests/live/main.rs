//! Runs on a tenant that another process serves: the program signs in there, plays, crashes, goes on and cleans up, and does
//! not know that it is not talking to Graph.

mod audit;
mod canaries;
mod crashes;
mod dates;
mod diagnostics;
mod doubtful;
mod earlier;
mod evidence;
mod foreign;
mod guard;
mod guests;
mod hostile;
mod left_runs;
mod limits;
mod outside;
mod proxy;
mod repeated;
mod resources;
mod roles;
mod safety;
mod served;
mod sign_ins;
#[cfg(target_os = "linux")]
#[path = "../person/sitting.rs"]
mod sitting;
mod storms;
mod traces;
mod tutorial;
mod verdicts;
mod waits;
