use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// Signs the provider tokens of one team's key, one at a time, and keeps the current one; cheap to clone.
///
/// Apple wants one token for a team and key, whatever it is sent to: "Establishing a token-based connection to APNs". So
/// clients of several apps, and of both environments, that sign in with one key share this.
///
/// Signing is quick and done under the lock, so however many sends find the token old, one renews it.
#[derive(Clone)]
pub struct ProviderTokens(Arc<Signer>);

struct Signer {
    key: SigningKey,
    key_id: KeyId,
    team_id: TeamId,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    current: Option<ProviderToken>,
    /// Before, no token is made in place of one that Apple calls expired, in seconds since 1970.
    rests_until: u64,
}

impl ProviderTokens {
    /// Tokens dated by this machine's clock.
    pub fn new(key: SigningKey, key_id: KeyId, team_id: TeamId) -> Self {
        Self::dated_by(Clock::system(), key, key_id, team_id)
    }

    /// Tokens dated by another clock.
    pub fn dated_by(clock: Clock, key: SigningKey, key_id: KeyId, team_id: TeamId) -> Self {
        Self(Arc::new(Signer {
            key,
            key_id,
            team_id,
            clock,
            state: Mutex::default(),
        }))
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The token in force, renewed if it is due.
    pub(crate) fn current(&self) -> Result<ProviderToken, Error> {
        let now = self.0.clock.unix_seconds();
        self.0.replace_if(now, |token, _| {
            now >= token.issued_at + RENEW_AFTER || token.issued_at > now + CLOCK_TOLERANCE
        })
    }

    /// Another token than one that Apple called expired; none if a new one would come too soon.
    pub(crate) fn after_expiry(&self, expired: &ProviderToken) -> Result<Option<ProviderToken>, Error> {
        let now = self.0.clock.unix_seconds();
        let token = self.0.replace_if(now, |token, rests_until| {
            token.header == expired.header && now > token.issued_at + LEAST_AGE && now >= rests_until
        })?;
        Ok((token.header != expired.header).then_some(token))
    }

    /// Notes that Apple counts too many new tokens: the one in force is kept for as long as it asks for.
    pub(crate) fn too_many_updates(&self) {
        let now = self.0.clock.unix_seconds();
        self.0.lock().rests_until = now + LEAST_AGE;
    }
}

impl fmt::Debug for ProviderTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderTokens")
            .field("key_id", &self.0.key_id)
            .field("team_id", &self.0.team_id)
            .finish_non_exhaustive()
    }
}

impl Signer {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The slot holds a whole token or none, whatever happened to an earlier holder of the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn replace_if(
        &self,
        now: u64,
        is_due: impl FnOnce(&ProviderToken, u64) -> bool,
    ) -> Result<ProviderToken, Error> {
        let mut state = self.lock();
        match &state.current {
            Some(token) if !is_due(token, state.rests_until) => Ok(token.clone()),
            _ => {
                let token = self.sign(now)?;
                state.current = Some(token.clone());
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
        let tokens = ProviderTokens::new(key, key_id, team_id);
        let token = tokens.current().unwrap();
        assert_eq!(format!("{:?}", token.header), "Sensitive");
    }
}
