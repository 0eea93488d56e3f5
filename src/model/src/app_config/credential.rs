//! What can be said of a credential without asking the provider: in the browser as it is dropped, and on the server again.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{GoogleQuota, Platform};
use crate::number::grouped;

/// Why a file is no APNs signing key (`.p8`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum KeyFault {
    /// Nothing in it.
    #[error("The file is empty. Choose the .p8 file that Apple gave you.")]
    Empty,
    /// A Google service account or another JSON file.
    #[error(
        "This is a JSON file, as Google's keys are. For iOS choose the .p8 file from Apple's developer account."
    )]
    Json,
    /// A PKCS #12 archive (`.p12`), or another binary file.
    #[error(
        "This is not a text file; it may be a .p12 certificate. Create a key (.p8) in Apple's developer account under Keys."
    )]
    Binary,
    /// Not PEM.
    #[error("This is not a .p8 key: it must begin with “-----BEGIN PRIVATE KEY-----”.")]
    NotPem,
    /// The closing line is missing.
    #[error(
        "The last line, “-----END PRIVATE KEY-----”, is missing: the file was cut off. Download or copy it again whole."
    )]
    CutOff,
    /// Several blocks.
    #[error("There is more than one key or certificate in the file. Choose the .p8 file as Apple made it.")]
    SeveralBlocks,
    /// A certificate.
    #[error("This is a certificate, not a key. Create a key (.p8) in Apple's developer account under Keys.")]
    Certificate,
    /// A public key.
    #[error("This is a public key. Choose the private key: the .p8 file that Apple let you download once.")]
    PublicKey,
    /// Encrypted with a password.
    #[error("The key is locked with a password. Choose the .p8 file as Apple made it, which has none.")]
    Encrypted,
    /// The older form of OpenSSL.
    #[error(
        "The key is in OpenSSL's older form (BEGIN EC PRIVATE KEY). Choose the .p8 file as Apple made it, or convert this one \
         with “openssl pkcs8 -topk8 -nocrypt”."
    )]
    OlderForm,
    /// An RSA key.
    #[error(
        "This is an RSA key, as certificates and Google's accounts have. Apple's push keys are in files named AuthKey_….p8."
    )]
    Rsa,
    /// A key on another curve than P-256.
    #[error("This key is on another curve than P-256. Choose the .p8 file as Apple made it.")]
    OtherCurve,
    /// Another kind of key or PEM block.
    #[error("This is another kind of key. Apple's push keys are in files named AuthKey_….p8.")]
    OtherKind,
    /// Its inside is not base64.
    #[error(
        "The text between the first and the last line is damaged. Download or copy the file again whole."
    )]
    NotBase64,
    /// Base64, but no key inside.
    #[error("The inside of the key is damaged. Download or copy the file again whole.")]
    Damaged,
}

/// Object identifiers in DER (RFC 5480, section 2.1; RFC 8017, appendix A.1).
const OID_EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Is this file an APNs signing key: an unencrypted PKCS #8 key on the curve P-256 in PEM?
///
/// # Errors
/// What it is instead, or what is wrong with it.
pub fn check_key(file: &[u8]) -> Result<(), KeyFault> {
    let Ok(text) = std::str::from_utf8(file) else {
        return Err(KeyFault::Binary);
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(KeyFault::Empty);
    }
    if text.starts_with('{') {
        return Err(KeyFault::Json);
    }
    let (kind, inside) = pem(text)?;
    match kind {
        "PRIVATE KEY" => {}
        "CERTIFICATE" | "CERTIFICATE REQUEST" => return Err(KeyFault::Certificate),
        "PUBLIC KEY" => return Err(KeyFault::PublicKey),
        "ENCRYPTED PRIVATE KEY" => return Err(KeyFault::Encrypted),
        "EC PRIVATE KEY" => return Err(KeyFault::OlderForm),
        "RSA PRIVATE KEY" => return Err(KeyFault::Rsa),
        _ => return Err(KeyFault::OtherKind),
    }
    let der = decode(inside).ok_or(KeyFault::NotBase64)?;
    if !is_whole_sequence(&der) {
        return Err(KeyFault::Damaged);
    }
    let has = |oid: &[u8]| der.windows(oid.len()).any(|window| window == oid);
    if has(OID_RSA) {
        Err(KeyFault::Rsa)
    } else if !has(OID_EC) {
        Err(KeyFault::OtherKind)
    } else if !has(OID_P256) {
        Err(KeyFault::OtherCurve)
    } else {
        Ok(())
    }
}

/// The kind and the inside of the one PEM block of a text (RFC 7468).
fn pem(text: &str) -> Result<(&str, &str), KeyFault> {
    let (_, rest) = text.split_once("-----BEGIN ").ok_or(KeyFault::NotPem)?;
    let (kind, rest) = rest.split_once("-----").ok_or(KeyFault::NotPem)?;
    let (inside, rest) = rest.split_once("-----END ").ok_or(KeyFault::CutOff)?;
    let end = rest.split_once("-----").map(|(end, rest)| (end.trim(), rest));
    match end {
        Some((end, rest)) if end == kind.trim() => {
            if rest.contains("-----BEGIN ") {
                return Err(KeyFault::SeveralBlocks);
            }
            Ok((kind.trim(), inside))
        }
        Some(_) => Err(KeyFault::Damaged),
        None => Err(KeyFault::CutOff),
    }
}

