//! What is kept of an answer and what is expected of it, as JavaScript. Both formats run it; what differs between them stands in
//! the few names that the format defines first: `answer`, `status`, `header`, `v` and `keep`.

use crate::session::{Expectation, HeaderExpectation, HowMany, When};

use super::json_path::quoted;
use super::outline::{
    AnswerPlace, KeptVariable, LinkedExpectation, MadeVariable, Outline, OutlineRequest, OutlineTemplate, SentenceTest,
    TemplateJson, TemplatePiece,
};

/// Functions that scripts use, in an order in which each stands before those that use it.
const FUNCTIONS: [(&str, &str); 10] = [
    (
        "same(",
        "const same = (a, b) => a === b || (a !== null && b !== null && typeof a === \"object\" && typeof b === \"object\" && Array.isArray(a) === Array.isArray(b) && Object.keys(a).length === Object.keys(b).length && Object.keys(a).every(key => same(a[key], b[key])));",
    ),
    (
        "so(",
        "const so = (holds, what, found) => { if (!holds) throw new Error(what + \", got \" + JSON.stringify(found)); };",
    ),
    (
        "is(",
        "const is = (found, wanted, where) => so(found === wanted, where + \": expected \" + JSON.stringify(wanted), found);",
    ),
    (
        "equal(",
        "const equal = (found, wanted, where) => so(same(found, wanted), where + \": expected \" + JSON.stringify(wanted), found);",
    ),
    ("item(", "const item = (of, wanted) => (answer?.value ?? []).find(x => of(x) === wanted);"),
    (
        "time(",
        "const time = text => { const at = Date.parse(text); so(!Number.isNaN(at), \"expected a time\", text); return at; };",
    ),
    (
        "child(",
        "const child = (x, name) => x !== null && typeof x === \"object\" && !Array.isArray(x) && name in x ? [x[name]] : [];",
    ),
    ("at(", "const at = (x, index) => Array.isArray(x) && x.at(index) !== undefined ? [x.at(index)] : [];"),
    ("children(", "const children = x => x !== null && typeof x === \"object\" ? Object.values(x) : [];"),
    ("only(", "const only = found => { so(found.length === 1, \"expected one value\", found); return found[0]; };"),
];

/// The functions that a script needs, a line each.
pub fn functions_for(script: &str) -> Vec<String> {
    let is_called = |text: &str, call: &str| {
        let is_other = |before: &str| before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        text.match_indices(call).any(|(at, _)| !is_other(&text[..at]))
    };
    let mut needed = [false; FUNCTIONS.len()];
    // Each may be used by those after it.
    for (index, (call, _)) in FUNCTIONS.iter().enumerate().rev() {
        let by_others =
            FUNCTIONS.iter().zip(needed).skip(index + 1).any(|((_, line), needed)| needed && is_called(line, call));
        needed[index] = by_others || is_called(script, call);
    }
    FUNCTIONS.iter().zip(needed).filter(|(_, needed)| *needed).map(|((_, line), _)| (*line).to_owned()).collect()
}

/// The lines that keep what an answer gives.
pub fn keeping(request: &OutlineRequest) -> Vec<String> {
    if request.keeps.is_empty() {
        return Vec::new();
    }
    let line = |KeptVariable { variable, from }: &KeptVariable| format!("  {variable}: {},", value_at(from));
    let mut lines = vec!["const kept = {".to_owned()];
    lines.extend(request.keeps.iter().map(line));
    lines.push("};".to_owned());
    lines.push(
        "for (const [name, value] of Object.entries(kept)) if (value !== undefined) keep(name, value);".to_owned(),
    );
    lines
}

