//! From given values to a configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use graphwalk_client::{Cloud, is_loopback};
use graphwalk_recording::Finish;
use jiff::SignedDuration;
use url::Url;

use super::fault::{ConfigFault, Problem};
use super::forms::{FORMS, SignInForm};
use super::given::{Effective, Given, GivenEntry, Value, ValueOrigin};
use super::keys::{self, ACTOR_KEYS, KeyPath, KeyShape};
use super::{ActorSignIn, Config, Endpoints, FederatedToken, Network, ReviewBy, SignInMethod, TokenCacheMode};

const FINISHES: [(&str, Finish); 2] = [("stop", Finish::Stop), ("wait", Finish::Wait)];
const REVIEW_WAYS: [(&str, ReviewBy); 2] = [("api", ReviewBy::Api), ("portal", ReviewBy::Portal)];
const TOKEN_CACHES: [(&str, TokenCacheMode); 2] = [("user", TokenCacheMode::User), ("off", TokenCacheMode::Off)];

/// The words that a key may have, if it takes no other text.
pub(super) fn words_of(key: &str) -> Vec<&'static str> {
    let words = |of: [&'static str; 2]| of.to_vec();
    match key {
        "cloud" => Cloud::ALL.map(Cloud::name).to_vec(),
        "finish" => words(FINISHES.map(|(word, _)| word)),
        "review-by" => words(REVIEW_WAYS.map(|(word, _)| word)),
        "token-cache" => words(TOKEN_CACHES.map(|(word, _)| word)),
        "sign-in" => FORMS.iter().map(|form| form.word).collect(),
        _ => Vec::new(),
    }
}

/// Puts the configuration together; `None` only beside a fault.
pub(super) fn config(given: &Given, faults: &mut Vec<ConfigFault>) -> Option<Config> {
    let mut reader = ValueReader { given, faults };
    let endpoints = reader.endpoints();
    let network = Network {
        proxy: reader.parsed("proxy", "a URL with its scheme, such as http://proxy.example:8080", proxy),
        ca_file: reader.text("ca-file").map(PathBuf::from),
        connect_timeout: reader.seconds("timeouts.connect"),
        request_timeout: reader.seconds("timeouts.request"),
        answer_limit: reader.mebibytes("limits.answer"),
    };
    let tenant = reader.tenant();
    let domain = |text: &str| text.parse::<super::TenantName>().ok().filter(|name| name.id().is_none());
    let upn_domain = reader.parsed("upn-domain", "a domain such as contoso.onmicrosoft.com", domain);
    let finish = reader.one_of("finish", &FINISHES);
    let review_by = reader.one_of("review-by", &REVIEW_WAYS);
    let token_cache = reader.one_of("token-cache", &TOKEN_CACHES);
    let actors: Vec<(String, Option<ActorSignIn>)> =
        given.actors().into_iter().map(|name| (name.clone(), reader.actor(&name))).collect();
    let (allow_writes, mail) = (reader.truth("allow-writes"), reader.truth("mail"));
    let (sign_in_timeout, settle_timeout) = (reader.seconds("timeouts.sign-in"), reader.seconds("timeouts.settle"));
    let (retry_timeout, poll_interval) = (reader.seconds("timeouts.retry"), reader.seconds("timeouts.poll"));
    let runs = PathBuf::from(reader.text("runs")?);
    let endpoints = endpoints?;
    Some(Config {
        effective: effective(given, &endpoints),
        environment: None,
        clock_ahead: SignedDuration::ZERO,
        tenant,
        endpoints,
        upn_domain: upn_domain.map(|domain| domain.as_str().to_owned()),
        network,
        allow_writes,
        runs,
        finish: finish?,
        review_by: review_by?,
        mail,
        token_cache: token_cache?,
        sign_in_timeout,
        retry_timeout,
        settle_timeout,
        poll_interval,
        may_change: given.may_change.iter().map(|(named, _)| named.clone()).collect(),
        may_create: given.may_create.clone(),
        values: given.values.clone(),
        actors: actors.into_iter().filter_map(|(name, actor)| Some((name, actor?))).collect::<BTreeMap<_, _>>(),
    })
}

/// In place of the variable of a key that permits writes.
const IN_THE_FILE: &str = "(in the file only)";

struct ValueReader<'a> {
    given: &'a Given,
    faults: &'a mut Vec<ConfigFault>,
}

