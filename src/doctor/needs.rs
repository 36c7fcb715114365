//! What a tutorial needs: who makes which calls at which step, by its dry run, and what its page says is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use graphwalk_recording::ADMINISTRATOR;
use graphwalk_schema::Schemas;

use super::call::NeededCall;
use super::overlay::{Licence, RestrictedType};
use crate::bundled::recordings_of;
use crate::config::Config;
use crate::dry_run::planned_calls::{Occasion, PlannedCall, UnknownCalls};
use crate::dry_run::{AskedRecording, DryRun, play_dry_run};
use crate::runner::{Plan, Selection};
use crate::session::StepPlace;
use crate::tutorial::{Library, TutorialFaults, TutorialPage};

/// A tutorial, step by step.
#[derive(Clone, Debug)]
pub struct Needs {
    /// The tutorial's name.
    pub tutorial: String,
    /// Whether nothing in it may write.
    pub reads_only: bool,
    /// The facts of its page, if there is one.
    pub page: Option<TutorialPage>,
    /// The actors who call, the administrator first.
    pub actors: Vec<NeededActor>,
    /// Its steps, in order.
    pub steps: Vec<StepNeeds>,
    /// The sentences of which it is not known what they call.
    pub unknown: Vec<UnknownCalls>,
    /// The reason why the dry run did not come to its end, if it did not.
    pub broken_off: Option<String>,
    /// The recordings that were looked at for what comes after that.
    pub recordings: Vec<AskedRecording>,
    /// The steps whose calls each source tells.
    pub sources: BTreeMap<CallSource, BTreeSet<u8>>,
}

/// The source from which it is known that a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallSource {
    /// The dry run on an emulated tenant.
    DryRun,
    /// A recording.
    Recorded,
    /// The features' sentences, which may not name all.
    Features,
}

/// An actor who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededActor {
    /// The name, as in features and in the configuration.
    pub name: String,
    /// The step at which the tutorial creates the user; `None` if the user is there already.
    pub created_at: Option<u8>,
    /// The steps at which the actor acts.
    pub steps: BTreeSet<u8>,
    /// Whether a person does it all elsewhere, so that no token is needed.
    pub by_hand: bool,
}

/// One step.
#[derive(Clone, Debug)]
pub struct StepNeeds {
    /// Its number.
    pub number: u8,
    /// Whether it deletes what the others created.
    pub clean_up: bool,
    /// The calls, each with its actor.
    pub calls: Vec<StepCall>,
}

/// A call at a step.
#[derive(Clone, Debug)]
pub struct StepCall {
    /// The actor's name.
    pub actor: String,
    /// The call.
    pub call: NeededCall,
    /// The sentences that make it.
    pub places: Vec<StepPlace>,
    /// Whether it is made only to find out what a lost answer would have said.
    pub after_loss: bool,
}

impl Needs {
    /// Finds the needs of a tutorial of `library` or, without a name, of the first one: it is played on an emulated tenant,
    /// and what that does not model over `recordings`, or over the bundled ones if none are named.
    ///
    /// # Errors
    ///
    /// A feature has a fault, a recording cannot be read, or no emulator can be started here.
    pub async fn find(
        library: &Library,
        name: Option<&str>,
        schemas: &Schemas,
        config: &Config,
        recordings: &[PathBuf],
    ) -> Result<Self, TutorialFaults> {
        let tutorial = library.tutorial(name)?;
        let page = library.page(&tutorial.name)?;
        let (plan, selection) = (Plan::new(tutorial)?, Selection::default());
        let recordings = recordings_of(&plan.tutorial, recordings)?;
        let dry_run =
            play_dry_run(&plan, &selection, schemas, config, &recordings, false).await.map_err(|fault| vec![*fault])?;
        Ok(Self::new(&plan, &selection, &dry_run, page))
    }

    /// Returns the needs of the selected part of a tutorial, by its dry run.
    pub fn new(plan: &Plan, selection: &Selection, dry_run: &DryRun, page: Option<TutorialPage>) -> Self {
        let mut steps: BTreeMap<u8, StepNeeds> = BTreeMap::new();
        let chosen = selection.steps(plan, None);
        for feature in plan.features.iter().filter(|feature| chosen.contains(&feature.file.number)) {
            let number = feature.file.number;
            let step = steps.entry(number).or_insert(StepNeeds { number, clean_up: true, calls: Vec::new() });
            step.clean_up &= feature.clean_up;
        }
        let mut calls: Vec<&PlannedCall> = dry_run.calls.iter().collect();
        calls.sort_by_key(|call| call.occasion);
        for call in calls {
            if let Some(step) = steps.get_mut(&call.step) {
                step.add(call);
            }
        }
        Self {
            tutorial: plan.tutorial.clone(),
            reads_only: plan.is_read_only(),
            page,
            actors: actors(dry_run),
            steps: steps.into_values().collect(),
            unknown: dry_run.unknown.clone(),
            broken_off: dry_run.broken_off.clone(),
            recordings: dry_run.recordings.clone(),
            sources: sources(dry_run),
        }
    }

