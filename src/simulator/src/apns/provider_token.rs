//! Provider tokens: who is pushing, and may they push to this app.
//!
//! Source: Apple, "Establishing a token-based connection to APNs".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Refusal, refuse};
use crate::jwt::Jwt;
use crate::phones::Platform;
use crate::registry::{ApnsKey, AppId, UnknownKeys};
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
    /// Checks a token for a push to this app.
    pub(super) fn check(
        &self,
        shared: &Shared,
        platform: Platform,
        text: &str,
        app: &AppId,
        now: i64,
    ) -> Result<(), Refusal> {
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
            return Ok(());
        }
        if verified.key.public_key.is_none() && shared.unknown == UnknownKeys::TrustOnFirstUse {
            let mut registry = shared.registry.write().unwrap_or_else(PoisonError::into_inner);
            let key = registry.trust_apns(&verified.key.key_id, &verified.key.team_id, app);
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.insert(
                text.to_owned(),
                Verified {
                    key,
                    issued_at: verified.issued_at,
                },
            );
            return Ok(());
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
        None if shared.unknown == UnknownKeys::TrustOnFirstUse => {
            let mut registry = shared.registry.write().unwrap_or_else(PoisonError::into_inner);
            registry.trust_apns(key_id, team_id, app)
        }
        None => return Err(invalid),
    };
    if key.team_id != team_id || !key.verifies(jwt.message, &jwt.signature) {
        return Err(invalid);
    }
    Ok(Verified { key, issued_at })
}
