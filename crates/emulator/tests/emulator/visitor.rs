//! A person with a browser without scripts: reads pages, fills in their forms, keeps cookies.

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;

/// Somebody's browser.
pub struct Visitor {
    http: reqwest::Client,
    pub origin: String,
    /// The cookie, as it is sent back.
    pub cookie: Option<String>,
    /// Headers of every form, in place of what a browser would say.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer.
#[derive(Debug)]
pub struct Shown {
    pub status: u16,
    pub headers: HeaderMap,
    pub html: String,
}

impl Visitor {
    pub fn new(origin: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).redirect(Policy::none()).build().unwrap();
        let headers = vec![("origin", origin.to_owned()), ("sec-fetch-site", "same-origin".to_owned())];
        Self { http, origin: origin.to_owned(), cookie: None, headers }
    }

    /// Reads the page of an address, with or without the origin.
    pub async fn get(&mut self, address: &str) -> Shown {
        let url = if address.starts_with('/') { format!("{}{address}", self.origin) } else { address.to_owned() };
        self.send(self.http.get(url)).await
    }

    /// Sends the form of a page that is sent to an action that ends so, with what was typed into it.
    pub async fn submit(&mut self, page: &Shown, action_end: &str, typed: &[(&str, &str)]) -> Shown {
        let (action, hidden) = page.form(action_end);
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = hidden.chain(typed.iter().copied()).collect();
        self.post(&action, &fields).await
    }

    /// Sends fields to a path.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut request = self.http.post(format!("{}{path}", self.origin)).body(body);
        request = request.header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        self.send(request).await
    }

    /// Signs in with a link, and returns the first page.
    pub async fn use_link(&mut self, address: &str) -> Shown {
        let page = self.get(address).await;
        assert_eq!(page.status, 200, "{}", page.html);
        let taken = self.submit(&page, "/link", &[]).await;
        self.follow(&taken).await
    }

    /// Goes on to where an answer leads.
    pub async fn follow(&mut self, answer: &Shown) -> Shown {
        assert_eq!(answer.status, 303, "{}", answer.html);
        let location = answer.headers["location"].to_str().unwrap().to_owned();
        self.get(&location).await
    }

    async fn send(&mut self, mut request: reqwest::RequestBuilder) -> Shown {
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.unwrap();
        if let Some(cookie) = answer.headers().get("set-cookie") {
            self.cookie = Some(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        Shown {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            html: answer.text().await.unwrap(),
        }
    }
}

impl Shown {
    /// Where the last form goes whose action ends so, and its hidden fields.
    pub fn form(&self, action_end: &str) -> (String, Vec<(String, String)>) {
        let forms = self.html.split("<form method=\"post\" action=\"").skip(1);
        let forms = forms.map(|rest| rest.split("</form>").next().unwrap());
        let found = forms.filter(|form| form.split('"').next().unwrap().ends_with(action_end)).last();
        let form = found.unwrap_or_else(|| panic!("no form to {action_end}: {}", self.html));
        let hidden = form.split("<input type=\"hidden\" name=\"").skip(1).map(|input| {
            let (name, rest) = input.split_once("\" value=\"").unwrap();
            (name.to_owned(), rest.split('"').next().unwrap().to_owned())
        });
        (form.split('"').next().unwrap().to_owned(), hidden.collect())
    }

    /// The address of the first link whose words begin so.
    pub fn link(&self, words: &str) -> String {
        let links = self.html.split("href=\"").skip(1);
        let mut links = links.filter_map(|rest| rest.split_once("\">"));
        let found = links.find(|(_, text)| text.trim_start().starts_with(words));
        found.unwrap_or_else(|| panic!("no link {words}: {}", self.html)).0.split('"').next().unwrap().to_owned()
    }

    /// What a person reads: the text without tags, in one line.
    pub fn text(&self) -> String {
        let body = self.html.split_once("<main").map_or("", |(_, rest)| rest);
        let mut text = String::new();
        for part in body.split('<').skip(1) {
            let (tag, words) = part.split_once('>').unwrap_or(("", part));
            let is_inline = ["bdi", "/bdi", "strong", "/strong", "time", "/time"]
                .iter()
                .any(|inline| tag.split(' ').next() == Some(inline));
            text.push_str(if is_inline { "" } else { " " });
            text.push_str(words);
        }
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}
