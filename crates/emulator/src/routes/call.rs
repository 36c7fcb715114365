//! One request while it is being answered.

use graphwalk_catalog::{ApiPath, Catalog, Type, Version};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::authority::{self, Need, Standing};
use crate::caller::Caller;
use crate::http::{Refusal, Reply, Request};
use crate::odata::filter::check_operands;
use crate::odata::page::{self, ListAddress};
use crate::odata::query::{Options, Query};
use crate::odata::{self, GRAPH};
use crate::tenant::Tenant;
use graphwalk_schema::Schemas;

/// One request, and all that answering it needs.
pub struct RoutedCall<'a> {
    /// The tenant.
    pub tenant: &'a mut Tenant,
    /// The request.
    pub request: &'a Request,
    /// Its path, taken apart.
    pub path: ApiPath,
    /// The caller.
    pub caller: &'a Caller,
    /// The tenant's time.
    pub now: Timestamp,
    /// The address of the emulator, for links that are followed: `http://127.0.0.1:8080`.
    pub origin: &'a str,
    /// The schemas that bodies are checked against.
    pub schemas: &'a Schemas,
}

/// A list of entities to answer with.
pub struct List<'a> {
    /// The part of the context after `$metadata#`.
    pub context: String,
    /// The number of items.
    pub count: usize,
    /// Whether `@odata.count` is answered without being asked for.
    pub counted: bool,
    /// The CSDL types that the items may have.
    pub types: &'a [&'a str],
}

impl RoutedCall<'_> {
    /// The method, upper case.
    pub fn method(&self) -> &str {
        self.request.method.as_str()
    }

    /// Returns whether the caller may make this call, of which a user needs `need`, being `standing` to the thing.
    pub fn is_allowed(&self, need: Need, standing: Standing) -> bool {
        authority::is_allowed(self.caller, self.method(), &self.path, need, standing)
    }

    /// Checks that the caller may make this call, of which a user needs `need`, being `standing` to the thing.
    ///
    /// # Errors
    ///
    /// 403 `Authorization_RequestDenied`.
    pub fn allow(&self, need: Need, standing: Standing) -> Result<(), Refusal> {
        if self.is_allowed(need, standing) { Ok(()) } else { Err(authority::denied()) }
    }

    /// The same where another path says what is done: what its permissions are the one sent does not tell.
    ///
    /// # Errors
    ///
    /// 403 `Authorization_RequestDenied`.
    pub fn allow_as(&self, path: &str, need: Need, standing: Standing) -> Result<(), Refusal> {
        self.allow_instead(self.method(), path, need, standing)
    }

    /// The same where another method and path say what is done.
    ///
    /// # Errors
    ///
    /// 403 `Authorization_RequestDenied`.
    pub fn allow_instead(&self, method: &str, path: &str, need: Need, standing: Standing) -> Result<(), Refusal> {
        let path = ApiPath::parse_reference(path);
        let allowed = authority::is_allowed(self.caller, method, &path, need, standing);
        if allowed { Ok(()) } else { Err(authority::denied()) }
    }

    /// The query options, for a resource that understands `options`.
    ///
    /// # Errors
    ///
    /// 400 for an option that is unknown, malformed or not understood there.
    pub fn query(&self, options: Options) -> Result<Query, Refusal> {
        Query::parse(self.request, options)
    }

    /// A context URL.
    pub fn context(&self, rest: &str) -> String {
        format!("{GRAPH}/{}/$metadata#{rest}", self.path.version().unwrap_or(Version::V1))
    }

    /// Answers with one entity.
    ///
    /// # Errors
    ///
    /// 400 if `$select` names what the type does not have.
    pub fn entity(
        &self,
        status: u16,
        context: &str,
        types: &[&str],
        mut entity: Map<String, Value>,
        query: &Query,
    ) -> Result<Reply, Refusal> {
        odata::select(&mut entity, query, |name| self.knows(types, name))?;
        let selected = query.select.as_ref().map_or_else(String::new, |names| format!("({})", names.join(",")));
        let context = match context.strip_suffix("/$entity") {
            Some(set) => format!("{set}{selected}/$entity"),
            None => format!("{context}{selected}"),
        };
        let mut body = Map::with_capacity(entity.len() + 1);
        body.insert("@odata.context".to_owned(), Value::from(self.context(&context)));
        body.extend(entity);
        Ok(Reply::json(status, Value::Object(body)))
    }

    /// Answers with a page of a list.
    ///
    /// # Errors
    ///
    /// 400 if an option names what the items do not have.
    pub fn list(
        &self,
        list: &List<'_>,
        query: &Query,
        item: impl Fn(usize) -> Map<String, Value>,
    ) -> Result<Reply, Refusal> {
        self.list_of(list, query, &item, &item)
    }

    /// The same of items that have more to filter and order by (`whole`) than is answered without being selected (`shown`).
    ///
    /// # Errors
    ///
    /// 400 if an option names what the items do not have.
    pub fn list_of(
        &self,
        list: &List<'_>,
        query: &Query,
        whole: impl Fn(usize) -> Map<String, Value>,
        shown: impl Fn(usize) -> Map<String, Value>,
    ) -> Result<Reply, Refusal> {
        let address = ListAddress {
            context: self.context(&list.context),
            url: format!("{}{}", self.origin, self.request.path),
            query: self.request.query.clone(),
            types: known_types(list.types),
        };
        self.check_filter(query, list.types)?;
        if self.request.path.ends_with("/$count") {
            return self.count_of(list.types, query, list.count, whole);
        }
        page::reply(&address, query, list.count, list.counted, whole, shown, |name| self.knows(list.types, name))
    }

    /// Answers with the number of items that a filter lets through, as `/$count` does.
    ///
    /// # Errors
    ///
    /// 400 if the filter names what the items do not have.
    pub fn count_of(
        &self,
        types: &[&str],
        query: &Query,
        count: usize,
        whole: impl Fn(usize) -> Map<String, Value>,
    ) -> Result<Reply, Refusal> {
        self.check_filter(query, types)?;
        let count = page::count(query, &known_types(types), count, whole, |name| self.knows(types, name))?;
        Ok(Reply::text(count.to_string()))
    }

    fn check_filter(&self, query: &Query, types: &[&str]) -> Result<(), Refusal> {
        let Some(filter) = &query.filter else { return Ok(()) };
        check_operands(filter, &known_types(types))
    }

    fn knows(&self, types: &[&str], name: &str) -> bool {
        let first = name.split('/').next().unwrap_or(name);
        types.iter().any(|kind| self.schemas.has_property(kind, first))
    }
}

/// The types of these names that v1.0 has.
pub(crate) fn known_types(names: &[&str]) -> Vec<Type> {
    names.iter().filter_map(|name| Catalog::v1().type_named(name)).collect()
}
