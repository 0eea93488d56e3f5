//! `heliograph serve`: the server itself.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use clap::Args;
use heliograph_app::app::PRODUCT;
use heliograph_simulator::Phones;
use heliograph_store::Store;
use leptos::prelude::provide_context;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use crate::clients::Network;
use crate::console::Cookies;
use crate::error::Error;
use crate::services::{Role, ServiceOptions, Services};
use crate::site::Site;
use crate::visit::Visits;
use crate::{clients, console, security};

/// How long open connections may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// What the server is told when it starts.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on.
    #[arg(
        long,
        env = "HELIOGRAPH_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,
    /// The address under which people and apps reach this server; with https:// sign-in cookies are sent over HTTPS only.
    #[arg(long, env = "HELIOGRAPH_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// The database: `sqlite:PATH`, made where it is not there, or `postgres://…`.
    #[arg(
        long,
        env = "HELIOGRAPH_DATABASE_URL",
        default_value = "sqlite:heliograph.db",
        value_name = "URL"
    )]
    database_url: String,
    /// The folder with the console's files; by default `site`, beside the program or beside its folder.
    #[arg(long, env = "HELIOGRAPH_SITE_DIR", value_name = "FOLDER")]
    site_dir: Option<PathBuf>,
    /// The proxies before this server, as addresses or networks such as `10.0.0.0/8`. Whom a request comes from is read
    /// from the `X-Forwarded-For` that they write; nobody else's is believed.
    #[arg(
        long,
        env = "HELIOGRAPH_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "ADDRESS,…"
    )]
    trusted_proxies: Vec<Network>,
    #[command(flatten)]
    services: ServiceOptions,
}

/// Runs the server until it is told to stop.
pub(crate) fn run(options: Serve) -> Result<(), Error> {
    runtime()?.block_on(async {
        let services = options.services.resolve()?;
        let store = Store::open(&options.database_url, Default::default()).await?;
        let server = Server {
            store,
            services,
            site: Site::find(options.site_dir.as_deref())?,
            public_url: options.public_url,
            proxies: options.trusted_proxies,
            phones: None,
        };
        let listener = listen(options.listen).await?;
        tracing::info!(address = %listener.local_addr()?, "listening");
        server.run(listener, stop_on_signal()).await
    })
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

pub(crate) async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Listen { address, source })
}

/// A server, ready to run.
pub(crate) struct Server {
    pub(crate) store: Store,
    pub(crate) services: Services,
    pub(crate) site: Site,
    pub(crate) public_url: Option<String>,
    /// Who is believed when they say whom a request comes from.
    pub(crate) proxies: Vec<Network>,
    /// The demo's phones.
    pub(crate) phones: Option<Phones>,
}

impl Server {
    /// Serves until `stop` is cancelled; then ends what has begun and leaves nothing half done.
    pub(crate) async fn run(self, listener: TcpListener, stop: CancellationToken) -> Result<(), Error> {
        let mut parts = JoinSet::new();
        // Requests are answered to the end before the parts behind them stop.
        let behind = CancellationToken::new();
        let collect = self.services.start(&self.store, &mut parts, &behind);
        let mut routes = Router::new()
            .route("/healthz", get(|| async { "alive\n" }))
            .route("/readyz", get(ready).with_state(self.store.clone()))
            .merge(collect);
        if self.services.has(Role::Console) {
            routes = routes.merge(self.console(&listener)?);
        }
        let proxies: Arc<[Network]> = self.proxies.into();
        let routes = routes
            .layer(CatchPanicLayer::custom(|_| failed()))
            .layer(middleware::from_fn(security::headers))
            .layer(middleware::from_fn_with_state(proxies, clients::reveal))
            .into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
        let outcome = tokio::select! {
            served = serving => served.map_err(Error::from),
            // A page that follows a live report keeps its connection for ever.
            () = async { stop.cancelled().await; tokio::time::sleep(DRAIN).await } => Ok(()),
            () = first_panic(&mut parts) => Err(Error::PartFailed),
        };
        behind.cancel();
        let ended = all_ended(&mut parts).await;
        self.store.close().await;
        outcome.and(ended)
    }

    fn console(&self, listener: &TcpListener) -> Result<Router, Error> {
        let cookies = match self.public_url.as_deref() {
            Some(url) if url.starts_with("https://") => Cookies::Secure,
            _ => Cookies::Plain,
        };
        let public_url = match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", listener.local_addr()?),
        };
        let visits = Visits {
            store: self.store.clone(),
            install: PRODUCT.to_owned(),
            demo: self.phones.is_some(),
        };
        let (sealer, providers) = (self.services.sealer.clone(), self.services.providers.clone());
        let phones = self.phones.clone();
        Ok(console::router(&self.site, visits, cookies, move || {
            provide_context(sealer.clone());
            provide_context(providers.clone());
            provide_context(heliograph_app::PublicUrl(public_url.clone()));
            if let Some(phones) = phones.clone() {
                provide_context(phones);
            }
        }))
    }
}

