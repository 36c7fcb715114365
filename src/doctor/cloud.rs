//! Whether Graph and the authority answer, whether the authority knows the tenant, and whether the clocks agree.

use graphwalk_client::sign_in::{HttpError, HttpRequest, HttpResponse, SignIn, SignInRefusal, UNREACHED};
use jiff::{SignedDuration, Timestamp};
use url::Url;
use uuid::Uuid;

use super::Examined;
use super::finding::{DoctorFinding, DoctorSection};
use crate::config::{SignInMethod, TenantName};
use crate::in_words::rough_time;

/// The smallest difference of the clocks that is reported.
const NOTABLE: SignedDuration = SignedDuration::from_secs(60);

/// Beyond this, what is signed by this machine's clock is refused: Entra tolerates five minutes. Everything else in a run uses
/// the server's clock.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

/// The hosts that answered.
#[derive(Debug, Default)]
pub(super) struct ReachedCloud {
    pub graph: bool,
    pub authority: bool,
    /// The tenant's id, as the authority names it.
    pub tenant: Option<Uuid>,
}

pub(super) async fn examine(examined: &Examined<'_>) -> (Vec<DoctorFinding>, ReachedCloud) {
    let (mut findings, mut reached) = (Vec::new(), ReachedCloud::default());
    let endpoints = &examined.config.endpoints;
    let mut dates = Vec::new();
    // Without a token Graph answers 401 to this, which is all that is wanted of it.
    match ask(examined, &at(&endpoints.graph, "v1.0/me")).await {
        Ok(answer) => {
            reached.graph = true;
            findings.push(graph(examined, &answer.response));
            dates.extend(answer.skew().map(|skew| ("Graph", skew)));
        }
        Err(error) => findings.push(unreachable(examined, "graph", "Graph", &error)),
    }
    if let Ok(tenant) = examined.config.tenant() {
        match ask(examined, &at(&endpoints.authority, &format!("{tenant}/v2.0/.well-known/openid-configuration"))).await
        {
            Ok(answer) => {
                reached.authority = true;
                dates.extend(answer.skew().map(|skew| ("the authority", skew)));
                let (finding, id) = authority(examined, tenant, &answer.response);
                (reached.tenant, reached.authority) = (id, true);
                findings.push(finding);
            }
            Err(error) => findings.push(unreachable(examined, "authority", "the authority", &error)),
        }
    }
    if reached.graph || reached.authority {
        findings.push(clock(examined, dates.first().copied()));
    }
    (findings, reached)
}

/// An answer, and when it came.
struct TimedResponse {
    response: HttpResponse,
    sent: Timestamp,
    came: Timestamp,
}

impl TimedResponse {
    /// Returns how much the server's clock is ahead of this machine's, to a second or so: the header `Date` has no
    /// fractions (RFC 9110, section 6.6.1).
    fn skew(&self) -> Option<SignedDuration> {
        let date = self.response.headers().get("date")?.to_str().ok()?;
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
        // The server read its clock at some moment in between: what lies there is no difference.
        if date < self.sent {
            Some(self.sent.duration_until(date))
        } else if date > self.came {
            Some(self.came.duration_until(date))
        } else {
            Some(SignedDuration::ZERO)
        }
    }
}

async fn ask(examined: &Examined<'_>, url: &Url) -> Result<TimedResponse, HttpError> {
    let host = || url.origin().ascii_serialization();
    let mut request = HttpRequest::new(Vec::new());
    let uri = url.as_str().parse();
    *request.uri_mut() =
        uri.map_err(|_| HttpError { host: host(), what: UNREACHED, reason: "the address is not a URI".into() })?;
    let now = examined.surroundings.now;
    let sent = now();
    let response = examined.surroundings.http.call(request).await?;
    Ok(TimedResponse { response, sent, came: now() })
}

fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}

fn graph(examined: &Examined<'_>, response: &HttpResponse) -> DoctorFinding {
    let base = examined.config.endpoints.graph.origin().ascii_serialization();
    match response.status().as_u16() {
        // 200 is what a proxy that signs in for its users may make of it.
        200 | 401 => DoctorFinding::ok(DoctorSection::Cloud, "graph", format!("{base} answers")),
        status @ (429 | 500..) => {
            DoctorFinding::warn(DoctorSection::Cloud, "graph", format!("{base} answers, with status {status}"))
                .advice("wait some minutes and check the service's health: a run would have to repeat its calls")
        }
        status => DoctorFinding::blocked(
            DoctorSection::Cloud,
            "graph",
            format!("{base} answers {status} to /v1.0/me, not 401"),
        )
        .advice("this is not Graph: check `cloud`, `base-url` and `proxy`")
        .of_steps(examined.step_numbers(), "Graph"),
    }
}