fn decode(inside: &str) -> Option<Vec<u8>> {
    let text: String = inside
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
        .collect();
    STANDARD.decode(text).ok().filter(|der| !der.is_empty())
}

/// Is this one DER sequence, with nothing missing and nothing after it (X.690, section 8.1.3)?
fn is_whole_sequence(der: &[u8]) -> bool {
    match der {
        [0x30, length, rest @ ..] if *length < 0x80 => rest.len() == usize::from(*length),
        [0x30, 0x81, length, rest @ ..] => rest.len() == usize::from(*length),
        [0x30, 0x82, high, low, rest @ ..] => rest.len() == usize::from(*high) << 8 | usize::from(*low),
        _ => false,
    }
}

/// The key id in the name that Apple gives to the file: `AuthKey_ABC123DEFG.p8`, also with a browser's “ (1)” at its end.
pub fn key_id_from_file_name(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next()?;
    let id = name.strip_prefix("AuthKey_")?.get(..10)?;
    let rest = &name["AuthKey_".len() + 10..];
    (is_identifier(id) && rest.to_ascii_lowercase().ends_with(".p8")).then_some(id)
}

fn is_identifier(text: &str) -> bool {
    text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// A field of an app configuration's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppField {
    /// What people call it.
    Name,
    /// Bundle id or package name.
    App,
    /// Apple's key id.
    KeyId,
    /// Apple's team id.
    TeamId,
    /// What Google allows a minute.
    GoogleQuota,
}

/// What is wrong with a field, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct FieldFault {
    /// In which.
    pub field: AppField,
    /// What, and what to do.
    pub message: String,
}

impl FieldFault {
    fn new(field: AppField, message: impl Into<String>) -> Self {
        Self {
            field,
            message: message.into(),
        }
    }
}

/// Longest name of an app configuration, in characters.
pub const NAME_MAX: usize = 100;
/// Longest bundle id or package name, in bytes.
pub const APP_MAX: usize = 255;

/// The name of an app configuration, blanks around it removed.
///
/// # Errors
/// Where it is empty or over [`NAME_MAX`].
pub fn check_name(name: &str) -> Result<&str, FieldFault> {
    let name = name.trim();
    if name.is_empty() {
        return Err(FieldFault::new(AppField::Name, "Give the app a name."));
    }
    if name.chars().count() > NAME_MAX {
        return Err(FieldFault::new(
            AppField::Name,
            format!("The name must have at most {NAME_MAX} characters."),
        ));
    }
    Ok(name)
}

/// Apple's key id, blanks around it removed.
///
/// # Errors
/// Where it is not 10 capital letters and digits.
pub fn check_key_id(text: &str) -> Result<&str, FieldFault> {
    let id = text.trim();
    if is_identifier(id) {
        return Ok(id);
    }
    Err(FieldFault::new(
        AppField::KeyId,
        "A key id has 10 capital letters and digits. It is in the file's name, AuthKey_….p8, and in Apple's developer \
         account under Keys.",
    ))
}

/// Apple's team id, blanks around it removed.
///
/// # Errors
/// Where it is not 10 capital letters and digits.
pub fn check_team_id(text: &str) -> Result<&str, FieldFault> {
    let id = text.trim();
    if is_identifier(id) {
        return Ok(id);
    }
    Err(FieldFault::new(
        AppField::TeamId,
        "A team id has 10 capital letters and digits. It is in Apple's developer account under Membership.",
    ))
}

/// The messages a minute that Google allows a project, as they are typed.
///
/// # Errors
/// Where it is no whole number, or one that no project has.
pub fn check_google_quota(text: &str) -> Result<GoogleQuota, FieldFault> {
    text.trim()
        .parse()
        .ok()
        .and_then(GoogleQuota::new)
        .ok_or_else(|| {
            FieldFault::new(
                AppField::GoogleQuota,
                format!(
                    "Enter a whole number of messages, from {} to {}. Google gives a project {} where nothing else was agreed.",
                    grouped(GoogleQuota::LEAST.into()),
                    grouped(GoogleQuota::MOST.into()),
                    grouped(GoogleQuota::USUAL.into()),
                ),
            )
        })
}

