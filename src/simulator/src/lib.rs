//! Stand-in APNs and FCM servers on this machine, with phones that show what they got.
//!
//! The simulator checks what the providers check and answers as they answer, over TLS and HTTP/2. Its phones draw what they
//! got, can be tapped, dismissed or have the app removed, and report back as the AEP Mobile SDK does. Faults can be set, and
//! every push is counted, so that lost and doubled ones are proven. It knows the providers' protocols and none of
//! Heliograph's other crates, so that it can't share their mistakes.
//!
//! ```no_run
//! # async fn example() -> Result<(), heliograph_simulator::Error> {
//! let running = heliograph_simulator::start(heliograph_simulator::Config::default()).await?;
//! println!("Apple is at {}, Google at {}", running.apns, running.fcm);
//! # Ok(())
//! # }
//! ```

mod apns;
mod clock;
mod control;
mod counts;
mod error;
mod faults;
mod fcm;
mod files;
mod jwt;
mod phones;
mod registry;
mod shared;
mod wire;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};

use tokio::sync::watch;

pub use clock::{Clock, SystemClock};
pub use counts::{Counts, ProviderCounts};
pub use error::Error;
pub use faults::{AfterRejection, Faults, Latency, Outcome, Provider, ProviderFaults, Rule};
pub use phones::{
    AppState, Button, Changed, Edge, Fate, NewPhone, Notification, NotificationId, Notifications, Phone,
    Phones, Platform, Token, View,
};
pub use registry::{
    ApnsKey, AppId, Apps, CategoryAction, DemoApps, DemoCredentials, Dismissal, FcmProject, KeyEnvironment,
    KeyScope, NotificationCategory, Opens, Registry, Signature, Strangers, UnknownKeys,
};
pub use wire::{Tap, TapHandle, tap};

use apns::Apns;
use clock::Chance;
use counts::Tally;
use faults::FaultBook;
use fcm::Fcm;
use registry::Demo;
use shared::Shared;
use wire::{Identity, Protocols, listen};

/// How to start the simulator.
#[derive(Clone)]
pub struct Config {
    /// Where Apple's production service listens; port 0 for any free one.
    pub apns: SocketAddr,
    /// Where Apple's sandbox listens.
    pub apns_sandbox: SocketAddr,
    /// Where Google's service listens.
    pub fcm: SocketAddr,
    /// Where the control API listens.
    pub control: SocketAddr,
    /// Keeps the certificate authority and the demo key over restarts; none makes new ones each time.
    pub data_dir: Option<PathBuf>,
    /// Further host names for the certificate.
    pub host_names: Vec<String>,
    /// The credentials that are let in.
    pub registry: Registry,
    /// What happens to others.
    pub unknown: Strangers,
    /// Apps for which demo credentials are made.
    pub demo: Option<DemoApps>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes chance repeatable.
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            apns: any,
            apns_sandbox: any,
            fcm: any,
            control: any,
            data_dir: None,
            host_names: Vec::new(),
            registry: Registry::default(),
            unknown: Strangers::default(),
            demo: None,
            clock: Arc::new(SystemClock),
            seed: None,
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("apns", &self.apns)
            .field("fcm", &self.fcm)
            .finish_non_exhaustive()
    }
}

/// A simulator that runs; it stops when this is dropped.
pub struct Running {
    /// Where Apple's production service listens.
    pub apns: SocketAddr,
    /// Where Apple's sandbox listens.
    pub apns_sandbox: SocketAddr,
    /// Where Google's service listens.
    pub fcm: SocketAddr,
    /// Where the control API listens.
    pub control: SocketAddr,
    /// The certificate authority to trust, as PEM.
    pub ca_pem: String,
    /// The demo credentials, where apps for them were given.
    pub demo: Option<DemoCredentials>,
    shared: Arc<Shared>,
    _stop: watch::Sender<()>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("apns", &self.apns)
            .field("fcm", &self.fcm)
            .finish_non_exhaustive()
    }
}

impl Running {
    /// The phones.
    pub fn phones(&self) -> &Phones {
        &self.shared.phones
    }

    /// What has been counted.
    pub fn counts(&self) -> Counts {
        self.shared.tally.counts()
    }

    /// Sets the faults.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.faults.set(faults);
    }
}

/// Starts the simulator.
///
/// # Errors
/// Where an address is taken, the data directory can't be used, or a credential can't be read.
pub async fn start(config: Config) -> Result<Running, Error> {
    let demo = match config.demo {
        Some(apps) => Some(Demo::load(apps, config.data_dir.as_deref())?),
        None => None,
    };
    let mut registry = config.registry;
    if let Some(demo) = &demo {
        demo.register(&mut registry)?;
    }
    let identity = Identity::load(config.data_dir.as_deref(), &config.host_names)?;
    let registry = Arc::new(RwLock::new(registry));
    let chance = Arc::new(Chance::new(config.seed));
    let phones = Phones::new(
        Arc::clone(&registry),
        config.unknown,
        Arc::clone(&config.clock),
        Arc::clone(&chance),
    );
    let shared = Arc::new(Shared {
        registry,
        unknown: config.unknown,
        phones,
        faults: FaultBook::new(Faults::default()),
        tally: Tally::new(),
        clock: config.clock,
        chance,
    });
    let (stop, stopped) = watch::channel(());
    let apple = |platform| Arc::new(Apns::new(Arc::clone(&shared), platform));
    let http2 = Protocols::Http2;
    let apns = listen(
        "APNs",
        config.apns,
        http2,
        &identity,
        apple(Platform::Apns),
        stopped.clone(),
    )
    .await?;
    let sandbox = apple(Platform::ApnsSandbox);
    let apns_sandbox = listen(
        "APNs sandbox",
        config.apns_sandbox,
        http2,
        &identity,
        sandbox,
        stopped.clone(),
    )
    .await?;
    let google = Arc::new(Fcm::new(Arc::clone(&shared)));
    let fcm = listen(
        "FCM",
        config.fcm,
        Protocols::Both,
        &identity,
        google,
        stopped.clone(),
    )
    .await?;
    let control = serve_control(config.control, Arc::clone(&shared), stopped).await?;
    Ok(Running {
        apns,
        apns_sandbox,
        fcm,
        control,
        ca_pem: identity.ca_pem().to_owned(),
        demo: demo.map(|demo| demo.credentials(fcm)),
        shared,
        _stop: stop,
    })
}

async fn serve_control(
    address: SocketAddr,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<()>,
) -> Result<SocketAddr, Error> {
    let failed = |source| Error::Listen {
        service: "the control API",
        address,
        source,
    };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(failed)?;
    let actual = listener.local_addr().map_err(failed)?;
    tokio::spawn(async move {
        let until = async move {
            // An error means that the simulator is gone: stop as well.
            let _ = stopped.changed().await;
        };
        if let Err(error) = axum::serve(listener, control::router(shared))
            .with_graceful_shutdown(until)
            .await
        {
            tracing::error!(%error, "the simulator's control API stopped");
        }
    });
    Ok(actual)
}
