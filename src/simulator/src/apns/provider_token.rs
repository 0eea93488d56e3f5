//! Provider tokens: who is pushing, and may they push to this app.
//!
//! Source: Apple, "Establishing a token-based connection to APNs".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Refusal, refuse};
use crate::jwt::Jwt;
use crate::phones::Platform;
use crate::registry::{ApnsKey, AppId, KeyScope, UnknownKeys};
use crate::shared::Shared;

/// Longest age of a token, in seconds.
const AGE_MAX: i64 = 3600;
/// How far a sender's clock may be ahead, in seconds.
const AHEAD_MAX: i64 = 60;
/// Most verified tokens that are remembered.
const KEPT: usize = 1024;

/// Tokens whose signature has been verified, so that each is verified once.
#[derive(Default)]
pub(super) struct Tokens(Mutex<HashMap<String, Verified>>);

#[derive(Clone)]
struct Verified {
    key: Arc<ApnsKey>,
    issued_at: i64,
}

impl Tokens {
    /// Checks a token for a push to this app; gives the key that it was signed with.
    pub(super) fn check(
        &self,
        shared: &Shared,
        platform: Platform,
        text: &str,
        app: &AppId,
        now: i64,
    ) -> Result<Arc<ApnsKey>, Refusal> {
        let known = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(text)
            .cloned();
        let verified = match known {
            Some(verified) => verified,
            None => {
                let verified = verify(shared, text, app)?;
                let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if kept.len() >= KEPT {
                    kept.clear();
                }
                kept.insert(text.to_owned(), verified.clone());
                verified
            }
        };
        if now - verified.issued_at > AGE_MAX {
            return Err(refuse(403, "ExpiredProviderToken"));
        }
        if verified.issued_at - now > AHEAD_MAX {
            return Err(refuse(403, "InvalidProviderToken"));
        }
        if !verified.key.environment.opens(platform) {
            return Err(refuse(403, "BadEnvironmentKeyInToken"));
        }
        if verified.key.bundle_ids.contains(app) {
            return Ok(verified.key);
        }
        if verified.key.scope == KeyScope::Team {
            let mut registry = shared.registry.write().unwrap_or_else(PoisonError::into_inner);
            let key = registry.admit_apns(&verified.key.key_id, &verified.key.team_id, app);
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(
                text.to_owned(),
                Verified {
                    key: Arc::clone(&key),
                    issued_at: verified.issued_at,
                },
            );
            return Ok(key);
        }
        Err(refuse(400, "TopicDisallowed"))
    }
}

fn verify(shared: &Shared, text: &str, app: &AppId) -> Result<Verified, Refusal> {
    let invalid = refuse(403, "InvalidProviderToken");
    let jwt = Jwt::read(text).ok_or(invalid)?;
    let issued_at = jwt.number("iat").ok_or(invalid)?;
    let (key_id, team_id) = (jwt.header("kid"), jwt.claim("iss"));
    if jwt.header("alg") != "ES256" || key_id.is_empty() || team_id.is_empty() {
        return Err(invalid);
    }
    let known = shared
        .registry
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .apns_key(key_id);
    let key = match known {
        Some(key) => key,
        None if shared.unknown.apns == UnknownKeys::TrustOnFirstUse => {
            let mut registry = shared.registry.write().unwrap_or_else(PoisonError::into_inner);
            registry.admit_apns(key_id, team_id, app)
        }
        None => return Err(invalid),
    };
    if key.team_id != team_id || !key.verifies(jwt.message, &jwt.signature) {
        return Err(invalid);
    }
    Ok(Verified { key, issued_at })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

    use super::*;
    use crate::registry::{KeyEnvironment, Registry};

    const NOW: i64 = 1_790_000_000;

    fn token(pair: &KeyPair, key_id: &str) -> String {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der(), &random)
            .unwrap();
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let header = part(serde_json::json!({ "alg": "ES256", "kid": key_id }));
        let claims = part(serde_json::json!({ "iss": "TEAM", "iat": NOW }));
        let message = format!("{header}.{claims}");
        let signature = pair.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    #[test]
    fn who_signs_with_a_key_that_was_told_of_is_let_in_for_every_app_of_the_team_and_nobody_else() {
        let [own, other] = [(); 2].map(|()| KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
        let mut registry = Registry::default();
        let key = ApnsKey::from_p8(&own.public_key_pem(), "KEY", "TEAM", [], KeyEnvironment::Both).unwrap();
        registry.add_apns_key(key);
        let shared = Shared::of(registry);
        let check = |text: &str, app: &str| {
            let tokens = Tokens::default();
            let checked = tokens.check(&shared, Platform::Apns, text, &AppId::new(app), NOW);
            checked.map(|_| ())
        };
        for app in ["com.example.shop", "com.example.other"] {
            assert_eq!(check(&token(&own, "KEY"), app), Ok(()));
        }
        let invalid = Err(refuse(403, "InvalidProviderToken"));
        assert_eq!(check(&token(&other, "KEY"), "com.example.shop"), invalid);
        assert_eq!(check(&token(&own, "KEY2"), "com.example.shop"), invalid);
    }
}
