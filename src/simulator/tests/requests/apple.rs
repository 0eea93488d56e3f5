//! Every reason that Apple's pages list is the answer to some request.

use std::collections::BTreeSet;

use heliograph_simulator::{
    ApnsKey, AppId, Config, Fate, Faults, KeyEnvironment, NewPhone, Outcome, Platform, Registry, Rule,
    Running, SystemClock, Token,
};
use heliograph_simulator::{Clock as _, start};
use http::Request;
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;

use super::line::{Line, part};

const APP: &str = "com.example.shop";
const ALERT: &str = r#"{"aps":{"alert":"Hello"}}"#;

/// The reasons of Apple's "Handling notification responses from APNs".
const REASONS: [&str; 32] = [
    "BadCollapseId",
    "BadDeviceToken",
    "BadExpirationDate",
    "BadMessageId",
    "BadPriority",
    "BadTopic",
    "DeviceTokenNotForTopic",
    "DuplicateHeaders",
    "IdleTimeout",
    "InvalidPushType",
    "MissingDeviceToken",
    "MissingTopic",
    "PayloadEmpty",
    "TopicDisallowed",
    "BadCertificate",
    "BadCertificateEnvironment",
    // As Apple's servers spell it; the page says `BadEnvironmentKeyIdInToken`.
    "BadEnvironmentKeyInToken",
    "ExpiredProviderToken",
    "Forbidden",
    "InvalidProviderToken",
    "MissingProviderToken",
    "UnrelatedKeyIdInToken",
    "BadPath",
    "MethodNotAllowed",
    "ExpiredToken",
    "Unregistered",
    "PayloadTooLarge",
    "TooManyProviderTokenUpdates",
    "TooManyRequests",
    "InternalServerError",
    "ServiceUnavailable",
    "Shutdown",
];

/// The reasons that no request leads to: the stand-in takes provider tokens and no certificates, and leaves connections
/// open.
const NEVER: [&str; 3] = ["BadCertificate", "BadCertificateEnvironment", "IdleTimeout"];

/// A request, right in everything where nothing else is said.
struct Push {
    method: &'static str,
    path: String,
    token: Option<String>,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Push {
    fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    async fn over(self, line: &mut Line) -> (u16, String) {
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("https://localhost{}", self.path));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("bearer {token}"));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let (status, body) = line.ask(request.body(()).unwrap(), self.body).await;
        (status, body["reason"].as_str().unwrap_or_default().to_owned())
    }
}

/// A team with keys of every kind, and a phone.
struct Team {
    simulator: Running,
    own: KeyPair,
    sandbox: KeyPair,
    topic: KeyPair,
    phone: Token,
}

impl Team {
    async fn new() -> Self {
        let [own, sandbox, topic] = [(); 3].map(|()| KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap());
        let mut registry = Registry::default();
        let mut add = |pair: &KeyPair, id: &str, apps: &[&str], environment| {
            let apps = apps.iter().map(|app| AppId::new(*app));
            let key = ApnsKey::from_p8(&pair.public_key_pem(), id, "TEAM", apps, environment).unwrap();
            registry.add_apns_key(key);
        };
        add(&own, "OWN", &[], KeyEnvironment::Both);
        // The same once more under another name: a team may have two.
        add(&own, "SECOND", &[], KeyEnvironment::Both);
        add(&sandbox, "SANDBOX", &[], KeyEnvironment::Sandbox);
        add(&topic, "TOPIC", &[APP], KeyEnvironment::Both);
        add(&topic, "TOPIC2", &[APP], KeyEnvironment::Both);
        let config = Config {
            registry,
            ..Config::default()
        };
        let simulator = start(config).await.unwrap();
        let phone = phone(&simulator);
        Self {
            simulator,
            own,
            sandbox,
            topic,
            phone,
        }
    }

    async fn line(&self) -> Line {
        Line::open(self.simulator.apns, &self.simulator.ca_pem).await
    }

