//! What a request acts on beside its target, such as the scopes in its body. Which types act on others stands in the overlay.

use graphwalk_catalog::{ActsOn, ApiPath, Bond, Catalog, PathPlace, Resolved};
use serde_json::{Map, Value};

use super::{Guard, Ownership, WriteRefusal};

const NARROW_IT: &str = "let the scope name an object that this run created, by its id in braces, or one that is named under \
     [may-change] in graphwalk.toml";

/// The properties of a scope. Source: reference of `principalResourceMembershipsScope` and of the query scopes in its lists.
const OF_A_SCOPE: [&str; 5] = ["query", "queryType", "queryRoot", "principalScopes", "resourceScopes"];

/// Returns whether all that a body acts on may be acted on. What it merely refers to, such as members or reviewers, is
/// not asked for.
///
/// # Errors
///
/// The refusal of the first that may not.
pub(super) fn effects_are_allowed(guard: &Guard, type_name: &str, body: Option<&Value>) -> Result<(), WriteRefusal> {
    let Some(acts_on) = Catalog::v1().acts_on(type_name) else { return Ok(()) };
    let Some(Value::Object(properties)) = body else { return Ok(()) };
    let judge = ScopeEffects { guard, enumerated: properties.get(&acts_on.enumerates), acts_on: &acts_on };
    let is_whole = acts_on.types.first().is_some_and(|first| first == type_name);
    if is_whole && !properties.contains_key(&acts_on.required) {
        return Err(judge.refusal(format_args!("has no {} that says what it acts on", acts_on.required)));
    }
    for (name, value) in properties {
        let is_scope = acts_on.scopes.contains(name);
        match name {
            _ if is_scope && value.is_null() && *name != acts_on.required => {}
            _ if is_scope => judge.scope(value)?,
            _ if *name == acts_on.actions.0 => judge.applies_to_access_alone(value)?,
            // Graph may take a name in another case for the same.
            other if judge.is_misspelt(other) => {
                return Err(narrow(format!("the property {other:?} of the {} is not understood", acts_on.called)));
            }
            _ => {}
        }
    }
    Ok(())
}

struct ScopeEffects<'a> {
    guard: &'a Guard,
    acts_on: &'a ActsOn,
    enumerated: Option<&'a Value>,
}

