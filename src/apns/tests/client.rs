//! The client against a real HTTP/2 server on loopback that checks what Apple checks.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use heliograph_apns::{
    Client, Clock, CollapseId, Config, DeviceToken, Environment, Error, Expiration, KeyId, Lane,
    Notification, Priority, ProviderTokens, PushType, Reason, SigningKey, TeamId, Topic, TransportConfig,
};
use heliograph_transport::testing::{Reason as StreamReason, Received, Reply, TestServer};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use tokio::task::JoinSet;
use uuid::Uuid;

const START: u64 = 1_800_000_000;

fn key() -> SigningKey {
    let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    SigningKey::from_pem(&pem::encode(&pem::Pem::new("PRIVATE KEY", der.as_ref()))).unwrap()
}

/// A client of the server, and the seconds its clock shows.
fn client(server: &TestServer, key: SigningKey) -> (Client, Arc<AtomicU64>) {
    client_over(server.config(), key)
}

fn client_over(transport: TransportConfig, key: SigningKey) -> (Client, Arc<AtomicU64>) {
    let (tokens, seconds) = tokens(key);
    (client_with(transport, tokens), seconds)
}

/// Provider tokens, and the seconds that their clock shows.
fn tokens(key: SigningKey) -> (ProviderTokens, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(START));
    let clock = Clock::new({
        let seconds = Arc::clone(&seconds);
        move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::SeqCst))
    });
    let (key_id, team_id) = (
        KeyId::new("ABC123DEFG").unwrap(),
        TeamId::new("DEF123GHIJ").unwrap(),
    );
    (ProviderTokens::dated_by(clock, key, key_id, team_id), seconds)
}

fn client_with(transport: TransportConfig, tokens: ProviderTokens) -> Client {
    let mut config = Config::new(Environment::Sandbox, tokens);
    config.transport = transport;
    Client::new(config).unwrap()
}

fn notification() -> Notification {
    Notification::alert(
        Uuid::from_u128(0xeabe_ae54_1111_4222_8333_0123_4567_89ab),
        DeviceToken::new("00fc13adff785122").unwrap(),
        Topic::new("org.example.festival").unwrap(),
        r#"{"aps":{"alert":"The gates open"}}"#,
    )
}

fn refused(error: Error) -> (u16, Reason) {
    match error {
        Error::Refused { status, reason, .. } => (status.as_u16(), reason),
        other => panic!("not a refusal: {other:?}"),
    }
}

fn answer(status: u16, reason: &str) -> Reply {
    Reply::new(status, format!(r#"{{"reason":"{reason}"}}"#))
}

#[tokio::test]
async fn sends_every_header_and_returns_apples_identifiers() {
    let seen: Arc<Mutex<Vec<Received>>> = Arc::default();
    let server = TestServer::start({
        let seen = Arc::clone(&seen);
        move |received| {
            let id = received.header("apns-id").to_owned();
            seen.lock().unwrap().push(received);
            async move {
                Reply::new(200, "")
                    .with_header("apns-id", &id)
                    .with_header("apns-unique-id", "u-1")
            }
        }
    })
    .await;
    let (client, _) = client(&server, key());
    let mut sent = notification();
    sent.push_type = PushType::Background;
    sent.priority = Priority::PowerAware;
    sent.expiration = Expiration::At(1_800_003_600);
    sent.collapse_id = Some(CollapseId::new("gate").unwrap());

    let response = client.send(Lane::Main, &sent).await.unwrap();

    assert_eq!(
        response.apns_id.as_deref(),
        Some("eabeae54-1111-4222-8333-0123456789ab")
    );
    assert_eq!(response.apns_unique_id.as_deref(), Some("u-1"));
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].path, "/3/device/00fc13adff785122");
    assert_eq!(seen[0].body, r#"{"aps":{"alert":"The gates open"}}"#);
    for (name, value) in [
        ("apns-push-type", "background"),
        ("apns-topic", "org.example.festival"),
        ("apns-priority", "5"),
        ("apns-expiration", "1800003600"),
        ("apns-collapse-id", "gate"),
        ("apns-id", "eabeae54-1111-4222-8333-0123456789ab"),
    ] {
        assert_eq!(seen[0].header(name), value, "{name}");
    }
}

#[tokio::test]
async fn leaves_the_expiration_to_apple_unless_told() {
    let server = TestServer::start(|received| async move {
        assert_eq!(received.header("apns-priority"), "10");
        Reply::new(200, "").with_header("apns-id", received.header("apns-expiration"))
    })
    .await;
    let (client, _) = client(&server, key());
    let mut sent = notification();
    let silent = client.send(Lane::Main, &sent).await.unwrap();
    assert_eq!(silent.apns_id.as_deref(), Some(""));
    sent.expiration = Expiration::OneTry;
    assert_eq!(
        client.send(Lane::Main, &sent).await.unwrap().apns_id.as_deref(),
        Some("0")
    );
}

#[tokio::test]
async fn signs_a_token_that_apple_can_verify() {
    let key = key();
    let public = key.public_key().to_vec();
    let header: Arc<Mutex<String>> = Arc::default();
    let server = TestServer::start({
        let header = Arc::clone(&header);
        move |received| {
            *header.lock().unwrap() = received.header("authorization").to_owned();
            async { Reply::new(200, "") }
        }
    })
    .await;
    let (client, _) = client(&server, key);
    client.send(Lane::Main, &notification()).await.unwrap();

    let header = header.lock().unwrap().clone();
    let token = header.strip_prefix("bearer ").unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert_eq!(signature.len(), 64, "raw r and s, not DER");
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public)
        .verify(signed.as_bytes(), &signature)
        .unwrap();
    let parts: Vec<serde_json::Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        serde_json::json!({ "alg": "ES256", "kid": "ABC123DEFG" })
    );
    assert_eq!(parts[1], serde_json::json!({ "iss": "DEF123GHIJ", "iat": START }));
}