    /// A provider token of this age in seconds.
    fn token(&self, key_id: &str, age: i64) -> String {
        let pair = match key_id {
            "SANDBOX" => &self.sandbox,
            "TOPIC" | "TOPIC2" => &self.topic,
            _ => &self.own,
        };
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pair.serialize_der(), &random)
            .unwrap();
        let issued = SystemClock.now().as_second() - age;
        let header = part(json!({ "alg": "ES256", "kid": key_id }).to_string());
        let claims = part(json!({ "iss": "TEAM", "iat": issued }).to_string());
        let message = format!("{header}.{claims}");
        let signature = pair.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", part(signature))
    }

    fn push(&self) -> Push {
        Push {
            method: "POST",
            path: format!("/3/device/{}", self.phone.as_str()),
            token: Some(self.token("OWN", 0)),
            headers: vec![
                ("apns-topic", APP.to_owned()),
                ("apns-push-type", "alert".to_owned()),
            ],
            body: ALERT.to_owned(),
        }
    }

    fn push_by(&self, token: String) -> Push {
        Push {
            token: Some(token),
            ..self.push()
        }
    }

    fn at(&self, path: &str) -> Push {
        Push {
            path: path.to_owned(),
            ..self.push()
        }
    }
}

fn phone(simulator: &Running) -> Token {
    let phone = NewPhone {
        platform: Platform::Apns,
        app: AppId::new(APP),
        token: None,
        ecid: None,
        identities: serde_json::Map::new(),
        label: String::new(),
    };
    simulator.phones().add(phone).unwrap().token
}

