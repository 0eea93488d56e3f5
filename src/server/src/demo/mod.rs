//! `heliograph demo`: the server with a database of its own, sample data, and Apple and Google played by the simulator.

mod sample;
mod seed;
mod shopping;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use heliograph_delivery::{Accounts, Providers, Sealer};
use heliograph_simulator::{AppId, Config, DemoApps, Edge, Strangers, UnknownKeys};
use heliograph_store::Store;

use crate::error::Error;
use crate::serve::{Server, listen, runtime, stop_on_signal};
use crate::services::Services;
use crate::site::Site;

/// The password of all the demo's people.
pub(crate) const PASSWORD: &str = "heliograph-demo";
/// The Firebase project of the sample app.
const PROJECT: &str = "trailhead-demo";

/// What the demo is told when it starts.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The address to listen on.
    #[arg(
        long,
        env = "HELIOGRAPH_LISTEN",
        default_value = "127.0.0.1:3000",
        value_name = "ADDRESS:PORT"
    )]
    listen: SocketAddr,
    /// Where the simulator's control API listens.
    #[arg(long, default_value = "127.0.0.1:3901", value_name = "ADDRESS:PORT")]
    control: SocketAddr,
    /// Everything that the demo keeps is in this folder.
    #[arg(long, default_value = "heliograph-demo", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Another database than the one in the folder.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// How many shoppers keep using the sample app; 0 for none.
    #[arg(long, default_value_t = 36, value_name = "NUMBER")]
    shoppers: usize,
    /// The folder with the console's files; by default `site`, beside the program or beside its folder.
    #[arg(long, env = "HELIOGRAPH_SITE_DIR", value_name = "FOLDER")]
    site_dir: Option<PathBuf>,
    /// Allows addresses that other machines can reach. The demo's passwords are known to everyone.
    #[arg(long)]
    public: bool,
}

/// Runs the demo until it is told to stop.
pub(crate) fn run(options: Demo) -> Result<(), Error> {
    let reachable = [options.listen, options.control]
        .iter()
        .any(|address| !address.ip().is_loopback());
    if reachable && !options.public {
        return Err(Error::Sample(
            "other machines could reach it, and its passwords are known to everyone. Add --public if that is meant".into(),
        ));
    }
    runtime()?.block_on(demo(options))
}

/// The address of a demo's own database.
pub(crate) fn database_in(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("heliograph.db").display())
}

async fn demo(options: Demo) -> Result<(), Error> {
    let folder = &options.data_dir;
    std::fs::create_dir_all(folder.join("simulator")).map_err(|source| Error::File {
        path: folder.clone(),
        source,
    })?;
    let site = Site::find(options.site_dir.as_deref())?;
    let database = match options.database_url {
        Some(url) => url,
        None => database_in(folder),
    };
    let store = Store::open(&database, Default::default()).await?;
    let sealer = Arc::new(Sealer::open_or_create(&folder.join("heliograph.key"))?);

    let app = AppId::new(sample::APP);
    let simulator = heliograph_simulator::start(Config {
        control: options.control,
        data_dir: Some(folder.join("simulator")),
        unknown: Strangers::all(UnknownKeys::TrustOnFirstUse),
        demo: Some(DemoApps {
            bundle_ids: vec![app.clone()],
            packages: vec![app.clone()],
            project_id: PROJECT.to_owned(),
        }),
        ..Config::default()
    })
    .await?;
    let credentials = simulator
        .demo
        .clone()
        .ok_or_else(|| Error::Sample("the simulator made no credentials".to_owned()))?;

    let shoppers = sample::shoppers(seed::SHOPPERS);
    seed::people(&store).await?;
    let datastream = seed::shop(&store, &sealer, &credentials, &shoppers).await?;
    seed::phones(simulator.phones(), &shoppers)?;

    let listener = listen(options.listen).await?;
    let address = listener.local_addr()?;
    simulator.phones().set_edge(
        app,
        Edge {
            url: format!("http://{address}"),
            config_id: datastream.to_string(),
            event_dataset: datastream.0.simple().to_string(),
        },
    );
    let providers = Providers {
        apns: Some(format!("https://localhost:{}", simulator.apns.port())),
        apns_sandbox: Some(format!("https://localhost:{}", simulator.apns_sandbox.port())),
        fcm: Some(format!("https://localhost:{}", simulator.fcm.port())),
        // Whatever file is uploaded here: nothing that the demo does leaves this machine.
        fcm_sign_in: Some(format!("https://localhost:{}/token", simulator.fcm.port())),
        ca_pem: Some(simulator.ca_pem.clone()),
        accounts: Accounts::default(),
    };
    let server = Server {
        store,
        services: Services::all(sealer, providers),
        site,
        public_url: None,
        proxies: Vec::new(),
        phones: Some(simulator.phones().clone()),
    };
    let stop = stop_on_signal();
    tokio::spawn(shopping::keep_shopping(
        simulator.phones().clone(),
        shoppers
            .into_iter()
            .filter(|shopper| !shopper.phones.is_empty())
            .take(options.shoppers)
            .collect(),
        stop.clone(),
    ));
    greet(address, simulator.control)?;
    server.run(listener, stop).await
}

fn greet(address: SocketAddr, control: SocketAddr) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nHeliograph is at http://{address}\n")?;
    writeln!(out, "Sign in with the password {PASSWORD} as")?;
    for (role, does) in [
        ("admin", "sets up apps and people"),
        ("developer", "sets up data collection"),
        ("marketer", "writes messages and draws journeys"),
        ("analyst", "reads the reports"),
    ] {
        writeln!(out, "  {:<27} {does}", format!("{role}@heliograph.demo"))?;
    }
    writeln!(
        out,
        "\nThe phones are at http://{address}/simulator; their control API is at http://{control}"
    )?;
    writeln!(out, "Stop with Ctrl-C.\n")?;
    out.flush()?;
    Ok(())
}
