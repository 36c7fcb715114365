//! What to do about an answer with another status than was expected.

use graphwalk_client::Exchange;

/// The code with which graphwalk's emulator answers what Graph has and it has not, wherever it is served.
const NOT_MODELLED: &str = "NotModelled";

/// Whether another run may be answered otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultSource {
    /// It may: a service answers.
    Service,
    /// A recording gives the same answer again.
    Recording,
    /// An emulator does, whose faults follow from a script or a number.
    Emulator,
}

/// Returns what to do about an answer.
///
/// It depends on the status; of Graph's codes only the emulator's own is looked at.
pub(super) fn advice(exchange: &Exchange, source: FaultSource) -> &'static str {
    let is_modelled = || exchange.error().is_none_or(|error| error.code != NOT_MODELLED);
    match exchange.status {
        501 if !is_modelled() => {
            "the emulator does not model this, and docs/emulator.md lists what it does: replay a recording of it with \
             --recording FILE, or play on a tenant with --on live"
        }
        429 | 500 | 502.. if source == FaultSource::Emulator => {
            "--faults or --fault-seed causes it in every run: remove the fault, or let the feature expect it"
        }
        401 | 408 | 429 | 500 | 502.. if source == FaultSource::Recording => {
            "the recording has this answer for every run: record the session again, or let the feature expect it"
        }
        status => by_status(status),
    }
}

fn by_status(status: u16) -> &'static str {
    match status {
        200..300 => {
            "the call succeeded, but its answer differs from what the feature expects: compare it with the reference of this call"
        }
        300..400 => {
            "redirects are not followed, because the token is for Graph only: check for a proxy or a sign-in page on the way"
        }
        400 => "Graph could not accept the request: compare its body with the reference of this call",
        401 => "the actor's token is missing or has expired: sign in again, then run again",
        403 => "the actor lacks a permission, a role or a licence for this call, or is not a reviewer of the item",
        404 => "the object does not exist, or not yet: reads right after a write may need a poll",
        405 | 501 => "there is no such call: compare method, path and version with the reference",
        408 | 504 => "the service took too long: run again, and quote the request-id if it fails again",
        409 => "the object already exists, or is in a state that does not allow this: look at it, then run again",
        412 => "the object was changed by somebody else meanwhile: read it again before it is written",
        429 => "Graph throttles: run again later",
        503 => "the service is unavailable or overloaded: run again later, and quote the request-id if it fails again",
        500.. => "the service failed: run again, and quote the request-id if it fails again",
        _ => "compare the request with the reference of this call",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphwalk_client::ResponseBody;
    use serde_json::json;

    fn answered(status: u16, code: &str) -> Exchange {
        Exchange {
            actor: "administrator".to_owned(),
            method: "GET".to_owned(),
            path: "/v1.0/users".to_owned(),
            status,
            body: ResponseBody::Json(json!({"error": {"code": code, "message": "words"}})),
            request_id: None,
            client_request_id: String::new(),
            retry_after: None,
            date: None,
            headers: graphwalk_client::ResponseHeaders::default(),
            attempts: Vec::new(),
            waited: jiff::SignedDuration::ZERO,
            recovered: None,
            pages: 1,
        }
    }

    #[test]
    fn each_status_has_the_advice_that_fits_it() {
        let statuses = [200, 302, 400, 401, 403, 404, 405, 408, 409, 410, 412, 429, 500, 501, 502, 503, 504];
        let told = |status| {
            let of = |source| advice(&answered(status, "x"), source);
            let mut told = format!("{status}\n  service: {}", of(FaultSource::Service));
            for (word, source) in [("recording", FaultSource::Recording), ("emulator", FaultSource::Emulator)] {
                if of(source) != of(FaultSource::Service) {
                    told.push_str(&format!("\n  {word}: {}", of(source)));
                }
            }
            told
        };
        insta::assert_snapshot!(statuses.map(told).join("\n"));
    }

    #[test]
    fn a_call_that_is_not_modelled_is_no_fault_of_the_service() {
        for source in [FaultSource::Service, FaultSource::Recording, FaultSource::Emulator] {
            let told = advice(&answered(501, NOT_MODELLED), source);
            assert!(told.contains("does not model") && told.contains("docs/emulator.md"), "{told}");
            assert!(!advice(&answered(501, "Other"), source).contains("emulator"));
        }
    }
}
