//! Lists that come in pages.

use std::collections::HashSet;

use serde_json::Value;

use super::ClientError;

/// The most pages that are read of one list.
///
/// Graph's pages hold up to 999 items, and 100 where nothing is asked: this is a list of 200,000 items and more.
pub const MOST_PAGES: usize = 2_000;

/// Returns the next page of a list, if there is one: the `@odata.nextLink` of its JSON, an absolute and opaque URL.
pub fn next_link(page: &Value) -> Option<&str> {
    page.get("@odata.nextLink").and_then(Value::as_str)
}

/// The pages of one list that have been asked for.
#[derive(Debug)]
pub struct PagesRead(HashSet<String>);

impl PagesRead {
    /// The first page has been read, at `path`.
    pub fn from_first(path: &str) -> Self {
        Self(HashSet::from([path.to_owned()]))
    }

    /// Continues with the page at `path`.
    ///
    /// # Errors
    ///
    /// [`ClientError::PagesInCircle`] if it was read before, which would never end; [`ClientError::TooManyPages`] if there are
    /// more than [`MOST_PAGES`].
    pub fn go_on_to(&mut self, path: &str) -> Result<(), ClientError> {
        let page = self.0.len();
        if self.0.contains(path) {
            return Err(ClientError::PagesInCircle { page });
        }
        if page == MOST_PAGES {
            return Err(ClientError::TooManyPages);
        }
        self.0.insert(path.to_owned());
        Ok(())
    }
}

/// Adds the items of the next page to a list, and takes over where the page after that is. What else the first page says
/// stays, such as `@odata.count`, which only the first has.
///
/// # Errors
///
/// [`ClientError::NoPage`] if the page is no list.
pub fn append(list: &mut Value, mut page: Value) -> Result<(), ClientError> {
    let next = page.get_mut("@odata.nextLink").map(Value::take);
    let Some(Value::Array(items)) = page.get_mut("value").map(Value::take) else { return Err(ClientError::NoPage) };
    let Some(all) = list.get_mut("value").and_then(Value::as_array_mut) else { return Err(ClientError::NoPage) };
    all.extend(items);
    if let Some(envelope) = list.as_object_mut() {
        match next {
            Some(next) => drop(envelope.insert("@odata.nextLink".to_owned(), next)),
            None => drop(envelope.shift_remove("@odata.nextLink")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_become_one_list_that_says_what_the_first_page_said() {
        let mut list = json!({"@odata.context": "c", "@odata.count": 3, "value": [1], "@odata.nextLink": "a"});
        append(&mut list, json!({"@odata.context": "d", "value": [], "@odata.nextLink": "b"})).unwrap();
        assert_eq!(next_link(&list), Some("b"));
        append(&mut list, json!({"value": [2, 3]})).unwrap();
        assert_eq!(list, json!({"@odata.context": "c", "@odata.count": 3, "value": [1, 2, 3]}));
    }

    #[test]
    fn a_page_that_was_read_before_ends_the_list_and_a_long_list_does_not() {
        let mut pages = PagesRead::from_first("/a");
        assert!(pages.go_on_to("/b").is_ok() && pages.go_on_to("/c").is_ok());
        for path in ["/a", "/b", "/c"] {
            assert!(matches!(pages.go_on_to(path), Err(ClientError::PagesInCircle { page: 3 })), "{path}");
        }
        for page in 3..MOST_PAGES {
            assert!(pages.go_on_to(&format!("/{page}")).is_ok(), "{page}");
        }
        assert!(matches!(pages.go_on_to("/one-more"), Err(ClientError::TooManyPages)));
    }

    #[test]
    fn a_page_without_a_list_is_refused() {
        let mut list = json!({"value": [1], "@odata.nextLink": "a"});
        assert!(matches!(append(&mut list, json!({"id": "1"})), Err(ClientError::NoPage)));
    }
}
