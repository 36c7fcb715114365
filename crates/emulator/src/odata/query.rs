//! Query options: `$select`, `$filter`, `$orderby`, `$top`, `$skip`, `$skiptoken`, `$count`, `$expand`.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::http::{Refusal, Request, bad_request, not_modelled};

use super::filter::Filter;
use super::search::Search;

/// The query options of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// `$select`
    pub select: Option<Vec<String>>,
    /// `$filter`
    pub filter: Option<Filter>,
    /// `$orderby`: properties, each with whether it descends.
    pub order: Vec<(String, bool)>,
    /// `$top`
    pub top: Option<usize>,
    /// `$skip`
    pub skip: usize,
    /// The first item of the page, from `$skiptoken`.
    pub from: usize,
    /// `$count=true`
    pub count: bool,
    /// `$search`
    pub search: Option<Search>,
    /// `$expand`
    pub expand: Vec<String>,
    /// The properties that a `$select` within `$expand` names, by the navigation property that it is about.
    pub expand_select: HashMap<String, Vec<String>>,
    /// Whether the request carries `ConsistencyLevel: eventual`.
    pub eventual: bool,
    /// `odata.maxpagesize` of the header `Prefer`.
    pub preferred_page: Option<usize>,
}

/// The query options that a resource understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Options {
    /// `$select` alone, as most single entities.
    Select,
    /// `$select` and `$expand`.
    Entity,
    /// Everything but `$skip`, as lists of the directory.
    Directory,
    /// Everything but `$skip` and `$search`.
    WithoutSkip,
    /// Everything but `$expand` and `$search`.
    WithoutExpand,
    /// Everything but `$search`.
    All,
    /// `$filter` alone, as `/$count`.
    Filter,
    /// `$filter` and `$search`, as `/$count` of the directory.
    FilterAndSearch,
    /// `$select`, `$filter` and `$top`, as delta queries, which read their tokens themselves.
    Delta,
    /// None at all.
    Nothing,
}

impl Options {
    /// Whether a resource takes an option, named without its dollar sign.
    fn allows(self, option: &str) -> bool {
        match self {
            Self::Select => option == "select",
            Self::Entity => matches!(option, "select" | "expand"),
            Self::Directory | Self::WithoutSkip => option != "skip",
            Self::WithoutExpand => option != "expand",
            // What is no directory object is not searched here, and Graph may search it: that is said as such.
            Self::All => true,
            Self::Filter => option == "filter",
            Self::FilterAndSearch => matches!(option, "filter" | "search"),
            Self::Delta => matches!(option, "select" | "filter" | "top" | DELTA_TOKEN | "skiptoken"),
            Self::Nothing => false,
        }
    }
}

