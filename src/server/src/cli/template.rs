//! `heliograph template`: one personalisation template, rendered, checked or laid out.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use heliograph_model::personalize::{
    Escape, Finding, Fragments, ParseOptions, Parsed, RenderOptions, Schema, Scope, Template,
};
use heliograph_model::time::{Clock as _, SystemClock, Timestamp};
use serde_json::Value;

use super::say;
use crate::error::Error;

/// What can be done with a template.
#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// Writes the text for the data to the standard output, and findings to the standard error.
    Render {
        /// The file with the template.
        #[arg(long, value_name = "FILE")]
        template: PathBuf,
        /// A JSON file with the roots: `profile`, `context`, `audience`, `device`, `app`.
        #[arg(long, value_name = "FILE")]
        data: PathBuf,
        /// A folder with the fragments that the template calls: `more.txt` holds the one named `more`.
        #[arg(long, value_name = "FOLDER")]
        fragments: Option<PathBuf>,
        /// The time that is now for the template, such as 2026-11-24T09:30:00Z; the clock's unless told.
        #[arg(long, value_name = "TIME", value_parser = time)]
        now: Option<Timestamp>,
        /// The time zone of dates without one.
        #[arg(long, default_value = "UTC", value_name = "ZONE")]
        zone: String,
        /// How printed values are protected.
        #[arg(long, value_enum, default_value_t = Protection::None)]
        escape: Protection,
    },
    /// Says what is wrong or unwise; fails where the template can't be used.
    Check {
        /// The file with the template.
        #[arg(long, value_name = "FILE")]
        template: PathBuf,
        /// A folder with the fragments that the template calls: `more.txt` holds the one named `more`.
        #[arg(long, value_name = "FOLDER")]
        fragments: Option<PathBuf>,
    },
    /// Writes the template in its canonical layout to the standard output; what it renders is the same.
    Format {
        /// The file with the template.
        #[arg(long, value_name = "FILE")]
        template: PathBuf,
        /// A folder with the fragments that the template calls: `more.txt` holds the one named `more`.
        #[arg(long, value_name = "FOLDER")]
        fragments: Option<PathBuf>,
    },
}

/// How printed values are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protection {
    /// As they are: a push title is not HTML.
    None,
    /// What HTML would read as markup is escaped.
    Html,
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

/// Carries out a command.
pub(crate) fn run(command: TemplateCommand) -> Result<(), Error> {
    match command {
        TemplateCommand::Render {
            template,
            data,
            fragments,
            now,
            zone,
            escape,
        } => {
            let parsed = parse(&template, fragments.as_deref())?;
            let data: Value = serde_json::from_str(&read(&data)?)
                .map_err(|error| Error::Refused(format!("{} is no JSON: {error}", data.display())))?;
            let now = now.unwrap_or_else(|| SystemClock.now());
            let options = RenderOptions {
                escape: match escape {
                    Protection::None => Escape::None,
                    Protection::Html => Escape::Html,
                },
                ..RenderOptions::default()
            };
            let (text, notes) = render(&parsed, &data, now, &zone, &options)?;
            for note in notes {
                writeln!(std::io::stderr(), "{note}")?;
            }
            Ok(write!(std::io::stdout(), "{text}")?)
        }
        TemplateCommand::Format { template, fragments } => {
            let parsed = parse(&template, fragments.as_deref())?;
            Ok(write!(std::io::stdout(), "{}", format(&parsed)?)?)
        }
        TemplateCommand::Check { template, fragments } => {
            let parsed = parse(&template, fragments.as_deref())?;
            let mut findings = parsed.findings;
            if findings.iter().all(|finding| !finding.is_error()) {
                findings.extend(parsed.template.check(&Schema::standard()));
            }
            for finding in &findings {
                say(line(finding))?;
            }
            match findings.iter().filter(|finding| finding.is_error()).count() {
                0 => Ok(()),
                errors => Err(Error::Refused(format!(
                    "{errors} errors in {}",
                    template.display()
                ))),
            }
        }
    }
}

/// Reads a template, with the fragments of a folder.
fn parse(template: &Path, folder: Option<&Path>) -> Result<Parsed, Error> {
    let fragments = folder.map(read_fragments).transpose()?.unwrap_or_default();
    let source = read(template)?;
    Ok(Template::parse_with_fragments(
        &source,
        &ParseOptions::default(),
        &fragments,
    ))
}

