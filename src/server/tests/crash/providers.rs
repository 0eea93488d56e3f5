//! Apple and Google, played by a process of its own, which survives and counts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use heliograph_simulator::Counts;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::shop::{APP, http};

/// How long each push takes at either of them, so that some are always on their way.
const LATENCY_MS: u32 = 150;
/// A key for service accounts that opens nothing but the simulator.
const SERVICE_ACCOUNT_KEY: &str = include_str!("../../../simulator/keys/demo-service-account.pem");

/// The program under test.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_heliograph"));
    program
        .env("HELIOGRAPH_LOG", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    program
}

/// Both providers.
pub(crate) struct Providers {
    _process: Child,
    pub(crate) apns: String,
    pub(crate) fcm: String,
    pub(crate) ca: PathBuf,
    control: SocketAddr,
}

impl Providers {
    pub(crate) async fn start(folder: &Path) -> Self {
        let mut command = program();
        command.arg("simulator").arg("--data-dir").arg(folder);
        for listener in ["--apns", "--apns-sandbox", "--fcm", "--control"] {
            command.args([listener, "127.0.0.1:0"]);
        }
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = async |what: &str| loop {
            let line = lines.next_line().await.unwrap().expect("the simulator starts");
            if let Some(rest) = line.strip_prefix(what) {
                return rest.trim().to_owned();
            }
        };
        let by_name = |url: String| url.replace("127.0.0.1", "localhost");
        let apns = by_name(said("Apple, production").await);
        let fcm = by_name(said("Google").await);
        let control = said("Control API").await;
        let ca = said("Trust this authority:").await;
        let providers = Self {
            _process: process,
            apns,
            fcm,
            ca: ca.into(),
            control: control.trim_start_matches("http://").parse().unwrap(),
        };
        let slow = json!({ "latency": { "kind": "fixed", "ms": LATENCY_MS } });
        let faults = json!({ "apns": slow, "fcm": slow });
        providers.ask("PUT", "/faults", &faults).await;
        providers
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> String {
        let answer = http(self.control, method, path, &body.to_string()).await;
        let (status, body) = answer.expect("the simulator answers");
        assert!((200..300).contains(&status), "{status} {body}");
        body
    }

    /// The token of a new phone; the platform is in the simulator's words.
    pub(crate) async fn phone(&self, platform: &str) -> String {
        let phone = json!({ "platform": platform, "app": APP });
        let phone: Value = serde_json::from_str(&self.ask("POST", "/devices", &phone).await).unwrap();
        phone["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn counts(&self) -> Counts {
        serde_json::from_str(&self.ask("GET", "/counts", &json!({})).await).unwrap()
    }

    /// The file of a service account that signs in here.
    pub(crate) fn service_account(&self) -> Vec<u8> {
        let start = SERVICE_ACCOUNT_KEY.find("-----BEGIN").unwrap();
        let account = json!({
            "type": "service_account",
            "project_id": "shop-1",
            "private_key_id": "0000000000000000000000000000000000000001",
            "private_key": &SERVICE_ACCOUNT_KEY[start..],
            "client_email": "push@shop-1.iam.gserviceaccount.com",
            "client_id": "100000000000000000001",
            "token_uri": format!("{}/token", self.fcm),
        });
        account.to_string().into_bytes()
    }
}