/// The tests of a request, a property of an object each: the sentence, and a function that throws if it does not hold.
pub fn tests(request: &OutlineRequest) -> Vec<String> {
    let mut lines = Vec::new();
    for SentenceTest { sentence, expected } in &request.tests {
        lines.push(format!("  {}: () => {{", quoted(sentence)));
        lines.extend(expected.iter().map(|expected| format!("    {};", statement(expected))));
        lines.push("  },".to_owned());
    }
    if !request.keeps.is_empty() {
        let found = "so(value !== undefined, \"expected a value for \" + name, value)";
        let given = "the answer gives what later requests need";
        lines.push(format!("  {}: () => Object.entries(kept).forEach(([name, value]) => {found}),", quoted(given)));
    }
    lines
}

/// A template as an expression.
pub fn expression(template: &OutlineTemplate) -> String {
    let piece = |piece: &TemplatePiece| match piece {
        TemplatePiece::Literal(text) => quoted(text),
        TemplatePiece::Variable(name) => format!("v({})", quoted(name)),
    };
    match template.0.as_slice() {
        [] => "\"\"".to_owned(),
        pieces => pieces.iter().map(piece).collect::<Vec<_>>().join(" + "),
    }
}

fn json(value: &TemplateJson) -> String {
    match value {
        TemplateJson::Text(template) => expression(template),
        TemplateJson::Plain(value) => value.to_string(),
        TemplateJson::List(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        TemplateJson::Object(properties) => {
            let property = |(name, value): &(String, TemplateJson)| format!("{}: {}", quoted(name), json(value));
            format!("{{{}}}", properties.iter().map(property).collect::<Vec<_>>().join(", "))
        }
    }
}

/// The value at a place, or `undefined`.
fn value_at(place: &AnswerPlace) -> String {
    match place {
        AnswerPlace::Pointer(pointer) => format!("answer{}", members(pointer)),
        AnswerPlace::Item { by, is, pointer } => {
            format!("item(x => x{}, {}){}", members(by), expression(is), members(pointer))
        }
        AnswerPlace::Script(script) => format!("{script}[0]"),
        AnswerPlace::Header(name, None) => format!("header({})", quoted(name)),
        AnswerPlace::Header(name, Some(segment)) => {
            let after = quoted(&format!("{segment}(?:/|\\('?)([^/?')]+)"));
            format!("new RegExp({after}).exec(header({}) ?? \"\")?.[1]", quoted(name))
        }
    }
}

/// A pointer as members that may be absent.
fn members(pointer: &str) -> String {
    let member = |part: &str| {
        let name = part.replace("~1", "/").replace("~0", "~");
        let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit());
        match name.parse::<usize>() {
            Ok(index) => format!("?.[{index}]"),
            Err(_) if is_plain => format!("?.{name}"),
            Err(_) => format!("?.[{}]", quoted(&name)),
        }
    };
    pointer.split('/').skip(1).map(member).collect()
}

/// Returns the name of a place in messages.
fn describe_place(place: &AnswerPlace) -> String {
    match place {
        AnswerPlace::Pointer(pointer) | AnswerPlace::Item { pointer, .. } => pointer.clone(),
        AnswerPlace::Script(_) => "the JSON path".to_owned(),
        AnswerPlace::Header(name, _) => name.clone(),
    }
}

/// The statement that throws if an expectation does not hold.
fn statement(linked: &LinkedExpectation) -> String {
    use Expectation as E;
    match &linked.expectation {
        E::Status(statuses) => {
            let told: Vec<String> = statuses.iter().map(u16::to_string).collect();
            let told = told.join(", ");
            format!("so([{told}].includes(status), {}, status)", quoted(&format!("expected status {told}")))
        }
        E::NoBody => "so(!answer, \"expected no body\", answer)".to_owned(),
        E::LastPage => {
            "so(!answer?.[\"@odata.nextLink\"], \"expected a list of one page\", \"another page\")".to_owned()
        }
        E::Header(name, expected) => of_header(name, expected, &value_of(linked)),
        E::Finds(..) | E::HasItems(..) | E::IsExactly(..) | E::Has(..) | E::EachIs(..) => of_list(linked),
        _ => of_value(linked),
    }
}

