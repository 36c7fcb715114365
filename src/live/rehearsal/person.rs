//! The person of a rehearsal, who signs in where a real one would have to, and lets the tenant's time pass.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, LocalBoxFuture, ready};
use graphwalk_client::sign_in::{Person, Prompt};
use graphwalk_emulator::Emulator;
use graphwalk_recording::Provenance;
use jiff::SignedDuration;
use url::Url;

use crate::backend::emulator::{emulated_counts, emulated_provenance};
use crate::backend::live::LiveHost;

use super::super::terminal::Terminal;
use crate::in_words::named_actor;

/// Whoever would sit before the screen.
#[derive(Debug)]
pub(crate) struct RehearsingPerson {
    emulator: Emulator,
    /// The principal names of the accounts that are there before, by actor.
    accounts: BTreeMap<String, String>,
    done: Mutex<Done>,
}

/// The deeds that a person, or time, would have had to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// The actors who were asked to sign in.
    pub signed_in: Vec<String>,
    /// The acts that were to be done elsewhere.
    pub acts: Vec<String>,
    /// The time that passed at once.
    pub skipped: Duration,
}

impl RehearsingPerson {
    pub(super) fn new(emulator: Emulator, accounts: BTreeMap<String, String>) -> Self {
        Self { emulator, accounts, done: Mutex::default() }
    }

    pub(super) fn done(&self) -> Done {
        self.lock().clone()
    }

    /// A thread that panicked while it held the lock left whole values behind.
    fn lock(&self) -> std::sync::MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs an actor in where the prompt says.
    fn sign_in(&self, prompt: &Prompt) -> Result<(), String> {
        let signed_in = match prompt {
            Prompt::DeviceCode { actor, code, .. } => self.emulator.enter_device_code(code, self.account(actor)),
            Prompt::Browser { actor, page, .. } => {
                self.emulator.sign_in_on_page(page, self.account(actor)).map(|back| {
                    // The program that waits at that address is this one.
                    drop(std::thread::spawn(move || lead_back(&back)));
                })
            }
        };
        signed_in.map_err(|refusal| refusal.to_string())
    }

    /// The name by which the tenant knows an actor: of whom the run created, the display name.
    fn account<'a>(&'a self, actor: &'a str) -> &'a str {
        self.accounts.get(actor).map_or(actor, String::as_str)
    }
}

/// Goes to the address to which a sign-in page leads, as a browser would.
fn lead_back(address: &Url) {
    let Some(port) = address.port() else { return };
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let target = &address[url::Position::BeforePath..url::Position::AfterQuery];
    // Whoever cannot be reached does not go on, and says so when the time for the sign-in is over.
    let _ = write!(stream, "GET {target} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n\r\n");
    let _ = stream.read_to_end(&mut Vec::new());
}

impl Person for RehearsingPerson {
    fn show(&self, prompt: &Prompt) {
        Person::show(&Terminal::default(), prompt);
        let (Prompt::DeviceCode { actor, .. } | Prompt::Browser { actor, .. }) = prompt;
        let line = match self.sign_in(prompt) {
            Ok(()) => format!("  the rehearsal signs in as {}", named_actor(actor)),
            Err(refusal) => format!("  the rehearsal cannot sign in as {}: {refusal}", named_actor(actor)),
        };
        LiveHost::show(&Terminal::default(), &line);
        let mut done = self.lock();
        if !done.signed_in.contains(actor) {
            done.signed_in.push(actor.clone());
        }
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

impl LiveHost for RehearsingPerson {
    fn show(&self, line: &str) {
        LiveHost::show(&Terminal::default(), line);
    }

    fn ask_done<'a>(&'a self, act: &'a str, request: &'a str) -> LocalBoxFuture<'a, bool> {
        LiveHost::show(self, request);
        // What the emulator does not know how to do is told to be done, as a person would.
        let _ = self.emulator.person_acts(act);
        self.lock().acts.push(act.to_owned());
        Box::pin(ready(true))
    }

    fn skip(&self, span: Duration) -> bool {
        let Ok(signed) = SignedDuration::try_from(span) else { return false };
        let Ok(until) = self.emulator.now().checked_add(signed) else { return false };
        self.emulator.advance_to(until);
        self.lock().skipped += span;
        true
    }

    fn provenance(&self) -> Provenance {
        emulated_provenance(self.emulator.generic_answers())
    }

    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        emulated_counts(self.emulator.generic_answers(), exchanges)
    }
}