fn authority(examined: &Examined<'_>, tenant: &TenantName, response: &HttpResponse) -> (DoctorFinding, Option<Uuid>) {
    let base = examined.config.endpoints.authority.origin().ascii_serialization();
    let body: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let every = || examined.step_numbers();
    if response.status().is_success() {
        let issuer = body.get("issuer").and_then(serde_json::Value::as_str);
        let id = issuer.and_then(tenant_of_issuer);
        return match (id, tenant.id()) {
            (Some(id), _) if tenant.id().is_none_or(|configured| configured == id) => {
                let text = format!("{base} answers, and knows the tenant");
                (DoctorFinding::ok(DoctorSection::Cloud, "authority", text), Some(id))
            }
            (Some(_), _) => {
                let text = format!("{base} resolves {tenant} to another tenant");
                let finding = DoctorFinding::blocked(DoctorSection::Cloud, "authority", text);
                (finding.advice("check `tenant` and `authority`").of_steps(every(), "the tenant"), id)
            }
            (None, _) => {
                let text = format!("{base} answers without the tenant's id");
                (DoctorFinding::warn(DoctorSection::Cloud, "authority", text).advice("check `authority`"), None)
            }
        };
    }
    let refusal: SignInRefusal = serde_json::from_value(body).unwrap_or_default();
    let status = response.status().as_u16();
    if refusal.error == "invalid_tenant" || refusal.code() == Some(90002) {
        let finding =
            DoctorFinding::blocked(DoctorSection::Cloud, "authority", format!("{base} knows no tenant {tenant}"))
                .advice("check `tenant`, and `cloud`: tenants of national clouds are known there only")
                .of_steps(every(), "the tenant");
        return (finding, None);
    }
    let finding =
        DoctorFinding::warn(DoctorSection::Cloud, "authority", format!("{base} answers, with status {status}"))
            .advice("check `authority` and `proxy`, and wait some minutes if it is 429 or above 499");
    (finding, None)
}

/// The issuer is `https://AUTHORITY/TENANT-ID/v2.0` (OpenID Connect on the Microsoft identity platform).
fn tenant_of_issuer(issuer: &str) -> Option<Uuid> {
    Url::parse(issuer).ok()?.path_segments()?.find_map(|segment| Uuid::try_parse(segment).ok())
}

fn unreachable(examined: &Examined<'_>, check: &'static str, name: &str, error: &HttpError) -> DoctorFinding {
    // The number of the system's error adds nothing to its words.
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    DoctorFinding::blocked(DoctorSection::Cloud, check, text)
        .advice("check the network, `proxy`, `ca-file`, and `cloud` or `base-url` and `authority`")
        .of_steps(examined.step_numbers(), format!("{name}, which cannot be reached"))
}

fn clock(examined: &Examined<'_>, told: Option<(&str, SignedDuration)>) -> DoctorFinding {
    let Some((whose, skew)) = told else {
        return DoctorFinding::unknown(
            DoctorSection::Cloud,
            "clock",
            "no answer has a Date header to compare clocks with",
        );
    };
    let skew = skew.saturating_sub(examined.config.clock_ahead);
    let size = skew.abs();
    if size <= NOTABLE {
        return DoctorFinding::ok(DoctorSection::Cloud, "clock", format!("agrees with that of {whose}"));
    }
    let side = if skew.is_negative() { "ahead of" } else { "behind" };
    let text = format!("this machine is {} {side} {whose}", rough_time(size));
    let advice = "set this machine's clock by a time server (NTP)";
    let signs = |sign_in: &&SignIn| matches!(sign_in.method(), SignInMethod::ClientCertificate { .. });
    if keeps_from_signing(size, examined.sign_ins.iter().any(signs)) {
        let steps = examined.step_numbers();
        return DoctorFinding::blocked(DoctorSection::Cloud, "clock", text)
            .advice(advice)
            .of_steps(steps, "a right clock");
    }
    DoctorFinding::warn(DoctorSection::Cloud, "clock", text).advice(advice)
}

/// Returns whether a difference of clocks keeps somebody from signing in, where a certificate `signs` assertions.
fn keeps_from_signing(difference: SignedDuration, signs: bool) -> bool {
    signs && difference > TOLERATED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_of_clocks_blocks_only_where_it_spoils_a_signature() {
        let minutes = SignedDuration::from_mins;
        assert!(keeps_from_signing(minutes(6), true));
        assert!(!keeps_from_signing(minutes(5), true));
        assert!(!keeps_from_signing(minutes(600), false));
    }
}
