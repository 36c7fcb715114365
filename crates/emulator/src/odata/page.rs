//! Lists: filtered, ordered, cut into pages.

use graphwalk_catalog::Type;
use serde_json::{Map, Value};

use crate::http::{Refusal, Reply};

use super::query::{Query, skip_token};

/// The place where a list stands: what its context and its next links are made of.
#[derive(Clone, Debug)]
pub struct ListAddress {
    /// The context of the whole list, e.g. `https://graph.microsoft.com/v1.0/$metadata#users`.
    pub context: String,
    /// The URL of the list as asked for, without its query.
    pub url: String,
    /// The query as asked for.
    pub query: String,
    /// The types of its items, as far as the catalog has them.
    pub types: Vec<Type>,
}

/// The page of a list that a query asks for. `shown` gives the item at an index as it is answered, and is called for what
/// the page needs; `whole` gives it with all that filters and orders may name, and is called for every item, only if the
/// query filters or orders.
///
/// # Errors
///
/// 400 if a filter or an order names what the items do not have.
pub fn reply(
    address: &ListAddress,
    query: &Query,
    count: usize,
    counted: bool,
    whole: impl Fn(usize) -> Map<String, Value>,
    shown: impl Fn(usize) -> Map<String, Value>,
    knows: impl Fn(&str) -> bool,
) -> Result<Reply, Refusal> {
    super::check_select(query, &knows)?;
    let chosen = chosen(query, &address.types, count, &whole, &knows)?;
    let total = chosen.as_ref().map_or(count, Vec::len);
    let begin = query.from.max(query.skip).min(total);
    let end = begin.saturating_add(query.page_size()).min(total);
    let mut value = Vec::with_capacity(end - begin);
    for place in begin..end {
        let mut found = shown(chosen.as_ref().map_or(place, |chosen| chosen[place]));
        super::select(&mut found, query, &knows)?;
        value.push(Value::Object(found));
    }
    let mut body = Map::new();
    let selected = query.select.as_ref().map_or_else(String::new, |select| format!("({})", select.join(",")));
    body.insert("@odata.context".to_owned(), Value::from(format!("{}{selected}", address.context)));
    // Only the first page says how many there are.
    if counted && query.from == 0 {
        body.insert("@odata.count".to_owned(), Value::from(total));
    }
    if end < total {
        body.insert("@odata.nextLink".to_owned(), Value::from(address.next_link(end)));
    }
    body.insert("value".to_owned(), Value::Array(value));
    Ok(Reply::json(200, Value::Object(body)))
}

/// Returns the number of items of these types that a filter and a search let through.
///
/// # Errors
///
/// 400 if it names what the items do not have.
pub fn count(
    query: &Query,
    types: &[Type],
    count: usize,
    whole: impl Fn(usize) -> Map<String, Value>,
    knows: impl Fn(&str) -> bool,
) -> Result<usize, Refusal> {
    Ok(chosen(query, types, count, &whole, &knows)?.map_or(count, |chosen| chosen.len()))
}

/// The indices of the items that a filter and a search let through, in order; nothing if that is all of them as they are.
fn chosen(
    query: &Query,
    types: &[Type],
    count: usize,
    item: &impl Fn(usize) -> Map<String, Value>,
    knows: &impl Fn(&str) -> bool,
) -> Result<Option<Vec<usize>>, Refusal> {
    if query.filter.is_none() && query.search.is_none() && query.order.is_empty() {
        return Ok(None);
    }
    let filtered = query.filter.iter().flat_map(|filter| filter.properties());
    let ordered = query.order.iter().map(|(name, _)| name.as_str());
    for name in filtered.chain(ordered) {
        let first = name.split('/').next().unwrap_or(name);
        if !knows(first) {
            return Err(Refusal::new(400, "BadRequest", format!("Could not find a property named '{first}'.")));
        }
    }
    let mut kept = Vec::new();
    for index in 0..count {
        let found = item(index);
        let is_sought = query.search.as_ref().is_none_or(|search| search.finds(&found, types));
        if is_sought && query.filter.as_ref().map_or(Ok(true), |filter| filter.fits(&found))? {
            let keys: Vec<Value> = query
                .order
                .iter()
                .map(|(name, _)| super::filter::property(&found, name).cloned().unwrap_or(Value::Null))
                .collect();
            kept.push((keys, index));
        }
    }
    kept.sort_by(|(left, _), (right, _)| {
        let pairs = left.iter().zip(right).zip(&query.order);
        pairs
            .map(|((left, right), (_, descends))| {
                let order = super::filter::compare(left, right);
                if *descends { order.reverse() } else { order }
            })
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    Ok(Some(kept.into_iter().map(|(_, index)| index).collect()))
}

impl ListAddress {
    fn next_link(&self, from: usize) -> String {
        let dropped = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default().to_lowercase().replace("%24", "$");
            !pair.is_empty() && !["$skiptoken", "$skip", "skiptoken", "skip"].contains(&name.as_str())
        };
        let mut pairs: Vec<String> = self.query.split('&').filter(dropped).map(str::to_owned).collect();
        pairs.push(format!("$skiptoken={}", skip_token(from)));
        format!("{}?{}", self.url, pairs.join("&"))
    }
}
