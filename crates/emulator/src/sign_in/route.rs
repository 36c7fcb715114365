//! Which of the identity platform's addresses a request is for.

use http::Method;
use percent_encoding::percent_decode_str;

use crate::http::Request;

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `/{tenant}/v2.0/.well-known/openid-configuration`
    Configuration(String),
    /// `/{tenant}/discovery/v2.0/keys`
    Keys(String),
    /// `/common/discovery/instance`
    Instance,
    /// `/common/userrealm/{user}`
    UserRealm(String),
    /// `/{tenant}/oauth2/v2.0/token`
    Token(String),
    /// `/{tenant}/oauth2/v2.0/devicecode`
    IssuedDeviceCode(String),
    /// `/{tenant}/oauth2/deviceauth`
    DevicePage(String),
    /// `/{tenant}/oauth2/v2.0/authorize`
    Authorize(String),
    /// `/metadata/identity/oauth2/token`
    ManagedIdentity,
}

impl Route {
    /// The address of the request; none if it is no business of the identity platform's.
    pub(super) fn find(request: &Request) -> Option<Self> {
        // Most requests are Graph's, and should cost nothing here.
        let starts =
            |prefix: &str| request.path.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if starts("/v1.0/") || starts("/beta/") {
            return None;
        }
        let path = percent_decode_str(&request.path).decode_utf8().ok()?;
        let lower = path.to_lowercase();
        let names: Vec<&str> = lower.trim_matches('/').split('/').collect();
        let first = || path.trim_matches('/').split('/').next().unwrap_or_default().to_owned();
        Some(match *names.as_slice() {
            ["metadata", "identity", "oauth2", "token"] => Self::ManagedIdentity,
            [_, "discovery", "instance"] => Self::Instance,
            [_, "userrealm", user] => Self::UserRealm(user.to_owned()),
            [_, "v2.0", ".well-known", "openid-configuration"] => Self::Configuration(first()),
            [_, "discovery", "v2.0", "keys"] => Self::Keys(first()),
            [_, "oauth2", "v2.0", "token"] => Self::Token(first()),
            [_, "oauth2", "v2.0", "devicecode"] => Self::IssuedDeviceCode(first()),
            [_, "oauth2", "v2.0", "authorize"] => Self::Authorize(first()),
            [_, "oauth2", "deviceauth"] => Self::DevicePage(first()),
            _ => return None,
        })
    }

    /// The tenant that the address names.
    pub(super) fn tenant(&self) -> Option<&str> {
        match self {
            Self::Configuration(tenant)
            | Self::Keys(tenant)
            | Self::Token(tenant)
            | Self::IssuedDeviceCode(tenant)
            | Self::DevicePage(tenant)
            | Self::Authorize(tenant) => Some(tenant),
            Self::Instance | Self::UserRealm(_) | Self::ManagedIdentity => None,
        }
    }

    /// The methods that the address takes.
    pub(super) fn methods(&self) -> &'static [Method] {
        match self {
            Self::Token(_) | Self::IssuedDeviceCode(_) => &[Method::POST],
            Self::Authorize(_) | Self::DevicePage(_) => &[Method::GET, Method::POST],
            Self::Configuration(_) | Self::Keys(_) | Self::Instance | Self::UserRealm(_) | Self::ManagedIdentity => {
                &[Method::GET]
            }
        }
    }
}
