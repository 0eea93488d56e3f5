//! The client against a real HTTP/2 server on loopback that hands out tokens and takes messages.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_fcm::{
    ApnsRefusal, Client, Clock, Config, Error, ErrorCode, Message, Mode, Refusal, ServiceAccount,
    SignInError, Target, TransportConfig, testing,
};
use heliograph_transport::testing::{Received, Reply, TestServer};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

const START: u64 = 1_800_000_000;

/// A fake of Google: tokens are `token-1`, `token-2`, …; messages are answered by `messages`.
struct Google {
    server: TestServer,
    tokens_fetched: Arc<AtomicUsize>,
    last_form: Arc<Mutex<String>>,
    /// Each fetch of a token takes one permit.
    token_gate: Arc<Semaphore>,
}

impl Google {
    async fn start(messages: impl Fn(Received) -> Reply + Send + Sync + 'static) -> Self {
        let tokens_fetched = Arc::new(AtomicUsize::new(0));
        let last_form: Arc<Mutex<String>> = Arc::default();
        let token_gate = Arc::new(Semaphore::new(1000));
        let messages = Arc::new(messages);
        let server = TestServer::start({
            let (fetched, form) = (Arc::clone(&tokens_fetched), Arc::clone(&last_form));
            let gate = Arc::clone(&token_gate);
            move |received| {
                let (fetched, form) = (Arc::clone(&fetched), Arc::clone(&form));
                let (gate, messages) = (Arc::clone(&gate), Arc::clone(&messages));
                async move {
                    if received.path != "/token" {
                        return messages(received);
                    }
                    assert_eq!(
                        received.header("content-type"),
                        "application/x-www-form-urlencoded"
                    );
                    let number = fetched.fetch_add(1, Ordering::SeqCst) + 1;
                    *form.lock().unwrap() = String::from_utf8(received.body.to_vec()).unwrap();
                    gate.acquire().await.unwrap().forget();
                    Reply::new(
                        200,
                        format!(r#"{{"access_token":"token-{number}","expires_in":3600}}"#),
                    )
                }
            }
        })
        .await;
        Self {
            server,
            tokens_fetched,
            last_form,
            token_gate,
        }
    }

    fn token_uri(&self) -> String {
        format!("{}/token", self.server.endpoint())
    }

    fn client(&self) -> (Client, Arc<AtomicU64>) {
        client(self.server.config(), &self.token_uri())
    }

    fn fetched(&self) -> usize {
        self.tokens_fetched.load(Ordering::SeqCst)
    }
}

fn client(transport: TransportConfig, token_uri: &str) -> (Client, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(START));
    let mut config = Config::new(ServiceAccount::from_json(&testing::key_file(token_uri)).unwrap());
    config.transport = transport;
    config.clock = Clock::new({
        let seconds = Arc::clone(&seconds);
        move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst))
    });
    (Client::new(config).unwrap(), seconds)
}

fn message() -> Message {
    Message::new(Target::Token("bk3RNwTe3H0".to_owned()))
}

fn accepted() -> Reply {
    Reply::new(200, r#"{"name":"projects/test-project/messages/1"}"#)
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => *refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn sends_the_message_to_the_project_with_the_token() {
    let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
    let google = Google::start({
        let seen = Arc::clone(&seen);
        move |received| {
            seen.lock().unwrap().push(received);
            accepted()
        }
    })
    .await;
    let (client, _) = google.client();

    let response = client.send(&message(), Mode::Deliver).await.unwrap();
    client.send(&message(), Mode::ValidateOnly).await.unwrap();

    assert_eq!(response.name, "projects/test-project/messages/1");
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].path, "/v1/projects/test-project/messages:send");
    assert_eq!(seen[0].header("authorization"), "Bearer token-1");
    assert_eq!(seen[0].header("content-type"), "application/json");
    assert_eq!(seen[0].body, r#"{"message":{"token":"bk3RNwTe3H0"}}"#);
    assert_eq!(
        seen[1].body,
        r#"{"validate_only":true,"message":{"token":"bk3RNwTe3H0"}}"#
    );
}

#[tokio::test]
async fn asks_for_a_token_as_google_demands() {
    let google = Google::start(|_| accepted()).await;
    let (client, _) = google.client();
    client.sign_in().await.unwrap();

    let form = google.last_form.lock().unwrap().clone();
    let assertion = form
        .strip_prefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        .unwrap();
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, testing::PUBLIC_KEY_DER)
        .verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let parts: Vec<serde_json::Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": "key-1" })
    );
    assert_eq!(
        parts[1],
        serde_json::json!({
            "iss": "push@test-project.iam.gserviceaccount.com",
            "scope": "https://www.googleapis.com/auth/firebase.messaging",
            "aud": google.token_uri(),
            "iat": START,
            "exp": START + 3600,
        })
    );
}

/// Sends 50 messages at once, all of which must be accepted.
async fn fifty(client: &Client) {
    let mut sending = JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        sending.spawn(async move { client.send(&message(), Mode::Deliver).await });
    }
    for result in sending.join_all().await {
        result.unwrap();
    }
}