impl ValueReader<'_> {
    fn entry(&self, name: &str) -> Option<&GivenEntry> {
        self.given.get(&KeyPath::setting(name)?)
    }

    fn origin(&self, name: &str) -> ValueOrigin {
        self.entry(name).map_or(ValueOrigin::Default, |entry| entry.origin.clone())
    }

    /// The text of a setting, or its default.
    fn text(&self, name: &str) -> Option<String> {
        match self.entry(name).map(|entry| &entry.value) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => KeyPath::setting(name)?.key().default.map(str::to_owned),
        }
    }

    fn truth(&self, name: &str) -> bool {
        matches!(self.entry(name).map(|entry| &entry.value), Some(Value::Truth(true)))
    }

    fn seconds(&self, name: &str) -> Duration {
        Duration::from_secs(self.whole(name))
    }

    /// A size in bytes.
    fn mebibytes(&self, name: &str) -> usize {
        usize::try_from(self.whole(name)).unwrap_or(1).saturating_mul(1024 * 1024)
    }

    fn whole(&self, name: &str) -> u64 {
        let default = || KeyPath::setting(name)?.key().default?.parse().ok();
        match self.entry(name).map(|entry| &entry.value) {
            Some(Value::Whole(number)) => *number,
            _ => default().unwrap_or(1),
        }
    }

    fn wrong(&mut self, key: &KeyPath, expected: String) {
        let fault = match self.given.get(key) {
            Some(entry) => {
                let problem = Problem::Value { key: key.to_string(), expected, found: None };
                problem.at(&entry.origin, entry.place.clone())
            }
            None => Problem::Missing { key: key.to_string(), why: expected }.anywhere(),
        };
        self.faults.push(fault);
    }

    fn parsed<T>(&mut self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let parsed = parse(&text);
        if parsed.is_none()
            && let Some(key) = KeyPath::setting(name)
        {
            self.wrong(&key, expected.to_owned());
        }
        parsed
    }

    fn one_of<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let all: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let expected = format!("one of {}", all.join(", "));
        self.parsed(name, &expected, |text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value))
    }

    fn tenant(&mut self) -> Option<super::TenantName> {
        let text = self.text("tenant")?;
        match text.parse() {
            Ok(tenant) => Some(tenant),
            Err(expected) => {
                if let Some(key) = KeyPath::setting("tenant") {
                    self.wrong(&key, expected.to_owned());
                }
                None
            }
        }
    }

    /// Reads the addresses of a cloud by its name, or two addresses; what was given last counts.
    fn endpoints(&mut self) -> Option<Endpoints> {
        let (name, base, authority) = (self.origin("cloud"), self.origin("base-url"), self.origin("authority"));
        let addresses = base.clone().max(authority);
        if addresses == ValueOrigin::Default || name > addresses && !same_layer(&name, &addresses) {
            let cloud = self.one_of("cloud", &Cloud::ALL.map(|cloud| (cloud.name(), cloud)))?;
            let (graph, authority) = (cloud.graph().parse().ok()?, cloud.authority().parse().ok()?);
            let resource = self.resource(cloud.graph())?;
            return Some(Endpoints { cloud: Some(cloud), graph, authority, resource });
        }
        if same_layer(&name, &addresses) {
            let why = "base-url and authority are given as well".to_owned();
            let place = self.entry("cloud").and_then(|entry| entry.place.clone());
            self.faults.push(Problem::NoEffect { key: "cloud".to_owned(), why }.at(&name, place));
            return None;
        }
        let (graph, authority) = (self.address("base-url"), self.address("authority"));
        let graph = graph?;
        let origin = graph.as_str().trim_end_matches('/').to_owned();
        let resource = self.resource(origin)?;
        Some(Endpoints { cloud: None, graph, authority: authority?, resource })
    }

    /// An address that tokens or passwords are sent to: over https, or to this machine.
    fn address(&mut self, name: &'static str) -> Option<Url> {
        if self.text(name).is_none() {
            let other = if name == "base-url" { "authority" } else { "base-url" };
            let why = format!("{other} is given, and each needs the other");
            self.faults.push(Problem::Missing { key: name.to_owned(), why }.anywhere());
            return None;
        }
        let expected =
            "an https URL without path, query and user, or an http one of this machine (127.0.0.1, localhost)";
        self.parsed(name, expected, |text| {
            let url = Url::parse(text).ok()?;
            let safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url);
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            (safe && bare && url.username().is_empty() && url.password().is_none()).then_some(url)
        })
    }

    /// Returns what tokens are asked for: a URL or a GUID.
    fn resource(&mut self, of_graph: String) -> Option<String> {
        if self.text("resource").is_none() {
            return Some(of_graph);
        }
        let expected = "a URL without user and query such as https://graph.microsoft.com, or an application's id";
        self.parsed("resource", expected, |text| {
            let is_url = text.contains("://") && !text.contains(['@', '?', '#']) && Url::parse(text).is_ok();
            (is_url || uuid::Uuid::try_parse(text).is_ok()).then(|| text.to_owned())
        })
    }

    fn actor(&mut self, name: &str) -> Option<ActorSignIn> {
        let sign_in = KeyPath::of_actor(name, "sign-in")?;
        let words: Vec<&str> = FORMS.iter().map(|form| form.word).collect();
        let Some(entry) = self.given.get(&sign_in) else {
            if !self.given.faulty.contains(&sign_in) {
                self.missing(name, &sign_in, format!("one of {}", words.join(", ")));
            }
            return None;
        };
        let word = entry.value.to_string();
        let Some(form) = FORMS.iter().find(|form| form.word == word) else {
            self.wrong(&sign_in, format!("one of {}", words.join(", ")));
            return None;
        };
        self.check_form(name, form);
        self.check_client_id(name);
        let unlike_url = |text: &str| !text.contains([':', '/', '?', '=']) && !text.contains(char::is_whitespace);
        self.check(name, "username", "a user principal name such as admin@contoso.com", unlike_url);
        let audience = |text: &str| !text.contains(['@', '?', '=']) && !text.contains(char::is_whitespace);
        self.check(name, "audience", "an audience such as api://AzureADTokenExchange", audience);
        let scopes = match KeyPath::of_actor(name, "scopes").and_then(|key| self.given.get(&key)) {
            Some(GivenEntry { value: Value::List(scopes), .. }) => scopes.clone(),
            _ => Vec::new(),
        };
        Some(ActorSignIn { sign_in: self.method(name, form)?, scopes })
    }

    /// Tells which keys a sign-in lacks, and which do not belong to it.
    fn check_form(&mut self, actor: &str, form: &SignInForm) {
        for need in form.needs {
            let Some(key) = KeyPath::of_actor(actor, need) else { continue };
            if self.given.get(&key).is_none() && !self.given.faulty.contains(&key) {
                self.missing(actor, &key, format!("sign-in = \"{}\" needs it", form.word));
            }
        }
        for key in &ACTOR_KEYS {
            let belongs = key.name == "sign-in" || form.needs.contains(&key.name) || form.may_have.contains(&key.name);
            let Some(path) = KeyPath::of_actor(actor, key.name) else { continue };
            if let (false, Some(entry)) = (belongs, self.given.get(&path)) {
                let why = format!("sign-in = \"{}\" does not use it", form.word);
                let problem = Problem::NoEffect { key: path.to_string(), why };
                self.faults.push(problem.at(&entry.origin, entry.place.clone()));
            }
        }
    }

    /// Tells that a key of an actor is missing, at the place of one that the actor has.
    fn missing(&mut self, actor: &str, key: &KeyPath, why: String) {
        let problem = Problem::Missing { key: key.to_string(), why };
        let beside = self.given.keys().find(|key| key.actor.as_deref() == Some(actor));
        self.faults.push(match beside.and_then(|key| self.given.get(key)) {
            Some(entry) => problem.at(&entry.origin, entry.place.clone()),
            None => problem.anywhere(),
        });
    }

    fn check_client_id(&mut self, actor: &str) {
        let expected = "the application (client) id of an app registration, a GUID";
        self.check(actor, "client-id", expected, |text| uuid::Uuid::try_parse(text).is_ok());
    }

    /// Tells that the value of an actor's key does not fit.
    fn check(&mut self, actor: &str, name: &str, expected: &str, fits: impl Fn(&str) -> bool) {
        let Some(key) = KeyPath::of_actor(actor, name) else { return };
        if self.given.get(&key).is_some_and(|entry| !fits(&entry.value.to_string())) {
            self.wrong(&key, expected.to_owned());
        }
    }

    fn method(&self, actor: &str, form: &SignInForm) -> Option<SignInMethod> {
        let text = |name: &str| Some(self.given.get(&KeyPath::of_actor(actor, name)?)?.value.to_string());
        let client_id = || text("client-id");
        Some(match form.word {
            "device-code" => SignInMethod::DeviceCode { client_id: client_id()? },
            "authorization-code" => SignInMethod::AuthorizationCode {
                client_id: client_id()?,
                port: text("port").and_then(|port| port.parse().ok()),
                username: text("username"),
            },
            "azure-cli" => SignInMethod::AzureCli,
            "client-secret" => {
                SignInMethod::ClientSecret { client_id: client_id()?, secret_env: text("client-secret-env")? }
            }
            "client-certificate" => {
                SignInMethod::ClientCertificate { client_id: client_id()?, certificate: text("certificate")?.into() }
            }
            "workload-identity" => {
                let audience = || text("audience").or_else(|| audience_default().map(str::to_owned));
                let token = match text("federated-token-file") {
                    Some(file) => FederatedToken::File(file.into()),
                    None => FederatedToken::GitHub { audience: audience()? },
                };
                SignInMethod::WorkloadIdentity { client_id: client_id()?, token }
            }
            "managed-identity" => SignInMethod::ManagedIdentity { client_id: client_id() },
            "password" => SignInMethod::Password {
                client_id: client_id()?,
                username: text("username"),
                password_env: text("password-env"),
            },
            _ => SignInMethod::Token { token_env: text("token-env")? },
        })
    }
}

