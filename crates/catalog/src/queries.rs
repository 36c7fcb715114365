//! What `$filter`, `$orderby` and `$search` may ask of the properties of directory objects, as the reference says it. From the
//! documented facts.

use crate::facts::Fact;
use crate::layout::{ADVANCED, DEFAULT_ONLY, FILTERS, facts};
use crate::types::Type;

/// A question of `$filter` about a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterOperator {
    /// `eq` with a value, `in`; and, in advanced queries, `ne` and `not`.
    Equal,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `ge`
    GreaterOrEqual,
    /// `le`
    LessOrEqual,
    /// `eq` with null.
    Null,
    /// `/$count eq 0`, and with `ne`: whether a collection has no items.
    CountZero,
    /// `/$count eq 1`, and with `ne`.
    CountOne,
}

/// A need of a query beside its options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryNeed {
    /// Nothing: it works by default, and as an advanced query.
    Nothing,
    /// The absence of the advanced query parameters.
    DefaultOnly,
    /// The advanced query parameters: `ConsistencyLevel: eventual` and `$count=true`.
    Advanced,
}

impl FilterOperator {
    /// In the order of [`FILTERS`].
    const ALL: [Self; 8] = [
        Self::Equal,
        Self::StartsWith,
        Self::EndsWith,
        Self::GreaterOrEqual,
        Self::LessOrEqual,
        Self::Null,
        Self::CountZero,
        Self::CountOne,
    ];

    /// Reads what the overlay says, and what it needs: `eq`, `null+`, `eq!`.
    pub(crate) fn parse(text: &str) -> Option<(Self, QueryNeed)> {
        let (name, need) = match (text.strip_suffix(ADVANCED), text.strip_suffix(DEFAULT_ONLY)) {
            (Some(name), _) => (name, QueryNeed::Advanced),
            (None, Some(name)) => (name, QueryNeed::DefaultOnly),
            (None, None) => (text, QueryNeed::Nothing),
        };
        let index = FILTERS.iter().position(|known| *known == name)?;
        Some((Self::ALL[index], need))
    }
}

/// The type from which those of the directory derive.
const DIRECTORY_OBJECT: &str = "directoryObject";

impl QueryNeed {
    pub(crate) fn parse(text: &str) -> Self {
        if text.is_empty() { Self::Nothing } else { Self::Advanced }
    }
}

impl Type {
    /// Returns whether it is documented which of its properties can be filtered. Then no other one can.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let of = |name| Catalog::v1().type_named(name).unwrap().has_documented_filters();
    /// assert!(of("user") && !of("message"));
    /// ```
    pub fn has_documented_filters(self) -> bool {
        self.lineage().any(|ty| ty.facts_of(|kind| kind == facts::FILTER).next().is_some())
    }

    /// Returns what `$filter` needs to ask this of a property, or of a part of it; nothing if it cannot.
    ///
    /// ```
    /// use graphwalk_catalog::{Catalog, FilterOperator::{Equal, LessOrEqual}, QueryNeed};
    ///
    /// let user = Catalog::v1().type_named("user").unwrap();
    /// assert_eq!(user.filter_need("department", Equal), Some(QueryNeed::Nothing));
    /// assert_eq!(user.filter_need("companyName", Equal), Some(QueryNeed::Advanced));
    /// assert_eq!(user.filter_need("accountEnabled", LessOrEqual), None);
    /// ```
    pub fn filter_need(self, property: &str, operator: FilterOperator) -> Option<QueryNeed> {
        self.query_fact(property, facts::FILTER, |fact| match fact {
            Fact::Filter(known, need) if known == operator => Some(need),
            _ => None,
        })
    }

    /// Returns what `$orderby` needs to sort by a property; nothing if it cannot.
    pub fn sort_need(self, property: &str) -> Option<QueryNeed> {
        self.query_fact(property, facts::SORT, |fact| match fact {
            Fact::Sort(need) => Some(need),
            _ => None,
        })
    }

    /// Returns whether `$search` splits the words of a property.
    pub fn is_searched_by_words(self, property: &str) -> bool {
        self.lineage().any(|ty| ty.facts_about(property, facts::SEARCH).next().is_some())
    }

    /// Returns whether `$filter` and `$search` find its objects only as directory objects are found: by documented properties.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let of = |name| Catalog::v1().type_named(name).unwrap().is_directory_object();
    /// assert!(of("device") && !of("message"));
    /// ```
    pub fn is_directory_object(self) -> bool {
        self.lineage().any(|ty| ty.name() == DIRECTORY_OBJECT)
    }

    fn query_fact<T>(self, property: &str, kind: u8, read: impl Fn(Fact) -> Option<T>) -> Option<T> {
        self.lineage().find_map(|ty| ty.facts_about(property, kind).find_map(&read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    #[test]
    fn what_a_query_needs_is_read_from_the_overlay_for_each_operator() {
        assert_eq!(FilterOperator::parse("null+"), Some((FilterOperator::Null, QueryNeed::Advanced)));
        assert_eq!(FilterOperator::parse("le"), Some((FilterOperator::LessOrEqual, QueryNeed::Nothing)));
        assert_eq!(FilterOperator::parse("eq!"), Some((FilterOperator::Equal, QueryNeed::DefaultOnly)));
        assert_eq!(FilterOperator::parse("count1+"), Some((FilterOperator::CountOne, QueryNeed::Advanced)));
        assert_eq!(FilterOperator::parse("lt"), None);
        let group = Catalog::v1().type_named("group").unwrap();
        assert_eq!(group.sort_need("displayName"), Some(QueryNeed::Nothing));
        assert_eq!(group.sort_need("description"), None);
        assert!(group.is_searched_by_words("description") && !group.is_searched_by_words("mail"));
        assert_eq!(group.filter_need("id", FilterOperator::Equal), Some(QueryNeed::Nothing));
    }
}
