//! What queries of directory objects need beyond OData (Graph documentation, "Advanced query capabilities on Microsoft Entra ID
//! directory objects"): the catalog knows property by property what may be asked, and with what.

use graphwalk_catalog::{FilterOperator, QueryNeed, Type};
use serde_json::Value;

use crate::http::Refusal;
use crate::routes::body::{bad, resource_name};

use super::filter::{COUNT, Comparison, Filter, Lambda, TextFunction, check_operands};
use super::query::Query;

/// The most alternatives of a filter that is no advanced query.
const MOST_ALTERNATIVES: usize = 15;

/// Checks a query of objects of these types: what is advanced needs `ConsistencyLevel: eventual` and `$count=true`, which
/// `is_advanced` says are there.
///
/// # Errors
///
/// 400 `Request_UnsupportedQuery`.
pub fn check(query: &Query, types: &[Type], is_advanced: bool) -> Result<(), Refusal> {
    if let Some(filter) = &query.filter {
        check_operands(filter, types)?;
    }
    let checker = Checker { types, is_advanced };
    let mut need = match &query.filter {
        Some(filter) => checker.filter(filter, &mut Vec::new())?,
        None => QueryNeed::Nothing,
    };
    if let Some(filter) = query.filter.as_ref().filter(|_| !is_advanced) {
        let alternatives = filter.alternatives();
        if alternatives > MOST_ALTERNATIVES {
            return Err(unsupported(&format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {alternatives}. Max allowed: {MOST_ALTERNATIVES}."
            )));
        }
    }
    need = need.max(checker.order(query)?);
    if let Some(search) = &query.search {
        if !query.eventual {
            return Err(unsupported(
                "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
            ));
        }
        search.check(types)?;
        need = QueryNeed::Advanced;
    }
    if need == QueryNeed::Advanced && !query.expand.is_empty() {
        return Err(unsupported("$expand is not supported with advanced queries."));
    }
    Ok(())
}

/// Checks a query of what directory objects are related to, of which every filter and order is advanced (the same page).
///
/// # Errors
///
/// 400 `Request_UnsupportedQuery`.
pub fn check_relation(query: &Query) -> Result<(), Refusal> {
    if query.is_advanced() || query.filter.is_none() && query.order.is_empty() {
        return Ok(());
    }
    Err(missing_parameters("The query"))
}

/// Checks that objects may be counted by `/$count`.
///
/// # Errors
///
/// 400 without `ConsistencyLevel: eventual`.
pub fn check_count(query: &Query) -> Result<(), Refusal> {
    if query.eventual { Ok(()) } else { Err(bad("$count is not currently supported.")) }
}

/// 400 for a query that the directory does not answer.
pub(crate) fn unsupported(message: &str) -> Refusal {
    Refusal::new(400, "Request_UnsupportedQuery", message)
}

/// 400 for what is only answered as an advanced query.
fn missing_parameters(what: &str) -> Refusal {
    unsupported(&format!(
        "{what} is not supported because the required parameters might be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to https://aka.ms/graph-docs/advanced-queries for more information"
    ))
}

/// 400 for what a filter or a search asks of a property that does not take it.
pub(crate) fn unsupported_clause(types: &[Type], property: &str) -> Refusal {
    let knows = |ty: &&Type| ty.property(property).is_some();
    let name = types.iter().find(knows).or(types.first()).map(|ty| ty.name()).unwrap_or_default();
    let resource = resource_name(name);
    unsupported(&format!(
        "Unsupported or invalid query filter clause specified for property '{property}' of resource '{resource}'."
    ))
}

struct Checker<'a> {
    types: &'a [Type],
    is_advanced: bool,
}

/// The variables of lambdas, each with the property that its collection is or is part of.
type Items<'a> = Vec<(&'a str, &'a str)>;