fn audience_default() -> Option<&'static str> {
    ACTOR_KEYS.iter().find(|key| key.name == "audience").and_then(|key| key.default)
}

/// Returns whether two values were given at the same place, so that neither is the later one.
fn same_layer(a: &ValueOrigin, b: &ValueOrigin) -> bool {
    *a != ValueOrigin::Default && std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// A proxy's URL. The HTTP library would take one without a scheme too, and find the user in it; nobody else would.
fn proxy(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (bare && text.contains("://")).then_some(url)
}

/// A value for people: without the user and the password that a URL may have. An `@` has its place in names and paths.
fn display_value(key: &KeyPath, value: &Value) -> String {
    let (text, key) = (value.to_string(), key.key());
    match key.shape {
        KeyShape::Variable => graphwalk_secrets::variables::shown_variable(&text).to_owned(),
        KeyShape::Path => text,
        _ if key.name == "username" => text,
        _ => graphwalk_client::without_userinfo(&text),
    }
}

fn effective(given: &Given, endpoints: &Endpoints) -> Vec<Effective> {
    let mut rows = Vec::new();
    let actor_keys = given.keys().filter(|key| key.actor.is_some()).cloned();
    for key in KeyPath::settings().chain(actor_keys) {
        let name = key.key().name;
        let of_cloud = match name {
            "base-url" => Some(endpoints.graph.as_str().trim_end_matches('/')),
            "authority" => Some(endpoints.authority.as_str().trim_end_matches('/')),
            "resource" => Some(endpoints.resource.as_str()),
            _ => None,
        };
        let (value, origin) = match (given.get(&key), of_cloud) {
            // The cloud's name means nothing where addresses replace it, and the other way round.
            (_, None) if name == "cloud" && endpoints.cloud.is_none() => (None, ValueOrigin::Default),
            (Some(entry), Some(text)) if entry.value.to_string().trim_end_matches('/') != text => {
                (Some(text.to_owned()), ValueOrigin::Cloud)
            }
            (Some(entry), _) => (Some(display_value(&key, &entry.value)), entry.origin.clone()),
            (None, Some(text)) => (Some(text.to_owned()), ValueOrigin::Cloud),
            (None, None) => (key.key().default.map(str::to_owned), ValueOrigin::Default),
        };
        let variable = keys::variable(&key.to_string().replace('"', ""));
        rows.push(Effective { key: key.to_string(), value, origin, variable });
    }
    rows.extend(given.may_change.iter().map(|(named, origin)| Effective {
        key: format!("may-change.{}", keys::quoted(&named.name)),
        value: Some(named.object.to_string()),
        origin: origin.clone(),
        variable: IN_THE_FILE.to_owned(),
    }));
    for (name, id) in &given.values.configured {
        let set = given.values.set.get(name);
        rows.push(Effective {
            key: format!("values.{}", keys::quoted(name)),
            value: Some(set.unwrap_or(id).clone()),
            origin: match set {
                Some(_) => ValueOrigin::Flag("--set"),
                None => given.value_origins.get(name).cloned().unwrap_or(ValueOrigin::Default),
            },
            variable: IN_THE_FILE.to_owned(),
        });
    }
    rows.extend(given.declared.iter().filter_map(|(id, origin)| {
        let resource = given.may_create.iter().find(|resource| resource.id() == id)?;
        Some(Effective {
            key: format!("may-create.{id}"),
            value: Some(resource.facts().created_at().to_owned()),
            origin: origin.clone(),
            variable: IN_THE_FILE.to_owned(),
        })
    }));
    rows
}
