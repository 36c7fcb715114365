//! Which answer belongs to which request.

use std::collections::HashMap;

use super::address::Address;
use super::annotation::Annotation;
use super::blocks::Label;
use super::classify::{LooseBody, PrintedAnswer, PrintedMessage, PrintedRequest, header};
use super::read::ReadPage;

/// A request and its answer.
#[derive(Debug)]
pub struct PrintedExchange {
    /// The request.
    pub request: PrintedRequest,
    /// Its address.
    pub address: Address,
    /// The answer, if the page has one.
    pub answer: Option<PrintedAnswer>,
}

/// Pairs requests and answers: by the name that both annotations have, else an answer belongs to the last request that has
/// none. What is left over is told beside.
pub fn pair(messages: Vec<PrintedMessage>, page: &ReadPage) -> (Vec<PrintedExchange>, Vec<PrintedAnswer>) {
    let mut pairing = Pairing::default();
    for message in messages {
        match message {
            PrintedMessage::Requests(requests) => requests.into_iter().for_each(|request| pairing.request(request)),
            PrintedMessage::Answer(answer) => pairing.answer(answer),
            PrintedMessage::Body(body) => pairing.body(body, page),
        }
    }
    (pairing.exchanges, pairing.strays)
}

#[derive(Default)]
struct Pairing {
    exchanges: Vec<PrintedExchange>,
    strays: Vec<PrintedAnswer>,
    names: HashMap<String, usize>,
}

impl Pairing {
    fn request(&mut self, request: PrintedRequest) {
        if let Some(name) = request.annotation.as_ref().and_then(|annotation| annotation.text("name")) {
            self.names.insert(name.to_lowercase(), self.exchanges.len());
        }
        let address = Address::of(&request.url);
        self.exchanges.push(PrintedExchange { request, address, answer: None });
    }

    fn answer(&mut self, answer: PrintedAnswer) {
        let name = answer.annotation.as_ref().and_then(|annotation| annotation.text("name"));
        let named = name.and_then(|name| self.names.get(&name.to_lowercase()).copied());
        let index = named.or_else(|| self.exchanges.len().checked_sub(1));
        match index.and_then(|index| self.exchanges.get_mut(index)).filter(|exchange| exchange.answer.is_none()) {
            Some(exchange) => exchange.answer = Some(answer),
            None => self.strays.push(answer),
        }
    }

    /// A body alone belongs to the request before it if the page says so, or if that one tells of a body and has none.
    fn body(&mut self, body: LooseBody, page: &ReadPage) {
        let is_of_page = |exchange: &&mut PrintedExchange| {
            let section = |at: usize| page.sections.get(at).and_then(|section| section.parent);
            // A resource that is printed in another part of the page is no answer.
            body.label.is_some()
                || exchange.request.section == body.answer.section
                || section(exchange.request.section) == section(body.answer.section)
        };
        let Some(last) = self.exchanges.last_mut().filter(is_of_page) else { return };
        let lacks_body = last.answer.is_none()
            && last.request.body.is_none()
            && ["POST", "PUT", "PATCH"].contains(&last.request.method.as_str());
        let is_announced = header(&last.request.headers, "Content-Type").is_some();
        let is_request = match body.label {
            Some(Label::Request) => lacks_body,
            Some(Label::Answer) => false,
            None => lacks_body && is_announced,
        };
        let has_own_annotation = body.answer.annotation.as_ref().and_then(Annotation::block_type).is_some();
        if is_request {
            last.request.body = body.answer.body;
            last.request.span.end = body.answer.span.end;
        } else if body.label == Some(Label::Answer) || has_own_annotation || last.answer.is_none() {
            self.answer(body.answer);
        }
    }
}
