//! Administration without a browser: what the command line does beside running servers.

mod template;
mod user;

use std::io::Write as _;
use std::path::PathBuf;

use clap::Args;
use heliograph_store::Store;

use crate::error::Error;
use crate::serve::runtime;

pub(crate) use template::{TemplateCommand, run as run_template};
pub(crate) use user::{UserCommand, run as run_user};

/// Which database a command works on.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// The database: `sqlite:PATH`, made where it is not there, or `postgres://…`.
    #[arg(
        long,
        env = "HELIOGRAPH_DATABASE_URL",
        default_value = "sqlite:heliograph.db",
        value_name = "URL"
    )]
    database_url: String,
    /// The folder of a demo, whose database is meant.
    #[arg(long, value_name = "FOLDER", conflicts_with = "database_url")]
    data_dir: Option<PathBuf>,
}

impl Database {
    /// Opens it, with its schema brought up to date.
    async fn open(&self) -> Result<Store, Error> {
        let url = match &self.data_dir {
            Some(folder) => crate::demo::database_in(folder),
            None => self.database_url.clone(),
        };
        Ok(Store::open(&url, Default::default()).await?)
    }
}

/// Brings the schema of a database up to date, which `serve` does as well when it starts.
pub(crate) fn migrate(database: &Database) -> Result<(), Error> {
    runtime()?.block_on(async {
        let store = database.open().await?;
        store.close().await;
        say("The database is up to date.")
    })
}

/// Writes one line to the standard output.
fn say(line: impl std::fmt::Display) -> Result<(), Error> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
