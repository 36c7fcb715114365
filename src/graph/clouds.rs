//! The clouds that Microsoft Graph is offered in.

use std::fmt;
use std::str::FromStr;

/// A cloud: where its Graph is, and where its users sign in.
///
/// Source: "National cloud deployments" in the Microsoft Graph documentation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cloud {
    /// The global service, and GCC in the United States.
    #[default]
    Global,
    /// US Government L4 (GCC High).
    UsGov,
    /// US Government L5 (DoD).
    UsGovDod,
    /// China, operated by 21Vianet.
    China,
}

/// A name that no cloud has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no cloud {0:?}: the clouds are global, usgov, usgov-dod and china")]
pub struct UnknownCloud(String);

impl Cloud {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Global, Self::UsGov, Self::UsGovDod, Self::China];

    /// The name in configuration: `global`, `usgov`, `usgov-dod`, `china`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::UsGov => "usgov",
            Self::UsGovDod => "usgov-dod",
            Self::China => "china",
        }
    }

    /// The host of Graph.
    pub fn graph_host(self) -> &'static str {
        match self {
            Self::Global => "graph.microsoft.com",
            Self::UsGov => "graph.microsoft.us",
            Self::UsGovDod => "dod-graph.microsoft.us",
            Self::China => "microsoftgraph.chinacloudapi.cn",
        }
    }

    /// The base URL of Graph, without a slash at its end.
    pub fn graph(self) -> String {
        format!("https://{}", self.graph_host())
    }

    /// The base URL of the authority that issues tokens, without a slash at its end.
    pub fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov | Self::UsGovDod => "https://login.microsoftonline.us",
            Self::China => "https://login.chinacloudapi.cn",
        }
    }

    /// The scope that asks for everything an app or a user was granted on this Graph: tokens are bound to the host.
    pub fn default_scope(self) -> String {
        format!("{}/.default", self.graph())
    }
}

impl FromStr for Cloud {
    type Err = UnknownCloud;

    fn from_str(name: &str) -> Result<Self, UnknownCloud> {
        let found = Self::ALL.into_iter().find(|cloud| cloud.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownCloud(name.to_owned()))
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cloud_is_found_by_its_name_and_an_unknown_name_lists_them() {
        for cloud in Cloud::ALL {
            assert_eq!(cloud.to_string().to_uppercase().parse::<Cloud>().unwrap(), cloud);
        }
        let error = "mars".parse::<Cloud>().unwrap_err().to_string();
        assert_eq!(error, "there is no cloud \"mars\": the clouds are global, usgov, usgov-dod and china");
    }

    #[test]
    fn a_token_is_asked_for_the_clouds_own_graph() {
        assert_eq!(Cloud::UsGovDod.default_scope(), "https://dod-graph.microsoft.us/.default");
        assert_eq!(Cloud::China.authority(), "https://login.chinacloudapi.cn");
    }
}
