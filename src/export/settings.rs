//! The variables that whoever plays an exported tutorial may change, and what is said of the whole file.

use super::outline::Outline;
use crate::in_words::named_actor;

/// A variable with its value at the beginning, and what it is.
pub struct Setting {
    /// The name.
    pub name: String,
    /// The value; empty where somebody has to give one.
    pub value: String,
    /// The meaning of the value.
    pub what: String,
    /// Whether nobody else may see its value.
    pub is_secret: bool,
    /// Whether the file finds its value by itself if nobody gives one.
    pub is_found: bool,
}

/// The app that Microsoft Graph Command Line Tools signs in as: it is known in every tenant.
const COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The settings of a tutorial.
pub fn settings(outline: &Outline) -> Vec<Setting> {
    let setting = |name: &str, value: &str, what: &str| Setting {
        name: name.to_owned(),
        value: value.to_owned(),
        what: what.to_owned(),
        is_secret: false,
        is_found: false,
    };
    let mut settings = vec![setting("base_url", "https://graph.microsoft.com", "where Graph is")];
    for actor in &outline.actors {
        let instead = if actor.signs_in { "; without one the file signs in by password" } else { "" };
        let what = format!("the bearer token of {}{instead}", named_actor(&actor.name));
        settings.push(Setting { is_secret: true, is_found: actor.signs_in, ..setting(&actor.token, "", &what) });
    }
    for (name, what) in &outline.given {
        settings.push(setting(name, "", what));
    }
    if outline.uses("domain") {
        settings.push(setting("domain", "", "a verified domain of the tenant, for the users that are created"));
    }
    if outline.actors.iter().any(|actor| actor.signs_in) {
        settings.push(setting("authority", "https://login.microsoftonline.com", "where people sign in"));
        settings.push(setting("tenant", "organizations", "the tenant that they sign in to"));
        settings.push(setting("client_id", COMMAND_LINE_TOOLS, "the app that they sign in to, a public client"));
    }
    settings.push(setting("poll_seconds", "30", "how long to wait before a read is sent again"));
    settings.push(setting("poll_limit", "240", "how often a status is read until it has come"));
    settings.push(setting("read_limit", "5", "how often any other read is sent until it shows what was written"));
    settings
}

/// Returns the notes that hold for the whole file, a paragraph each.
pub fn paragraphs(outline: &Outline) -> Vec<String> {
    let mut told = vec![
        format!("The tutorial {}, exported by graphwalk.", outline.tutorial),
        "It sends what the tutorial sends, and each test is a sentence of it. A read is sent again until its tests hold, \
         as often as poll_limit or read_limit says. The clean-up stands at the end: play the file to its end, also after a failure."
            .to_owned(),
        "This file does not validate requests and answers by Graph's schemas, does not read lists beyond their first page, does \
         not keep a journal of what it creates, and does not judge writes before they are sent: graphwalk does."
            .to_owned(),
    ];
    if outline.requests().any(|request| matches!(request.sends, super::outline::Sends::Wait(_))) {
        told.push(
            "A wait of days ends after poll_limit tries with a failed test: play the rest when the time has come, with the \
             variables of this play. `graphwalk serve --on emulator --clock 3600x` lets five days pass in two minutes."
                .to_owned(),
        );
    }
    if outline.actors.iter().any(|actor| actor.signs_in) {
        told.push(
            "Who is created by the tutorial signs in by password: that works where no policy demands a second factor."
                .to_owned(),
        );
    }
    told.extend(outline.notes.iter().cloned());
    told
}