/// The fragments in a folder, each under its file's name without what follows the last dot.
fn read_fragments(folder: &Path) -> Result<Fragments, Error> {
    let failed = |source| Error::File {
        path: folder.to_owned(),
        source,
    };
    let mut fragments = Fragments::default();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_stem().and_then(|stem| stem.to_str());
        // What is hidden was put there by a tool.
        if let Some(name) = name.filter(|name| path.is_file() && !name.starts_with('.')) {
            // The file's last line break ends the file, and is no part of the text.
            let text = read(&path)?;
            fragments.insert(name, text.strip_suffix('\n').unwrap_or(&text));
        }
    }
    Ok(fragments)
}

/// The text, and what is worth knowing about how it came about.
fn render(
    parsed: &Parsed,
    data: &Value,
    now: Timestamp,
    zone: &str,
    options: &RenderOptions,
) -> Result<(String, Vec<String>), Error> {
    if !parsed.is_valid() {
        return Err(faults(parsed));
    }
    let empty = Value::Null;
    let root = |name: &str| data.get(name).unwrap_or(&empty);
    let scope = Scope::at(now.as_millis())
        .profile(root("profile"))
        .context(root("context"))
        .audience(root("audience"))
        .device(root("device"))
        .app(root("app"))
        .time_zone(zone);
    let rendered = parsed
        .template
        .render(&scope, options)
        .map_err(|error| Error::Refused(error.to_string()))?;
    let notes = rendered
        .warnings
        .iter()
        .map(|warning| format!("warning: {}", warning.message))
        .collect();
    Ok((rendered.text, notes))
}

/// The template in its canonical layout.
fn format(parsed: &Parsed) -> Result<String, Error> {
    if parsed.is_valid() {
        Ok(parsed.template.format())
    } else {
        Err(faults(parsed))
    }
}

/// What is wrong with a template that can't be used.
fn faults(parsed: &Parsed) -> Error {
    let findings: Vec<String> = parsed.findings.iter().map(line).collect();
    Error::Refused(findings.join("\n"))
}

fn line(finding: &Finding) -> String {
    let severity = if finding.is_error() { "error" } else { "warning" };
    format!(
        "{severity}: line {}, column {}: {}",
        finding.line, finding.column, finding.message
    )
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_template_is_rendered_with_data_and_its_faults_are_told() {
        let data = json!({"profile": {"person": {"name": {"firstName": "Ada"}}}});
        let (now, options) = (Timestamp::from_millis(0), RenderOptions::default());
        let hello = Template::parse("Hi {{profile.person.name.firstName}}");
        let (text, notes) = render(&hello, &data, now, "UTC", &options).unwrap();
        assert_eq!((text.as_str(), notes.len()), ("Hi Ada", 0));
        let fault = render(&Template::parse("Hi {{profile."), &data, now, "UTC", &options).unwrap_err();
        assert!(fault.to_string().starts_with("error: line 1, column "), "{fault}");
    }

    #[test]
    fn a_template_is_laid_out_and_one_with_faults_is_refused() {
        let laid_out = format(&Template::parse("Hi {{ profile.x }}{%=1+2%}"));
        assert_eq!(laid_out.unwrap(), "Hi {{profile.x}}{%= 1 + 2 %}");
        let fault = format(&Template::parse("Hi {{ profile.")).unwrap_err();
        assert!(fault.to_string().starts_with("error: line 1, column "), "{fault}");
    }

    #[test]
    fn a_file_that_is_no_text_is_refused_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let template = folder.path().join("main");
        std::fs::write(&template, b"Hi \xff {{profile.x}}").unwrap();
        let fault = parse(&template, None).unwrap_err().to_string();
        assert!(fault.contains("main can't be read"), "{fault}");
        assert!(fault.contains("UTF-8"), "{fault}");
    }

    #[test]
    fn fragments_come_from_the_files_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("more.txt"), "all about {{sport}}\n").unwrap();
        std::fs::write(folder.path().join(".hidden"), "{{").unwrap();
        let template = folder.path().join("main");
        std::fs::write(&template, "Hi: {{fragment name=\"more\" sport=\"yoga\"}}").unwrap();
        let (now, options) = (Timestamp::from_millis(0), RenderOptions::default());
        let parsed = parse(&template, Some(folder.path())).unwrap();
        let (text, _) = render(&parsed, &Value::Null, now, "UTC", &options).unwrap();
        assert_eq!(text, "Hi: all about yoga");
        let without = render(
            &parse(&template, None).unwrap(),
            &Value::Null,
            now,
            "UTC",
            &options,
        );
        assert!(
            without
                .unwrap_err()
                .to_string()
                .contains("There is no fragment more")
        );
    }
}
