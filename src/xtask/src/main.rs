//! One command for each thing a contributor does.

mod bench;
mod build;
mod command;
mod locales;
mod machine;
mod playwright;
mod postgres;
mod test;

mod toolchain;

use std::process::ExitCode;

use anyhow::{Result, bail};

use build::Effort;
use command::say;
use toolchain::Toolchain;

const USAGE: &str = "\
One command for each thing a contributor does.

  cargo xtask run [--release] [-- OPTIONS]   sets up what is missing, builds, and starts the demo with OPTIONS
  cargo xtask build [--release]              builds the server and the browser's files
  cargo xtask test [PART]                    runs every part, or one: fmt, clippy, unit, store, http, e2e
  cargo xtask bench [NAME ...] [OPTIONS]     measures everything, or some of it: start, collect, flow, delivery, size,
                                             composer, personalize; `cargo xtask bench --help` lists the options
  cargo xtask locales FOLDER                 makes the locale tables of the templates from Unicode's cldr-json in FOLDER
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(code) => code,
        Err(error) => {
            say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<ExitCode> {
    command::enter_checkout()?;
    match arguments {
        ["run", rest @ ..] => {
            let (ours, theirs) = match rest.iter().position(|argument| *argument == "--") {
                Some(at) => (&rest[..at], &rest[at + 1..]),
                None => (rest, &[][..]),
            };
            let effort = effort(ours)?;
            let toolchain = Toolchain::ready()?;
            build::everything(&toolchain, effort)?;
            build::start_demo(effort, theirs)
        }
        ["build", rest @ ..] => {
            let effort = effort(rest)?;
            build::everything(&Toolchain::ready()?, effort)?;
            Ok(ExitCode::SUCCESS)
        }
        ["test"] => test::run_parts(&test::Part::ALL),
        ["test", name] => match test::Part::named(name) {
            Some(part) => test::run_parts(&[part]),
            None => bail!("there is no part “{name}”: use fmt, clippy, unit, store, http or e2e"),
        },
        ["bench", arguments @ ..] => {
            bench::bench(&Toolchain::ready()?, arguments)?;
            Ok(ExitCode::SUCCESS)
        }
        ["locales", cldr] => {
            locales::write(std::path::Path::new(cldr))?;
            Ok(ExitCode::SUCCESS)
        }
        [] | ["help" | "--help" | "-h"] => {
            say(USAGE);
            Ok(ExitCode::SUCCESS)
        }
        [other, ..] => bail!("there is no task “{other}”\n\n{USAGE}"),
    }
}

fn effort(arguments: &[&str]) -> Result<Effort> {
    match arguments {
        [] => Ok(Effort::Dev),
        ["--release"] => Ok(Effort::Release),
        [other, ..] => bail!("there is no option “{other}” here; options of the server go after `--`"),
    }
}
