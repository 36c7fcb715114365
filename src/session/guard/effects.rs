//! What a request acts on beside its target: the scopes of an access review.

use graphwalk_catalog::{ApiPath, Bond, Place, Resolved};
use serde_json::{Map, Value};

use super::{Guard, Refusal, Standing};

const NARROW_IT: &str = "let the scope name an object that this run created, by its id in braces, or one that is named under \
     [may-change] in graphwalk.toml";

/// Whether all that a body acts on may be acted on. What it merely refers to, such as members or reviewers, is not asked for.
///
/// # Errors
///
/// The refusal of the first that may not.
pub(super) fn effects_are_allowed(guard: &Guard, type_name: &str, body: Option<&Value>) -> Result<(), Refusal> {
    if !type_name.starts_with("accessReview") {
        return Ok(());
    }
    let Some(Value::Object(properties)) = body else { return Ok(()) };
    let judge = Effects { guard, enumerated: properties.get("instanceEnumerationScope") };
    let is_definition = type_name == "accessReviewScheduleDefinition";
    if is_definition && !properties.contains_key("scope") {
        return Err(refusal("the review has no scope that says what it acts on".to_owned()));
    }
    for (name, value) in properties {
        match name.as_str() {
            "scope" => judge.scope(value)?,
            "instanceEnumerationScope" if value.is_null() => {}
            "instanceEnumerationScope" => judge.scope(value)?,
            "settings" => applies_to_access_alone(value)?,
            // Graph may take a name in another case for the same.
            other if is_misspelt(other) => {
                return Err(refusal(format!("the property {other:?} of the review is not understood")));
            }
            _ => {}
        }
    }
    Ok(())
}

struct Effects<'a> {
    guard: &'a Guard,
    enumerated: Option<&'a Value>,
}

impl Effects<'_> {
    /// Judges a scope by the type that it says it has, and every scope within it.
    fn scope(&self, scope: &Value) -> Result<(), Refusal> {
        let Value::Object(properties) = scope else {
            return Err(refusal("a scope of the review cannot be parsed".to_owned()));
        };
        if let Some(name) = properties.keys().find(|name| is_misspelt(name)) {
            return Err(refusal(format!("the property {name:?} of a scope is not understood")));
        }
        let lists = ["principalScopes", "resourceScopes"];
        if lists.iter().any(|list| properties.contains_key(*list)) {
            return self.memberships(properties);
        }
        let text = |name: &str| properties.get(name).and_then(Value::as_str);
        match (text("query"), text("queryType")) {
            (Some(query), None | Some("MicrosoftGraph")) => self.query(query, properties.get("queryRoot")),
            (Some(_), Some(other)) => Err(refusal(format!("a scope of the review has the query type {other:?}"))),
            (None, _) => Err(refusal("a scope of the review has no query".to_owned())),
        }
    }

    fn memberships(&self, properties: &Map<String, Value>) -> Result<(), Refusal> {
        for list in ["principalScopes", "resourceScopes"] {
            let scopes = properties.get(list).and_then(Value::as_array).filter(|scopes| !scopes.is_empty());
            let Some(scopes) = scopes else {
                return Err(refusal(format!("the review has no {list}, and so acts on all")));
            };
            scopes.iter().try_for_each(|scope| self.scope(scope))?;
        }
        Ok(())
    }

    /// Judges a query such as `/groups/{id}/transitiveMembers/microsoft.graph.user/?$filter=…`.
    fn query(&self, query: &str, root: Option<&Value>) -> Result<(), Refusal> {
        if query.starts_with("./") {
            // It is asked of each object that another scope enumerates, which is judged by itself.
            let is_plain = root.is_none_or(Value::is_null);
            return match self.enumerated {
                Some(Value::Object(_)) if is_plain => Ok(()),
                _ => Err(refusal(format!("the scope {query:?} of the review has no root"))),
            };
        }
        if query.contains("://") {
            return Err(refusal(format!("the scope {query:?} of the review is no path")));
        }
        let resolved = Resolved::new(&ApiPath::parse_reference(query))
            .map_err(|why| refusal(format!("the scope {query:?} of the review is not understood: {why}")))?;
        let [Place::Step(step), Place::Key(key), rest @ ..] = resolved.places() else {
            return Err(refusal(format!("the scope {query:?} of the review names no single object")));
        };
        let is_plain = rest.iter().all(|place| match place {
            Place::Step(step) => step.many && matches!(step.bond, Bond::Refers | Bond::Referred),
            Place::Cast(_) => true,
            _ => false,
        });
        match self.guard.find(step.target, key) {
            _ if !is_plain => Err(refusal(format!("the scope {query:?} of the review is not understood"))),
            Standing::Own(_) | Standing::Named(_) => Ok(()),
            Standing::Foreign | Standing::Tenant => {
                Err(refusal(format!("the review would act on a {} that this run did not create", step.target)))
            }
        }
    }
}

/// A review takes access away, which belongs to the object in its scope. It may be told to delete the users who are denied,
/// too, and they are not the group's.
/// Source: accessReviewScheduleSettings, property `applyActions`: removeAccessApplyAction, disableAndDeleteUserApplyAction.
fn applies_to_access_alone(settings: &Value) -> Result<(), Refusal> {
    let Value::Object(properties) = settings else { return Ok(()) };
    let named = properties.iter().find(|(name, _)| name.eq_ignore_ascii_case("applyActions"));
    let Some((_, actions)) = named.filter(|(_, actions)| !actions.is_null()) else { return Ok(()) };
    let is_removal = |action: &Value| {
        let type_name = action.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
        type_name.trim_start_matches('#') == "microsoft.graph.removeAccessApplyAction"
    };
    match actions.as_array() {
        Some(actions) if actions.iter().all(is_removal) => Ok(()),
        _ => Err(Refusal {
            code: "refused-write",
            reason: "the review may do more to those who are denied than remove their access".to_owned(),
            help: "leave out applyActions, or let it hold removeAccessApplyAction alone",
        }),
    }
}

/// Whether a name is one that matters here, in another case: Graph may take it for the same.
fn is_misspelt(name: &str) -> bool {
    const KNOWN: [&str; 8] = [
        "scope",
        "instanceEnumerationScope",
        "settings",
        "query",
        "queryType",
        "queryRoot",
        "principalScopes",
        "resourceScopes",
    ];
    !KNOWN.contains(&name) && KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn refusal(reason: String) -> Refusal {
    Refusal { code: "refused-write", reason, help: NARROW_IT }
}
