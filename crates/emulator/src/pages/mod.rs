//! Pages for people: what an area shows to whoever signs in with a browser.
//!
//! An area has at most one [`Site`], beneath a first segment of its own, and shows and takes there what belongs to it. The rest is the
//! same for every site: a visitor signs in by name and password or by a link that works once (`Visitors`), a form is taken only
//! from a page of the site itself, and a page loads nothing and runs no script.

mod frame;
mod link;
mod moment;
mod sign_in;
mod text;
mod visitors;

use ::http::Method;
use jiff::Timestamp;
use maud::{Markup, html};

use crate::World;
use crate::areas::Area;
use crate::http::{Refusal, Reply, Request};
use crate::sign_in::{Account, Accounts as _, Parameters};
use crate::tenant::Tenant;

pub use frame::style_source;
pub use link::SignInLink;
pub use moment::moment;
pub use text::{PageText, lines, turns_direction};
pub(crate) use visitors::Visitors;

/// The parameter of an address that has the secret of a link, and the field of its form.
const SECRET: &str = "secret";
/// The field of every form that proves that a page of the site has sent it.
const FORM_PROOF: &str = "form-proof";
/// The most bytes of a form.
pub(crate) const LONGEST_FORM: usize = 64 << 10;

/// The pages of an area.
///
/// Nothing is answered before somebody has signed in, and a form is taken only from a page of the site.
pub trait Site: Send + Sync {
    /// The first segment of its paths, in lower case: `myaccess`.
    fn segment(&self) -> &'static str;

    /// Returns the title at the top of each page.
    fn title(&self) -> &'static str;

    /// Returns the page at a path, of which the first segment is left out.
    ///
    /// # Errors
    ///
    /// The reason why there is none: it becomes a page with the same status.
    fn show(&self, visit: &Visit<'_>, path: &[&str]) -> Result<SitePage, Refusal>;

    /// Takes a form that was sent to a path.
    ///
    /// # Errors
    ///
    /// The reason why it is not taken: it becomes a page with the same status.
    fn take(&self, visit: &mut Visit<'_>, path: &[&str], form: &Form) -> Result<Taken, Refusal>;
}

/// Somebody who has signed in, before one page.
pub struct Visit<'a> {
    /// The tenant that the site is about.
    pub tenant: &'a mut Tenant,
    /// The account that has signed in.
    pub visitor: &'a Account,
    /// The tenant's time.
    pub now: Timestamp,
    query: &'a Parameters,
    segment: &'static str,
    proof: &'a str,
}

/// The fields of a form that was sent.
#[derive(Debug)]
pub struct Form(Parameters);

/// A page without its frame.
#[derive(Clone, Debug)]
pub struct SitePage {
    /// The status code.
    pub status: u16,
    /// The title, which is its first heading too.
    pub title: String,
    /// The content below that.
    pub content: Markup,
}

/// The result of taking a form.
#[derive(Clone, Debug)]
pub enum Taken {
    /// It was taken; the browser goes on to this path of the site.
    GoOn(String),
    /// It was not taken: the page with what is wrong.
    Again(SitePage),
}

impl Visit<'_> {
    /// The address of a path of the site.
    pub fn address(&self, path: &str) -> String {
        address(self.segment, path)
    }

    /// Returns a form that is sent to a path of the site.
    pub fn form(&self, path: &str, content: &Markup) -> Markup {
        form(&self.address(path), self.proof, content)
    }

    /// A parameter of the address; nothing if it is missing or empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }
}

impl Form {
    /// A field, with the line breaks of this machine; empty if it was not sent.
    pub fn field(&self, name: &str) -> String {
        self.0.get(name).unwrap_or_default().replace("\r\n", "\n")
    }
}

fn address(segment: &str, path: &str) -> String {
    if path.is_empty() { format!("/{segment}") } else { format!("/{segment}/{path}") }
}

fn form(action: &str, proof: &str, content: &Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name=(FORM_PROOF) value=(proof);
            (content)
        }
    }
}