/// A bundle id or package name, blanks around it removed.
///
/// Sources: Apple, "CFBundleIdentifier" (letters, digits, hyphens, dots); Android, "Configure the app module" (two or more
/// parts, each begins with a letter; letters, digits, underscores).
///
/// # Errors
/// Where the platform can't have an app of this name.
pub fn check_app(platform: Platform, text: &str) -> Result<&str, FieldFault> {
    let app = text.trim();
    let fault = |message: &str| Err(FieldFault::new(AppField::App, message));
    if app.len() > APP_MAX {
        return Err(FieldFault::new(
            AppField::App,
            format!("It must have at most {APP_MAX} characters."),
        ));
    }
    let mut parts = app.split('.');
    match platform {
        Platform::Ios => {
            let fits = parts.all(|part| {
                !part.is_empty()
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            });
            if app.is_empty() || !fits {
                return fault(
                    "A bundle id has letters, digits, hyphens and dots, such as com.example.shop. It is in Xcode under \
                     Signing & Capabilities.",
                );
            }
        }
        Platform::Android => {
            let several = app.contains('.');
            let fits = parts.all(|part| {
                part.starts_with(|first: char| first.is_ascii_alphabetic())
                    && part
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            });
            if !several || !fits {
                return fault(
                    "A package name has at least two parts of letters, digits and underscores, such as com.example.shop. It \
                     is the applicationId in build.gradle.",
                );
            }
        }
    }
    Ok(app)
}

/// What may be shown of a Google service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceAccountSummary {
    /// The Firebase project.
    pub project_id: String,
    /// The account's address.
    pub client_email: String,
}

/// Why a file is no Google service account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ServiceAccountFault {
    /// Nothing in it.
    #[error("The file is empty. Choose the JSON file that the Firebase console gave you.")]
    Empty,
    /// A PEM file, such as Apple's.
    #[error(
        "This is a PEM file, as Apple's keys are. For Android choose the JSON file from the Firebase console under Project \
         settings, Service accounts."
    )]
    Pem,
    /// Not a JSON object.
    #[error("This is not a JSON file{}. Download a new private key from the Firebase console under Project settings, Service accounts.", place(*.line))]
    NotJson {
        /// The line at which reading ended.
        line: Option<usize>,
    },
    /// The app's own file.
    #[error(
        "This is google-services.json, which belongs into the app and holds no key. Download a private key from the Firebase \
         console under Project settings, Service accounts."
    )]
    GoogleServices,
    /// A JSON file of another kind.
    #[error(
        "“type” is “{found}”, not “service_account”. Download a private key from the Firebase console under Project settings, Service accounts."
    )]
    OtherType {
        /// What the file has there; empty where it has nothing.
        found: String,
    },
    /// A field is missing or not text.
    #[error("“{field}” is missing. Choose the whole file as it was downloaded.")]
    Missing {
        /// Its name.
        field: String,
    },
    /// A field can't be right.
    #[error("“{field}” can’t be right: {why}. Choose the whole file as it was downloaded.")]
    Bad {
        /// Its name.
        field: String,
        /// What is wrong with it.
        why: String,
    },
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!(" (see line {line})"))
}

/// Is this file a Google service account? What may be shown of it.
///
/// # Errors
/// What it is instead, or which field is wrong.
pub fn check_service_account(file: &[u8]) -> Result<ServiceAccountSummary, ServiceAccountFault> {
    let text = String::from_utf8_lossy(file);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(ServiceAccountFault::Empty);
    }
    if text.starts_with("-----BEGIN ") {
        return Err(ServiceAccountFault::Pem);
    }
    let fields: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| ServiceAccountFault::NotJson {
            line: (error.line() > 0 && text.starts_with('{')).then_some(error.line()),
        })?;
    if fields.contains_key("project_info") && fields.contains_key("client") {
        return Err(ServiceAccountFault::GoogleServices);
    }
    match fields.get("type") {
        Some(Value::String(kind)) if kind == "service_account" => {}
        found => {
            return Err(ServiceAccountFault::OtherType {
                found: found.and_then(Value::as_str).unwrap_or_default().to_owned(),
            });
        }
    }
    let field = |name: &str| match fields.get(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim()),
        _ => Err(ServiceAccountFault::Missing {
            field: name.to_owned(),
        }),
    };
    let bad = |field: &str, why: &str| ServiceAccountFault::Bad {
        field: field.to_owned(),
        why: why.to_owned(),
    };
    let (project, email) = (field("project_id")?, field("client_email")?);
    let (key, token_uri) = (field("private_key")?, field("token_uri")?);
    if !project
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':'))
    {
        return Err(bad(
            "project_id",
            "a project id has small letters, digits and hyphens only",
        ));
    }
    if !email.contains('@') {
        return Err(bad("client_email", "it is no e-mail address"));
    }
    match pem(key) {
        Ok(("PRIVATE KEY" | "RSA PRIVATE KEY", inside)) => match decode(inside) {
            Some(der) if is_whole_sequence(&der) => {}
            _ => return Err(bad("private_key", "its inside is damaged")),
        },
        Ok(_) => return Err(bad("private_key", "it is another kind of key")),
        Err(_) => {
            return Err(bad(
                "private_key",
                "it must begin with “-----BEGIN PRIVATE KEY-----” and end with “-----END PRIVATE KEY-----”",
            ));
        }
    }
    if !token_uri.starts_with("https://") && !token_uri.starts_with("http://") {
        return Err(bad("token_uri", "it is no web address"));
    }
    Ok(ServiceAccountSummary {
        project_id: project.to_owned(),
        client_email: email.to_owned(),
    })
}

#[cfg(test)]
mod tests;
