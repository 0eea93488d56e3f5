//! Measures the language of the messages beside two engines that others wrote, on templates that give the same text.
//!
//! One thread, one process, the server's allocator. The engines take turns, so that what else the machine does falls on
//! all of them alike, and of each the fastest tenth of its turns counts, which nobody disturbed.

mod engines;
mod memory;
mod texts;

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use heliograph_bench::{Figure, Goal, percentile, report};
use heliograph_model::personalize::{Root, Schema, Template, complete, highlight};

use engines::{Engine, Jinja, Ours, Peer, jinja};
use texts::{LIST, LONG, PUSH, Text, data, long};

/// How often each engine has its turn.
const TURNS: usize = 400;
/// How long a turn is: less than what a busy machine gives a thread at once.
const TURN: Duration = Duration::from_millis(2);

/// Measures the language of the messages beside other engines.
#[derive(Debug, Parser)]
struct Options {
    /// Where the figures are kept as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let mut figures = renderings("push (title and body)", &PUSH, Some(1e6))?;
    figures.extend(renderings("list of five", &LIST, None)?);
    figures.extend(readings()?);
    figures.extend(editing()?);
    report(&figures, options.json.as_deref())
}

/// How often a second each engine renders the texts, all of them together, and how often it asks for memory for it.
fn renderings(what: &str, texts: &[Text], aim: Option<f64>) -> Result<Vec<Figure>> {
    let environment = jinja(texts)?;
    let engines: [&dyn Engine; 3] = [
        &Ours::new(texts),
        &Peer::new(texts)?,
        &Jinja::new(&environment, texts)?,
    ];
    for at in 0..texts.len() {
        let expected = engines[0].render(at)?;
        for engine in engines {
            let text = engine.render(at)?;
            ensure!(
                text == expected,
                "{} gives “{text}”, ours “{expected}”",
                engine.name()
            );
        }
    }
    let render = |engine: &dyn Engine| -> Result<()> {
        for at in 0..texts.len() {
            black_box(engine.render(black_box(at))?);
        }
        Ok(())
    };
    let seconds = turns(&engines, render)?;
    let mut figures = Vec::new();
    for (engine, seconds) in engines.iter().zip(&seconds) {
        figures.push(Figure {
            what: format!("personalize: {what}, {}", engine.name()),
            value: 1.0 / seconds,
            unit: "a second",
            goal: match aim {
                Some(aim) if engine.name() == engines[0].name() => Goal::AtLeast(aim),
                _ => Goal::Told,
            },
        });
    }
    figures.push(Figure {
        what: format!("personalize: {what}, ours against the faster of the others"),
        value: faster_other(&seconds) / seconds[0],
        unit: "times",
        goal: Goal::AtLeast(3.0),
    });
    #[expect(clippy::cast_precision_loss, reason = "some dozens")]
    for engine in engines {
        let asked = memory::asked(|| render(engine)).1 as f64;
        figures.push(Figure {
            what: format!("personalize: {what}, allocations, {}", engine.name()),
            value: asked,
            unit: "times",
            goal: if engine.name() == engines[0].name() {
                // The text's own.
                Goal::AtMost(texts.len() as f64)
            } else {
                Goal::Told
            },
        });
    }
    Ok(figures)
}

/// How long each engine takes to read a long template.
fn readings() -> Result<Vec<Figure>> {
    let environment = jinja(&[])?;
    let engines: [&dyn Engine; 3] = [&Ours::new(&[]), &Peer::new(&[])?, &Jinja::new(&environment, &[])?];
    let sources = engines.map(|engine| long(|text| engine.spelling(text)));
    for source in &sources {
        ensure!(source.len() == LONG, "a long template has {} bytes", source.len());
    }
    let parse = |engine: &dyn Engine| {
        let at = engines.iter().position(|other| other.name() == engine.name());
        engine.parse(&sources[at.unwrap_or_default()])
    };
    let seconds = turns(&engines, parse)?;
    let figures = engines.iter().zip(seconds).map(|(engine, seconds)| Figure {
        what: format!("personalize: reading 4 KB, {}", engine.name()),
        value: seconds * 1e6,
        unit: "µs",
        goal: if engine.name() == engines[0].name() {
            Goal::AtMost(100.0)
        } else {
            Goal::Told
        },
    });
    Ok(figures.collect())
}

/// How long what the editor asks with each key takes on a long template.
fn editing() -> Result<Vec<Figure>> {
    let source = long(|text| text.mustache);
    let (profile, context) = data();
    let schema = Schema::standard()
        .learn(Root::Profile, &profile)
        .learn(Root::Context, &context);
    let caret = source.rfind("item.name").context("the template has a loop")? + "item.na".len();
    ensure!(
        !complete(&source, caret, &schema).is_empty(),
        "nothing is offered"
    );
    let tasks: [(&str, &dyn Fn()); 3] = [
        ("all that is wrong with 4 KB", &|| {
            let parsed = Template::parse(black_box(&source));
            black_box(parsed.template.check(&schema));
        }),
        ("the colours of 4 KB", &|| {
            black_box(highlight(black_box(&source)));
        }),
        ("what could be typed at the end of 4 KB", &|| {
            black_box(complete(black_box(&source), caret, &schema));
        }),
    ];
    let seconds = turns(&tasks, |(_, task)| {
        task();
        Ok(())
    })?;
    let figures = tasks.iter().zip(seconds).map(|((what, _), seconds)| Figure {
        what: format!("personalize: {what}"),
        value: seconds * 1e6,
        unit: "µs",
        goal: Goal::Told,
    });
    Ok(figures.collect())
}

/// The seconds that each does its work in.
fn turns<T: Copy>(each: &[T], work: impl Fn(T) -> Result<()>) -> Result<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(TURNS); each.len()];
    for _ in 0..TURNS {
        for (who, times) in each.iter().zip(&mut times) {
            let started = Instant::now();
            let mut done = 0_u32;
            while started.elapsed() < TURN {
                // The clock is read seldom enough to cost nothing.
                for _ in 0..8 {
                    work(*who)?;
                }
                done += 8;
            }
            times.push(started.elapsed().as_secs_f64() / f64::from(done));
        }
    }
    Ok(times.iter_mut().map(|times| percentile(times, 0.1)).collect())
}

/// The least of all but the first.
fn faster_other(seconds: &[f64]) -> f64 {
    seconds.iter().skip(1).copied().fold(f64::INFINITY, f64::min)
}
