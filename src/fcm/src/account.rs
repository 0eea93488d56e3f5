use std::fmt;
use std::sync::Arc;

use heliograph_transport::{Endpoint, EndpointError};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Map, Value};

/// What a key file has as its `type`.
const TYPE: &str = "service_account";
/// Longest project identifier, in bytes; Google's own have at most 30 and perhaps a domain.
const MAX_PROJECT_ID: usize = 200;

/// Who sends: the content of a service account's key file, as downloaded from the Firebase console.
#[derive(Clone)]
pub struct ServiceAccount {
    pub(crate) project_id: String,
    pub(crate) client_email: String,
    pub(crate) private_key_id: Option<String>,
    pub(crate) key: Arc<RsaKeyPair>,
    pub(crate) token_uri: TokenUri,
}

/// Where access tokens are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenUri {
    /// The address as written, which the assertion names as its audience.
    pub(crate) text: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) path: String,
}

/// Why a text is no [`ServiceAccount`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceAccountError {
    /// Not a JSON object.
    #[error(
        "this is not a key file: it is not a JSON object; download a new private key from the Firebase console under Project settings, Service accounts"
    )]
    NotJson,
    /// A JSON file of another kind.
    #[error(
        "`type` is {found}, not \"service_account\"; download a new private key from the Firebase console under Project settings, Service accounts (google-services.json is the app's file and holds no key)"
    )]
    NotAServiceAccount {
        /// What the file has there.
        found: String,
    },
    /// A field is missing, empty or not a text.
    #[error("`{field}` is missing in the key file; give the whole file as downloaded")]
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// The private key is no PEM text.
    #[error(
        "`private_key` is not a key: it must begin with -----BEGIN PRIVATE KEY-----; give the whole file as downloaded"
    )]
    KeyNotPem,
    /// The private key is not an RSA key, or damaged.
    #[error("`private_key` is not an RSA key that can be used: {cause}; give the whole file as downloaded")]
    KeyNotRsa {
        /// What the cryptographic library says.
        cause: String,
    },
    /// The project identifier cannot stand in an address.
    #[error("`project_id` is {given:?}; a project identifier has small letters, digits and hyphens only")]
    BadProjectId {
        /// What the file has there.
        given: String,
    },
    /// The address for tokens cannot be used.
    #[error("`token_uri` cannot be used: {cause}")]
    BadTokenUri {
        /// What is wrong with it.
        cause: EndpointError,
    },
}

impl ServiceAccount {
    /// Reads the key file.
    pub fn from_json(text: &str) -> Result<Self, ServiceAccountError> {
        let fields: Map<String, Value> =
            serde_json::from_str(text).map_err(|_| ServiceAccountError::NotJson)?;
        match fields.get("type") {
            Some(Value::String(kind)) if kind == TYPE => {}
            found => {
                let found = found.map_or_else(|| "missing".to_owned(), Value::to_string);
                return Err(ServiceAccountError::NotAServiceAccount { found });
            }
        }
        let field = |field: &'static str| match fields.get(field) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.as_str()),
            _ => Err(ServiceAccountError::Missing { field }),
        };
        let key = rsa_key(field("private_key")?)?;
        let client_email = field("client_email")?.to_owned();
        let project_id = project_id(field("project_id")?)?;
        let token_uri = TokenUri::parse(field("token_uri")?)?;
        // Google finds the key without its identifier, too.
        let private_key_id = field("private_key_id").ok().map(str::to_owned);
        Ok(Self {
            project_id,
            client_email,
            private_key_id,
            key: Arc::new(key),
            token_uri,
        })
    }

    /// Fetches tokens elsewhere than the key file says.
    pub fn with_token_uri(mut self, address: &str) -> Result<Self, ServiceAccountError> {
        self.token_uri = TokenUri::parse(address)?;
        Ok(self)
    }

    /// The Firebase project that messages are sent in.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// The account's name.
    pub fn client_email(&self) -> &str {
        &self.client_email
    }

    /// Where access tokens are fetched.
    pub fn token_uri(&self) -> &str {
        &self.token_uri.text
    }

    /// Signs with RS256 (RFC 7518, section 3.3); none if the system has no randomness.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .ok()?;
        Some(signature)
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceAccount")
            .field("project_id", &self.project_id)
            .field("client_email", &self.client_email)
            .field("token_uri", &self.token_uri.text)
            .finish_non_exhaustive()
    }
}

