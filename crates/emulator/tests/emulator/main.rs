//! The emulator as a foreign client meets it: really served, every answer checked against the schemas.

mod applying;
mod authority;
mod bad_input;
mod batch;
mod contoso;
mod control;
mod decisions;
mod directory;
mod faults;
mod groups;
mod guests;
mod life;
mod mail;
mod other_areas;
mod paging;
mod query_options;
mod recordings_agree;
mod recurrence;
mod reviews;
mod seeds;
mod served;
mod stages;
mod web_pages;
mod wire;
