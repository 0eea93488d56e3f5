//! A PostgreSQL server of a test's own, which it may take down. It runs where the tests have a PostgreSQL at all.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use tokio::process::Command;

/// The user that the server runs as where we are root, as which it refuses to run.
const USER: &str = "postgres";

/// A running server; gone when it is dropped.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: tempfile::TempDir,
}

impl Postgres {
    pub(crate) async fn start() -> Self {
        let server = Self {
            programs: programs(),
            folder: tempfile::tempdir().unwrap(),
        };
        if is_root() {
            let owner = Command::new("chown").arg(USER).arg(server.folder.path()).status();
            assert!(owner.await.unwrap().success());
        }
        let mut made = server.program("initdb");
        made.args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--no-sync",
        ]);
        server.run(made.arg("--no-instructions")).await;
        server.start_again().await;
        server
    }

    /// The address for clients.
    pub(crate) fn url(&self) -> String {
        let host = self.folder.path().to_string_lossy().replace('/', "%2F");
        format!("postgres://postgres@{host}/postgres")
    }

    /// Starts it, and waits until it takes connections.
    pub(crate) async fn start_again(&self) {
        // What it has acknowledged is with the operating system, which survives; that is enough here.
        let options = format!(
            "-k {} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=100",
            self.folder.path().display()
        );
        let mut start = self.program("pg_ctl");
        start.arg("--log").arg(self.folder.path().join("log"));
        self.run(start.args(["--wait", "--silent", "--options", &options, "start"]))
            .await;
    }

    /// Ends it at once, as if it had crashed: without a farewell to its clients, and to be recovered when it starts.
    pub(crate) async fn crash(&self) {
        let mut stop = self.program("pg_ctl");
        self.run(stop.args(["--mode", "immediate", "--silent", "stop"]))
            .await;
    }

    /// One of the server's programs, run by a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command
            .current_dir(self.folder.path())
            .arg("--pgdata")
            .arg(self.folder.path().join("data"));
        command
    }

    async fn run(&self, command: &mut Command) {
        let status = command
            .stdout(std::process::Stdio::null())
            .status()
            .await
            .unwrap();
        assert!(status.success(), "{command:?}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["--mode", "immediate", "--silent", "stop"]);
        // The test is over: where it does not stop, there is nothing more to be done about it.
        let _ = stop.as_std_mut().status();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The folder with `initdb`: on the path, or where Debian keeps it.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    std::env::split_paths(&path)
        .chain(debian.flatten().map(|version| version.path().join("bin")))
        .find(|folder| folder.join("initdb").is_file())
        .expect("where the tests have a PostgreSQL, its initdb is on the path")
}
