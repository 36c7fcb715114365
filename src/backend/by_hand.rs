//! A person who acts on the pages of an emulated tenant, while a session waits.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use graphwalk_emulator::Emulator;
use graphwalk_emulator::areas::MY_ACCESS;
use graphwalk_emulator::pages::SignInLink;
use graphwalk_recording::ADMINISTRATOR;
use graphwalk_secrets::in_use;
use jiff::{SignedDuration, Timestamp};

use crate::in_words::named_actor;
use crate::terminal_text::plain;

/// The pause between two looks at whether the person has acted.
const LOOK: Duration = Duration::from_millis(100);

/// The time that the browser of a person who has acted has to ask for the page that it is led to, before the run goes on and may end. One
/// that asks later, or a program that never does, is not waited for.
const LED_ON: Duration = Duration::from_secs(3);

/// Tells a person what to do on the pages of an emulated tenant.
pub trait PageGuide: fmt::Debug + Send + Sync {
    /// Shows a text, in which a link may stand that signs in: it is for this person alone, and is kept nowhere.
    fn tell(&self, text: &str);
}

/// The person, and what was told so far.
#[derive(Debug)]
pub(super) struct ByHand {
    guide: Arc<dyn PageGuide>,
    told: RefCell<Option<ToldPerson>>,
    /// The number of forms that had been sent at the last look.
    forms_taken: Cell<u64>,
}

/// The text that a person was told last.
#[derive(Debug)]
struct ToldPerson {
    what: String,
    person: String,
    link: SignInLink,
}

impl ByHand {
    pub fn new(guide: Arc<dyn PageGuide>) -> Self {
        Self { guide, told: RefCell::default(), forms_taken: Cell::default() }
    }

    /// Tells what is waited for and how to sign in: once, and again with another link when the first one was used or has expired and
    /// nothing has come of it.
    pub fn tell(&self, emulator: &Emulator, origin: &str, person: &str, what: &str) {
        let mut told = self.told.borrow_mut();
        let before = told.take();
        let is_again = before.as_ref().is_some_and(|told| told.what == what && told.person == person);
        let unused = before.filter(|told| told.person == person && emulator.link_works(&told.link));
        if is_again && unused.is_some() {
            *told = unused;
            return;
        }
        let name = if person == ADMINISTRATOR { emulator.administrator_name() } else { person.to_owned() };
        let who = plain(named_actor(person));
        let link = unused.map(|told| told.link).or_else(|| emulator.sign_in_link(MY_ACCESS, &name));
        let Some(link) = link else {
            return self.guide.tell(&format!("waiting for {who}, who is no user of this tenant and cannot sign in"));
        };
        // The guide shows it, and nothing else ever does.
        in_use::remember(link.secret());
        let how = format!("to sign in as {who}, once and within an hour:\n  {}", link.address(origin));
        let asked: Vec<String> = what.trim_end().lines().map(plain).collect();
        self.guide.tell(&match is_again {
            true => format!("another link {how}"),
            false => format!("waiting for {}\n  {how}\n  Ctrl-C ends the run", asked.join("\n")),
        });
        *told = Some(ToldPerson { what: what.to_owned(), person: person.to_owned(), link });
    }

    /// Waits until the person has acted, or as long as `span`. The tenant's clock goes on meanwhile.
    pub async fn wait(&self, emulator: &Emulator, span: SignedDuration) {
        let most = Duration::try_from(span).unwrap_or_default();
        let (from, begun) = (emulator.now(), Instant::now());
        while begun.elapsed() < most && emulator.forms_taken() == self.forms_taken.get() {
            tokio::time::sleep(LOOK.min(most.saturating_sub(begun.elapsed()))).await;
        }
        if emulator.forms_taken() != self.forms_taken.get() {
            let acted = Instant::now();
            while emulator.is_page_due() && acted.elapsed() < LED_ON {
                tokio::time::sleep(LOOK).await;
            }
            // The page was answered just now: its bytes are on their way once the server has had a turn.
            tokio::time::sleep(LOOK).await;
        }
        self.forms_taken.set(emulator.forms_taken());
        let passed = SignedDuration::try_from(begun.elapsed()).unwrap_or(SignedDuration::MAX);
        emulator.advance_to(from.saturating_add(passed).unwrap_or(Timestamp::MAX));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use graphwalk_emulator::Settings;
    use graphwalk_emulator::seed::Seed;
    use graphwalk_schema::Schemas;

    use super::*;

    #[derive(Debug, Default)]
    struct Kept(Mutex<Vec<String>>);

    impl PageGuide for Kept {
        fn tell(&self, text: &str) {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }

    fn emulator() -> Emulator {
        let seed = Seed::parse("users: [{displayName: Adele Vance, userPrincipalName: adele@contoso.com}]").unwrap();
        Emulator::new(Settings { seed, ..Settings::default() }, Schemas::embedded()).unwrap()
    }

    #[test]
    fn a_person_is_told_once_and_again_when_the_link_no_longer_works() {
        let kept = Arc::new(Kept::default());
        let by_hand = ByHand::new(kept.clone());
        let tell = |emulator: &Emulator, person: &str, what: &str| {
            by_hand.tell(emulator, "http://here", person, what);
            std::mem::take(&mut *kept.0.lock().unwrap()).join("|")
        };
        // What one emulator gave does not work on the other.
        let (one, other) = (emulator(), emulator());
        let first = tell(&one, "Adele Vance", "\"Approve\"\n  with a word\u{1b}[31m\n ");
        let start = "waiting for \"Approve\"\n  with a word\u{fffd}[31m\n  to sign in as Adele Vance, once and within an hour:\n  \
                     http://here/myaccess/link?secret=";
        assert!(first.starts_with(start) && first.ends_with("\n  Ctrl-C ends the run"), "{first}");
        assert_eq!(tell(&one, "Adele Vance", "\"Approve\"\n  with a word\u{1b}[31m\n "), "");
        let again = tell(&other, "Adele Vance", "\"Approve\"\n  with a word\u{1b}[31m\n ");
        assert!(again.starts_with("another link to sign in as Adele Vance"), "{again}");
        // Of another wait the same link serves, as long as it works.
        let link = again.split("secret=").nth(1).unwrap();
        let next = tell(&other, "Adele Vance", "\"Deny\"");
        assert!(next.starts_with("waiting for \"Deny\"\n") && next.contains(link), "{next}");
        let third = tell(&other, ADMINISTRATOR, "\"Deny\"");
        assert!(third.contains("to sign in as the administrator") && !third.contains(link), "{third}");
        assert!(tell(&other, "Nobody", "\"Deny\"").contains("Nobody, who is no user of this tenant"));
    }
}
