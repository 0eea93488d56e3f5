//! Google's token endpoint.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use http::request::Parts;
use http::uri::Authority;
use http::{StatusCode, header};
use jiff::Timestamp;
use serde_json::json;

use crate::faults::Provider;
use crate::jwt::Jwt;
use crate::registry::UnknownKeys;
use crate::shared::Shared;
use crate::wire::{Answer, Call};

/// How long an access token lasts, in seconds.
const LASTS: i64 = 3599;
/// Longest life of an assertion, in seconds.
const ASSERTION_MAX: i64 = 3600;
/// How far a sender's clock may be off, in seconds.
const CLOCK_OFF: i64 = 300;
/// Most access tokens that are remembered.
const KEPT: usize = 4096;
/// Where Google itself gives out tokens: what service account files name, and the audience that Google asks for.
const GOOGLE: &str = "https://oauth2.googleapis.com/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
];

/// The access tokens in force: of which project, until when.
#[derive(Default)]
pub(super) struct AccessTokens(Mutex<HashMap<String, (String, i64)>>);

impl AccessTokens {
    /// The project in whose name a request may send.
    pub(super) fn project_of(&self, head: &Parts, now: Timestamp) -> Option<String> {
        let bearer = head.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = bearer
            .strip_prefix("Bearer ")
            .or_else(|| bearer.strip_prefix("bearer "))?;
        let tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (project, until) = tokens.get(token)?;
        (now.as_second() < *until).then(|| project.clone())
    }

    /// Answers a request for a token.
    pub(super) fn issue(&self, shared: &Shared, call: &Call) -> Answer {
        let now = shared.clock.now();
        let now = shared.faults.time_at(Provider::Fcm, now).as_second();
        match project(shared, authority(&call.head), &call.body, now) {
            Ok(project) => {
                let token = format!("ya29.{}", shared.chance.base64_url_text(120));
                let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if tokens.len() >= KEPT {
                    tokens.retain(|_, (_, until)| *until > now);
                }
                tokens.insert(token.clone(), (project, now + LASTS));
                Answer::json(
                    StatusCode::OK,
                    &json!({ "access_token": token, "expires_in": LASTS, "token_type": "Bearer" }),
                )
            }
            Err((error, description)) => Answer::json(
                StatusCode::BAD_REQUEST,
                &json!({ "error": error, "error_description": description }),
            ),
        }
    }
}

/// Whose assertion it is, once it is found good.
fn project(
    shared: &Shared,
    authority: &str,
    body: &[u8],
    now: i64,
) -> Result<String, (&'static str, &'static str)> {
    let body = std::str::from_utf8(body).unwrap_or_default();
    let field = |name: &str| {
        body.split('&')
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| decode(value))
    };
    if field("grant_type").as_deref() != Some(GRANT) {
        return Err(("unsupported_grant_type", "Invalid grant_type"));
    }
    let assertion = field("assertion").ok_or(("invalid_request", "Missing parameter: assertion"))?;
    let jwt = Jwt::read(&assertion).ok_or(("invalid_grant", "Bad Request"))?;
    if jwt.header("alg") != "RS256" {
        return Err(("invalid_grant", "Invalid JWT: alg must be RS256"));
    }
    if !jwt.claim("scope").split(' ').any(|scope| SCOPES.contains(&scope)) {
        return Err((
            "invalid_scope",
            "Invalid OAuth scope or ID token audience provided.",
        ));
    }
    if !names(jwt.claim("aud"), authority) {
        return Err(("invalid_grant", "Invalid JWT: Failed audience check."));
    }
    let (Some(issued), Some(expires)) = (jwt.number("iat"), jwt.number("exp")) else {
        return Err(("invalid_grant", "Invalid JWT: iat and exp are required"));
    };
    if issued > now + CLOCK_OFF || expires < now - CLOCK_OFF || expires - issued > ASSERTION_MAX {
        return Err((
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        ));
    }
    let email = jwt.claim("iss");
    let known = shared
        .registry
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .fcm_project_of_account(email);
    let project = match known {
        Some(project) => project,
        None if shared.unknown.fcm == UnknownKeys::TrustOnFirstUse => {
            // `name@PROJECT.iam.gserviceaccount.com`
            let project = email
                .split_once('@')
                .and_then(|(_, host)| host.split('.').next())
                .unwrap_or_default();
            shared
                .registry
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .trust_fcm(project, email)
        }
        None => return Err(("invalid_grant", "Invalid grant: account not found")),
    };
    if !project.verifies(jwt.message, &jwt.signature) {
        return Err(("invalid_grant", "Invalid JWT Signature."));
    }
    Ok(project.project_id.clone())
}

