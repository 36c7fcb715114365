//! Finding out what became of a request whose answer was lost.

use std::fmt;
use std::rc::Rc;

use graphwalk_catalog::Resource;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use crate::graph::{Exchange, ResponseBody};

use super::deliver::items;
use super::{Call, Failure, ObjectId, Session};

/// How long to wait before each look, in seconds: what was created may be seen late.
const LOOKS: [i64; 6] = [0, 2, 4, 8, 16, 30];

/// How far the clocks of this machine and of the service may be apart.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// How to find out whether a request was done.
#[derive(Clone)]
pub struct Lookup {
    /// What is read: path and query of an object or of a list.
    pub path: String,
    /// What it creates, if it creates something: what that is, and the name it goes by.
    pub creates: Option<(Resource, String)>,
    /// What the answer to a create told, and what is read later may tell otherwise: properties and their values.
    pub first: Map<String, Value>,
    shows: Rc<dyn Fn(&Value) -> bool>,
}

/// A create that was begun and of which nobody knows the end.
#[derive(Clone, Debug)]
pub(super) struct Suspect {
    call: Call,
    since: Timestamp,
}

/// What a look showed.
#[derive(Debug)]
pub(super) enum Found {
    /// It was done: the answer to the read, with the one object as its body.
    Yes(Box<Exchange>),
    /// It was not.
    No,
    /// There is no way to find out.
    Unknown,
}

impl Lookup {
    /// For a request that creates an object: it was created if what the resource is looked up by has the properties of `sent`
    /// that `same` names, and was created just now.
    pub fn created(resource: &Resource, name: &str, sent: &Value, same: &[&'static str]) -> Self {
        let look_up = &resource.facts().look_up;
        let value = sent.get(look_up.sent_as()).and_then(Value::as_str).unwrap_or_default();
        let path = format!("/v1.0{}", resource.look_up_path(value));
        let same: Vec<(&str, Value)> =
            same.iter().filter_map(|name| sent.get(name).map(|value| (*name, value.clone()))).collect();
        let shows = move |found: &Value| {
            same.iter().all(|(name, value)| match (found.get(name), value) {
                // Principal names and nicknames are kept as sent, but compared without regard to case.
                (Some(Value::String(found)), Value::String(sent)) => found.eq_ignore_ascii_case(sent),
                (found, sent) => found == Some(sent),
            })
        };
        Self { path, creates: Some((resource.clone(), name.to_owned())), first: Map::new(), shows: Rc::new(shows) }
    }

    /// Says what the answer to the create tells of `property`, whatever is read of it later.
    #[must_use]
    pub fn first(mut self, property: &str, value: impl Into<Value>) -> Self {
        self.first.insert(property.to_owned(), value.into());
        self
    }

    /// For a request that changes an object: it was done if what is read at `path` is as `shows` says.
    pub fn state(path: impl Into<String>, shows: impl Fn(&Value) -> bool + 'static) -> Self {
        Self { path: path.into(), creates: None, first: Map::new(), shows: Rc::new(shows) }
    }
}

impl Session {
    /// Looks, again and again for a minute, whether a call was done that was first sent at `since`.
    pub(super) async fn look_for(&mut self, call: &Call, since: Timestamp) -> Result<Found, Failure> {
        let begun = self.log.len();
        let found = self.look(call, since).await;
        // No feature asks for these reads: whoever replays a recording of the session does not either.
        self.log.truncate(begun);
        found
    }

    async fn look(&mut self, call: &Call, since: Timestamp) -> Result<Found, Failure> {
        let Some(lookup) = &call.lookup else { return Ok(Found::Unknown) };
        let read = Call { all_pages: true, ..Call::new(&call.actor, "GET", &lookup.path) };
        let settle = self.backend.pace().settle.as_secs();
        for pause in LOOKS.into_iter().filter(|pause| *pause <= settle) {
            self.sleep(SignedDuration::from_secs(pause)).await;
            // Boxed, since what is looked for was being delivered itself.
            let mut exchange = Box::pin(self.deliver(&read)).await?;
            Box::pin(self.read_on(&read, &mut exchange, None)).await?;
            match exchange.status {
                404 if exchange.is_not_found() => {}
                200 => {
                    if let Some(found) = the_one(lookup, &mut exchange, since, call)? {
                        exchange.body = ResponseBody::Json(found);
                        return Ok(Found::Yes(Box::new(exchange)));
                    }
                }
                status => {
                    let message = format!(
                        "{} {} may have been done or not, and looking answers {status}",
                        call.method, call.path
                    );
                    return Err(Failure::new("lost-answer", message)
                        .notes(exchange.notes())
                        .help("look in the tenant whether it was done, and clean up before the next run"));
                }
            }
        }
        Ok(Found::No)
    }