#[tokio::test]
async fn fifty_sends_share_one_token_and_the_old_one_serves_during_renewal() {
    let used: Arc<Mutex<Vec<String>>> = Arc::default();
    let google = Google::start({
        let used = Arc::clone(&used);
        move |received| {
            used.lock()
                .unwrap()
                .push(received.header("authorization").to_owned());
            accepted()
        }
    })
    .await;
    let (client, seconds) = google.client();
    fifty(&client).await;
    assert_eq!(google.fetched(), 1);

    // From here on Google hands out no token until it is let.
    google.token_gate.forget_permits(usize::MAX);
    seconds.store(START + 50 * 60, Ordering::SeqCst);
    used.lock().unwrap().clear();
    fifty(&client).await;
    assert!(used.lock().unwrap().iter().all(|token| token == "Bearer token-1"));

    google.token_gate.add_permits(1);
    while used
        .lock()
        .unwrap()
        .last()
        .is_none_or(|token| token == "Bearer token-1")
    {
        client.send(&message(), Mode::Deliver).await.unwrap();
    }
    assert_eq!(google.fetched(), 2, "one renewal for all");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    let google = Google::start(|received| {
        if received.header("authorization") == "Bearer token-1" {
            Reply::new(
                401,
                r#"{"error":{"code":401,"message":"…","status":"UNAUTHENTICATED"}}"#,
            )
        } else {
            accepted()
        }
    })
    .await;
    let (client, _) = google.client();
    fifty(&client).await;
    assert_eq!(google.fetched(), 2);
}

#[tokio::test]
async fn a_lasting_401_is_reported_after_one_renewal() {
    let google = Google::start(|_| Reply::new(401, r#"{"error":{"status":"UNAUTHENTICATED"}}"#)).await;
    let (client, _) = google.client();
    let refusal = refusal(client.send(&message(), Mode::Deliver).await.unwrap_err());
    assert_eq!((refusal.status.as_u16(), refusal.code), (401, None));
    assert_eq!(google.fetched(), 2);
}

#[tokio::test]
async fn a_401_about_apples_key_leaves_our_token_alone() {
    let google = Google::start(|_| {
        Reply::new(
            401,
            r#"{"error":{"code":401,"message":"Auth error from APNS or Web Push Service","status":"UNAUTHENTICATED","details":[
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"THIRD_PARTY_AUTH_ERROR"},
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.ApnsError","statusCode":403,"reason":"InvalidProviderToken"}]}}"#,
        )
    })
    .await;
    let (client, _) = google.client();
    let refusal = refusal(client.send(&message(), Mode::Deliver).await.unwrap_err());
    assert_eq!(refusal.code, Some(ErrorCode::ThirdPartyAuthError));
    assert_eq!(
        refusal.apns,
        Some(ApnsRefusal {
            status: 403,
            reason: "InvalidProviderToken".to_owned()
        })
    );
    assert_eq!(google.fetched(), 1);
}

#[tokio::test]
async fn tells_how_long_to_wait() {
    let google = Google::start(|_| {
        Reply::new(
            429,
            r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[
                {"@type":"type.googleapis.com/google.firebase.fcm.v1.FcmError","errorCode":"QUOTA_EXCEEDED"}]}}"#,
        )
        .with_header("retry-after", "37")
    })
    .await;
    let (client, _) = google.client();
    let refusal = refusal(client.send(&message(), Mode::Deliver).await.unwrap_err());
    assert_eq!(refusal.code, Some(ErrorCode::QuotaExceeded));
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(37)));
}

#[tokio::test]
async fn a_sign_in_that_is_refused_says_why_and_is_asked_once_for_all() {
    let asked = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let asked = Arc::clone(&asked);
        move |received| {
            assert_eq!(received.path, "/token", "nothing is sent without a token");
            asked.fetch_add(1, Ordering::SeqCst);
            async {
                Reply::new(
                    400,
                    r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#,
                )
            }
        }
    })
    .await;
    let (client, _) = client(server.config(), &format!("{}/token", server.endpoint()));
    let mut sending = JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        sending.spawn(async move { client.send(&message(), Mode::Deliver).await });
    }
    for result in sending.join_all().await {
        let error = result.unwrap_err();
        assert!(!error.is_outcome_unknown());
        match error {
            Error::SignIn(SignInError::Refused {
                error, description, ..
            }) => {
                assert_eq!(
                    (error.as_str(), description.as_str()),
                    ("invalid_grant", "Invalid JWT Signature.")
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn garbage_is_told_apart_from_a_refusal() {
    let google = Google::start(|_| Reply::new(200, "<html>")).await;
    let (client, _) = google.client();
    let error = client.send(&message(), Mode::Deliver).await.unwrap_err();
    assert!(matches!(error, Error::UnreadableAnswer), "{error:?}");

    let server = TestServer::start(|_| async { Reply::new(200, "{}") }).await;
    let (client, _) = self::client(server.config(), &format!("{}/token", server.endpoint()));
    let error = client.send(&message(), Mode::Deliver).await.unwrap_err();
    assert!(
        matches!(error, Error::SignIn(SignInError::UnreadableAnswer)),
        "{error:?}"
    );
}