/// The first value that is expected.
fn value_of(linked: &LinkedExpectation) -> String {
    linked.values.first().map(json).unwrap_or_default()
}

/// All values that are expected.
fn values_of(linked: &LinkedExpectation) -> String {
    format!("[{}]", linked.values.iter().map(json).collect::<Vec<_>>().join(", "))
}

/// A condition that throws with a message about a place.
fn so(linked: &LinkedExpectation, holds: &str, what: &str, found: &str) -> String {
    let place = linked.place.as_ref().map(describe_place).unwrap_or_default();
    format!("so({holds}, {}, {found})", quoted(&format!("{place}: expected {what}")))
}

/// Writes the expectation of one value.
fn of_value(linked: &LinkedExpectation) -> String {
    use Expectation as E;
    let found = match &linked.place {
        // A path that finds several values has none of them.
        Some(AnswerPlace::Script(script)) => format!("only({script})"),
        Some(place) => value_at(place),
        None => "answer".to_owned(),
    };
    let at = quoted(&linked.place.as_ref().map(describe_place).unwrap_or_default());
    let (value, values) = (value_of(linked), values_of(linked));
    let so = |holds: String, what: &str| so(linked, &holds, what, &found);
    match &linked.expectation {
        E::Is(..) if is_plain(linked) => format!("is({found}, {value}, {at})"),
        E::IsNot(..) => so(format!("!same({found}, {value})"), "another value"),
        E::IsOneOf(..) => so(format!("{values}.some(x => same(x, {found}))"), "one of several values"),
        E::IsInAnyCase(..) => format!("is(String({found}).toLowerCase(), String({value}).toLowerCase(), {at})"),
        E::IsGuid(_) => so(format!("/^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$/i.test({found})"), "a GUID"),
        E::IsAbsent(_) => match &linked.place {
            Some(AnswerPlace::Script(script)) => {
                format!("so({script}.length === 0, {at} + \": expected nothing\", {script})")
            }
            _ => so(format!("{found} === undefined"), "nothing"),
        },
        E::Contains(..) => so(format!("{found}?.includes({value})"), "this within it"),
        E::Matches(_, pattern) => so(format!("new RegExp({}).test({found})", quoted(pattern)), "a text that matches"),
        E::IsGreater(..) => so(compare(&found, ">", linked, &value), "a greater value"),
        E::IsLess(..) => so(compare(&found, "<", linked, &value), "a smaller value"),
        E::IsTime(_, When::Ever) => format!("time({found})"),
        E::IsTime(_, When::Past) => so(format!("time({found}) <= now"), "a time in the past"),
        E::IsTime(_, When::Future) => so(format!("time({found}) > now"), "a time in the future"),
        _ => format!("equal({found}, {value}, {at})"),
    }
}

/// Writes the expectation of the values of a list.
fn of_list(linked: &LinkedExpectation) -> String {
    use Expectation as E;
    let list = match &linked.place {
        Some(AnswerPlace::Script(script)) => script.clone(),
        Some(place) => format!("({} ?? [])", value_at(place)),
        None => "[]".to_owned(),
    };
    let at = quoted(&linked.place.as_ref().map(describe_place).unwrap_or_default());
    let value = value_of(linked);
    match &linked.expectation {
        E::IsExactly(_, pointer, _) => {
            let found = if pointer.is_empty() { list } else { format!("{list}.map(x => x{})", members(pointer)) };
            let order = |list: &str| format!("{list}.map(String).sort()");
            format!("equal({}, {}, {at})", order(&found), order(&values_of(linked)))
        }
        E::Has(_, pointer, _, times) => {
            let holds = format!("{list}.filter(x => x{} === {value}).length === {times}", members(pointer));
            so(linked, &holds, &format!("{times} such items"), &list)
        }
        E::EachIs(_, pointer, _) => {
            let holds = format!("{list}.length > 0 && {list}.every(x => same(x{}, {value}))", members(pointer));
            so(linked, &holds, &format!("the value in every item at {pointer}"), &list)
        }
        E::Finds(_, how_many) | E::HasItems(_, how_many) => {
            let (sign, count) = match how_many {
                HowMany::Exactly(count) => ("===", count),
                HowMany::AtLeast(count) => (">=", count),
            };
            so(linked, &format!("{list}.length {sign} {count}"), &format!("{sign} {count} values"), &list)
        }
        _ => String::new(),
    }
}

