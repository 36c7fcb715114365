//! What the Azure CLI gets to see of this process's environment.
//!
//! The rest stays here: `GRAPHWALK_*`, the variables that the configuration names, whatever else is a secret of this process.
//! A CLI that needs another variable can be signed in beforehand, in a shell that has it: `az login` keeps what it gets.

use super::Environment;
use graphwalk_secrets::variables::names_a_secret;

/// The variables that are passed on, in upper case, and why.
const PASSED: [(&str, &[&str]); 7] = [
    ("it is a script that starts Python, and Python's programs are looked for there", &["PATH", "PATHEXT"]),
    (
        "the sign-in that it keeps is below the user's folder",
        &["HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "USER", "LOGNAME", "USERNAME"],
    ),
    ("the keyring that it may keep it in", &["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"]),
    (
        "the way out, and who is trusted on it",
        &[
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "ALL_PROXY",
            "NO_PROXY",
            "REQUESTS_CA_BUNDLE",
            "CURL_CA_BUNDLE",
            "SSL_CERT_FILE",
            "SSL_CERT_DIR",
        ],
    ),
    ("in Azure's Cloud Shell its tokens come from there", &["MSI_ENDPOINT", "ACC_CLOUD"]),
    ("its words and its files", &["LANG", "LANGUAGE", "PYTHONIOENCODING", "PYTHONUTF8", "TMPDIR", "TEMP", "TMP"]),
    (
        "Windows starts no program without them",
        &["SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMDATA"],
    ),
];

/// The variables that are passed on, with their values.
pub(super) fn passed_on(environment: &Environment) -> impl Iterator<Item = (&str, &str)> {
    environment.all().filter(|(name, _)| is_passed_on(name))
}

fn is_passed_on(name: &str) -> bool {
    // Windows and the proxies' variables know no case.
    let name = name.to_ascii_uppercase();
    // Its own settings: AZURE_CONFIG_DIR, AZURE_CORE_…. AZURE_CLIENT_SECRET is for Azure's libraries.
    let own = name.starts_with("AZURE_") && !names_a_secret(&name);
    own || name.starts_with("LC_") || PASSED.iter().any(|(_, names)| names.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_azure_cli_sees_what_it_needs_and_no_secret() {
        for name in
            ["PATH", "Path", "HOME", "AZURE_CONFIG_DIR", "AZURE_CORE_OUTPUT", "https_proxy", "LC_ALL", "SystemRoot"]
        {
            assert!(is_passed_on(name), "{name}");
        }
        for name in [
            "GRAPHWALK_PROXY",
            "GRAPHWALK_TENANT",
            "TEST_SECRET",
            "AZURE_CLIENT_SECRET",
            "AZURE_PASSWORD",
            "GITHUB_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "IDENTITY_HEADER",
            "LD_PRELOAD",
            "PYTHONPATH",
            "",
        ] {
            assert!(!is_passed_on(name), "{name}");
        }
    }
}