impl Checker<'_> {
    /// Returns what a filter needs.
    fn filter<'a>(&self, filter: &'a Filter, items: &mut Items<'a>) -> Result<QueryNeed, Refusal> {
        match filter {
            Filter::And(filters) | Filter::Or(filters) => {
                filters.iter().try_fold(QueryNeed::Nothing, |need, filter| Ok(need.max(self.filter(filter, items)?)))
            }
            Filter::Not(inner) => {
                self.filter(inner, items)?;
                self.advanced("not")
            }
            Filter::Compare(path, comparison, literal) if path.ends_with(COUNT) => {
                self.number(root(path, items), *comparison, &literal.value)
            }
            Filter::Compare(path, comparison, literal) => {
                let need = self.asked(root(path, items), &[operator(*comparison, &literal.value)])?;
                if *comparison == Comparison::NotEqual { self.advanced("ne") } else { Ok(need) }
            }
            Filter::In(path, _) => self.asked(root(path, items), &[FilterOperator::Equal]),
            Filter::Text(TextFunction::StartsWith, path, _) => {
                self.asked(root(path, items), &[FilterOperator::StartsWith])
            }
            Filter::Text(TextFunction::EndsWith, path, _) => {
                self.asked(root(path, items), &[FilterOperator::EndsWith])?;
                self.advanced("endsWith")
            }
            Filter::Text(TextFunction::Contains, path, _) => self.contains(root(path, items)),
            Filter::Lambda(lambda) => self.lambda(lambda, items),
        }
    }

    fn lambda<'a>(&self, lambda: &'a Lambda, items: &mut Items<'a>) -> Result<QueryNeed, Refusal> {
        let collection = root(&lambda.collection, items);
        let Some((item, condition)) = &lambda.condition else {
            self.asked(collection, &VALUES)?;
            return self.advanced("any");
        };
        items.push((item, collection));
        let need = self.filter(condition, items);
        items.pop();
        if lambda.all { need.and_then(|_| self.advanced("all")) } else { need }
    }

    /// `contains` is not for directory objects.
    fn contains(&self, property: &str) -> Result<QueryNeed, Refusal> {
        if self.is_directory() { Err(unsupported_clause(self.types, property)) } else { Ok(QueryNeed::Nothing) }
    }

    /// The number of items of a collection: of directory objects it is only asked whether there are none, of some whether there is one.
    fn number(&self, collection: &str, comparison: Comparison, literal: &Value) -> Result<QueryNeed, Refusal> {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let asked = match literal.as_i64().filter(|_| is_equality) {
            Some(0) => Some(FilterOperator::CountZero),
            Some(1) => Some(FilterOperator::CountOne),
            _ => None,
        };
        let is_documented = self.documented(collection).next().is_some();
        if is_documented && asked.is_none_or(|asked| self.least(collection, &[asked]).is_none()) {
            return Err(unsupported_clause(self.types, collection));
        }
        self.advanced("$count")
    }

    fn is_directory(&self) -> bool {
        self.types.iter().any(|ty| ty.is_directory_object())
    }

    fn order(&self, query: &Query) -> Result<QueryNeed, Refusal> {
        let mut need = QueryNeed::Nothing;
        for (property, _) in &query.order {
            let knows = |ty: &&Type| ty.property(property).is_some();
            // What no type has is refused later, and what the table does not name here.
            if !self.is_directory() || !self.types.iter().any(|ty| knows(&ty)) {
                continue;
            }
            let sorted = self.types.iter().filter(knows).filter_map(|ty| ty.sort_need(property)).min();
            need = need.max(sorted.ok_or_else(unsorted)?);
        }
        if !query.order.is_empty() && query.filter.is_some() {
            need = QueryNeed::Advanced;
        }
        if need == QueryNeed::Advanced && !self.is_advanced { Err(unsorted()) } else { Ok(need) }
    }

    /// The types of which it is documented what can be filtered, and that have a property. What no type has is refused later.
    fn documented(&self, property: &str) -> impl Iterator<Item = Type> {
        let types = self.types.iter().copied();
        let has = move |ty: &Type| ty.property(property).is_some() || ty.navigation(property).is_some();
        types.filter(move |ty| ty.has_documented_filters() && has(ty))
    }

    fn least(&self, property: &str, operators: &[FilterOperator]) -> Option<QueryNeed> {
        let needs = |ty: Type| operators.iter().filter_map(move |operator| ty.filter_need(property, *operator)).min();
        self.documented(property).filter_map(needs).min()
    }

    /// Returns what it needs to ask one of the operators of a property.
    fn asked(&self, property: &str, operators: &[FilterOperator]) -> Result<QueryNeed, Refusal> {
        if self.documented(property).next().is_none() {
            return Ok(QueryNeed::Nothing);
        }
        match self.least(property, operators) {
            Some(QueryNeed::Advanced) if !self.is_advanced => Err(unsupported_clause(self.types, property)),
            Some(QueryNeed::DefaultOnly) if self.is_advanced => Err(unsupported_clause(self.types, property)),
            Some(need) => Ok(need),
            None => Err(unsupported_clause(self.types, property)),
        }
    }

    fn advanced(&self, operator: &str) -> Result<QueryNeed, Refusal> {
        if self.is_advanced {
            return Ok(QueryNeed::Advanced);
        }
        Err(missing_parameters(&format!("Operator '{operator}'")))
    }
}