/// The site of an area that a path belongs to.
pub(crate) fn site_of(areas: &[&'static dyn Area], path: &str) -> Option<&'static dyn Site> {
    let first = path.strip_prefix('/')?.split('/').next()?;
    areas.iter().filter_map(|area| area.site()).find(|site| site.segment() == first)
}

/// A request to a site, and what answering it takes.
struct PageRequest<'a> {
    site: &'static dyn Site,
    request: &'a Request,
    /// The address of this server, without a slash at its end.
    origin: &'a str,
    /// The tenant's time.
    now: Timestamp,
    /// The value of the cookie: of a visitor who has signed in, or of somebody who has not.
    cookie: String,
    /// Whether the browser knows the cookie already.
    is_known: bool,
    query: Parameters,
}

/// Answers a request to a site.
pub(crate) fn answer(
    world: &mut World,
    site: &'static dyn Site,
    request: &Request,
    origin: &str,
    now: Timestamp,
) -> Reply {
    let known = world.visitors.cookie_of(request, site.segment());
    let is_known = known.is_some();
    let cookie = known.unwrap_or_else(visitors::new_secret);
    let query = Parameters::of_query(request);
    let asked = PageRequest { site, request, origin, now, cookie, is_known, query };
    let rest = request.path.trim_start_matches('/').strip_prefix(site.segment()).unwrap_or_default();
    let path: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let reply = match request.method {
        Method::GET | Method::HEAD => asked.show(world, &path),
        Method::POST => asked.take(world, &path),
        _ => asked.fault(world, 405, "A page is read with GET, and a form is sent with POST."),
    };
    frame::guarded(reply)
}

impl PageRequest<'_> {
    /// Returns the proof that a form comes from a page that was made for this visitor.
    fn proof(&self, world: &World) -> String {
        world.visitors.proof(&self.cookie)
    }

    fn visitor(&self, world: &World) -> Option<Account> {
        let id = world.visitors.signed_in(&self.cookie, self.site.segment(), Timestamp::now())?;
        world.tenant.accounts().by_id(id).filter(|account| account.enabled)
    }

    fn show(&self, world: &mut World, path: &[&str]) -> Reply {
        if path == ["link"] {
            return self.link_page(world);
        }
        let Some(visitor) = self.visitor(world) else { return self.sign_in_page(world, 200, "", None) };
        world.visitors.page_due = false;
        let proof = self.proof(world);
        let visit = self.visit(&mut world.tenant, &visitor, &proof);
        let page = self.site.show(&visit, path).unwrap_or_else(|refusal| refused(&refusal));
        self.framed(world, &page, Some(&visitor), &proof)
    }

    fn take(&self, world: &mut World, path: &[&str]) -> Reply {
        let form = match self.own_form(world) {
            Ok(form) => form,
            Err(sentence) => return self.fault(world, 403, sentence),
        };
        match path {
            ["link"] => return self.take_link(world, &form),
            ["sign-in"] => return self.take_password(world, &form),
            ["sign-out"] => {
                world.visitors.sign_out(&self.cookie);
                return self.go_on("");
            }
            _ => {}
        }
        let Some(visitor) = self.visitor(world) else {
            let sentence = "The sign-in is over, and what was sent was not taken. Sign in and send it again.";
            return self.sign_in_page(world, 401, "", Some(sentence));
        };
        if world.faulty {
            let World { history, tenant, .. } = world;
            history.keep(tenant, self.now);
        }
        let proof = self.proof(world);
        let taken = self.site.take(&mut self.visit(&mut world.tenant, &visitor, &proof), path, &Form(form));
        world.tenant.changed(self.now);
        match taken {
            Ok(Taken::GoOn(path)) => {
                world.visitors.forms_taken += 1;
                world.visitors.page_due = true;
                self.go_on(&path)
            }
            Ok(Taken::Again(page)) => self.framed(world, &page, Some(&visitor), &proof),
            Err(refusal) => self.framed(world, &refused(&refusal), Some(&visitor), &proof),
        }
    }

    /// The fields of a form that a page of this site has sent.
    ///
    /// A browser says in two headers that no page can forge where a form comes from; a program says nothing there. Neither knows the
    /// proof without having read the page, and no other page may read it.
    fn own_form(&self, world: &World) -> Result<Parameters, &'static str> {
        const FOREIGN: &str = "This form was not sent by a page of this site, and was not taken.";
        let from_elsewhere = self.request.headers.get_all("origin").iter().any(|origin| origin != self.origin);
        let fetched = self.request.headers.get_all("sec-fetch-site").iter();
        if from_elsewhere || fetched.into_iter().any(|site| site != "same-origin") {
            return Err(FOREIGN);
        }
        let form = Parameters::of_form(self.request).map_err(|_| "What was sent is no form.")?;
        if !self.is_known {
            return Err(
                "The browser has not sent the site's cookie. Allow cookies for this address, and open the page again.",
            );
        }
        let proof = form.get(FORM_PROOF).unwrap_or_default();
        if world.visitors.is_proven(&self.cookie, proof) { Ok(form) } else { Err(FOREIGN) }
    }

    fn visit<'a>(&'a self, tenant: &'a mut Tenant, visitor: &'a Account, proof: &'a str) -> Visit<'a> {
        Visit { tenant, visitor, now: self.now, query: &self.query, segment: self.site.segment(), proof }
    }

    /// The page with its frame. Whoever has no cookie gets one: the forms of the page need it.
    fn framed(&self, world: &World, page: &SitePage, visitor: Option<&Account>, proof: &str) -> Reply {
        let reply = frame::framed(self.site, page, visitor, proof, self.now);
        if self.is_known { reply } else { self.with_cookie(world, reply, &self.cookie) }
    }

    fn fault(&self, world: &World, status: u16, sentence: &str) -> Reply {
        let visitor = self.visitor(world);
        self.framed(world, &fault_page(status, sentence), visitor.as_ref(), &self.proof(world))
    }

    fn go_on(&self, path: &str) -> Reply {
        let reply = Reply { status: 303, headers: Vec::new(), body: crate::http::Body::Empty };
        reply.header("location", address(self.site.segment(), path))
    }

    fn with_cookie(&self, world: &World, reply: Reply, secret: &str) -> Reply {
        let secure = self.origin.starts_with("https:");
        reply.header("set-cookie", world.visitors.set_cookie(self.site.segment(), secret, secure))
    }
}

/// The page of a refusal. The service's sentences for programs are good enough where nothing but a made-up address leads.
fn refused(refusal: &Refusal) -> SitePage {
    match refusal.status {
        404 => fault_page(404, "There is no such page for you."),
        status => fault_page(status, &refusal.message),
    }
}

fn fault_page(status: u16, sentence: &str) -> SitePage {
    SitePage {
        status,
        title: "This did not work".to_owned(),
        content: html! { p.fault role="alert" { (PageText(sentence)) } },
    }
}