/// What is answered to a request alone on its connection.
fn alone(team: &Team, gone: &Token) -> Vec<(u16, &'static str, Push)> {
    let push = || team.push();
    let stranger = format!("/3/device/{}", "ab".repeat(32));
    let mut twice = push();
    twice.headers.push(("apns-topic", APP.to_owned()));
    let mut no_topic = push();
    no_topic.headers.remove(0);
    let background = push().header("apns-push-type", "background");
    let location = push()
        .header("apns-push-type", "location")
        .header("apns-topic", "com.example.shop.location-query");
    let with_body = |body: &str| Push {
        body: body.to_owned(),
        ..push()
    };
    let spoilt = team.token("OWN", 0).replace("eyJ", "eyK");
    vec![
        (
            400,
            "BadCollapseId",
            push().header("apns-collapse-id", &"é".repeat(33)),
        ),
        (400, "BadDeviceToken", team.at(&stranger)),
        (400, "BadDeviceToken", team.at("/3/device/no-token")),
        (400, "BadExpirationDate", push().header("apns-expiration", "soon")),
        (400, "BadMessageId", push().header("apns-id", "17")),
        (400, "BadPriority", push().header("apns-priority", "7")),
        (400, "BadPriority", background.header("apns-priority", "10")),
        (400, "BadPriority", location.header("apns-priority", "1")),
        (400, "BadTopic", push().header("apns-push-type", "voip")),
        (
            400,
            "DeviceTokenNotForTopic",
            push().header("apns-topic", "com.example.other"),
        ),
        (400, "DuplicateHeaders", twice),
        (400, "InvalidPushType", push().header("apns-push-type", "shout")),
        (400, "MissingDeviceToken", team.at("/3/device/")),
        (400, "MissingTopic", no_topic),
        (400, "PayloadEmpty", with_body("")),
        (400, "PayloadEmpty", with_body(r#"{"alert":"Hello"}"#)),
        (
            400,
            "TopicDisallowed",
            team.push_by(team.token("TOPIC", 0))
                .header("apns-topic", "com.example.other"),
        ),
        (
            403,
            "BadEnvironmentKeyInToken",
            team.push_by(team.token("SANDBOX", 0)),
        ),
        (403, "ExpiredProviderToken", team.push_by(team.token("OWN", 3700))),
        (403, "InvalidProviderToken", team.push_by(team.token("OWN", -100))),
        (
            403,
            "InvalidProviderToken",
            team.push_by(team.token("STRANGER", 0)),
        ),
        (403, "InvalidProviderToken", team.push_by(spoilt)),
        (
            403,
            "MissingProviderToken",
            Push {
                token: None,
                ..push()
            },
        ),
        (404, "BadPath", team.at("/4/device/00")),
        (
            405,
            "MethodNotAllowed",
            Push {
                method: "GET",
                ..push()
            },
        ),
        (
            410,
            "Unregistered",
            team.at(&format!("/3/device/{}", gone.as_str())),
        ),
        (
            413,
            "PayloadTooLarge",
            with_body(&json!({ "aps": {}, "filling": "x".repeat(4096) }).to_string()),
        ),
    ]
}

/// What is answered to the same request while this goes wrong.
fn struck() -> [(u16, &'static str, Outcome); 11] {
    [
        (410, "Unregistered", Outcome::DeadToken { since_ms: None }),
        (410, "ExpiredToken", Outcome::ExpiredToken),
        (400, "BadDeviceToken", Outcome::NotValid),
        (400, "DeviceTokenNotForTopic", Outcome::OtherApp),
        (429, "TooManyRequests", Outcome::Throttled { retry_after: None }),
        (
            429,
            "TooManyRequests",
            Outcome::DeviceThrottled { retry_after: None },
        ),
        (500, "InternalServerError", Outcome::Internal),
        (
            503,
            "ServiceUnavailable",
            Outcome::Unavailable { retry_after: None },
        ),
        (503, "Shutdown", Outcome::Shutdown),
        (403, "InvalidProviderToken", Outcome::CredentialRefused),
        (403, "Forbidden", Outcome::ThirdPartyAuth),
    ]
}

/// What is answered to the last of some requests over one connection: by the tokens of a first push and of that one.
fn one_after_the_other(team: &Team) -> Vec<(u16, &'static str, [String; 2])> {
    let by = |first: &str, second: &str| [team.token(first, 0), team.token(second, 0)];
    vec![
        (403, "UnrelatedKeyIdInToken", by("OWN", "TOPIC")),
        (403, "UnrelatedKeyIdInToken", by("TOPIC", "OWN")),
        // Keys that are related; the token is another one all the same.
        (429, "TooManyProviderTokenUpdates", by("OWN", "SECOND")),
        (429, "TooManyProviderTokenUpdates", by("TOPIC", "TOPIC2")),
        (
            429,
            "TooManyProviderTokenUpdates",
            [team.token("OWN", 0), team.token("OWN", 60)],
        ),
    ]
}

#[tokio::test]
async fn every_reason_that_apple_lists_is_the_answer_to_some_request() {
    let team = Team::new().await;
    let gone = phone(&team.simulator);
    team.simulator.phones().remove_app(&gone).unwrap();
    let mut said = BTreeSet::new();
    for (status, reason, push) in alone(&team, &gone) {
        let answer = push.over(&mut team.line().await).await;
        assert_eq!(answer, (status, reason.to_owned()));
        said.insert(reason);
    }
    for (status, reason, [first, second]) in one_after_the_other(&team) {
        let mut line = team.line().await;
        let answer = team.push_by(first.clone()).over(&mut line).await;
        assert_eq!(answer, (200, String::new()), "{reason}");
        let answer = team.push_by(second.clone()).over(&mut line).await;
        assert_eq!(answer, (status, reason.to_owned()));
        // The first sender goes on, and the second does over a connection of its own.
        let answer = team.push_by(first).over(&mut line).await;
        assert_eq!(answer, (200, String::new()), "{reason}");
        let answer = team.push_by(second).over(&mut team.line().await).await;
        assert_eq!(answer, (200, String::new()), "{reason}");
        said.insert(reason);
    }
    for (status, reason, outcome) in struck() {
        team.simulator.set_faults(Faults {
            rules: vec![Rule {
                provider: None,
                token_prefix: team.phone.as_str().to_owned(),
                one_in: None,
                times: None,
                outcome,
            }],
            ..Faults::default()
        });
        let answer = team.push().over(&mut team.line().await).await;
        assert_eq!(answer, (status, reason.to_owned()));
        said.insert(reason);
    }
    said.extend(NEVER);
    assert_eq!(said, REASONS.into());
}

#[tokio::test]
async fn a_push_that_calls_itself_a_background_one_is_taken_and_shows_nothing() {
    let team = Team::new().await;
    let push = team.push().header("apns-push-type", "background");
    let answer = push
        .header("apns-priority", "5")
        .over(&mut team.line().await)
        .await;
    assert_eq!(answer, (200, String::new()));
    let received = team.simulator.phones().get(&team.phone).unwrap().received;
    let fates: Vec<Fate> = received.iter().map(|one| one.fate).collect();
    assert_eq!(fates, [Fate::NotShown]);
}