    /// Notes that a create is being sent: from now on there may be an object that nobody knows of.
    pub(super) fn suspect(&mut self, call: &Call) {
        if self.is_eventual() && call.lookup.as_ref().is_some_and(|lookup| lookup.creates.is_some()) {
            let since = self.backend.now();
            self.suspects.push(Suspect { call: call.clone(), since });
        }
    }

    /// Notes that the end of a create is known.
    pub(super) fn clear(&mut self, call: &Call) {
        if let Some(Lookup { creates: Some(_), .. }) = &call.lookup {
            self.suspects.retain(|suspect| suspect.call.creates() != call.creates());
        }
    }

    /// Looks once more for an object whose creation has an unknown end, of the resource of that id; if it is there, it is known from then on. Whether it
    /// is there.
    ///
    /// # Errors
    ///
    /// A failure if looking is not possible, or shows an object that somebody else created.
    pub async fn look_again(&mut self, resource: &str, name: &str) -> Result<bool, Failure> {
        let of_name = |suspect: &&Suspect| {
            suspect.call.creates().is_some_and(|(its, its_name)| its.id() == resource && its_name == name)
        };
        let Some(suspect) = self.suspects.iter().find(of_name).cloned() else { return Ok(false) };
        let Some((resource, _)) = suspect.call.creates().cloned() else { return Ok(false) };
        let found = match self.look_for(&suspect.call, suspect.since).await? {
            Found::Yes(found) => {
                found.json().and_then(|body| body.get("id")).and_then(Value::as_str).and_then(ObjectId::parse)
            }
            Found::No | Found::Unknown => None,
        };
        self.clear(&suspect.call);
        let Some(id) = found else { return Ok(false) };
        if let Some(guard) = &mut self.guard {
            guard.created(&resource, name, id.as_str(), None);
        }
        self.captures.keep(name, id.as_str().into());
        self.created.add(resource, name);
        Ok(true)
    }

    /// What still exists, as far as the session knows, and what may exist.
    pub fn left(&self) -> Vec<String> {
        let mut left = self.created.left();
        let suspects = self.suspects.iter().filter_map(|suspect| suspect.call.creates());
        left.extend(
            suspects
                .map(|(resource, name)| format!("perhaps {resource} \"{name}\": the answer to its creation was lost")),
        );
        left
    }
}

impl Call {
    fn creates(&self) -> Option<&(Resource, String)> {
        self.lookup.as_ref()?.creates.as_ref()
    }
}

/// The one object that shows that the call was done.
fn the_one(lookup: &Lookup, exchange: &mut Exchange, since: Timestamp, call: &Call) -> Result<Option<Value>, Failure> {
    let ResponseBody::Json(body) = std::mem::replace(&mut exchange.body, ResponseBody::Empty) else { return Ok(None) };
    let mut fitting: Vec<Value> = items(body).into_iter().filter(|item| (lookup.shows)(item)).collect();
    let refusal = |message: String| {
        let request = format!("the answer to {} {} was lost", call.method, call.path);
        Failure::new("lost-answer", message)
            .note(request)
            .notes(exchange.notes())
            .help("what is not known to be this run's own is neither used nor deleted: look in the tenant")
    };
    match fitting.len() {
        0 => Ok(None),
        1 if lookup.creates.is_some() && !is_new(&fitting[0], since) => {
            Err(refusal("an object like the one to create is older than this run's request".to_owned()))
        }
        1 => Ok(fitting.pop()),
        many => Err(refusal(format!("{many} objects are like the one to create"))),
    }
}

/// Whether the object says that it was created after the request was first sent.
fn is_new(object: &Value, since: Timestamp) -> bool {
    let created = object.get("createdDateTime").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    created.is_some_and(|created| since.duration_since(created) <= SKEW)
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("path", &self.path).field("creates", &self.creates).finish_non_exhaustive()
    }
}