/// Sends 50 notifications at once and returns the distinct tokens among `seen`.
async fn fifty(client: &Client, seen: &Mutex<HashSet<String>>) -> HashSet<String> {
    let mut sending = JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        sending.spawn(async move { client.send(Lane::Main, &notification()).await });
    }
    for result in sending.join_all().await {
        result.unwrap();
    }
    std::mem::take(&mut *seen.lock().unwrap())
}

#[tokio::test]
async fn renews_the_token_once_at_50_minutes() {
    let seen: Arc<Mutex<HashSet<String>>> = Arc::default();
    let server = TestServer::start({
        let seen = Arc::clone(&seen);
        move |received| {
            seen.lock()
                .unwrap()
                .insert(received.header("authorization").to_owned());
            async { Reply::new(200, "") }
        }
    })
    .await;
    let (client, seconds) = client(&server, key());

    let first = fifty(&client, &seen).await;
    assert_eq!(first.len(), 1, "one token for all");
    seconds.store(START + 50 * 60 - 1, Ordering::SeqCst);
    assert_eq!(fifty(&client, &seen).await, first, "kept until 50 minutes");
    seconds.store(START + 50 * 60, Ordering::SeqCst);
    let second = fifty(&client, &seen).await;
    assert_eq!(second.len(), 1, "renewed once");
    assert!(second.is_disjoint(&first));
    seconds.store(START, Ordering::SeqCst);
    let third = fifty(&client, &seen).await;
    assert_eq!(
        third.len(),
        1,
        "a token from the future is replaced when the clock is set right"
    );
    assert!(third.is_disjoint(&second));
}

#[tokio::test]
async fn the_apps_of_a_key_share_its_token_and_what_apple_says_of_it() {
    let seen: Arc<Mutex<HashSet<String>>> = Arc::default();
    let server = TestServer::start({
        let seen = Arc::clone(&seen);
        let told_too_many = AtomicUsize::new(0);
        move |received| {
            let authorization = received.header("authorization").to_owned();
            let reply = match received.path.as_str() {
                "/3/device/ee" => answer(403, "ExpiredProviderToken"),
                "/3/device/ff" if told_too_many.fetch_add(1, Ordering::SeqCst) == 0 => {
                    answer(429, "TooManyProviderTokenUpdates")
                }
                _ => Reply::new(200, ""),
            };
            seen.lock().unwrap().insert(authorization);
            async move { reply }
        }
    })
    .await;
    let (tokens, seconds) = tokens(key());
    let clients = [(); 2].map(|()| client_with(server.config(), tokens.clone()));
    let seen_by_both = async || {
        let mut all = fifty(&clients[0], &seen).await;
        all.extend(fifty(&clients[1], &seen).await);
        all
    };
    let first = seen_by_both().await;
    assert_eq!(first.len(), 1, "one token for both");
    seconds.store(START + 50 * 60, Ordering::SeqCst);
    let second = seen_by_both().await;
    assert_eq!(second.len(), 1, "renewed once for both");
    assert!(second.is_disjoint(&first));

    // Apple finds one app's line renewed too often: no app makes a new token soon, whatever Apple says of the one in force.
    let to = |token: &str| Notification {
        token: DeviceToken::new(token).unwrap(),
        ..notification()
    };
    let at = |minutes: u64| seconds.store(START + minutes * 60, Ordering::SeqCst);
    at(65);
    clients[0].send(Lane::Main, &to("ff")).await.unwrap();
    at(75);
    let error = clients[1].send(Lane::Main, &to("ee")).await.unwrap_err();
    assert_eq!(refused(error), (403, Reason::ExpiredProviderToken));
    assert_eq!(seen_by_both().await, second, "the token is kept");
    at(85);
    clients[1].send(Lane::Main, &to("ee")).await.unwrap_err();
    assert_eq!(seen_by_both().await.len(), 2, "and renewed 20 minutes later");
}