impl Query {
    /// Reads the options of a request for a resource that understands `options`.
    ///
    /// # Errors
    ///
    /// 400 if an option is unknown, not understood there, or malformed.
    pub fn parse(request: &Request, options: Options) -> Result<Self, Refusal> {
        let mut query = Self {
            eventual: request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual")),
            preferred_page: preferred_page(request),
            ..Self::default()
        };
        let mut seen: Vec<&str> = Vec::new();
        for pair in request.query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            // What is no option is passed over, as custom options are.
            let Some(option) = graphwalk_catalog::query_option(&name) else {
                if name.starts_with('$') {
                    return Err(bad_request(format!("Query option '{name}' was not recognised.")));
                }
                continue;
            };
            if !options.allows(option) {
                return Err(Refusal::new(
                    400,
                    "Request_UnsupportedQuery",
                    format!("Query option '${option}' is not supported by this resource."),
                ));
            }
            if seen.contains(&option) {
                return Err(bad_request(format!("Query option '${option}' must be specified only once.")));
            }
            if option == "search" && !matches!(options, Options::Directory | Options::FilterAndSearch) {
                return Err(not_modelled("$search here"));
            }
            let is_token_of_delta = options == Options::Delta && matches!(option, DELTA_TOKEN | "skiptoken");
            if !is_token_of_delta {
                query.set(option, &value)?;
            }
            seen.push(option);
        }
        Ok(query)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), Refusal> {
        match option {
            "select" => {
                // A star stands for everything that is answered anyway.
                self.select = Some(names(value, option)?).filter(|names| !names.iter().any(|name| name == "*"));
            }
            "expand" => self.set_expand(value)?,
            "search" => self.search = Some(Search::parse(value)?),
            "filter" => self.filter = Some(Filter::parse(value)?),
            "orderby" => self.order = order(value)?,
            "top" => self.top = Some(number(value, option, 1, 999)?),
            "skip" => self.skip = number(value, option, 0, usize::MAX)?,
            "skiptoken" => {
                self.from = token(value).ok_or_else(|| bad_request("The $skiptoken is not one of this service."))?
            }
            "count" => self.count = truth(value, option)?,
            _ => return Err(bad_request(format!("Query option '${option}' is not supported."))),
        }
        Ok(())
    }

    /// Reads `$expand`: navigation properties, each with a `$select` in parentheses if need be. Other options are not
    /// supported there for what derives from directoryObject (Graph documentation, "Expand parameter").
    fn set_expand(&mut self, value: &str) -> Result<(), Refusal> {
        for part in split_outside_parentheses(value) {
            let (name, options) = match part.trim().split_once('(') {
                None => (part.trim(), None),
                Some((name, rest)) => {
                    let options = rest.strip_suffix(')');
                    let options =
                        options.ok_or_else(|| bad_request(format!("'{part}' lacks its closing parenthesis.")))?;
                    (name.trim(), Some(options))
                }
            };
            if name.is_empty() {
                return Err(bad_request("Query option '$expand' has an empty name."));
            }
            for option in options.into_iter().flat_map(|options| options.split(';')) {
                match option.trim().split_once('=') {
                    Some(("$select" | "select", value)) => {
                        self.expand_select.insert(name.to_owned(), names(value, "select")?);
                    }
                    Some(("$levels" | "levels", _)) if name == "manager" => {
                        return Err(not_modelled("$levels of $expand"));
                    }
                    _ => {
                        return Err(bad_request(format!("Query option '{option}' is not supported within '$expand'.")));
                    }
                }
            }
            self.expand.push(name.to_owned());
        }
        Ok(())
    }

    /// Returns the number of items that a page has.
    pub fn page_size(&self) -> usize {
        self.top.or(self.preferred_page).unwrap_or(100)
    }

    /// Whether its filter asks of a property, or of what a navigation leads to.
    pub fn filters_by(&self, name: &str) -> bool {
        let properties = self.filter.iter().flat_map(Filter::properties);
        properties.into_iter().any(|path| path.split('/').next() == Some(name))
    }

    /// Returns whether an advanced query of directory objects is allowed: `ConsistencyLevel: eventual` with
    /// `$count=true`.
    pub fn is_advanced(&self) -> bool {
        self.eventual && self.count
    }
}

/// The token of a delta query.
const DELTA_TOKEN: &str = "deltatoken";

/// Returns what a next link carries for the item that its page begins with: opaque to clients.
pub fn skip_token(from: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("page:{from}"))
}

fn token(text: &str) -> Option<usize> {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()?;
    std::str::from_utf8(&bytes).ok()?.strip_prefix("page:")?.parse().ok()
}

fn preferred_page(request: &Request) -> Option<usize> {
    let preferences = request.header("prefer")?.split([',', ';']).map(str::trim);
    let mut sizes = preferences
        .filter_map(|preference| preference.to_lowercase().strip_prefix("odata.maxpagesize=").map(str::to_owned));
    sizes.next()?.parse().ok().filter(|size| (1..=999).contains(size))
}

fn split_outside_parentheses(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

fn names(value: &str, option: &str) -> Result<Vec<String>, Refusal> {
    let names: Vec<String> = value.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err(bad_request(format!("Query option '${option}' has an empty name.")));
    }
    Ok(names)
}

