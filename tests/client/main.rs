//! The client and the session above it, against a server on loopback that does what a test says it to: a file a question.

mod contradictions;
mod eventual_reads;
mod left_time;
mod limits;
mod lost_answers;
mod pages_and_links;
mod retries;
mod scripted;
mod storms;
mod transport;