/// All that can be asked of values.
const VALUES: [FilterOperator; 6] = [
    FilterOperator::Equal,
    FilterOperator::StartsWith,
    FilterOperator::EndsWith,
    FilterOperator::GreaterOrEqual,
    FilterOperator::LessOrEqual,
    FilterOperator::Null,
];

/// Returns the operator that a comparison asks of a property. `gt` and `lt` are held to be what `ge` and `le` are: the page
/// does not name them.
fn operator(comparison: Comparison, literal: &Value) -> FilterOperator {
    match comparison {
        Comparison::Equal | Comparison::NotEqual if literal.is_null() => FilterOperator::Null,
        Comparison::Equal | Comparison::NotEqual => FilterOperator::Equal,
        Comparison::Greater | Comparison::GreaterOrEqual => FilterOperator::GreaterOrEqual,
        Comparison::Less | Comparison::LessOrEqual => FilterOperator::LessOrEqual,
    }
}

/// The property of the object that a path leads into.
fn root<'a>(path: &'a str, items: &Items<'a>) -> &'a str {
    let first = path.split('/').find(|name| graphwalk_catalog::unqualified(name).is_none()).unwrap_or(path);
    items.iter().rev().find(|(item, _)| *item == first).map_or(first, |(_, collection)| collection)
}

fn unsorted() -> Refusal {
    unsupported("Sorting not supported for current query.")
}

#[cfg(test)]
mod tests {
    use graphwalk_catalog::Catalog;

    use super::*;
    use crate::http::Request;
    use crate::odata::query::Options;

    fn asked(query: &str, types: &[&str], is_advanced: bool) -> Result<(), String> {
        let mut request = Request::get("/v1.0/users", query);
        if is_advanced {
            request.headers.insert("consistencylevel", "eventual".parse().unwrap());
        }
        let types: Vec<Type> = types.iter().map(|name| Catalog::v1().type_named(name).unwrap()).collect();
        let query = Query::parse(&request, Options::Directory).unwrap();
        check(&query, &types, is_advanced).map_err(|refusal| refusal.message)
    }

    #[test]
    fn a_query_that_works_by_default_works_as_an_advanced_one_too() {
        for query in [
            "$filter=accountEnabled eq true and userType in ('Guest','Member')",
            "$filter=startswith(displayName,'a') or startswith(jobTitle,'b')",
            "$filter=assignedLicenses/any(x:x/skuId eq 1e1a282c-9c54-43a2-9310-98ef728faace)",
            "$filter=otherMails/any(p:startswith(p,'a'))",
            "$filter=createdDateTime ge 2026-01-01T00:00:00Z",
            "$filter=onPremisesSecurityIdentifier eq 'S-1'",
            "$filter=signInActivity/lastSignInDateTime le 2026-01-01T00:00:00Z",
            "$orderby=displayName desc,userPrincipalName",
        ] {
            assert_eq!(asked(query, &["user"], false), Ok(()), "{query}");
            assert_eq!(asked(query, &["user"], true), Ok(()), "{query}");
        }
    }

    #[test]
    fn an_advanced_query_needs_its_parameters() {
        for query in [
            "$filter=accountEnabled ne true",
            "$filter=not startswith(displayName,'a')",
            "$filter=endswith(mail,'@x.example')",
            "$filter=otherMails/any(m:endswith(m,'x'))",
            "$filter=assignedLicenses/$count eq 0",
            "$filter=companyName eq 'x'",
            "$filter=mail eq null",
            "$filter=mobilePhone in ('1','2')",
            "$filter=businessPhones/any(p:startswith(p,'+1'))",
            "$filter=ownedObjects/$count ne 1",
            "$filter=passwordProfile/forceChangePasswordNextSignIn eq true",
            "$filter=onPremisesExtensionAttributes/extensionAttribute1 eq 'x'",
            "$filter=assignedPlans/any(p:p/service eq 'exchange')",
            "$orderby=createdDateTime",
            "$filter=accountEnabled eq true&$orderby=displayName",
        ] {
            assert!(asked(query, &["user"], false).is_err(), "{query}");
            assert_eq!(asked(query, &["user"], true), Ok(()), "{query}");
        }
    }

    #[test]
    fn what_the_tables_lack_is_refused_of_every_query() {
        for query in [
            "$filter=contains(displayName,'a')",
            "$filter=aboutMe eq 'x'",
            "$filter=accountEnabled ge true",
            "$filter=endswith(displayName,'a')",
            "$filter=userPrincipalName eq null",
            "$filter=passwordPolicies eq 'x'",
            "$filter=not contains(mail,'a')",
            "$filter=assignedLicenses/$count eq 1",
            "$filter=assignedLicenses/$count gt 0",
            "$filter=businessPhones/$count eq 0",
            "$filter=memberOf/any(m:m/id eq 'x')",
            "$orderby=jobTitle",
        ] {
            assert!(asked(query, &["user"], true).is_err(), "{query}");
        }
        let refused = asked("$filter=createdDateTime ge 2021-11-01", &["group"], true).unwrap_err();
        assert_eq!(
            refused,
            "Unsupported or invalid query filter clause specified for property 'createdDateTime' of resource 'Group'."
        );
    }

