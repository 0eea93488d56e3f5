//! The control API, asked as with curl.

use heliograph_simulator::{AppId, Config, DemoApps, Running, start};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const APP: &str = "com.example.shop";

async fn simulator() -> Running {
    let config = Config {
        demo: Some(DemoApps {
            bundle_ids: vec![AppId::new(APP)],
            packages: vec![],
            project_id: "shop-1".into(),
        }),
        ..Config::default()
    };
    start(config).await.unwrap()
}

/// The status, and the answer's body; null where that is empty.
async fn ask(simulator: &Running, method: &str, path: &str, headers: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(simulator.control).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
    };
    (status, body)
}

#[tokio::test]
async fn what_cant_be_used_is_refused_in_json_and_changes_nothing() {
    const JSON: &str = "Content-Type: application/json\r\n";
    let simulator = simulator().await;
    let phone = json!({"platform": "apns", "app": APP}).to_string();
    let (status, phone) = ask(&simulator, "POST", "/devices", JSON, &phone).await;
    assert_eq!(status, 201, "{phone}");
    let tap = format!("/devices/{}/tap", phone["token"].as_str().unwrap());
    for (method, path, headers, body, named) in [
        ("POST", "/devices", JSON, "{", "EOF"),
        ("POST", "/devices", "", r#"{"platform": "apns"}"#, "Content-Type"),
        (
            "POST",
            "/devices",
            JSON,
            r#"{"platform": "pager", "app": "x"}"#,
            "platform",
        ),
        ("PUT", "/faults", JSON, r#"{"ruls": []}"#, "ruls"),
        ("PUT", "/edges/com.example.shop", JSON, "[]", "expected"),
        ("POST", &tap, JSON, r#"{"button": "first"}"#, "button"),
    ] {
        let (status, answer) = ask(&simulator, method, path, headers, body).await;
        assert_eq!(status, 400, "{method} {path} {body}: {answer}");
        let why = answer["error"].as_str().unwrap();
        assert!(why.contains(named), "{method} {path} {body}: {why}");
    }
    let (_, phones) = ask(&simulator, "GET", "/devices", "", "").await;
    assert_eq!(phones.as_array().unwrap().len(), 1);
    // A tap may go without a body; there is only nothing to tap.
    let (status, answer) = ask(&simulator, "POST", &tap, "", "").await;
    assert_eq!(
        (status, answer),
        (404, json!({"error": "the phone shows no notification"}))
    );
}
