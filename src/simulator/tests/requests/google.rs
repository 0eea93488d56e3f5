//! Every code that Google's pages list is the answer to some request, and what it does not know is named.

use std::collections::BTreeSet;

use heliograph_simulator::{
    AppId, Clock as _, Config, Faults, FcmProject, NewPhone, Outcome, Platform, ProviderFaults, Registry,
    Rule, Running, SystemClock, start,
};
use http::Request;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use super::line::{Line, part};

const KEY: &str = include_str!("../../keys/demo-service-account.pem");
const EMAIL: &str = "push@shop-1.iam.gserviceaccount.com";

/// The codes of Google's "FCM Error Codes".
const CODES: [&str; 8] = [
    "UNSPECIFIED_ERROR",
    "INVALID_ARGUMENT",
    "UNREGISTERED",
    "SENDER_ID_MISMATCH",
    "QUOTA_EXCEEDED",
    "UNAVAILABLE",
    "INTERNAL",
    "THIRD_PARTY_AUTH_ERROR",
];

/// What no request leads to: "no more information is available about this error".
const NEVER: &str = "UNSPECIFIED_ERROR";

/// A project with a phone, and a sender that has signed in.
pub(super) struct Project {
    simulator: Running,
    line: Line,
    access: String,
    token: String,
}

impl Project {
    pub(super) async fn new() -> Self {
        let account = json!({ "project_id": "shop-1", "client_email": EMAIL, "private_key": KEY });
        let mut registry = Registry::default();
        let project = FcmProject::from_service_account(&account.to_string(), []).unwrap();
        registry.add_fcm_project(project).unwrap();
        let simulator = start(Config {
            registry,
            ..Config::default()
        })
        .await
        .unwrap();
        let phone = NewPhone {
            platform: Platform::Fcm,
            app: AppId::new("com.example.shop"),
            token: None,
            ecid: None,
            identities: serde_json::Map::new(),
            label: String::new(),
        };
        let token = simulator.phones().add(phone).unwrap().token.as_str().to_owned();
        let mut line = Line::open(simulator.fcm, &simulator.ca_pem).await;
        let access = sign_in(&mut line).await;
        Self {
            simulator,
            line,
            access,
            token,
        }
    }

    async fn post(&mut self, project: &str, body: String) -> (u16, Value) {
        let request = Request::post(format!("https://localhost/v1/projects/{project}/messages:send"))
            .header("authorization", format!("Bearer {}", self.access));
        self.line.ask(request.body(()).unwrap(), body).await
    }

    /// Sends a message to the phone, with these fields.
    pub(super) async fn send(&mut self, fields: Value) -> (u16, Value) {
        let mut message = json!({ "token": self.token });
        for (name, value) in fields.as_object().unwrap() {
            message[name] = value.clone();
        }
        self.post("shop-1", json!({ "message": message }).to_string())
            .await
    }
}

