//! A PostgreSQL server for tests and measurements alone: made in a temporary folder, reached by a socket in it, gone
//! afterwards.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::command::{find, run, say, succeeds};
use crate::machine;

/// The user that the server runs as where we are root, as which it refuses to run.
const USER: &str = "postgres";

/// Whether what is committed would outlast a crash of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// It would, as wherever PostgreSQL is in use.
    Kept,
    /// It would not: it is of no use to a server that lives for the length of the tests.
    Spared,
}

impl Durability {
    /// The server's options for it.
    const fn options(self) -> &'static str {
        match self {
            Self::Kept => "",
            Self::Spared => " -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        }
    }
}

/// A running server; stopped and removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
}

impl Postgres {
    /// Makes and starts a server for tests; PostgreSQL is installed where it is missing.
    pub(crate) fn start() -> Result<Self> {
        let programs = match find_programs() {
            Some(found) => found,
            None => {
                machine::install(&["postgresql"], "the tests of the store run on PostgreSQL too")?;
                find_programs().context("PostgreSQL was installed, but there is no initdb")?
            }
        };
        Self::start_with(programs, Durability::Spared)
    }

    /// Makes and starts a server to measure on, if PostgreSQL is on this machine.
    pub(crate) fn start_if_there() -> Result<Option<Self>> {
        find_programs()
            .map(|programs| Self::start_with(programs, Durability::Kept))
            .transpose()
    }

    fn start_with(programs: PathBuf, durability: Durability) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("heliograph-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let server = Self { programs, folder };
        if machine::is_root() {
            run(Command::new("chown").arg(USER).arg(&server.folder))?;
        }
        run(server
            .program("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-sync",
            ])
            .args(["--no-instructions", "--pgdata"])
            .arg(server.data())
            .stdout(std::process::Stdio::null()))?;
        let options = format!(
            "-k {} -c listen_addresses='' -c max_connections=300{}",
            server.folder.display(),
            durability.options()
        );
        run(server
            .program("pg_ctl")
            .arg("--pgdata")
            .arg(server.data())
            .arg("--log")
            .arg(server.folder.join("log"))
            .args(["--wait", "--silent", "--options", &options, "start"])
            .stdout(std::process::Stdio::null()))?;
        Ok(server)
    }

    /// The address for clients.
    pub(crate) fn url(&self) -> String {
        let host = self.folder.to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{host}/postgres")
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of the server's programs, run by a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if machine::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg("--pgdata")
            .arg(self.data())
            .args(["--mode", "immediate", "--silent", "stop"]);
        if !succeeds(&mut stop) {
            say(&format!(
                "The PostgreSQL server in {} did not stop.",
                self.folder.display()
            ));
        }
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            say(&format!("Cannot remove {}: {error}", self.folder.display()));
        }
    }
}

/// The folder with `initdb`: on the path, or where Debian keeps it, the newest version first.
fn find_programs() -> Option<PathBuf> {
    if let Some(program) = find("initdb") {
        return program.parent().map(Path::to_owned);
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(Path::new("/usr/lib/postgresql"))
        .ok()?
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_string_lossy().parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, programs)| programs.join("initdb").is_file())
        .collect();
    versions.sort();
    versions.pop().map(|(_, programs)| programs)
}
