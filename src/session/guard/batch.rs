//! Batches: each part is judged as if it were sent by itself.

use graphwalk_catalog::ApiPath;
use serde_json::Value;

use super::{Guard, Judgement, WritePermission, refused};

const BY_ITSELF: &str = "send it alone, so that it can be checked and journalled";

/// Returns whether a path is that of a batch.
pub(in crate::session) fn is_batch(path: &ApiPath) -> bool {
    matches!(path.segments(), [only] if only.is("$batch"))
}

impl Guard {
    pub(super) fn batch(&self, body: Option<&Value>, me: Option<&str>) -> Judgement {
        let Some(parts) = body.and_then(|body| body.get("requests")).and_then(Value::as_array) else {
            return refused("refused-write", "it is a batch without a list of requests", BY_ITSELF);
        };
        let mut permissions = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            match self.part(part, me) {
                Judgement::Reads => {}
                Judgement::Allowed(WritePermission::Creates(_)) => {
                    let reason = format!("request {} of the batch creates an object", index + 1);
                    return refused("not-journalled", reason, BY_ITSELF);
                }
                Judgement::Allowed(permission) => permissions.push(permission),
                Judgement::Refused(mut refusal) => {
                    refusal.reason = format!("request {} of the batch: {}", index + 1, refusal.reason);
                    return Judgement::Refused(refusal);
                }
            }
        }
        if permissions.is_empty() { Judgement::Reads } else { Judgement::Allowed(WritePermission::Batch(permissions)) }
    }

    fn part(&self, part: &Value, me: Option<&str>) -> Judgement {
        let text = |name: &str| part.get(name).and_then(Value::as_str).map(str::trim);
        let (Some(method), Some(url)) = (text("method"), text("url")) else {
            return refused("refused-write", "it has no method or no url", BY_ITSELF);
        };
        // The version is the batch's own.
        let path = if url.starts_with('/') { url.to_owned() } else { format!("/{url}") };
        self.judgement(method, &path, part.get("body"), me)
    }
}