/// Waits until a part behind the routes ends in a panic. Without it, events would be taken in and nothing come of them.
async fn first_panic(parts: &mut JoinSet<()>) {
    while let Some(ended) = parts.join_next().await {
        if ended.is_err() {
            return;
        }
    }
    std::future::pending().await
}

/// Waits until every part has ended.
async fn all_ended(parts: &mut JoinSet<()>) -> Result<(), Error> {
    let mut outcome = Ok(());
    while let Some(ended) = parts.join_next().await {
        outcome = outcome.and(ended.map_err(|_| Error::PartFailed));
    }
    outcome
}

/// The answer to a request on which the server stumbled. What happened stands in the log.
fn failed() -> Response {
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong in the server; its log says what. Try again.\n",
    )
        .into_response()
}

/// Can requests be served? The database must answer.
async fn ready(State(store): State<Store>) -> (StatusCode, &'static str) {
    match store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}

/// Is cancelled when the system asks the program to stop.
pub(crate) fn stop_on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        use tokio::signal::unix::{SignalKind, signal};
        let terminated = async {
            match signal(SignalKind::terminate()) {
                Ok(mut terminate) => {
                    terminate.recv().await;
                }
                // Without the handler, the signal still ends the process.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        told.cancel();
    });
    stop
}

#[cfg(test)]
mod tests {
    use heliograph_delivery::Sealer;
    use heliograph_model::collection::DatastreamStatus;
    use heliograph_store::{datastreams, testing::on_each_engine};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;

    /// Posts an event, with whom the sender says to have it from; the answer's status.
    async fn post(address: SocketAddr, datastream: &str, id: u32, forwarded_for: &str) -> u16 {
        let body = format!(
            r#"{{"events":[{{"xdm":{{"_id":"{id}","identityMap":{{"CRMID":[{{"id":"ada"}}]}}}}}}]}}"#
        );
        let request = format!(
            "POST /ee/v1/interact?configId={datastream} HTTP/1.1\r\nhost: edge\r\nconnection: close\r\n\
             x-forwarded-for: {forwarded_for}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// How the third event of one client is answered where a client may send two in a second; another client's is taken.
    async fn third_of(store: Store, proxies: Vec<Network>) -> u16 {
        let folder = tempfile::tempdir().unwrap();
        let mut tx = store.begin().await.unwrap();
        let settings = datastreams::Settings {
            name: "Shop".to_owned(),
            status: DatastreamStatus::Active,
            events_per_second: 1000,
            body_limit: 1 << 20,
        };
        let datastream = datastreams::create(&mut tx, &settings).await.unwrap().to_string();
        tx.commit().await.unwrap();
        let sealer = Arc::new(Sealer::open_or_create(&folder.path().join("key")).unwrap());
        let server = Server {
            store,
            services: Services {
                roles: vec![Role::Collect],
                collect: heliograph_collect::Options {
                    client_events_per_second: 2,
                },
                ..Services::all(sealer, Default::default())
            },
            site: Site::at("/nowhere".into(), "pkg/none".to_owned()),
            public_url: None,
            proxies,
            phones: None,
        };
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(listener, stop.clone()));
        for (id, client) in [(1, "203.0.113.7"), (2, "203.0.113.7"), (3, "203.0.113.8")] {
            assert_eq!(post(address, &datastream, id, client).await, 200, "{id}");
        }
        // What stands before the proxy's own word, the client may have made up.
        let third = post(address, &datastream, 4, "203.0.113.9, 203.0.113.7").await;
        stop.cancel();
        running.await.unwrap().unwrap();
        third
    }

    #[tokio::test]
    async fn a_part_that_panics_is_noticed_while_others_go_on_and_when_all_end() {
        let mut parts = JoinSet::new();
        parts.spawn(async {});
        parts.spawn(std::future::pending());
        parts.spawn(async { panic!("a part failed, as this test wants it to") });
        first_panic(&mut parts).await;

        let mut parts = JoinSet::new();
        parts.spawn(async { panic!("a part failed, as this test wants it to") });
        parts.spawn(async {});
        assert!(matches!(all_ended(&mut parts).await, Err(Error::PartFailed)));
    }

    #[tokio::test]
    async fn each_client_behind_a_named_proxy_has_a_rate_of_its_own() {
        on_each_engine(|store, _| async move {
            let proxy = "127.0.0.0/8".parse().unwrap();
            assert_eq!(third_of(store, vec![proxy]).await, 429);
        })
        .await;
    }

    #[tokio::test]
    async fn nobody_else_is_believed_whom_a_request_comes_from() {
        on_each_engine(|store, _| async move {
            assert_eq!(third_of(store, Vec::new()).await, 200);
        })
        .await;
    }
}