async fn sign_in(line: &mut Line) -> String {
    let (status, answer) = ask_for_token(line, "https://localhost/token").await;
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn ask_for_token(line: &mut Line, audience: &str) -> (u16, Value) {
    let now = SystemClock.now().as_second();
    let header = part(json!({ "alg": "RS256" }).to_string());
    let claims = json!({
        "iss": EMAIL,
        "scope": "https://www.googleapis.com/auth/firebase.messaging",
        "aud": audience,
        "iat": now,
        "exp": now + 3600,
    });
    let message = format!("{header}.{}", part(claims.to_string()));
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
    let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
    let body = format!("grant_type={grant}&assertion={message}.{}", part(signature));
    let request = Request::post("https://localhost/token").body(()).unwrap();
    line.ask(request, body).await
}

/// Google's own code in an answer, where there is one.
pub(super) fn code(answer: &Value) -> Option<&str> {
    let details = answer["error"]["details"].as_array()?;
    details.iter().find_map(|detail| detail["errorCode"].as_str())
}

#[tokio::test]
async fn every_code_that_google_lists_is_the_answer_to_some_request() {
    let mut project = Project::new().await;
    let (status, answer) = project.send(json!({ "data": { "order": "17" } })).await;
    assert_eq!((status, code(&answer)), (200, None), "{answer}");

    for fields in [
        json!({ "token": "no-token" }),
        json!({ "topic": "news" }),
        json!({ "data": { "from": "us" } }),
        json!({ "data": { "text": "x".repeat(4096) } }),
        json!({ "android": { "ttl": "2419201s" } }),
        json!({ "android": { "ttl": "-1s" } }),
    ] {
        let (status, answer) = project.send(fields).await;
        assert_eq!(
            (status, code(&answer)),
            (400, Some("INVALID_ARGUMENT")),
            "{answer}"
        );
        assert_eq!(answer["error"]["status"], "INVALID_ARGUMENT");
    }
    let mut said: BTreeSet<&str> = ["INVALID_ARGUMENT", NEVER].into();
    for (status, expected, outcome) in [
        (404, "UNREGISTERED", Outcome::DeadToken { since_ms: None }),
        (404, "UNREGISTERED", Outcome::ExpiredToken),
        (400, "INVALID_ARGUMENT", Outcome::NotValid),
        (403, "SENDER_ID_MISMATCH", Outcome::OtherApp),
        (429, "QUOTA_EXCEEDED", Outcome::Throttled { retry_after: None }),
        (
            429,
            "QUOTA_EXCEEDED",
            Outcome::DeviceThrottled { retry_after: None },
        ),
        (500, "INTERNAL", Outcome::Internal),
        (503, "UNAVAILABLE", Outcome::Unavailable { retry_after: None }),
        (503, "UNAVAILABLE", Outcome::Shutdown),
        (401, "THIRD_PARTY_AUTH_ERROR", Outcome::ThirdPartyAuth),
    ] {
        project.simulator.set_faults(Faults {
            rules: vec![Rule {
                provider: None,
                token_prefix: project.token.clone(),
                one_in: None,
                times: None,
                outcome,
            }],
            ..Faults::default()
        });
        let (answered, answer) = project.send(json!({})).await;
        assert_eq!((answered, code(&answer)), (status, Some(expected)), "{answer}");
        said.insert(expected);
    }
    assert_eq!(said, CODES.into());
}

#[tokio::test]
async fn who_signs_in_for_another_place_gets_no_token() {
    let mut project = Project::new().await;
    let (status, answer) = ask_for_token(&mut project.line, "https://example.com/token").await;
    let description = "Invalid JWT: Failed audience check.";
    assert_eq!(
        (status, answer),
        (
            400,
            json!({ "error": "invalid_grant", "error_description": description })
        )
    );
}

#[tokio::test]
async fn what_lies_before_fcm_is_refused_without_its_code() {
    let mut project = Project::new().await;
    let message = json!({ "message": { "token": project.token } }).to_string();
    for (id, body, status, rpc) in [
        ("shop-2", message.as_str(), 403, "PERMISSION_DENIED"),
        ("shop-1", "{", 400, "INVALID_ARGUMENT"),
        ("shop-1", "[]", 400, "INVALID_ARGUMENT"),
    ] {
        let (answered, answer) = project.post(id, body.to_owned()).await;
        assert_eq!((answered, code(&answer)), (status, None), "{answer}");
        assert_eq!(answer["error"]["status"], rpc);
    }
    project.access = "stale".to_owned();
    let (status, answer) = project.send(json!({})).await;
    assert_eq!(
        (status, &answer["error"]["status"]),
        (401, &json!("UNAUTHENTICATED"))
    );
    // The quota is Google's own word again.
    project.access = sign_in(&mut project.line).await;
    project.simulator.set_faults(Faults {
        fcm: ProviderFaults {
            quota_per_minute: std::num::NonZeroU32::new(1),
            ..ProviderFaults::default()
        },
        ..Faults::default()
    });
    assert_eq!(project.send(json!({})).await.0, 200);
    let (status, answer) = project.send(json!({})).await;
    assert_eq!((status, code(&answer)), (429, Some("QUOTA_EXCEEDED")));
}

#[tokio::test]
async fn what_google_does_not_know_is_refused_with_its_place() {
    let mut project = Project::new().await;
    let (status, answer) = project
        .send(json!({ "x": 1, "android": { "notification": { "channelID": "orders" } } }))
        .await;
    assert_eq!((status, code(&answer)), (400, None));
    let [in_notification, in_message] = [("channelID", "message.android.notification"), ("x", "message")]
        .map(|(name, place)| {
            let words = format!(
                "Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field."
            );
            (place, words)
        });
    let violation = |(place, words): &(&str, String)| json!({ "field": place, "description": words });
    assert_eq!(
        answer["error"],
        json!({
            "code": 400,
            "message": format!("{}\n{}", in_notification.1, in_message.1),
            "status": "INVALID_ARGUMENT",
            "details": [{
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [violation(&in_notification), violation(&in_message)],
            }],
        })
    );
    let counted = project.simulator.counts().fcm;
    assert_eq!(counted.refused, [("INVALID_ARGUMENT".to_owned(), 1)].into());

    // A field may go by its other name, and the phone is told of it by the first.
    let (status, answer) = project
        .send(json!({ "android": { "collapseKey": "a", "notification": { "titleLocKey": "hello" } } }))
        .await;
    assert_eq!(status, 200, "{answer}");
}