impl TokenUri {
    fn parse(address: &str) -> Result<Self, ServiceAccountError> {
        let address = address.trim();
        let host_at = address.find("://").map_or(0, |at| at + 3);
        let path_at = address[host_at..]
            .find('/')
            .map_or(address.len(), |at| host_at + at);
        let (origin, path) = address.split_at(path_at);
        let bad = |cause| ServiceAccountError::BadTokenUri { cause };
        let endpoint = Endpoint::parse(origin).map_err(bad)?;
        let path = if path.is_empty() { "/" } else { path };
        heliograph_transport::Request::post(path)
            .map_err(|_| bad(EndpointError::NotAnAddress(address.to_owned())))?;
        Ok(Self {
            text: address.to_owned(),
            endpoint,
            path: path.to_owned(),
        })
    }
}

fn rsa_key(text: &str) -> Result<RsaKeyPair, ServiceAccountError> {
    let block = pem::parse(text).map_err(|_| ServiceAccountError::KeyNotPem)?;
    match block.tag() {
        "PRIVATE KEY" => RsaKeyPair::from_pkcs8(block.contents()),
        "RSA PRIVATE KEY" => RsaKeyPair::from_der(block.contents()),
        _ => return Err(ServiceAccountError::KeyNotPem),
    }
    .map_err(|rejected| ServiceAccountError::KeyNotRsa {
        cause: rejected.to_string(),
    })
}

/// Checks the characters only: older identifiers also have a domain before a colon.
fn project_id(text: &str) -> Result<String, ServiceAccountError> {
    let fits = text.len() <= MAX_PROJECT_ID
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(ServiceAccountError::BadProjectId {
            given: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn file() -> Value {
        serde_json::from_str(&testing::key_file("https://oauth2.googleapis.com/token")).unwrap()
    }

    fn error(file: &Value) -> ServiceAccountError {
        ServiceAccount::from_json(&file.to_string()).unwrap_err()
    }

    #[test]
    fn reads_a_key_file() {
        let account = ServiceAccount::from_json(&file().to_string()).unwrap();
        assert_eq!(account.project_id(), "test-project");
        assert_eq!(
            account.token_uri.endpoint.to_string(),
            "https://oauth2.googleapis.com"
        );
        assert_eq!(account.token_uri.path, "/token");
        let elsewhere = account.with_token_uri("http://localhost:9000/a/b?c").unwrap();
        assert_eq!(elsewhere.token_uri.path, "/a/b?c");
    }

    #[test]
    fn names_what_is_wrong() {
        for text in ["", "[]", "-----BEGIN PRIVATE KEY-----"] {
            assert_eq!(
                ServiceAccount::from_json(text).unwrap_err(),
                ServiceAccountError::NotJson,
                "{text}"
            );
        }
        assert!(matches!(
            ServiceAccount::from_json(r#"{"project_info":{}}"#),
            Err(ServiceAccountError::NotAServiceAccount { .. })
        ));
        for field in ["private_key", "client_email", "project_id", "token_uri"] {
            for value in [Value::Null, Value::from(""), Value::from(7)] {
                let mut file = file();
                file[field] = value;
                assert_eq!(error(&file), ServiceAccountError::Missing { field });
            }
        }
        let mut file = file();
        file["private_key"] = "secret".into();
        assert_eq!(error(&file), ServiceAccountError::KeyNotPem);
        file["private_key"] = pem::encode(&pem::Pem::new("PRIVATE KEY", *b"x")).into();
        assert!(matches!(error(&file), ServiceAccountError::KeyNotRsa { .. }));
    }

    #[test]
    fn refuses_addresses_that_would_leak_or_break() {
        let mut plain = file();
        plain["token_uri"] = "http://example.org/token".into();
        let leak = EndpointError::PlainNotLoopback("example.org".to_owned());
        assert_eq!(error(&plain), ServiceAccountError::BadTokenUri { cause: leak });
        let mut slash = file();
        slash["project_id"] = "a/b".into();
        assert_eq!(
            error(&slash),
            ServiceAccountError::BadProjectId {
                given: "a/b".to_owned()
            }
        );
    }

    #[test]
    fn shows_no_key() {
        let file = file();
        let account = ServiceAccount::from_json(&file.to_string()).unwrap();
        let shown = format!("{account:?}");
        assert!(shown.contains("test-project"));
        assert!(
            !shown.contains("PRIVATE") && !shown.contains("RsaKeyPair"),
            "{shown}"
        );
        let mut broken = file;
        broken["private_key"] = "hunter2".into();
        let error = error(&broken);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
