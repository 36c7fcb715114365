//! The headers of the last answer, and links that Graph answers.

use graphwalk_catalog::{ApiPath, Version};
use graphwalk_client::Exchange;
use graphwalk_secrets::ServerText;

use super::layers::refused;
use super::{Call, Failure, Session};

impl Session {
    /// The value of a header of the last answer. Its name is taken in any case.
    ///
    /// # Errors
    ///
    /// A failure that names the headers that came, if it did not.
    pub fn header(&self, name: &str) -> Result<&ServerText, Failure> {
        let exchange = self.last()?;
        exchange.headers.get(name).ok_or_else(|| {
            let came: Vec<&str> = exchange.headers.iter().map(|(name, _)| name).collect();
            Failure::new("header", format!("expected a header \"{name}\", got none"))
                .focus(name, "not answered")
                .note(format!("headers answered: {}", came.join(", ")))
                .notes(exchange.notes())
        })
    }

    /// The id that the link in a header of the last answer has after a segment of its path, as a segment of its own or in
    /// brackets. The link may lead anywhere: nothing is sent to it.
    ///
    /// # Errors
    ///
    /// A failure if the header did not come, or its link has no id there.
    pub fn id_in_header(&self, header: &str, segment: &str) -> Result<String, Failure> {
        let link = self.header(header)?;
        let path = ApiPath::parse_reference(link.expose());
        path.key_after(segment).map(str::to_owned).ok_or_else(|| {
            let message = format!("expected an id after \"{segment}\" in the header \"{header}\", got \"{link}\"");
            Failure::new("header", message).focus(segment, "no id after it")
        })
    }

    /// The path and query of a link that Graph answered: of `@odata.nextLink`, `@odata.deltaLink` or the header `Location`.
    ///
    /// A link without a host has the version of the last request where it names none: so are those of some long operations.
    ///
    /// # Errors
    ///
    /// A failure if it leads to another host: a token is sent to Graph alone.
    pub fn path_of_link(&self, link: &str) -> Result<String, Failure> {
        self.script.follows();
        if link.starts_with('/') && !link.starts_with("//") {
            let version = |path: &str| ApiPath::parse(path).ok().and_then(|path| path.version());
            if version(link).is_some() {
                return Ok(link.to_owned());
            }
            let asked = self.last.as_ref().and_then(|last| version(&last.path)).unwrap_or(Version::V1);
            return Ok(format!("/{asked}{link}"));
        }
        let path = self.backend.client().path_of_link(link);
        path.map_err(|error| Failure { code: "foreign-link", ..refused(&error) })
    }

    /// Asks for what a link names that Graph answered: the next page of a list, what changed since, how far an operation is.
    ///
    /// ```
    /// use graphwalk::prelude::*;
    ///
    /// /// Looks how far the operation is that was begun last.
    /// #[when(expr = "{actor} looks how far it is")]
    /// async fn looks(session: &mut Session, actor: Actor) -> StepResult {
    ///     let operation = session.header("Location")?.expose().to_owned();
    ///     session.follow(&actor.0, &operation).await?;
    ///     session.expect_status(200)?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// The link leads elsewhere than to the base URL, or nothing answered.
    pub async fn follow(&mut self, actor: &str, link: &str) -> Result<&Exchange, Failure> {
        let path = self.path_of_link(link)?;
        let headers = std::mem::take(&mut self.next_headers);
        self.send(&Call { headers, ..Call::new(actor, "GET", path) }).await
    }
}
