//! What steps observe beside what they assert: the report shows it, and gives it to programs.

use serde::{Deserialize, Serialize};

use super::{Failure, IllegalTransition, Lifecycle, Reading, Session, Timeline};

/// The observations under headings, in the order in which the headings were registered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Observations {
    headings: Vec<Heading>,
}

/// A heading, and what was observed under it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// One short word, e.g. `status`.
    pub heading: String,
    /// Whether the terminal shows it. Files have all.
    pub is_shown: bool,
    /// The observations, in the order in which each was made first.
    pub observed: Vec<Observation>,
}

/// One thing that was observed, perhaps several times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Observation {
    /// The states that a subject went through.
    Timeline {
        /// The subject that went through them, e.g. `the order`.
        subject: String,
        /// The states, each once.
        states: Timeline,
    },
    /// The entries of a list, each time a step asked.
    Roster {
        /// The list's name.
        title: String,
        /// The people on it, each time.
        moments: Vec<RosterMoment>,
    },
    /// Anything else that fits into rows.
    Table {
        /// The table's name.
        title: String,
        /// The names of its columns.
        columns: Vec<String>,
        /// Its rows, of as many cells.
        rows: Vec<Vec<String>>,
        /// The answer in which it was read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reading: Option<Reading>,
    },
}

/// The items of a list when a step asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterMoment {
    /// The names, sorted.
    pub names: Vec<String>,
    /// The answer in which they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

/// A heading that steps observe under, as they register it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// The heading.
    pub heading: &'static str,
    /// Whether the terminal shows it, which has little room. Files have all.
    pub is_shown: bool,
}

impl Observations {
    /// Gives the headings their places, before anything is observed under them.
    pub fn register(&mut self, all: &[Observed]) {
        for observed in all {
            self.under(*observed);
        }
    }

    /// The headings, in the order in which they were registered.
    pub fn headings(&self) -> &[Heading] {
        &self.headings
    }

    /// Takes a state that `subject` was seen in, where it was read.
    ///
    /// # Errors
    ///
    /// The transition and what was seen before, if `lifecycle` does not allow it.
    pub fn state(
        &mut self,
        observed: Observed,
        subject: &str,
        (lifecycle, state): (&Lifecycle, &str),
        reading: Option<Reading>,
    ) -> Result<(), (IllegalTransition, Timeline)> {
        let under = self.under(observed);
        let known =
            under.iter().position(|one| matches!(one, Observation::Timeline { subject: s, .. } if s == subject));
        let place = known.unwrap_or(under.len());
        if known.is_none() {
            under.push(Observation::Timeline { subject: subject.to_owned(), states: Timeline::default() });
        }
        let Some(Observation::Timeline { states, .. }) = under.get_mut(place) else { return Ok(()) };
        states.observe(lifecycle, state, reading).map_err(|illegal| (illegal, states.clone()))
    }

    /// Takes the names that were on the list `title` at this moment, where they were read.
    pub fn roster(&mut self, observed: Observed, title: &str, mut names: Vec<String>, reading: Option<Reading>) {
        names.sort();
        let moment = RosterMoment { names, reading };
        let under = self.under(observed);
        for one in under.iter_mut() {
            if let Observation::Roster { title: known, moments } = one
                && known == title
            {
                moments.push(moment);
                return;
            }
        }
        under.push(Observation::Roster { title: title.to_owned(), moments: vec![moment] });
    }

    /// Takes what was observed elsewhere.
    pub fn add(&mut self, observed: Observed, observation: Observation) {
        self.under(observed).push(observation);
    }

    /// Takes a table, where it was read. One of the same title is replaced.
    pub fn table(
        &mut self,
        observed: Observed,
        title: &str,
        (columns, rows): (Vec<String>, Vec<Vec<String>>),
        reading: Option<Reading>,
    ) {
        let under = self.under(observed);
        let table = Observation::Table { title: title.to_owned(), columns, rows, reading };
        match under.iter_mut().find(|one| matches!(one, Observation::Table { title: known, .. } if known == title)) {
            Some(known) => *known = table,
            None => under.push(table),
        }
    }

    fn under(&mut self, observed: Observed) -> &mut Vec<Observation> {
        let Observed { heading, is_shown } = observed;
        let known = self.headings.iter().position(|known| known.heading == heading);
        let place = known.unwrap_or(self.headings.len());
        if known.is_none() {
            self.headings.push(Heading { heading: heading.to_owned(), is_shown, observed: Vec::new() });
        }
        &mut self.headings[place].observed
    }
}