/// The host and port that a request was sent to.
fn authority(head: &Parts) -> &str {
    let of_uri = head.uri.authority().map(Authority::as_str);
    let of_header = || head.headers.get(header::HOST)?.to_str().ok();
    of_uri.or_else(of_header).unwrap_or_default()
}

/// Does an audience name the place that gives out the tokens: this one, as the request was sent to it, or Google's own? Whoever
/// leads a client here by other means leaves its account file as it is.
fn names(audience: &str, authority: &str) -> bool {
    let host = |authority: &str| authority.trim_end_matches(":443").to_ascii_lowercase();
    let named = audience
        .strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix("/token"));
    audience == GOOGLE || named.is_some_and(|named| host(named) == host(authority))
}

/// Undoes `application/x-www-form-urlencoded`.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0')];
                let value = std::str::from_utf8(&digits)
                    .ok()
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                bytes.push(value.unwrap_or(b'?'));
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::rand::SystemRandom;
    use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
    use rustls::pki_types::PrivatePkcs8KeyDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;
    use crate::registry::{FcmProject, Registry};

    const KEY: &str = include_str!("../../keys/demo-service-account.pem");
    const NOW: i64 = 1_790_000_000;

    fn request(email: &str, audience: &str, spoil: bool) -> String {
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(json!({ "alg": "RS256" }));
        let claims = part(json!({
            "iss": email, "scope": SCOPES[0], "aud": audience, "iat": NOW, "exp": NOW + 3600,
        }));
        let message = format!("{header}.{claims}");
        let der = PrivatePkcs8KeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            message.as_bytes(),
            &mut signature,
        )
        .unwrap();
        signature[0] ^= u8::from(spoil);
        format!(
            "grant_type={GRANT}&assertion={message}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )
    }

    #[test]
    fn an_account_that_was_told_of_signs_in_and_nobody_else() {
        let email = "push@shop-1.iam.gserviceaccount.com";
        let account = json!({ "project_id": "shop-1", "client_email": email, "private_key": KEY });
        let mut registry = Registry::default();
        let known = FcmProject::from_service_account(&account.to_string(), []).unwrap();
        registry.add_fcm_project(known).unwrap();
        let shared = Shared::of(registry);
        let sign_in = |email, spoil| {
            let request = request(email, GOOGLE, spoil);
            project(&shared, "localhost:3902", request.as_bytes(), NOW)
        };
        assert_eq!(sign_in(email, false), Ok("shop-1".to_owned()));
        assert_eq!(
            sign_in(email, true),
            Err(("invalid_grant", "Invalid JWT Signature."))
        );
        let stranger = sign_in("push@shop-2.iam.gserviceaccount.com", false);
        assert_eq!(
            stranger,
            Err(("invalid_grant", "Invalid grant: account not found"))
        );
    }

    #[test]
    fn an_assertion_is_for_this_place_or_for_google_and_no_other() {
        let here = "localhost:3902";
        for (audience, authority) in [
            (GOOGLE, here),
            ("https://localhost:3902/token", here),
            ("https://simulator.test/token", "Simulator.test:443"),
        ] {
            assert!(names(audience, authority), "{audience}");
        }
        for audience in [
            "",
            "/token",
            "https://example.com/token",
            "https://localhost/token",
            "http://localhost:3902/token",
            "https://localhost:3902/other/token",
            "https://oauth2.googleapis.com/token/",
        ] {
            assert!(!names(audience, here), "{audience}");
        }
    }
}
