//! What a reader of a JSON format takes: which members its objects must have and may have. Written down here from the formats'
//! documentation, so that it is tried everywhere.

use serde_json::{Map, Value};

/// What stands in a member.
#[derive(Clone, Copy)]
pub enum Kind {
    Text,
    Number,
    /// One of these words.
    Word(&'static [&'static str]),
    Texts,
    /// An object of this shape.
    Node(&'static Shape),
    /// A list of them.
    Nodes(&'static Shape),
    /// An object of the program's own.
    Free,
}

/// The members that objects must have, and those that they may have.
pub struct Shape {
    pub required: &'static [(&'static str, Kind)],
    pub optional: &'static [(&'static str, Kind)],
}

impl Shape {
    /// What is wrong with an object, each with its place.
    pub fn faults(&self, place: &str, value: &Value, faults: &mut Vec<String>) {
        let Some(object) = value.as_object() else {
            faults.push(format!("{place} is no object"));
            return;
        };
        let missing = self.required.iter().filter(|(name, _)| !object.contains_key(*name));
        faults.extend(missing.map(|(name, _)| format!("{place} has no {name}")));
        self.members(place, object, faults);
    }

    fn members(&self, place: &str, object: &Map<String, Value>, faults: &mut Vec<String>) {
        for (name, value) in object {
            let place = format!("{place}/{name}");
            let Some((_, kind)) = self.required.iter().chain(self.optional).find(|(known, _)| known == name) else {
                faults.push(format!("{place} is not known"));
                continue;
            };
            let fits = match kind {
                Kind::Text => value.is_string(),
                Kind::Number => value.is_number(),
                Kind::Word(words) => value.as_str().is_some_and(|word| words.contains(&word)),
                Kind::Texts => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
                Kind::Free => value.is_object(),
                Kind::Node(shape) => {
                    shape.faults(&place, value, faults);
                    true
                }
                Kind::Nodes(shape) => {
                    for (index, one) in value.as_array().into_iter().flatten().enumerate() {
                        shape.faults(&format!("{place}/{index}"), one, faults);
                    }
                    value.is_array()
                }
            };
            if !fits {
                faults.push(format!("{place} does not fit: {value}"));
            }
        }
    }
}

use Kind::{Free, Node, Nodes, Number, Text, Texts, Word};

const STEP_WORDS: &[&str] = &["passed", "failed", "skipped", "undefined", "pending"];
const TEST_WORDS: &[&str] = &["passed", "failed", "skipped", "pending", "other"];

static RESULT: Shape =
    Shape { required: &[("status", Word(STEP_WORDS))], optional: &[("duration", Number), ("error_message", Text)] };
static MATCH: Shape = Shape { required: &[], optional: &[("location", Text)] };
static ROW: Shape = Shape { required: &[("cells", Texts)], optional: &[] };
static DOC_STRING: Shape =
    Shape { required: &[("line", Number), ("value", Text)], optional: &[("content_type", Text)] };

/// A feature as cucumber-jvm writes it.
pub static JVM: Shape = Shape {
    required: &[
        ("uri", Text),
        ("id", Text),
        ("line", Number),
        ("keyword", Text),
        ("name", Text),
        ("description", Text),
        ("elements", Nodes(&JVM_ELEMENT)),
    ],
    optional: &[("tags", Nodes(&PLACED_TAG))],
};
static JVM_ELEMENT: Shape = Shape {
    required: &[
        ("line", Number),
        ("type", Word(&["background", "scenario"])),
        ("keyword", Text),
        ("name", Text),
        ("description", Text),
        ("steps", Nodes(&JVM_STEP)),
    ],
    optional: &[("id", Text), ("start_timestamp", Text), ("tags", Nodes(&NAMED_TAG))],
};
static JVM_STEP: Shape = Shape {
    required: &[("keyword", Text), ("line", Number), ("name", Text), ("result", Node(&RESULT))],
    optional: &[("match", Node(&MATCH)), ("rows", Nodes(&ROW)), ("doc_string", Node(&DOC_STRING)), ("output", Texts)],
};
static PLACED_TAG: Shape =
    Shape { required: &[("name", Text), ("type", Word(&["Tag"])), ("location", Node(&PLACE))], optional: &[] };
static PLACE: Shape = Shape { required: &[("line", Number), ("column", Number)], optional: &[] };
static NAMED_TAG: Shape = Shape { required: &[("name", Text)], optional: &[] };

/// A feature as cucumber-ruby writes it.
pub static RUBY: Shape = Shape {
    required: &[
        ("uri", Text),
        ("id", Text),
        ("line", Number),
        ("keyword", Text),
        ("name", Text),
        ("description", Text),
        ("elements", Nodes(&RUBY_ELEMENT)),
    ],
    optional: &[("tags", Nodes(&LINE_TAG))],
};
static RUBY_ELEMENT: Shape = Shape {
    required: &[
        ("line", Number),
        ("type", Word(&["background", "scenario", "scenario_outline"])),
        ("keyword", Text),
        ("name", Text),
        ("description", Text),
        ("steps", Nodes(&RUBY_STEP)),
    ],
    optional: &[("id", Text), ("start_timestamp", Text), ("tags", Nodes(&LINE_TAG))],
};
static RUBY_STEP: Shape = Shape {
    required: &[("keyword", Text), ("line", Number), ("name", Text)],
    optional: &[
        ("match", Node(&MATCH)),
        ("rows", Nodes(&ROW)),
        ("doc_string", Node(&DOC_STRING)),
        ("result", Node(&RESULT)),
    ],
};
static LINE_TAG: Shape = Shape { required: &[("name", Text), ("line", Number)], optional: &[] };

/// A report in the Common Test Report Format.
pub static CTRF: Shape = Shape {
    required: &[("reportFormat", Word(&["CTRF"])), ("specVersion", Text), ("results", Node(&RESULTS))],
    optional: &[("generatedBy", Text)],
};
static RESULTS: Shape = Shape {
    required: &[("tool", Node(&TOOL)), ("summary", Node(&SUMMARY)), ("tests", Nodes(&TEST))],
    optional: &[("environment", Free)],
};
static TOOL: Shape = Shape { required: &[("name", Text)], optional: &[("version", Text)] };
static SUMMARY: Shape = Shape {
    required: &[
        ("tests", Number),
        ("passed", Number),
        ("failed", Number),
        ("skipped", Number),
        ("pending", Number),
        ("other", Number),
        ("start", Number),
        ("stop", Number),
    ],
    optional: &[("duration", Number)],
};
static TEST: Shape = Shape {
    required: &[("name", Text), ("status", Word(TEST_WORDS)), ("duration", Number)],
    optional: &[
        ("start", Number),
        ("stop", Number),
        ("suite", Texts),
        ("message", Text),
        ("trace", Text),
        ("line", Number),
        ("rawStatus", Text),
        ("tags", Texts),
        ("filePath", Text),
        ("threadId", Text),
        ("steps", Nodes(&TEST_STEP)),
        ("extra", Free),
    ],
};
static TEST_STEP: Shape =
    Shape { required: &[("name", Text), ("status", Word(TEST_WORDS))], optional: &[("extra", Free)] };
