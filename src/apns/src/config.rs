use heliograph_transport::{Config as TransportConfig, Endpoint};

use crate::ProviderTokens;

/// Which of Apple's two services a device token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Apps from the App Store, TestFlight and enterprise distribution.
    Production,
    /// Apps run from Xcode.
    Sandbox,
}

impl Environment {
    /// Where Apple serves this environment.
    pub fn endpoint(self) -> Endpoint {
        let address = match self {
            Self::Production => "https://api.push.apple.com",
            Self::Sandbox => "https://api.sandbox.push.apple.com",
        };
        // Both are well-formed, and a test reads them.
        Endpoint::parse(address).expect("Apple's address is an endpoint")
    }
}

/// Who sends, and over which connections.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Signs in with the team's key; clients with one key share it.
    pub tokens: ProviderTokens,
    /// Endpoint, extra certificate authorities, number of connections and time limits.
    pub transport: TransportConfig,
}

impl Config {
    /// Sends to Apple's own endpoint for `environment`; set [`Config::transport`] for another.
    pub fn new(environment: Environment, tokens: ProviderTokens) -> Self {
        let transport = TransportConfig::new(environment.endpoint());
        Self { tokens, transport }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_apples_hosts() {
        assert_eq!(
            Environment::Production.endpoint().to_string(),
            "https://api.push.apple.com"
        );
        assert_eq!(
            Environment::Sandbox.endpoint().to_string(),
            "https://api.sandbox.push.apple.com"
        );
    }
}
