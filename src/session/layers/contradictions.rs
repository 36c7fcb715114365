//! Answers that contradict themselves: what one reader takes for the whole list is half of it for another.

use graphwalk_client::{Exchange, ResponseBody};
use graphwalk_secrets::ServerText;
use serde_json::{Map, Value};

use crate::session::Failure;

/// The names of OData's control information, which stands in JSON behind `@odata.` (OData JSON Format 4.0, section 4.5).
const CONTROL_INFORMATION: [&str; 14] = [
    "associationLink",
    "bind",
    "context",
    "count",
    "deltaLink",
    "editLink",
    "etag",
    "id",
    "mediaContentType",
    "metadataEtag",
    "navigationLink",
    "nextLink",
    "readLink",
    "type",
];

/// The options of a query by which a list is a part of what is counted.
const PARTS: [&str; 4] = ["$top", "$skip", "$skiptoken", "$deltatoken"];

/// The code of a failure that such an answer is.
const CODE: &str = "contradiction";

/// Finds what an answer says twice, or says and does not mean: a repeated key, an error beside the items of a list, a
/// misspelt link to the next page.
pub(super) fn in_answer(exchange: &Exchange) -> Result<(), Failure> {
    let failure = |message: String| Failure::new(CODE, message).notes(exchange.notes());
    let list = match &exchange.body {
        ResponseBody::Repeats(key) => {
            return Err(failure(format!("expected each key once in an object, got \"{key}\" twice in one")));
        }
        ResponseBody::Json(Value::Object(list)) if list.get("value").is_some_and(Value::is_array) => list,
        _ => return Ok(()),
    };
    if list.get("error").is_some_and(|error| !error.is_null()) {
        return Err(failure("expected a list or an error, got \"error\" beside \"value\"".to_owned()));
    }
    for key in list.keys() {
        if let Some(meant) = misspelt(key) {
            let key = ServerText::from(key.as_str());
            return Err(failure(format!("expected \"@odata.{meant}\", got \"{key}\", which is unknown")));
        }
    }
    match list.get("@odata.nextLink") {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(_) => Err(failure("expected a URL at /@odata.nextLink, got none".to_owned())),
    }
}

/// The name of control information that a key seems to mean and does not say.
fn misspelt(key: &str) -> Option<&'static str> {
    if !key.starts_with('@') || key == "@odata.null" {
        return None;
    }
    if key.strip_prefix("@odata.").is_some_and(|name| CONTROL_INFORMATION.contains(&name)) {
        return None;
    }
    let lower = key.to_ascii_lowercase();
    let name = lower.trim_start_matches('@').trim_start_matches("odata").trim_start_matches(['.', '_', '-', ':']);
    let near = |known: &str| {
        let known = known.to_ascii_lowercase();
        // A letter or two; of the shortest names, none.
        let most = if known.len() > 4 { 2 } else { 0 };
        strsim::damerau_levenshtein(name, &known) <= most
    };
    CONTROL_INFORMATION.into_iter().find(|known| near(known))
}

/// The count of a list's items while its pages are read.
#[derive(Debug)]
pub(super) struct ItemCount {
    /// The number that the first page states.
    said: Option<u64>,
    /// The items on the first page.
    first: u64,
    /// Whether the query asks for a part of the list.
    is_part: bool,
}

impl ItemCount {
    /// Looks at the first page, which was asked for at `path`.
    pub fn new(path: &str, first: &Exchange) -> Self {
        let query = path.split_once('?').map_or("", |(_, query)| query);
        let mut options = url::form_urlencoded::parse(query.as_bytes());
        let is_part = options.any(|(name, _)| PARTS.iter().any(|part| name.eq_ignore_ascii_case(part)));
        let said = first.json().and_then(|list| list.get("@odata.count")?.as_u64());
        Self { said, first: items(first).unwrap_or(0), is_part }
    }

    /// Compares with the items of the whole list, to which a last page has been read.
    ///
    /// The count is one of the whole list, or, as some of Graph's services have it, one of the page that it stands on.
    pub fn check(&self, whole: &Exchange) -> Result<(), Failure> {
        let (Some(said), Some(found), true) = (self.said, items(whole), whole.status == 200) else { return Ok(()) };
        let goes_on = whole.json().and_then(Value::as_object).is_some_and(has_next);
        if goes_on || said == found || found > self.first && said == self.first || self.is_part && said > found {
            return Ok(());
        }
        Err(Failure::new(CODE, format!("expected as many items as /@odata.count says, {said}, got {found}"))
            .notes(whole.notes())
            .help("run again; if it stays so, what answers is not Graph, or a page was lost on the way"))
    }
}

fn items(list: &Exchange) -> Option<u64> {
    let items = list.json()?.get("value")?.as_array()?;
    u64::try_from(items.len()).ok()
}

fn has_next(list: &Map<String, Value>) -> bool {
    list.get("@odata.nextLink").is_some_and(|link| !link.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_control_information_is_reported() {
        for (key, meant) in [
            ("@nextLink", "nextLink"),
            ("@odata.nextlink", "nextLink"),
            ("@odata.NextLink", "nextLink"),
            ("@odata.nexLink", "nextLink"),
            ("@odata.nextLinks", "nextLink"),
            ("@odata:nextLink", "nextLink"),
            ("@odata.cuont", "count"),
            ("@count", "count"),
            ("@ODATA.COUNT", "count"),
            ("@odata.deltalink", "deltaLink"),
            ("@odata_context", "context"),
            ("@type", "type"),
        ] {
            assert_eq!(misspelt(key), Some(meant), "{key}");
        }
        for key in [
            "@odata.nextLink",
            "@odata.count",
            "@odata.id",
            "@microsoft.graph.tips",
            "@removed",
            "nextLink",
            "members@odata.count",
            "@odata.totalCount",
            "@odata.metadataEtag",
            "@search.nextPage",
            "@odata.null",
            "@",
            "",
        ] {
            assert_eq!(misspelt(key), None, "{key}");
        }
    }
}