#[tokio::test]
async fn an_expired_token_is_renewed_and_the_notification_sent_again() {
    let tokens: Arc<Mutex<Vec<String>>> = Arc::default();
    let server = TestServer::start({
        let tokens = Arc::clone(&tokens);
        move |received| {
            let mut tokens = tokens.lock().unwrap();
            let token = received.header("authorization").to_owned();
            let is_first = tokens.first().is_none_or(|first| *first == token);
            tokens.push(token);
            async move {
                if is_first {
                    answer(403, "ExpiredProviderToken")
                } else {
                    Reply::new(200, "")
                }
            }
        }
    })
    .await;
    let (client, seconds) = client(&server, key());

    // A token that was just made does not expire: the clock is wrong, and a new one would not help.
    let error = client.send(Lane::Main, &notification()).await.unwrap_err();
    assert_eq!(refused(error), (403, Reason::ExpiredProviderToken));
    assert_eq!(tokens.lock().unwrap().len(), 1);

    seconds.store(START + 21 * 60, Ordering::SeqCst);
    client.send(Lane::Main, &notification()).await.unwrap();
    let tokens = tokens.lock().unwrap();
    assert_eq!(tokens.len(), 3);
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
}

#[tokio::test]
async fn tells_the_reason_and_since_when() {
    let server = TestServer::start(|_| async {
        Reply::new(410, r#"{"reason":"Unregistered","timestamp":1700000000123}"#)
            .with_header("apns-id", "x")
            .with_header("retry-after", "90")
    })
    .await;
    let (client, _) = client(&server, key());
    match client.send(Lane::Probe, &notification()).await.unwrap_err() {
        Error::Refused {
            status,
            reason: Reason::Unregistered,
            timestamp,
            apns_id,
            retry_after,
        } => {
            assert_eq!(status, 410);
            assert_eq!(
                timestamp,
                Some(UNIX_EPOCH + Duration::from_millis(1_700_000_000_123))
            );
            assert_eq!(apns_id.as_deref(), Some("x"));
            assert_eq!(retry_after, Some(Duration::from_secs(90)));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_unknown_reason_keeps_its_text_and_garbage_its_status() {
    let bodies = [
        (
            r#"{"reason":"SolarFlare"}"#,
            Reason::Unknown("SolarFlare".to_owned()),
        ),
        ("<html>teapot</html>", Reason::Missing),
        ("", Reason::Missing),
        (r#"{"reason":17}"#, Reason::Missing),
    ];
    for (body, expected) in bodies {
        let server = TestServer::start(move |_| async move { Reply::new(418, body) }).await;
        let (client, _) = client(&server, key());
        let error = client.send(Lane::Main, &notification()).await.unwrap_err();
        assert_eq!(refused(error), (418, expected), "{body}");
    }
}

#[tokio::test]
async fn moves_to_another_connection_when_apple_asks_for_it() {
    for reason in [
        "UnrelatedKeyIdInToken",
        "IdleTimeout",
        "TooManyProviderTokenUpdates",
    ] {
        let server = TestServer::start(move |received| async move {
            if received.connection == 0 {
                answer(403, reason)
            } else {
                Reply::new(200, "")
            }
        })
        .await;
        let (client, _) = client(&server, key());
        client.send(Lane::Main, &notification()).await.unwrap();
        client.send(Lane::Main, &notification()).await.unwrap();
        assert_eq!(server.connections(), 2, "{reason}");
    }
}

#[tokio::test]
async fn a_lasting_complaint_is_not_repeated_without_end() {
    let calls = Arc::new(AtomicUsize::new(0));
    let server = TestServer::start({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::SeqCst);
            async { answer(403, "UnrelatedKeyIdInToken") }
        }
    })
    .await;
    let (client, _) = client(&server, key());
    let error = client.send(Lane::Main, &notification()).await.unwrap_err();
    assert_eq!(refused(error), (403, Reason::UnrelatedKeyIdInToken));
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_server_that_shuts_down_gets_no_more_notifications() {
    let server = TestServer::start(|received| async move {
        if received.connection == 0 {
            answer(503, "Shutdown")
        } else {
            Reply::new(200, "")
        }
    })
    .await;
    let (client, _) = client(&server, key());
    let error = client.send(Lane::Main, &notification()).await.unwrap_err();
    assert_eq!(refused(error), (503, Reason::Shutdown));
    client.send(Lane::Main, &notification()).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn an_unknown_outcome_is_told_apart() {
    let server = TestServer::start(|received| async move {
        if received.connection == 0 {
            Reply::HangUp
        } else {
            Reply::Reset(StreamReason::REFUSED_STREAM)
        }
    })
    .await;
    let (client, _) = client(&server, key());
    let lost = client.send(Lane::Main, &notification()).await.unwrap_err();
    assert!(lost.is_outcome_unknown(), "{lost:?}");
    let unsent = client.send(Lane::Main, &notification()).await.unwrap_err();
    assert!(!unsent.is_outcome_unknown(), "{unsent:?}");
}