    /// The step at which `actor` first calls.
    pub(super) fn first_step_of(&self, actor: &str) -> Option<u8> {
        let calls = |step: &&StepNeeds| step.calls.iter().any(|call| call.actor == actor);
        self.steps.iter().find(calls).map(|step| step.number)
    }
}

/// Returns the steps whose calls each source tells.
fn sources(dry_run: &DryRun) -> BTreeMap<CallSource, BTreeSet<u8>> {
    let mut sources: BTreeMap<CallSource, BTreeSet<u8>> = BTreeMap::new();
    for call in &dry_run.calls {
        let source = match call.occasion {
            Occasion::DryRun => CallSource::DryRun,
            Occasion::Recorded => CallSource::Recorded,
            Occasion::Named => CallSource::Features,
            Occasion::AfterLoss => continue,
        };
        sources.entry(source).or_default().insert(call.step);
    }
    for unknown in &dry_run.unknown {
        sources.entry(CallSource::Features).or_default().insert(unknown.step);
    }
    sources
}

/// Returns the actors, first the administrator, who also cleans up.
fn actors(dry_run: &DryRun) -> Vec<NeededActor> {
    let mut steps: BTreeMap<&str, BTreeSet<u8>> = BTreeMap::from([(ADMINISTRATOR, BTreeSet::new())]);
    for call in &dry_run.calls {
        steps.entry(&call.actor).or_default().insert(call.step);
    }
    for (actor, at) in &dry_run.by_hand {
        steps.entry(actor).or_default().extend(at);
    }
    let created_at = |name: &str| {
        let of_name = |call: &&PlannedCall| call.display_name.as_deref() == Some(name);
        let mut creates = dry_run.calls.iter().filter(of_name);
        creates.find(|call| NeededCall::new(&call.method, &call.path).creates() == Some("user")).map(|call| call.step)
    };
    let actor = |(name, steps): (&str, BTreeSet<u8>)| NeededActor {
        name: name.to_owned(),
        created_at: created_at(name),
        steps,
        by_hand: dry_run.by_hand.contains_key(name),
    };
    let mut actors: Vec<NeededActor> = steps.into_iter().map(actor).collect();
    actors.sort_by_key(|actor| actor.name != ADMINISTRATOR);
    actors
}

impl StepCall {
    /// The sentences that make it: `FILE:LINE`.
    pub(super) fn places(&self) -> Vec<String> {
        self.places.iter().map(ToString::to_string).collect()
    }
}

impl StepNeeds {
    fn add(&mut self, planned: &PlannedCall) {
        let call = NeededCall::new(&planned.method, &planned.path);
        let place = planned.place.clone();
        match self.calls.iter_mut().find(|made| made.actor == planned.actor && made.call.is_same(&call)) {
            Some(made) if made.places.contains(&place) => {}
            Some(made) => made.places.push(place),
            None => {
                let after_loss = planned.occasion == Occasion::AfterLoss;
                self.calls.push(StepCall { actor: planned.actor.clone(), call, places: vec![place], after_loss });
            }
        }
    }

    /// Returns the calls of `actor` at this step.
    pub(super) fn calls_of<'a>(&'a self, actor: &'a str) -> impl Iterator<Item = &'a StepCall> + 'a {
        self.calls.iter().filter(move |made| made.actor == actor)
    }

    /// Returns the changes by the administrator that need a directory role.
    pub(super) fn changes(&self) -> Vec<&'static RestrictedType> {
        let mut changes: Vec<&'static RestrictedType> =
            self.calls_of(ADMINISTRATOR).filter_map(|made| made.call.change()).collect();
        changes.sort_by_key(|change| &change.word);
        changes.dedup_by_key(|change| &change.word);
        changes
    }

    /// The licences that it needs: a clean-up needs none, for without one there is nothing to be cleaned up.
    pub(super) fn licences(&self) -> impl Iterator<Item = &'static Licence> + '_ {
        self.calls.iter().filter(|_| !self.clean_up).filter_map(|made| made.call.licence())
    }
}
