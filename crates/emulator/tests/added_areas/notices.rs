//! An area whose objects only people see, on pages.

use graphwalk_emulator::areas::{Area, Start, State};
use graphwalk_emulator::http::{Refusal, Reply};
use graphwalk_emulator::pages::{Form, PageText, Site, SitePage, Taken, Visit};
use graphwalk_emulator::routes::RoutedCall;
use maud::html;

#[derive(Debug)]
pub struct Notices;

struct Board;

#[derive(Clone, Debug, Default)]
struct Written(Vec<String>);

impl Area for Notices {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(Written::default())
    }

    fn answer(&self, _: &mut RoutedCall<'_>, _: &[&str]) -> Option<Result<Reply, Refusal>> {
        None
    }

    fn site(&self) -> Option<&'static dyn Site> {
        Some(&Board)
    }
}

impl Site for Board {
    fn segment(&self) -> &'static str {
        "notices"
    }

    fn title(&self) -> &'static str {
        "Notice board"
    }

    fn show(&self, visit: &Visit<'_>, path: &[&str]) -> Result<SitePage, Refusal> {
        if !path.is_empty() {
            return Err(Refusal::new(404, "NotFound", "There is one page."));
        }
        let written = visit.tenant.states.get::<Written>();
        let field = html! { input name="text" aria-label="Text"; };
        let content = html! { @for text in &written.0 { p { (PageText(text)) } } (visit.form("", &field)) };
        Ok(SitePage { status: 200, title: "Notices".to_owned(), content })
    }

    fn take(&self, visit: &mut Visit<'_>, _: &[&str], form: &Form) -> Result<Taken, Refusal> {
        let text = format!("{}: {}", visit.visitor.display_name, form.field("text"));
        visit.tenant.states.get_mut::<Written>().0.push(text);
        Ok(Taken::GoOn(String::new()))
    }
}