impl ScopeEffects<'_> {
    /// Judges a scope by the type that it says it has, and every scope within it.
    fn scope(&self, scope: &Value) -> Result<(), WriteRefusal> {
        let Value::Object(properties) = scope else {
            return Err(self.of_a_scope(format_args!("cannot be parsed")));
        };
        if let Some(name) = properties.keys().find(|name| self.is_misspelt(name)) {
            return Err(narrow(format!("the property {name:?} of a scope is not understood")));
        }
        let lists = ["principalScopes", "resourceScopes"];
        if lists.iter().any(|list| properties.contains_key(*list)) {
            return self.memberships(properties);
        }
        let text = |name: &str| properties.get(name).and_then(Value::as_str);
        match (text("query"), text("queryType")) {
            (Some(query), None | Some("MicrosoftGraph")) => self.query(query, properties.get("queryRoot")),
            (Some(_), Some(other)) => Err(self.of_a_scope(format_args!("has the query type {other:?}"))),
            (None, _) => Err(self.of_a_scope(format_args!("has no query"))),
        }
    }

    fn memberships(&self, properties: &Map<String, Value>) -> Result<(), WriteRefusal> {
        let scopes_of = |list: &str| {
            let scopes = properties.get(list).and_then(Value::as_array).filter(|scopes| !scopes.is_empty());
            scopes.ok_or_else(|| self.refusal(format_args!("has no {list}, and so acts on all")))
        };
        let (principals, _) = (scopes_of("principalScopes")?, scopes_of("resourceScopes")?);
        // Whatever the resources are, nobody's access to them is acted on but that of these principals.
        principals.iter().try_for_each(|scope| self.scope(scope))
    }

    /// Judges a query such as `/users/{id}` or `/COLLECTION/{id}/transitiveMembers/microsoft.graph.user/?$filter=…`.
    fn query(&self, query: &str, root: Option<&Value>) -> Result<(), WriteRefusal> {
        if query.starts_with("./") {
            // It is asked of each object that another scope enumerates, which is judged by itself.
            let is_plain = root.is_none_or(Value::is_null);
            return match self.enumerated {
                Some(Value::Object(_)) if is_plain => Ok(()),
                _ => Err(self.of_the_query(query, "has no root")),
            };
        }
        if query.contains("://") {
            return Err(self.of_the_query(query, "is not a path"));
        }
        let resolved = Resolved::new(&ApiPath::parse_reference(query))
            .map_err(|why| self.of_the_query(query, &format!("is not understood: {why}")))?;
        let [PathPlace::Step(step), PathPlace::Key(key), rest @ ..] = resolved.places() else {
            return Err(self.of_the_query(query, "does not name a single object"));
        };
        let is_plain = rest.iter().all(|place| match place {
            PathPlace::Step(step) => step.many && matches!(step.bond, Bond::Refers | Bond::Referred),
            PathPlace::Cast(_) => true,
            _ => false,
        });
        match self.guard.find(step.target, key) {
            _ if !is_plain => Err(self.of_the_query(query, "is not understood")),
            Ownership::Own(_) | Ownership::Named(_) => Ok(()),
            Ownership::Foreign | Ownership::Tenant => {
                Err(self.refusal(format_args!("would act on a {} that this run did not create", step.target)))
            }
        }
    }

    /// Returns whether settings do no more than remove access to the object in the scope. They may ask for more, for those who had
    /// it, such as deleting them, and they are not the object's.
    fn applies_to_access_alone(&self, settings: &Value) -> Result<(), WriteRefusal> {
        let ActsOn { actions: (_, list), harmless, called, .. } = self.acts_on;
        let Value::Object(properties) = settings else { return Ok(()) };
        let named = properties.iter().find(|(name, _)| name.eq_ignore_ascii_case(list));
        let Some((_, actions)) = named.filter(|(_, actions)| !actions.is_null()) else { return Ok(()) };
        let is_harmless = |action: &Value| {
            let type_name = action.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
            harmless.iter().any(|known| known == type_name.trim_start_matches('#'))
        };
        match actions.as_array() {
            Some(actions) if actions.iter().all(is_harmless) => Ok(()),
            _ => Err(WriteRefusal {
                code: "refused-write",
                reason: format!("the {called} may do more to those who are denied than remove their access"),
                help: format!("leave out {list}, or let it hold {} alone", short(harmless)).into(),
            }),
        }
    }

    /// Returns whether a name is one that matters here, in another case: Graph may take it for the same.
    fn is_misspelt(&self, name: &str) -> bool {
        let own = self.acts_on.scopes.iter().chain([&self.acts_on.actions.0]).map(String::as_str);
        let known: Vec<&str> = own.chain(OF_A_SCOPE).collect();
        !known.contains(&name) && known.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn refusal(&self, what: std::fmt::Arguments<'_>) -> WriteRefusal {
        narrow(format!("the {} {what}", self.acts_on.called))
    }

    fn of_a_scope(&self, what: std::fmt::Arguments<'_>) -> WriteRefusal {
        narrow(format!("a scope of the {} {what}", self.acts_on.called))
    }

    fn of_the_query(&self, query: &str, what: &str) -> WriteRefusal {
        narrow(format!("the scope {query:?} of the {} {what}", self.acts_on.called))
    }
}

/// The names of types, without their namespace.
fn short(types: &[String]) -> String {
    let names: Vec<&str> = types.iter().map(|name| name.rsplit('.').next().unwrap_or(name)).collect();
    names.join(", ")
}

fn narrow(reason: String) -> WriteRefusal {
    WriteRefusal { code: "refused-write", reason, help: NARROW_IT.into() }
}
