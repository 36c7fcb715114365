//! The arguments of a sentence as Cucumber Messages write them.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use graphwalk_secrets::masking::without_secrets;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::SentenceArgument;

/// The arguments of a step of a feature, which every session plays: written once, and copied into the messages of each.
///
/// Its texts are masked when they are first written, as those of the feature itself are, in which they stand.
#[derive(Debug)]
pub struct StepArguments {
    sentence: Arc<str>,
    list: Vec<SentenceArgument>,
    written: OnceLock<Option<Box<RawValue>>>,
}

impl StepArguments {
    /// Makes the arguments of a step with this sentence.
    pub(crate) fn new(sentence: Arc<str>, list: Vec<SentenceArgument>) -> Self {
        Self { sentence, list, written: OnceLock::new() }
    }

    /// The arguments, in the order of the sentence.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, SentenceArgument> {
        self.list.iter()
    }
}

/// For JSON alone: other formats have no text that is copied as it is.
impl Serialize for StepArguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let matched = MatchedArguments { sentence: &self.sentence, list: &self.list };
        match self.written.get_or_init(|| serde_json::value::to_raw_value(&matched).ok()) {
            Some(written) => written.serialize(serializer),
            // Types of ours, written into memory: this cannot be.
            None => matched.serialize(serializer),
        }
    }
}

/// The arguments of a sentence, written as the `stepMatchArguments` of Cucumber Messages.
///
/// Source: `StepMatchArgument` and `Group` in the JSON schema of Cucumber Messages.
struct MatchedArguments<'a> {
    sentence: &'a str,
    list: &'a [SentenceArgument],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StepMatchArgument<'a> {
    group: MatchGroup<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter_type_name: Option<&'static str>,
}

#[derive(Serialize)]
struct MatchGroup<'a> {
    /// Counted in units of UTF-16, as readers of messages count.
    start: usize,
    value: Cow<'a, str>,
    children: [(); 0],
}

impl Serialize for MatchedArguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.list.len()))?;
        for SentenceArgument { text, start, kind } in self.list {
            let before = self.sentence.get(..*start).unwrap_or_default();
            let value = Cow::Owned(without_secrets(text));
            let group = MatchGroup { start: before.encode_utf16().count(), value, children: [] };
            list.serialize_element(&StepMatchArgument { group, parameter_type_name: *kind })?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn arguments_begin_where_a_reader_of_utf_16_finds_them() {
        let argument = SentenceArgument { text: "Zoë".to_owned(), start: "🔑 é ".len(), kind: Some("actor") };
        let matched = MatchedArguments { sentence: "🔑 é Zoë waits", list: &[argument] };
        let group = json!({"start": 5, "value": "Zoë", "children": []});
        assert_eq!(serde_json::to_value(matched).unwrap(), json!([{"group": group, "parameterTypeName": "actor"}]));
    }
}
