//! Why there is no token.

use std::path::PathBuf;
use std::time::Duration;

use super::SignInRefusal;
use super::prompt::actor_name;
use graphwalk_secrets::ServerText;
use graphwalk_secrets::variables::shown_variable;

/// The reason why there is no token. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The authority refuses.
    #[error("{} cannot sign in: {refusal}", actor_name(actor))]
    Refused {
        /// The actor.
        actor: String,
        /// The answer of the authority.
        refusal: Box<SignInRefusal>,
    },
    /// The authority, or what else gives the token, cannot be reached.
    #[error("{host} {what}: {reason}")]
    NoAnswer {
        /// The host.
        host: String,
        /// The fault: `cannot be reached`, `sent too large an answer`.
        what: &'static str,
        /// The reason.
        reason: ServerText,
    },
    /// The answer is none that gives a token.
    #[error("the answer to the sign-in cannot be used: {reason}")]
    Unintelligible {
        /// The fault in it.
        reason: ServerText,
    },
    /// The person ended it.
    #[error("the sign-in of {} was interrupted", actor_name(actor))]
    Interrupted {
        /// The actor who had to sign in.
        actor: String,
    },
    /// Nobody signed in.
    #[error("{} did not sign in within {} s", actor_name(actor), within.as_secs())]
    TooLate {
        /// The actor who had to sign in.
        actor: String,
        /// The time that was waited.
        within: Duration,
        /// The network's failure on the way to the authority, if that is why.
        network: Option<ServerText>,
    },
    /// A variable is not set.
    #[error("the variable {} is not set", shown_variable(variable))]
    NotSet {
        /// Its name.
        variable: String,
        /// The noun for its content.
        holds: &'static str,
        /// An instruction to the user.
        help: &'static str,
    },
    /// A file cannot be used.
    #[error("cannot use {}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The Azure CLI gives no token.
    #[error("the Azure CLI gives no token: {reason}")]
    AzureCli {
        /// The reason.
        reason: ServerText,
    },
    /// A person would have to sign in, and nobody was to be asked.
    #[error("{} needs a person to sign in ({method})", actor_name(actor))]
    NeedsPerson {
        /// The actor who signs in.
        actor: String,
        /// The way.
        method: &'static str,
    },
    /// The sign-in is by password, and nobody has said whose.
    #[error("the user name of {} is not known yet", actor_name(actor))]
    NoUser {
        /// The actor.
        actor: String,
    },
    /// A token would go to a host that is not Graph.
    #[error("a token for {graph} is not sent to {host}")]
    Foreign {
        /// The host that it would go to.
        host: String,
        /// Graph.
        graph: String,
    },
    /// No HTTP client could be made.
    #[error("no HTTP client could be made: {0}")]
    Setup(String),
    /// The token that somebody else got has expired, and cannot be renewed here.
    #[error("the token in {} has expired", shown_variable(variable))]
    Expired {
        /// The variable.
        variable: String,
    },
}

impl SignInError {
    /// A short, stable name of the kind of fault: `no-answer` where it may pass by itself, else `sign-in`.
    pub fn code(&self) -> &'static str {
        // As where Graph does not answer: it may later.
        if matches!(self, Self::NoAnswer { .. }) { "no-answer" } else { "sign-in" }
    }

    /// Returns what to do next, as an instruction.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Refused { refusal, .. } => refusal.next(),
            Self::NoAnswer { .. } => "check `proxy`, `ca-file` and `authority`; `graphwalk doctor` checks each".into(),
            Self::NotSet { help, .. } => (*help).to_owned(),
            Self::AzureCli { .. } => "sign in with `az login`, or choose another sign-in".into(),
            Self::NeedsPerson { .. } => "sign in with `graphwalk doctor --sign-in`".into(),
            Self::NoUser { .. } => "give the actor `username`, or let the run create the user first".into(),
            Self::TooLate { .. } => "run it again; `timeouts.sign-in` says how long a person may take".into(),
            Self::Expired { .. } => "put a new one into it".into(),
            Self::File { .. } | Self::Unintelligible { .. } | Self::Interrupted { .. } => return None,
            Self::Foreign { .. } | Self::Setup(_) => return None,
        })
    }

    /// Returns what belongs to it: the words of the authority, its correlation id.
    pub fn notes(&self) -> Vec<String> {
        match self {
            Self::Refused { refusal, .. } => {
                let words = Some(refusal.words()).filter(|words: &String| !words.is_empty());
                let says = words.map(|words| format!("the authority says: {words}"));
                let id = refusal.correlation_id.as_ref().map(|id| format!("correlation id {id}"));
                says.into_iter().chain(id).collect()
            }
            Self::NotSet { holds, .. } => vec![format!("it would hold {holds}")],
            Self::TooLate { network: Some(network), .. } => {
                vec![format!("the authority could not be asked: {network}")]
            }
            _ => Vec::new(),
        }
    }
}