fn order(value: &str) -> Result<Vec<(String, bool)>, Refusal> {
    let part = |part: &str| {
        let mut words = part.split_whitespace();
        match (words.next(), words.next().map(str::to_lowercase).as_deref(), words.next()) {
            (Some(name), None | Some("asc"), None) => Ok((name.to_owned(), false)),
            (Some(name), Some("desc"), None) => Ok((name.to_owned(), true)),
            _ => Err(bad_request(format!("'{part}' cannot be ordered by."))),
        }
    };
    value.split(',').map(part).collect()
}

fn number(value: &str, option: &str, least: usize, most: usize) -> Result<usize, Refusal> {
    let number: Option<usize> = value.parse().ok();
    number.filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        let range = if most == usize::MAX { format!("{least} or more") } else { format!("between {least} and {most}") };
        bad_request(format!("Invalid value '{value}' of query option '${option}': it has to be {range}."))
    })
}

fn truth(value: &str, option: &str) -> Result<bool, Refusal> {
    match value.to_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(bad_request(format!(
            "Invalid value '{value}' of query option '${option}': it has to be true or false."
        ))),
    }
}

/// Decodes a part of a query, in which a plus sign is a space.
pub(crate) fn decoded(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().map_err(|_| bad_request("The query is not UTF-8."))?;
    Ok(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(text: &str, options: Options) -> Result<Query, Refusal> {
        Query::parse(&Request::get("/v1.0/users", text), options)
    }

    #[test]
    fn options_are_read_encoded_and_plain_with_or_without_the_dollar() {
        let read = query("$select=id,displayName&%24top=5&orderby=displayName%20desc&$count=true", Options::Directory)
            .unwrap();
        assert_eq!(read.select, Some(vec!["id".to_owned(), "displayName".to_owned()]));
        assert_eq!((read.top, read.count), (Some(5), true));
        assert_eq!(read.order, [("displayName".to_owned(), true)]);
        assert_eq!(query("$select=*", Options::Directory).unwrap().select, None);
    }

    #[test]
    fn an_unsupported_query_option_is_refused() {
        assert_eq!(query("$skip=1", Options::Directory).unwrap_err().code, "Request_UnsupportedQuery");
        assert_eq!(query("$expand=members", Options::WithoutExpand).unwrap_err().status, 400);
        assert_eq!(query("$frobnicate=1", Options::Directory).unwrap_err().status, 400);
        for wrong in
            ["$top=0", "$top=1000", "$top=x", "$skip=-1", "$count=2", "$orderby=a b c", "$select=a,,b", "$skiptoken=x"]
        {
            assert_eq!(query(wrong, Options::WithoutExpand).unwrap_err().status, 400, "{wrong}");
        }
        assert!(query("custom=1", Options::Nothing).is_ok());
    }

    #[test]
    fn an_expand_may_contain_a_select() {
        let read = query("$expand=manager($select=id,displayName),memberOf", Options::Entity).unwrap();
        assert_eq!(read.expand, ["manager", "memberOf"]);
        assert_eq!(read.expand_select["manager"], ["id", "displayName"]);
        assert!(!read.expand_select.contains_key("memberOf"));
        for wrong in [
            "$expand=",
            "$expand=a,",
            "$expand=($select=id)",
            "$expand=a($select=id",
            "$expand=a($select=)",
            "$expand=a($top=5)",
            "$expand=a()",
            "$expand=a($levels=2)",
        ] {
            assert_eq!(query(wrong, Options::Entity).unwrap_err().status, 400, "{wrong}");
        }
        // Graph takes it of managers.
        assert_eq!(query("$expand=manager($levels=max)", Options::Entity).unwrap_err().status, 501);
    }

    #[test]
    fn a_page_token_leads_back_to_its_item() {
        let read = query(&format!("$skiptoken={}", skip_token(300)), Options::Directory).unwrap();
        assert_eq!(read.from, 300);
    }

    proptest! {
        #[test]
        fn no_query_panics(text in "\\PC*") {
            let _ = query(&text, Options::Directory);
            let _ = query(&format!("$filter={text}"), Options::Directory);
        }
    }
}
