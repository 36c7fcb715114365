//! The layer that reads a list to its end: its further pages are added to the first.

use std::rc::Rc;

use graphwalk_client::{ClientError, Exchange, GraphClient, ResponseBody, paging};

use super::contradictions::{self, ItemCount};
use super::settle::Settle;
use super::{Around, CheckedAnswer, Sending, refused, unrecorded};
use crate::session::{Call, Failure};

/// Reads all pages of a list, where a call asks for that.
pub(in crate::session) struct Pages {
    pub settle: Settle,
}

/// A list whose pages are being read.
pub(super) struct ListReading {
    read: paging::PagesRead,
    counted: ItemCount,
}

impl Pages {
    /// Makes the layer before `settle`.
    pub fn new(settle: Settle) -> Self {
        Self { settle }
    }

    /// The answer to a call, with the whole list as its body if that is asked for.
    ///
    /// # Errors
    ///
    /// There is no answer to the call itself.
    pub async fn send(&mut self, sending: &Sending<'_>, around: &mut Around<'_>) -> Result<CheckedAnswer, Failure> {
        let mut exchange = self.settle.send(sending, around).await?;
        if unrecorded(&exchange).is_some() {
            return Ok(CheckedAnswer { exchange, fault: None });
        }
        let read = match contradictions::in_answer(&exchange) {
            Ok(()) if sending.call.all_pages => self.read_on(sending, Rc::make_mut(&mut exchange), around).await,
            Ok(()) => ItemCount::new(&sending.call.path, &exchange).check(&exchange),
            Err(failure) => Err(failure),
        };
        Ok(CheckedAnswer { exchange, fault: read.err() })
    }

    async fn read_on(
        &mut self,
        sending: &Sending<'_>,
        exchange: &mut Exchange,
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        let mut reading = ListReading::begin(sending.call, exchange);
        while let Some(next) = reading.next(sending.call, exchange, self.settle.client())? {
            let page = self.settle.send(&sending.with(&next), around).await?;
            if let Some(failure) = unrecorded(&page) {
                return Err(failure);
            }
            reading.add(exchange, Rc::unwrap_or_clone(page))?;
        }
        reading.end(exchange)
    }
}

impl ListReading {
    /// A list whose first page is the answer to `call`.
    pub fn begin(call: &Call, first: &Exchange) -> Self {
        Self { read: paging::PagesRead::from_first(&call.path), counted: ItemCount::new(&call.path, first) }
    }

    /// Returns the call for the next page, if there is one.
    ///
    /// # Errors
    ///
    /// The link leads elsewhere, or to a page that was read before.
    pub fn next(&mut self, call: &Call, list: &Exchange, client: &GraphClient) -> Result<Option<Call>, Failure> {
        let link = list.json().filter(|_| list.status == 200).and_then(paging::next_link);
        let Some(link) = link else { return Ok(None) };
        let path = client.path_of_link(link).map_err(|error| refused(&error))?;
        self.read.go_on_to(&path).map_err(|error| refused(&error).notes(list.notes()))?;
        // The headers are sent with every page: Graph asks for that.
        Ok(Some(Call { path, lookup: None, body: None, file: None, ..call.clone() }))
    }

    /// Adds a page. One that is refused becomes the answer to the whole list.
    ///
    /// # Errors
    ///
    /// It is no page, or it contradicts itself.
    pub fn add(&mut self, list: &mut Exchange, page: Exchange) -> Result<(), Failure> {
        contradictions::in_answer(&page)?;
        if page.status != 200 {
            *list = page;
            return Ok(());
        }
        let notes = page.notes();
        list.pages += 1;
        let (ResponseBody::Json(list), ResponseBody::Json(page)) = (&mut list.body, page.body) else {
            return Err(refused(&ClientError::NoPage).notes(notes));
        };
        paging::append(list, page).map_err(|error| refused(&error).notes(notes))
    }

    /// Compares the whole list with how many items its first page says that there are.
    ///
    /// # Errors
    ///
    /// There are more or less.
    pub fn end(&self, list: &Exchange) -> Result<(), Failure> {
        self.counted.check(list)
    }
}
