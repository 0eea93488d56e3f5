//! `heliograph simulator`: the stand-in providers alone.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use heliograph_simulator::{ApnsKey, Config, FcmProject, KeyEnvironment, Registry, Strangers, UnknownKeys};

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
    /// A key of an Apple developer team, as its .p8 file or the public half in PEM; may be given several times. Provider
    /// tokens are checked against these keys then, and any other is refused. Without it the first key of each id is taken
    /// on trust, and signatures are not checked.
    #[arg(long, value_name = "TEAM:KEYID:PATH")]
    apns_key: Vec<TeamKey>,
    /// The JSON file of a Firebase project's service account; may be given several times. Who signs in is checked against
    /// these accounts then, and any other is refused. Without it every account is taken on trust.
    #[arg(long, value_name = "PATH")]
    service_account: Vec<PathBuf>,
}

/// Where a key of an Apple developer team is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TeamKey {
    team_id: String,
    key_id: String,
    path: PathBuf,
}

impl FromStr for TeamKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ':').filter(|part| !part.is_empty());
        match (parts.next(), parts.next(), parts.next()) {
            (Some(team), Some(key), Some(path)) => Ok(Self {
                team_id: team.to_owned(),
                key_id: key.to_owned(),
                path: path.into(),
            }),
            _ => Err("write team id, key id and the file's path, with a colon between them"),
        }
    }
}

impl Simulator {
    /// The credentials that it was told of, and what becomes of others.
    fn credentials(&self) -> Result<(Registry, Strangers), Error> {
        let mut registry = Registry::default();
        for TeamKey {
            team_id,
            key_id,
            path,
        } in &self.apns_key
        {
            let pem = read(path)?;
            registry.add_apns_key(ApnsKey::from_p8(&pem, key_id, team_id, [], KeyEnvironment::Both)?);
        }
        for path in &self.service_account {
            registry.add_fcm_project(FcmProject::from_service_account(&read(path)?, [])?)?;
        }
        let others = |told: bool| match told {
            true => UnknownKeys::Refuse,
            false => UnknownKeys::TrustOnFirstUse,
        };
        let strangers = Strangers {
            apns: others(!self.apns_key.is_empty()),
            fcm: others(!self.service_account.is_empty()),
        };
        Ok((registry, strangers))
    }
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
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
        let (registry, unknown) = options.credentials()?;
        let config = Config {
            apns: options.apns,
            apns_sandbox: options.apns_sandbox,
            fcm: options.fcm,
            control: options.control,
            data_dir: options.data_dir.clone(),
            registry,
            unknown,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_with_its_team_and_its_path_may_have_colons() {
        let key: TeamKey = "TEAM:KEY:C:/keys/AuthKey.p8".parse().unwrap();
        assert_eq!((key.team_id.as_str(), key.key_id.as_str()), ("TEAM", "KEY"));
        assert_eq!(key.path, PathBuf::from("C:/keys/AuthKey.p8"));
        for wrong in ["", "TEAM", "TEAM:KEY", "TEAM::x.p8", "TEAM:KEY:"] {
            assert!(wrong.parse::<TeamKey>().is_err(), "{wrong}");
        }
    }
}
