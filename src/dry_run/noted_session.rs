//! A session on an emulated tenant, played as a real one would be, for code that writes down what the steps do.

use std::cell::RefCell;
use std::rc::Rc;

use graphwalk_emulator::Settings;
use graphwalk_recording::{Finish, Overrides};
use graphwalk_schema::Schemas;
use jiff::Timestamp;

use crate::backend::emulator::EmulatorSession;
use crate::diagnostic::Diagnostic;
use crate::runner::Plan;
use crate::session::{Naming, OutsideValues, RunId, Session};

use super::tenant::{DryRunBackend, EMULATED_DOMAIN, seed_for};

/// Users whom a session created with a password: the name, the principal name, the password.
pub type Introduced = Rc<RefCell<Vec<(String, String, String)>>>;

/// The time on the emulated tenant's clock at the start. It lies so far from any date that a feature writes that a date near it
/// is one which was counted from it.
const START: &str = "2251-03-03T09:00:00Z";

/// A session that notes what its steps do, and what is known of it.
#[derive(Debug)]
pub struct NotedSession {
    /// The session; whoever wants its script begins it.
    pub session: Session,
    /// The mark in the names of what it creates.
    pub mark: String,
    /// The users that it created with a password, so far.
    pub introduced: Introduced,
}

impl NotedSession {
    /// Starts a session of a tutorial. Who is in `sign_in` may sign in by password as soon as the user is created. What features
    /// take from outside is there, under ids that mean nothing.
    ///
    /// # Errors
    ///
    /// If no emulator can be started here.
    pub fn start(plan: &Plan, schemas: &Schemas, sign_in: &[String]) -> Result<Self, Box<Diagnostic>> {
        let (objects, mut given) = (plan.outside_objects(), OutsideValues::default());
        for (index, object) in objects.iter().enumerate() {
            given.set.insert(object.name.clone(), format!("00000000-0000-4000-8000-{:012}", index + 1));
        }
        let now = START.parse().map_err(|error| Diagnostic::new("time", format!("{START} is no time: {error}")))?;
        let seed = seed_for(plan, &[], &objects, &given)?;
        let settings = Settings { seed, now: Some(now), ..Settings::default() };
        let emulator = EmulatorSession::start(settings, schemas.clone());
        let emulator = emulator.map_err(|error| Diagnostic::new("server", error.to_string()))?;
        let overrides =
            Overrides { no_mail: true, own_scopes: true, in_portal: false, kept_passwords: sign_in.to_vec() };
        let introduced = Introduced::default();
        let (finish, noted) = (Finish::Wait, Rc::clone(&introduced));
        let backend = Rc::new(DryRunBackend { emulator, finish, overrides, introduced: noted });
        let mut session = Session::new(backend, schemas.clone(), false);
        let mark = RunId::new(Timestamp::now()).mark();
        let told = mark.to_string();
        session.naming = Naming::marked(mark, EMULATED_DOMAIN);
        // What finds its sessions finds the objects in them, too.
        session.given = if plan.discovers() { OutsideValues::default() } else { given };
        Ok(Self { session, mark: told, introduced })
    }
}
