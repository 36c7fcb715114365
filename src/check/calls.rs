//! Types, paths and methods that Graph does not have, by its own metadata and permissions list.

use graphwalk_catalog::{ApiPath, Catalog, NoCall, NotUnderstood, Version};

use crate::diagnostic::Diagnostic;
use crate::runner::NamedRequest;
use crate::session::guard::only_reads;
use crate::steps::answers::type_of;
use crate::tutorial::nearest;

use super::{CheckFacts, StepContext};

/// Finds what a step names that Graph does not have. Of beta not all is known: a path that the catalog lacks is not judged.
pub(super) fn unknown(at: StepContext<'_>, known: &CheckFacts) -> Vec<Diagnostic> {
    let requests = at.step.named_requests();
    let writes = requests.iter().filter_map(|request| write(at, request));
    writes.chain(requests.iter().filter_map(|request| call(at, request))).chain(unknown_type(at, known)).collect()
}

/// A write in a feature that is said to read only: it would be refused each time.
fn write(at: StepContext<'_>, request: &NamedRequest) -> Option<Diagnostic> {
    let NamedRequest { method, path, .. } = request;
    if !at.feature.reads_only || only_reads(method) {
        return None;
    }
    let message = format!("{method} {path} would be refused: this feature only reads");
    let fault = at.fault_below("read-only", message, method, "may write");
    Some(fault.help("remove the step, or the tag @read-only from the feature"))
}

fn unknown_type(at: StepContext<'_>, known: &CheckFacts) -> Option<Diagnostic> {
    let name = type_of(&at.step.text)?;
    let types = known.schemas.type_names();
    if types.iter().any(|known| known == name) {
        return None;
    }
    let fault = at.fault("unknown-type", format!("there is no schema of the type \"{name}\""), name, "not known");
    Some(match nearest(name, types.iter().map(String::as_str)) {
        Some(near) => fault.help(format!("did you mean \"{near}\"?")),
        None => fault.help("`graphwalk schema list` shows the names"),
    })
}

fn call(at: StepContext<'_>, request: &NamedRequest) -> Option<Diagnostic> {
    let NamedRequest { method, path: text, .. } = request;
    // A link that Graph answered.
    if text.starts_with('{') {
        return None;
    }
    let fault = |message: String, part: &str, label: &str| at.fault_below("unknown-path", message, part, label);
    let Ok(path) = ApiPath::parse(text) else {
        let help = "write it like \"/v1.0/users\": the backend adds the host";
        return Some(fault(format!("\"{text}\" does not begin with `/`"), text, "no path").help(help));
    };
    if path.version().is_none() {
        let help = "begin it with /v1.0 or /beta";
        return Some(fault(format!("{text} names no version of Graph"), text, "no version").help(help));
    }
    if path.segments().last().is_some_and(|last| last.is("$batch")) {
        return None;
    }
    let is_beta = path.version() == Some(Version::Beta);
    let version = if is_beta { "beta" } else { "v1.0" };
    match Catalog::of_path(&path).call(method.parse().ok()?, &path) {
        Ok(_) | Err(NoCall::Path(NotUnderstood::Unjudged(..) | NotUnderstood::Ambiguous(_))) => None,
        Err(NoCall::Path(_)) if is_beta => None,
        // Only the permissions list has all methods of beta.
        Err(NoCall::Method(_)) if is_beta && Catalog::v1().listed_methods(&path).is_empty() => None,
        Err(NoCall::Path(why)) => {
            let part = match &why {
                NotUnderstood::Unknown(segment, _) => segment.clone(),
                _ => text.clone(),
            };
            let message = format!("Graph {version} has no path {text}: {why}");
            Some(
                fault(message, &part, "not known")
                    .help("look it up in the Graph reference; what is in beta alone begins with /beta"),
            )
        }
        Err(NoCall::Method(methods)) => {
            let methods: Vec<String> = methods.iter().map(ToString::to_string).collect();
            let message = format!("Graph {version} has no {method} of {text}");
            let help = format!("it has {}", methods.join(", "));
            Some(at.fault_below("unknown-call", message, method, "not there").help(help))
        }
    }
}