    #[test]
    fn of_objects_of_several_types_the_one_that_needs_less_counts() {
        assert_eq!(asked("$filter=createdDateTime ge 2021-11-01T00:00:00Z", &["user", "group"], true), Ok(()));
        assert_eq!(asked("$filter=department eq 'x'", &["user", "group"], false), Ok(()));
        assert!(asked("$filter=description eq 'x'", &["user", "group"], false).is_err());
        assert_eq!(asked("$filter=contains(subject,'x')", &["message"], false), Ok(()));
    }

    #[test]
    fn what_works_without_the_parameters_only_is_no_advanced_query() {
        for (query, ty) in [
            ("$filter=identities/any(i:i/issuer eq 'x' and i/issuerAssignedId eq 'y')", "user"),
            ("$filter=hasMembersWithLicenseErrors eq true", "group"),
        ] {
            assert_eq!(asked(query, &[ty], false), Ok(()), "{query}");
            assert!(asked(query, &[ty], true).is_err(), "{query}");
        }
    }

    #[test]
    fn each_type_of_directory_objects_has_its_own_table() {
        const TYPES: [&str; 6] =
            ["application", "servicePrincipal", "device", "administrativeUnit", "orgContact", "directoryRole"];
        for ty in TYPES {
            assert_eq!(asked("$filter=displayName eq 'x' and id in ('a','b')", &[ty], false), Ok(()), "{ty}");
            for query in
                ["$filter=displayName ne 'x'", "$filter=not startswith(displayName,'x')", "$filter=displayName eq null"]
            {
                assert!(asked(query, &[ty], false).is_err(), "{ty} {query}");
                assert_eq!(asked(query, &[ty], true), Ok(()), "{ty} {query}");
            }
            for query in ["$filter=contains(displayName,'x')", "$filter=endswith(displayName,'x')", "$orderby=id"] {
                assert!(asked(query, &[ty], true).is_err(), "{ty} {query}");
            }
        }
        for (ty, query) in [
            ("application", "$filter=identifierUris/any(u:u eq 'x') and createdDateTime ge 2026-01-01T00:00:00Z"),
            ("servicePrincipal", "$filter=servicePrincipalType eq 'Application' and tags/any(t:t eq 'x')"),
            ("device", "$filter=operatingSystem eq 'Windows' and isCompliant eq true"),
            ("administrativeUnit", "$filter=isMemberManagementRestricted eq true"),
            ("orgContact", "$filter=manager/id eq 'x' or startswith(surname,'x')"),
            ("directoryRole", "$filter=roleTemplateId eq 'x'"),
            ("contract", "$filter=customerId eq 31000000-0000-4000-8000-000000000001"),
        ] {
            assert_eq!(asked(query, &[ty], false), Ok(()), "{ty} {query}");
        }
        for (ty, query) in [
            ("application", "$filter=web/redirectUris/any(u:u eq 'x')"),
            ("application", "$filter=owners/$count eq 1"),
            ("application", "$orderby=displayName"),
            ("servicePrincipal", "$filter=homepage eq 'x'"),
            ("device", "$filter=manufacturer eq 'x' and registrationDateTime ge 2026-01-01T00:00:00Z"),
            ("administrativeUnit", "$filter=description eq 'x'"),
            ("orgContact", "$filter=endswith(mail,'x')"),
            ("directoryRole", "$filter=startswith(displayName,'x')"),
        ] {
            assert!(asked(query, &[ty], false).is_err(), "{ty} {query}");
            assert_eq!(asked(query, &[ty], true), Ok(()), "{ty} {query}");
        }
        for (ty, query) in [
            ("application", "$filter=isFallbackPublicClient eq true"),
            ("servicePrincipal", "$filter=loginUrl eq 'x'"),
            ("administrativeUnit", "$filter=visibility eq 'Public'"),
            ("contract", "$filter=contractType eq 'x'"),
        ] {
            assert!(asked(query, &[ty], true).is_err(), "{ty} {query}");
        }
    }

    #[test]
    fn an_advanced_query_expands_nothing() {
        assert_eq!(asked("$expand=manager&$filter=accountEnabled eq true", &["user"], true), Ok(()));
        assert!(asked("$expand=manager&$filter=accountEnabled ne true", &["user"], true).is_err());
    }
}
