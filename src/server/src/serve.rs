//! `heliograph serve`: the server itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use axum::Router;
use axum::routing::get;
use clap::Args;
use heliograph_app::app::PRODUCT;
use heliograph_store::Store;
use tokio::net::TcpListener;

use crate::console::Cookies;
use crate::error::Error;
use crate::site::Site;
use crate::visit::Visits;
use crate::{console, security};

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
}

/// Runs the server until it is told to stop.
pub(crate) fn run(options: Serve) -> Result<(), Error> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(serve(options))
}

async fn serve(options: Serve) -> Result<(), Error> {
    let site = Site::find(options.site_dir.as_deref())?;
    let store = Store::open(&options.database_url, Default::default()).await?;
    let cookies = match options.public_url.as_deref() {
        Some(url) if url.starts_with("https://") => Cookies::Secure,
        _ => Cookies::Plain,
    };
    let visits = Visits {
        store: store.clone(),
        install: PRODUCT.to_owned(),
        demo: false,
    };
    let routes = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .merge(console::router(&site, visits, cookies, || {}))
        .layer(axum::middleware::from_fn(security::headers));
    let listener = TcpListener::bind(options.listen)
        .await
        .map_err(|source| Error::Listen {
            address: options.listen,
            source,
        })?;
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, routes)
        .with_graceful_shutdown(stopped())
        .await?;
    Ok(())
}

/// Resolves when the system asks the program to stop.
async fn stopped() {
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
}
