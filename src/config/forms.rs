//! The ways to sign in, as the configuration names them, and the keys that belong to each.

/// The keys that belong to a word of `sign-in`: those it needs, and those it may have.
pub(super) struct SignInForm {
    pub word: &'static str,
    pub needs: &'static [&'static str],
    pub may_have: &'static [&'static str],
}

/// Every way to sign in, in the order of the documentation.
pub(super) const FORMS: [SignInForm; 9] = [
    SignInForm { word: "device-code", needs: &["client-id"], may_have: &["scopes"] },
    SignInForm { word: "authorization-code", needs: &["client-id"], may_have: &["scopes", "port", "username"] },
    SignInForm { word: "azure-cli", needs: &[], may_have: &[] },
    SignInForm { word: "client-secret", needs: &["client-id", "client-secret-env"], may_have: &[] },
    SignInForm { word: "client-certificate", needs: &["client-id", "certificate"], may_have: &[] },
    SignInForm { word: "workload-identity", needs: &["client-id"], may_have: &["federated-token-file", "audience"] },
    SignInForm { word: "managed-identity", needs: &[], may_have: &["client-id"] },
    SignInForm { word: "password", needs: &["client-id"], may_have: &["scopes", "username", "password-env"] },
    SignInForm { word: "token", needs: &["token-env"], may_have: &[] },
];
