//! A person who is asked to do something elsewhere.

use std::sync::Mutex;

use futures::future::BoxFuture;
use graphwalk_client::sign_in::Prompt;

use super::*;
use crate::config::Sources;

/// Somebody before the screen, who says that it is done; or nobody.
#[derive(Debug)]
struct Sitting {
    is_there: bool,
    asked: Mutex<Vec<String>>,
}

impl Person for Sitting {
    fn show(&self, _: &Prompt) {}

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

impl LiveHost for Sitting {
    fn show(&self, _: &str) {}

    fn ask_done<'a>(&'a self, _: &'a str, request: &'a str) -> LocalBoxFuture<'a, bool> {
        self.asked.lock().unwrap().push(request.to_owned());
        Box::pin(ready(self.is_there))
    }
}

async fn act(is_there: bool) -> (ActResult, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().to_owned();
    let flags = vec![("tenant", "--tenant", "contoso.com".to_owned())];
    let config = Config::load(&Sources { directory, flags, ..Sources::default() }).unwrap();
    let person = Arc::new(Sitting { is_there, asked: Mutex::default() });
    let session = LiveSession::new(&config, Arc::clone(&person) as Arc<dyn Person>, Arc::clone(&person) as _).unwrap();
    session.name_run(&"20261125-0127-k3f9".parse().unwrap());
    let act = session.person_acts("Enable MFA").await;
    let asked = person.asked.lock().unwrap().clone();
    (act, asked)
}

#[tokio::test]
async fn a_person_who_is_there_is_asked_and_believed() {
    let (done, asked) = act(true).await;
    assert_eq!((done, asked.len()), (ActResult::Told, 1));
    for part in ["to do by a person: Enable MFA", "press Enter", "graphwalk resume 20261125-0127-k3f9"] {
        assert!(asked[0].contains(part), "{part}: {asked:?}");
    }
}

#[tokio::test]
async fn where_nobody_is_there_the_run_waits_and_says_how_to_go_on() {
    let (waits, _) = act(false).await;
    let ActResult::Waits(reason) = waits else { panic!("{waits:?}") };
    assert!(reason.contains("Enable MFA") && reason.contains("graphwalk resume 20261125-0127-k3f9"), "{reason}");
}
