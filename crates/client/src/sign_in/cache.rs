//! Sign-ins of people, kept between runs.
//!
//! Each is a file of its own in the user's cache folder, readable by the user alone (mode 0600 in a folder of 0700), as the
//! Azure CLI keeps its own. The keyrings of operating systems were weighed: the crate for them brings 56 others, and the
//! machines where live runs are most at home, servers and CI, have none. Tokens of apps are never kept: what they are made
//! from is at hand.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::authority::TokenGrant;
use super::{AccessToken, Environment};
use graphwalk_secrets::private_file;

/// The place where a person's sign-in is kept, if it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenCache {
    file: PathBuf,
    identity: CachedIdentity,
}

/// The identity whose sign-in it is. A file of another identity is never used, whatever its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CachedIdentity {
    pub authority: String,
    pub tenant: String,
    pub client_id: String,
    pub actor: String,
    pub scopes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct CachedSignIn {
    version: u32,
    #[serde(flatten)]
    identity: CachedIdentity,
    access_token: String,
    expires: Timestamp,
    refresh_token: Option<String>,
}

const VERSION: u32 = 1;

impl TokenCache {
    /// The place of an identity's sign-in below `folder`.
    pub fn new(folder: &Path, identity: CachedIdentity) -> Self {
        let text = serde_json::to_string(&identity).unwrap_or_default();
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let name: String = digest.as_ref()[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { file: folder.join(format!("{name}.json")), identity }
    }

    /// Reads the kept sign-in; nothing if the file is not there, is not ours alone to read, or is of another identity or
    /// form.
    pub fn read(&self) -> Option<TokenGrant> {
        if private_file::readable_by_others(&self.file).unwrap_or(true) {
            return None;
        }
        let kept: CachedSignIn = serde_json::from_slice(&std::fs::read(&self.file).ok()?).ok()?;
        let ours = kept.version == VERSION && kept.identity == self.identity;
        ours.then(|| TokenGrant {
            token: AccessToken::new(kept.access_token.into(), kept.expires),
            refresh: kept.refresh_token.map(SecretString::from),
        })
    }

    /// Keeps a sign-in. That it cannot be kept is no reason to fail: the person signs in again next time.
    pub fn write(&self, grant: &TokenGrant) -> std::io::Result<()> {
        let kept = CachedSignIn {
            version: VERSION,
            identity: self.identity.clone(),
            access_token: grant.token.secret().expose_secret().to_owned(),
            expires: grant.token.expires,
            refresh_token: grant.refresh.as_ref().map(|token| token.expose_secret().to_owned()),
        };
        private_file::create_folders(self.file.parent().unwrap_or(Path::new(".")))?;
        private_file::replace(&self.file, &serde_json::to_vec(&kept)?)
    }

    /// Forgets what is kept.
    pub fn forget(&self) {
        // It may never have been there.
        let _ = std::fs::remove_file(&self.file);
    }
}

/// The folder of kept sign-ins; `None` if the system has no home folder.
pub(super) fn folder(environment: &Environment) -> Option<PathBuf> {
    let home = |below: &str| environment.get("HOME").map(|home| Path::new(home).join(below));
    let caches = if cfg!(windows) {
        environment.get("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home("Library/Caches")
    } else {
        environment
            .get("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| home(".cache"))
    };
    Some(caches?.join("graphwalk").join("sign-in"))
}