fn of_header(name: &str, expected: &HeaderExpectation, value: &str) -> String {
    let found = format!("header({})", quoted(name));
    let told = quoted(&format!("the header {name} is not as expected"));
    let holds = match expected {
        HeaderExpectation::Is(_) => format!("{found} === {value}"),
        HeaderExpectation::Contains(_) => format!("{found}?.includes({value})"),
        HeaderExpectation::Matches(pattern) => format!("new RegExp({}).test({found} ?? \"\")", quoted(pattern)),
        HeaderExpectation::Absent => format!("({found} ?? null) === null"),
    };
    format!("so({holds}, {told}, {found})")
}

/// Returns whether the value is a text, a number or the like, not a list or an object.
fn is_plain(linked: &LinkedExpectation) -> bool {
    matches!(linked.values.first(), Some(TemplateJson::Text(_) | TemplateJson::Plain(_)))
}

/// Numbers are compared as they are, moments as times.
fn compare(found: &str, sign: &str, linked: &LinkedExpectation, value: &str) -> String {
    match linked.values.first() {
        Some(TemplateJson::Text(_)) => format!("time({found}) {sign} time({value})"),
        _ => format!("{found} {sign} {value}"),
    }
}

/// The lines that make the variables of the beginning, which a first request that is sent again, as `again` says, makes no more;
/// `set` is the function that keeps one.
pub fn making(outline: &Outline, again: Option<&str>, set: &str, get: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for actor in outline.actors.iter().filter(|actor| actor.signs_in) {
        let (token, flag) = (&actor.token, signed_in(&actor.token));
        lines.push(format!("if ({get}(\"{flag}\")) {{ {set}(\"{token}\", \"\"); {set}(\"{flag}\", \"\"); }}"));
    }
    if !outline.made.is_empty() {
        lines.extend(making_variables(&outline.made, set));
    }
    if let (Some(again), false) = (again, lines.is_empty()) {
        lines.insert(0, format!("if (!({again})) {{"));
        lines.push("}".to_owned());
    }
    lines
}

/// The variable that says that the file itself signed an actor in.
pub fn signed_in(token: &str) -> String {
    format!("signed_in_for_{token}")
}

fn making_variables(made: &[MadeVariable], set: &str) -> Vec<String> {
    let mut lines = vec!["const start = new Date();".to_owned()];
    let letters = "\"abcdefghijklmnopqrstuvwxyz0123456789\"[Math.floor(Math.random() * 36)]";
    lines.push(format!("const random = length => Array.from({{length}}, () => {letters}).join(\"\");"));
    for variable in made {
        let (name, value) = match variable {
            MadeVariable::Run(name) => {
                (name, "\"gw\" + start.toISOString().replace(/[^0-9]/g, \"\").slice(0, 12) + random(4)".to_owned())
            }
            MadeVariable::Password(name) => (name, "\"Gw!\" + random(32)".to_owned()),
            MadeVariable::Day(name, days) => {
                (name, format!("new Date(start.getTime() + {days} * 86400000).toISOString().slice(0, 10)"))
            }
            MadeVariable::Moment(name, seconds) => {
                (name, format!("new Date(start.getTime() + {seconds} * 1000).toISOString()"))
            }
            MadeVariable::Guid(name) => (
                name,
                "\"xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx\".replace(/x/g, () => Math.floor(Math.random() * 16).toString(16))"
                    .to_owned(),
            ),
        };
        lines.push(format!("{set}({}, {value});", quoted(name)));
    }
    lines
}