impl Session {
    /// Reads the state of `subject` from the last answer.
    ///
    /// # Errors
    ///
    /// A failure with what was seen before, if `lifecycle` does not allow the transition.
    pub fn observe_state(
        &mut self,
        observed: Observed,
        subject: &str,
        lifecycle: &Lifecycle,
        state: &str,
    ) -> Result<(), Failure> {
        let reading = self.reading();
        let taken = self.seen.observations.state(observed, subject, (lifecycle, state), reading);
        taken.or_else(|(illegal, before)| {
            let IllegalTransition { from, to } = illegal;
            let message = format!("{subject}'s {} went from {from} to {to}", lifecycle.property);
            Err(Failure::new(lifecycle.code, message)
                .note(format!("seen before: {before}"))
                .notes(self.last()?.notes())
                .help(lifecycle.help))
        })
    }

    /// Takes the names that are on the list `title` by the last answer.
    pub fn observe_roster(&mut self, observed: Observed, title: &str, names: Vec<String>) {
        let reading = self.reading();
        self.seen.observations.roster(observed, title, names, reading);
    }

    /// Takes a table that was read from the last answer. One of the same title is replaced.
    pub fn observe_table(&mut self, observed: Observed, title: &str, columns: Vec<String>, rows: Vec<Vec<String>>) {
        let reading = self.reading();
        self.seen.observations.table(observed, title, (columns, rows), reading);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Observed = Observed { heading: "first", is_shown: true };
    const SECOND: Observed = Observed { heading: "second", is_shown: false };
    const LAMP: Lifecycle =
        Lifecycle { states: &["On", "Off"], also: &[], property: "state", code: "lamp", help: "it burns once" };

    fn reading() -> Reading {
        Reading {
            at: "2022-02-16T08:00:00Z".parse().unwrap(),
            actor: "A".to_owned(),
            request: "GET /v1.0/lamps".to_owned(),
            request_id: Some("1".to_owned()),
            client_request_id: "2".to_owned(),
            pages: 2,
            items: Some(101),
            counted: Some(101),
        }
    }

    fn names(all: &[&str]) -> Vec<String> {
        all.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn headings_stand_in_the_order_of_registration_whatever_is_observed_first() {
        let mut observations = Observations::default();
        observations.register(&[FIRST, SECOND]);
        let third = Observed { heading: "third", is_shown: true };
        observations.table(third, "prices", (names(&["what", "price"]), vec![names(&["tea", "2"])]), None);
        observations.roster(SECOND, "list", names(&["B", "A"]), None);
        observations.state(FIRST, "the lamp", (&LAMP, "On"), None).unwrap();
        let order: Vec<_> = observations.headings().iter().map(|heading| heading.heading.as_str()).collect();
        assert_eq!(order, ["first", "second", "third"]);
        assert_eq!(
            observations.headings().iter().map(|heading| heading.is_shown).collect::<Vec<_>>(),
            [true, false, true]
        );
    }

    #[test]
    fn each_subject_has_a_life_of_its_own() {
        let mut observations = Observations::default();
        observations.state(FIRST, "the lamp", (&LAMP, "Off"), None).unwrap();
        observations.state(FIRST, "another lamp", (&LAMP, "On"), None).unwrap();
        let (illegal, before) = observations.state(FIRST, "the lamp", (&LAMP, "On"), None).unwrap_err();
        assert_eq!((illegal.from.as_str(), illegal.to.as_str(), before.to_string().as_str()), ("Off", "On", "Off"));
        assert_eq!(observations.headings()[0].observed.len(), 2);
    }

    #[test]
    fn a_list_that_is_looked_at_again_has_another_moment_and_a_table_its_last_rows() {
        let mut observations = Observations::default();
        observations.roster(FIRST, "list", names(&["B", "A"]), None);
        observations.roster(FIRST, "list", Vec::new(), Some(reading()));
        observations.table(FIRST, "prices", (names(&["what"]), vec![names(&["tea"])]), None);
        observations.table(FIRST, "prices", (names(&["what"]), Vec::new()), Some(reading()));
        let first = RosterMoment { names: names(&["A", "B"]), reading: None };
        let moments = vec![first, RosterMoment { names: Vec::new(), reading: Some(reading()) }];
        let roster = Observation::Roster { title: "list".to_owned(), moments };
        let (title, columns) = ("prices".to_owned(), names(&["what"]));
        let table = Observation::Table { title, columns, rows: Vec::new(), reading: Some(reading()) };
        assert_eq!(observations.headings()[0].observed, [roster, table]);
    }

    #[test]
    fn observations_read_back_as_they_were_written() {
        let mut observations = Observations::default();
        observations.state(SECOND, "the lamp", (&LAMP, "On"), Some(reading())).unwrap();
        observations.roster(FIRST, "list", names(&["A"]), Some(reading()));
        observations.table(FIRST, "prices", (names(&["what"]), vec![names(&["tea"])]), None);
        let text = serde_json::to_string(&observations).unwrap();
        assert_eq!(serde_json::from_str::<Observations>(&text).unwrap(), observations);
    }
}
