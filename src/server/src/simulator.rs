//! `heliograph simulator`: the stand-in providers alone.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use heliograph_simulator::{Config, UnknownKeys};

use crate::error::Error;
use crate::serve::{runtime, stop_on_signal};

/// Where the simulator listens.
#[derive(Debug, Args)]
pub(crate) struct Simulator {
    /// Apple's production service.
    #[arg(long, default_value = "127.0.0.1:3911", value_name = "ADDRESS:PORT")]
    apns: SocketAddr,
    /// Apple's sandbox.
    #[arg(long, default_value = "127.0.0.1:3912", value_name = "ADDRESS:PORT")]
    apns_sandbox: SocketAddr,
    /// Google's service, with its token endpoint.
    #[arg(long, default_value = "127.0.0.1:3913", value_name = "ADDRESS:PORT")]
    fcm: SocketAddr,
    /// The control API.
    #[arg(long, default_value = "127.0.0.1:3901", value_name = "ADDRESS:PORT")]
    control: SocketAddr,
    /// Keeps the certificate authority over restarts.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

/// Runs it until it is told to stop.
pub(crate) fn run(options: Simulator) -> Result<(), Error> {
    runtime()?.block_on(async {
        if let Some(folder) = &options.data_dir {
            std::fs::create_dir_all(folder).map_err(|source| Error::File {
                path: folder.clone(),
                source,
            })?;
        }
        let config = Config {
            apns: options.apns,
            apns_sandbox: options.apns_sandbox,
            fcm: options.fcm,
            control: options.control,
            data_dir: options.data_dir.clone(),
            unknown: UnknownKeys::TrustOnFirstUse,
            ..Config::default()
        };
        let running = heliograph_simulator::start(config).await?;
        let ca = options.data_dir.as_ref().map(|folder| folder.join("ca.pem"));
        let mut out = std::io::stdout().lock();
        writeln!(out, "Apple, production   https://{}", running.apns)?;
        writeln!(out, "Apple, sandbox      https://{}", running.apns_sandbox)?;
        writeln!(out, "Google              https://{}", running.fcm)?;
        writeln!(out, "Control API         http://{}", running.control)?;
        match ca {
            Some(path) => writeln!(out, "Trust this authority: {}", path.display())?,
            None => writeln!(out, "Trust this authority:\n{}", running.ca_pem)?,
        }
        drop(out);
        stop_on_signal().cancelled().await;
        Ok(())
    })
}
