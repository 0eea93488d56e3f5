use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_transport::Clock;
use heliograph_transport::http::HeaderValue;

use crate::{Error, KeyId, SigningKey, TeamId};

/// Age at which a token is renewed, in seconds: Apple refuses tokens older than an hour.
///
/// Apple, "Establishing a token-based connection to APNs": renewed no more than once in 20 minutes and no less than once in
/// 60.
const RENEW_AFTER: u64 = 50 * 60;
/// Least time between two tokens, in seconds: Apple refuses more than one in 20 minutes on a connection.
///
/// Apple, "Handling notification responses from APNs": 429 `TooManyProviderTokenUpdates`.
const LEAST_AGE: u64 = 20 * 60;
/// By how much a token may lie in the future after the clock was set back, in seconds.
const CLOCK_TOLERANCE: u64 = 60;

/// A signed provider token as the header that carries it.
#[derive(Clone)]
pub(crate) struct ProviderToken {
    pub(crate) header: HeaderValue,
    issued_at: u64,
}

/// Signs provider tokens, one at a time, and keeps the current one.
///
/// Signing is quick and done under the lock, so however many sends find the token old, one renews it.
pub(crate) struct ProviderTokens {
    key: SigningKey,
    key_id: KeyId,
    team_id: TeamId,
    clock: Clock,
    current: Mutex<Option<ProviderToken>>,
}

impl ProviderTokens {
    pub(crate) fn new(key: SigningKey, key_id: KeyId, team_id: TeamId, clock: Clock) -> Self {
        Self {
            key,
            key_id,
            team_id,
            clock,
            current: Mutex::new(None),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The token in force, renewed if it is due.
    pub(crate) fn current(&self) -> Result<ProviderToken, Error> {
        let now = self.clock.unix_seconds();
        self.replace_if(now, |token| {
            now >= token.issued_at + RENEW_AFTER || token.issued_at > now + CLOCK_TOLERANCE
        })
    }

    /// Another token than one that Apple called expired; none if a new one would come too soon.
    pub(crate) fn after_expiry(&self, expired: &ProviderToken) -> Result<Option<ProviderToken>, Error> {
        let now = self.clock.unix_seconds();
        let token = self.replace_if(now, |token| {
            token.header == expired.header && now > token.issued_at + LEAST_AGE
        })?;
        Ok((token.header != expired.header).then_some(token))
    }

    fn replace_if(
        &self,
        now: u64,
        is_due: impl FnOnce(&ProviderToken) -> bool,
    ) -> Result<ProviderToken, Error> {
        // The slot holds a whole token or none, whatever happened to an earlier holder of the lock.
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match &*current {
            Some(token) if !is_due(token) => Ok(token.clone()),
            _ => {
                let token = self.sign(now)?;
                *current = Some(token.clone());
                Ok(token)
            }
        }
    }

    fn sign(&self, issued_at: u64) -> Result<ProviderToken, Error> {
        let header = serde_json::json!({ "alg": "ES256", "kid": self.key_id.as_str() });
        let claims = serde_json::json!({ "iss": self.team_id.as_str(), "iat": issued_at });
        let mut token = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self.key.sign(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        // Base64url and dots only.
        let mut header =
            HeaderValue::from_str(&format!("bearer {token}")).expect("a token is a header value");
        header.set_sensitive(true);
        tracing::debug!(key_id = %self.key_id, team_id = %self.team_id, "signed a provider token");
        Ok(ProviderToken { header, issued_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

    #[test]
    fn the_header_is_never_shown() {
        let der =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
        let key = SigningKey::from_pem(&pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()))).unwrap();
        let (key_id, team_id) = (
            KeyId::new("ABC123DEFG").unwrap(),
            TeamId::new("DEF123GHIJ").unwrap(),
        );
        let token = ProviderTokens::new(key, key_id, team_id, Clock::system())
            .current()
            .unwrap();
        assert_eq!(format!("{:?}", token.header), "Sensitive");
    }
}
