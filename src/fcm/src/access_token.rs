use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_transport::http::header::CONTENT_TYPE;
use heliograph_transport::http::{HeaderValue, StatusCode};
use heliograph_transport::{Channel, Clock, Lane, Request};
use serde::Deserialize;

use crate::{ServiceAccount, SignInError};

/// What a token is asked for.
///
/// Google, "Migrate from legacy FCM APIs to HTTP v1" (<https://firebase.google.com/docs/cloud-messaging/migrate-v1>).
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
/// Life of the signed request, in seconds: the most that Google takes.
///
/// Google, "Using OAuth 2.0 for server to server applications"
/// (<https://developers.google.com/identity/protocols/oauth2/service-account>).
const ASSERTION_LIFE: u64 = 3600;
/// How long before its end a token is no longer sent, in seconds; it must still be good when it arrives.
const MARGIN: u64 = 60;
/// Pause after a renewal in the background that failed, in seconds; the old token serves meanwhile.
const RENEWAL_PAUSE: u64 = 10;

/// Fetches access tokens, one at a time, and keeps the current one.
pub(crate) struct AccessTokens {
    account: ServiceAccount,
    channel: Channel,
    clock: Clock,
    state: Mutex<State>,
    /// Held while a token is fetched.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    /// Fetches done so far, and how the last one failed.
    fetches: u64,
    failure: Option<SignInError>,
    renewing: bool,
    renew_not_before: u64,
}

/// A token as the header that carries it.
#[derive(Clone)]
pub(crate) struct AccessToken {
    pub(crate) header: HeaderValue,
    /// When a new one is to be fetched while this one serves, in seconds since 1970.
    renew_at: u64,
    /// When it can no longer be sent.
    ends_at: u64,
}

impl AccessTokens {
    pub(crate) fn new(account: ServiceAccount, channel: Channel, clock: Clock) -> Self {
        Self {
            account,
            channel,
            clock,
            state: Mutex::new(State::default()),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// The token in force. Only the very first one, or one after a long pause, has to be waited for.
    pub(crate) async fn current(self: &Arc<Self>) -> Result<AccessToken, SignInError> {
        let now = self.clock.unix_seconds();
        let fetches = {
            let mut state = self.lock();
            if let Some(token) = state.token.clone().filter(|token| now < token.ends_at) {
                if now >= token.renew_at && !state.renewing && now >= state.renew_not_before {
                    state.renewing = true;
                    tokio::spawn(Arc::clone(self).renew_in_background());
                }
                return Ok(token);
            }
            state.fetches
        };
        self.fetch_unless_done(fetches).await
    }

    /// Another token than one that FCM did not accept.
    pub(crate) async fn instead_of(&self, refused: &AccessToken) -> Result<AccessToken, SignInError> {
        let fetches = {
            let mut state = self.lock();
            match &state.token {
                Some(token) if token.header != refused.header => return Ok(token.clone()),
                _ => state.token = None,
            }
            state.fetches
        };
        self.fetch_unless_done(fetches).await
    }

    /// Fetches a token, or takes the result of a fetch that ended since `fetches` was read.
    async fn fetch_unless_done(&self, fetches: u64) -> Result<AccessToken, SignInError> {
        let _fetching = self.fetching.lock().await;
        {
            let state = self.lock();
            if state.fetches > fetches {
                match (&state.token, &state.failure) {
                    (Some(token), None) => return Ok(token.clone()),
                    (_, Some(failure)) => return Err(failure.clone()),
                    (None, None) => {}
                }
            }
        }
        let result = self.fetch().await;
        let mut state = self.lock();
        state.fetches += 1;
        match result {
            Ok(token) => {
                state.token = Some(token.clone());
                state.failure = None;
                Ok(token)
            }
            Err(failure) => {
                state.failure = Some(failure.clone());
                Err(failure)
            }
        }
    }

    async fn renew_in_background(self: Arc<Self>) {
        let fetches = self.lock().fetches;
        let result = self.fetch_unless_done(fetches).await;
        let mut state = self.lock();
        state.renewing = false;
        if let Err(error) = result {
            tracing::warn!(%error, account = self.account.client_email, "the access token was not renewed");
            state.renew_not_before = self.clock.unix_seconds() + RENEWAL_PAUSE;
        }
    }

    async fn fetch(&self) -> Result<AccessToken, SignInError> {
        let issued_at = self.clock.unix_seconds();
        let assertion = self.assertion(issued_at)?;
        // A path is checked when the account is read, and base64url needs no escaping in a form.
        let request = Request::post(&self.account.token_uri.path)
            .map_err(|_| SignInError::UnreadableAnswer)?
            .header(
                CONTENT_TYPE,
                HeaderValue::from_static("application/x-www-form-urlencoded"),
            )
            .body(format!(
                "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={assertion}"
            ));
        let answer = self.channel.send(Lane::Main, &request).await?;
        if answer.status != StatusCode::OK {
            let refusal: OAuthRefusal = serde_json::from_slice(&answer.body).unwrap_or_default();
            return Err(SignInError::Refused {
                status: answer.status,
                error: refusal.error,
                description: refusal.error_description,
            });
        }
        let granted: Granted =
            serde_json::from_slice(&answer.body).map_err(|_| SignInError::UnreadableAnswer)?;
        let mut header = HeaderValue::from_str(&format!("Bearer {}", granted.access_token))
            .map_err(|_| SignInError::UnreadableAnswer)?;
        header.set_sensitive(true);
        tracing::debug!(account = self.account.client_email, "fetched an access token");
        let life = granted.expires_in;
        Ok(AccessToken {
            header,
            // 50 minutes of the usual hour.
            renew_at: issued_at.saturating_add(life / 6 * 5),
            ends_at: issued_at.saturating_add(life.saturating_sub(MARGIN)),
        })
    }

    /// The signed request for a token (RFC 7523).
    fn assertion(&self, issued_at: u64) -> Result<String, SignInError> {
        let mut header = serde_json::json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(key_id) = &self.account.private_key_id {
            header["kid"] = key_id.as_str().into();
        }
        let claims = serde_json::json!({
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": self.account.token_uri.text,
            "iat": issued_at,
            "exp": issued_at + ASSERTION_LIFE,
        });
        let mut assertion = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let signature = self
            .account
            .sign(assertion.as_bytes())
            .ok_or(SignInError::Signing)?;
        assertion.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut assertion);
        Ok(assertion)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change under the lock is complete before anything can panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OAuthRefusal {
    error: String,
    error_description: String,
}
