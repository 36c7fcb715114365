//! What steps observed: timelines, lists and tables, each with the answer that shows it.

use std::collections::BTreeSet;

use maud::{Markup, html};

use crate::session::{Observation, Reading, RosterMoment, SeenState};

use super::exchanges::Exchanges;
use super::text::{Text, moment, several};
use crate::report::attachment::ObservationNote;

/// Renders the observations under the headings of the steps; nothing if there are none.
pub(super) fn observations(notes: &[&ObservationNote], exchanges: &Exchanges<'_>) -> Markup {
    html! {
        @for under in notes.chunk_by(|first, second| first.heading == second.heading) {
            h3 { (Text(capitalised(&under[0].heading))) }
            @for note in under { (observation(&note.observation, exchanges)) }
        }
    }
}

fn observation(observation: &Observation, exchanges: &Exchanges<'_>) -> Markup {
    match observation {
        Observation::Timeline { subject, states } => timeline(subject, states.states(), exchanges),
        Observation::Roster { title, moments } => roster(title, moments, exchanges),
        Observation::Table { title, columns, rows, reading } => {
            table(title, (columns, rows), reading.as_ref(), exchanges)
        }
    }
}

fn timeline(subject: &str, states: &[SeenState], exchanges: &Exchanges<'_>) -> Markup {
    let caption = format!("States of {subject}, in the order in which they were seen");
    wide(&html! {
        table {
            caption { (Text(caption)) }
            thead { tr { th scope="col" { "State" } th scope="col" { "Seen first" } th scope="col" { "Shown by" } } }
            tbody {
                @for seen in states {
                    tr {
                        th scope="row" { (Text(&seen.state)) }
                        td { (when(seen.reading.as_ref(), exchanges)) }
                        td { (shown_by(seen.reading.as_ref(), exchanges)) }
                    }
                }
            }
        }
    })
}

fn roster(title: &str, moments: &[RosterMoment], exchanges: &Exchanges<'_>) -> Markup {
    html! {
        (wide(&html! {
            table {
                caption { (Text(capitalised(title))) }
                thead {
                    tr {
                        th scope="col" { "Read" }
                        th scope="col" { "Who" }
                        th scope="col" { "How it is known to be whole" }
                        th scope="col" { "Shown by" }
                    }
                }
                tbody {
                    @for RosterMoment { names, reading } in shown_moments(moments, exchanges) {
                        tr {
                            td { (when(reading.as_ref(), exchanges)) }
                            td { (who(names)) }
                            td { (whole(reading.as_ref())) }
                            td { (shown_by(reading.as_ref(), exchanges)) }
                        }
                    }
                }
            }
        }))
        @if let [first, .., last] = moments { (difference(&first.names, &last.names)) }
    }
}

/// Renders the difference between the first time and the last.
fn difference(first: &[String], last: &[String]) -> Markup {
    let (before, after): (BTreeSet<&String>, BTreeSet<&String>) = (first.iter().collect(), last.iter().collect());
    let named = |names: Vec<&&String>| match names.as_slice() {
        [] => "nobody".to_owned(),
        names => names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
    };
    let (gone, added) = (named(before.difference(&after).collect()), named(after.difference(&before).collect()));
    html! {
        p {
            @if before == after { "The same from the first time to the last." } @else {
                "From the first time to the last: gone " strong { (Text(gone)) } ", added " strong { (Text(added)) } "."
            }
        }
    }
}

fn table(
    title: &str,
    (columns, rows): (&[String], &[Vec<String>]),
    reading: Option<&Reading>,
    exchanges: &Exchanges<'_>,
) -> Markup {
    html! {
        (wide(&html! {
            table {
                caption { (Text(capitalised(title))) }
                thead { tr { @for column in columns { th scope="col" { (Text(capitalised(column))) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (place, text) in row.iter().enumerate() {
                                @if place == 0 { th scope="row" { (Text(text)) } } @else { td { (cell(text)) } }
                            }
                        }
                    }
                }
            }
        }))
        @if reading.is_some() {
            p class="source" { "Read " (when(reading, exchanges)) ", " (whole(reading)) ". " (shown_by(reading, exchanges)) }
        }
    }
}

/// A cell: a moment as a person reads it, anything else as it is.
fn cell(text: &str) -> Markup {
    match text.parse() {
        Ok(at) => moment(at),
        Err(_) => html! { (Text(text)) },
    }
}

fn who(names: &[String]) -> Markup {
    html! {
        @if names.is_empty() { "nobody" } @else {
            ul class="names" { @for name in names { li { (Text(name)) } } }
        }
    }
}

/// Renders why a list is known to hold all.
fn whole(reading: Option<&Reading>) -> Markup {
    let Some(Reading { pages, items, counted, .. }) = reading else { return html! { "not kept" } };
    let Some(items) = items else { return html! { "one object" } };
    html! {
        (several(*pages, "page")) " read to the end, " (several(*items, "item"))
        @match counted {
            Some(counted) if u64::try_from(*items) == Ok(*counted) => ", as many as Graph counted",
            Some(counted) => { ", and Graph counted " (counted) }
            None => "; Graph gave no count",
        }
    }
}

/// The times that a list was read; where there is little room, the first and the last.
fn shown_moments<'m>(moments: &'m [RosterMoment], exchanges: &Exchanges<'_>) -> impl Iterator<Item = &'m RosterMoment> {
    let last = moments.len().saturating_sub(1);
    let is_brief = exchanges.is_brief;
    moments
        .iter()
        .enumerate()
        .filter(move |(place, _)| !is_brief || [0, last].contains(place))
        .map(|(_, moment)| moment)
}

fn when(reading: Option<&Reading>, exchanges: &Exchanges<'_>) -> Markup {
    match reading {
        None => html! { "not kept" },
        Some(reading) if exchanges.is_brief => html! { (reading.at.strftime("%F %T UTC").to_string()) },
        Some(reading) => moment(reading.at),
    }
}

/// The call that shows something, with its id for Microsoft's support, and the way to the exchange if that is in the report.
fn shown_by(reading: Option<&Reading>, exchanges: &Exchanges<'_>) -> Markup {
    let Some(Reading { actor, request, request_id, client_request_id, .. }) = reading else {
        return html! { "not kept" };
    };
    html! {
        @if let Some((anchor, number)) = exchanges.anchor(client_request_id) {
            a href=(format!("#{anchor}")) { "Exchange " (number) } ": "
        }
        @if exchanges.is_brief { code { (Text(shortened(request))) } } @else { code { (Text(request)) } " by " (Text(actor)) }
        @if let Some(id) = request_id { ", request-id " code { (Text(id)) } }
    }
}

/// A request with the end of its path alone: `GET …/members`.
fn shortened(request: &str) -> String {
    let (method, path) = request.split_once(' ').unwrap_or_default();
    format!("{method} …/{}", path.rsplit('/').next().unwrap_or_default())
}

/// A table that may be wider than the screen.
pub(super) fn wide(table: &Markup) -> Markup {
    html! { div class="wide" tabindex="0" { (table) } }
}

/// A text whose first letter is a capital.
pub(super) fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
