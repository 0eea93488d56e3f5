use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use http::uri::Authority;

/// How an [`Endpoint`] is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// HTTP/2 over TLS.
    Https,
    /// HTTP/2 in the clear, begun without an upgrade; only to this machine.
    Http,
}

impl Scheme {
    /// The scheme as written in an address.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// The scheme as a request has it.
    pub(crate) fn of_uri(self) -> http::uri::Scheme {
        match self {
            Self::Https => http::uri::Scheme::HTTPS,
            Self::Http => http::uri::Scheme::HTTP,
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }
}

/// Where a provider listens: scheme, host and port, without a path.
///
/// An endpoint in the clear exists only for a loopback host, so that a credential never crosses a network unencrypted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    /// Host and port as the `:authority` of a request has them; the port is left out if it is the scheme's own.
    authority: Authority,
}

/// Why an address is no [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// The text is no address at all.
    #[error("{0:?} is not an address; write it as https://host:port")]
    NotAnAddress(String),
    /// Neither https nor http.
    #[error("{0:?} is neither https nor http; write the address as https://host:port")]
    UnknownScheme(String),
    /// There is a path, a query or a user name.
    #[error("{0:?} names more than a host; leave out the path and everything else after the port")]
    MoreThanHost(String),
    /// In the clear to another machine.
    #[error("http:// is only for this machine, and {0:?} is not a loopback host; use https://")]
    PlainNotLoopback(String),
}

impl Endpoint {
    /// An endpoint from its parts. `host` is a name or an IP address, without brackets.
    pub fn new(scheme: Scheme, host: &str, port: u16) -> Result<Self, EndpointError> {
        let authority = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        Self::parse(&format!("{}://{authority}:{port}", scheme.as_str()))
    }

    /// Reads `https://host`, `https://host:port` or, for a loopback host, `http://host:port`.
    pub fn parse(address: &str) -> Result<Self, EndpointError> {
        let uri: http::Uri = address
            .trim()
            .parse()
            .map_err(|_| EndpointError::NotAnAddress(address.to_owned()))?;
        let scheme = match uri.scheme_str() {
            Some("https") => Scheme::Https,
            Some("http") => Scheme::Http,
            Some(other) => return Err(EndpointError::UnknownScheme(other.to_owned())),
            None => return Err(EndpointError::NotAnAddress(address.to_owned())),
        };
        let authority = uri
            .authority()
            .ok_or_else(|| EndpointError::NotAnAddress(address.to_owned()))?;
        let bare_path = uri.path().is_empty() || uri.path() == "/";
        if !bare_path || uri.query().is_some() || authority.as_str().contains('@') {
            return Err(EndpointError::MoreThanHost(address.to_owned()));
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if host.is_empty() {
            return Err(EndpointError::NotAnAddress(address.to_owned()));
        }
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(EndpointError::PlainNotLoopback(host));
        }
        let port = authority.port_u16().unwrap_or(scheme.default_port());
        let mut written = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        if port != scheme.default_port() {
            written = format!("{written}:{port}");
        }
        let authority = written
            .parse()
            .map_err(|_| EndpointError::NotAnAddress(address.to_owned()))?;
        Ok(Self {
            scheme,
            host,
            port,
            authority,
        })
    }

    /// How the endpoint is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The host name or IP address, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as the `:authority` of a request has them.
    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(address: &str) -> Result<Self, EndpointError> {
        Self::parse(address)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_host_and_port() {
        let apple = Endpoint::parse("https://api.push.apple.com:2197").unwrap();
        assert_eq!(
            (apple.scheme(), apple.host(), apple.port()),
            (Scheme::Https, "api.push.apple.com", 2197)
        );
        assert_eq!(apple.to_string(), "https://api.push.apple.com:2197");
        assert_eq!(
            Endpoint::parse("https://fcm.googleapis.com/")
                .unwrap()
                .authority(),
            "fcm.googleapis.com"
        );
        assert_eq!(
            Endpoint::new(Scheme::Http, "::1", 8443).unwrap().to_string(),
            "http://[::1]:8443"
        );
    }

    #[test]
    fn sends_no_credential_in_the_clear_to_another_machine() {
        for loopback in [
            "http://localhost:8443",
            "http://127.0.0.1:8443",
            "http://127.8.0.1",
            "http://[::1]:1",
        ] {
            assert!(Endpoint::parse(loopback).is_ok(), "{loopback}");
        }
        for far in [
            "http://api.push.apple.com",
            "http://10.0.0.1:80",
            "http://localhost.example.org",
        ] {
            assert!(
                matches!(Endpoint::parse(far), Err(EndpointError::PlainNotLoopback(_))),
                "{far}"
            );
        }
    }

    #[test]
    fn says_what_is_wrong_with_an_address() {
        assert!(matches!(
            Endpoint::parse("api.push.apple.com"),
            Err(EndpointError::NotAnAddress(_))
        ));
        assert!(matches!(
            Endpoint::parse("ftp://host"),
            Err(EndpointError::UnknownScheme(_))
        ));
        assert!(matches!(
            Endpoint::parse("https://host/path"),
            Err(EndpointError::MoreThanHost(_))
        ));
        assert!(matches!(
            Endpoint::parse("https://a:b@host"),
            Err(EndpointError::MoreThanHost(_))
        ));
        assert!(matches!(Endpoint::parse(""), Err(EndpointError::NotAnAddress(_))));
    }
}
