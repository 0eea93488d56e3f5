//! The table that is printed while it is measured, a line as soon as it is known, and the figures that it leaves.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::load::Run;
use crate::{Figure, Goal};

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report {
    figures: Vec<Figure>,
    /// What bare h2 reached, with each latency.
    limits: Vec<(Duration, f64)>,
}

impl Report {
    /// Prints the headings.
    pub(crate) fn begin() -> Result<Self> {
        writeln!(
            std::io::stdout(),
            "{:<52} {:>6} {:>11} {:>8} {:>9} {:>9}",
            "delivery",
            "answer",
            "a second",
            "of bare",
            "p50",
            "p99"
        )?;
        Ok(Self::default())
    }

    /// Notes what bare h2 reached.
    pub(crate) fn limit(&mut self, what: &str, latency: Duration, run: &Run) -> Result<()> {
        self.limits.push((latency, run.rate));
        self.rate(what, latency, run, None)
    }

    /// Notes what somebody reached, and which share of the limit they should.
    pub(crate) fn rate(
        &mut self,
        what: &str,
        latency: Duration,
        run: &Run,
        share: Option<f64>,
    ) -> Result<()> {
        let limit = self
            .limits
            .iter()
            .find(|(other, _)| *other == latency)
            .map(|(_, rate)| *rate);
        let of_bare = limit.map_or(String::new(), |limit| format!("{:.2}", run.rate / limit));
        line(what, latency, &format!("{:.0}", run.rate), &of_bare, run)?;
        self.figures.push(Figure {
            what: format!("delivery: {what}{}", after(latency)),
            value: run.rate,
            unit: "a second",
            goal: match (share, limit) {
                (Some(share), Some(limit)) => Goal::AtLeast(limit * share),
                _ => Goal::Told,
            },
        });
        Ok(())
    }

    /// Notes which share of its own clean rate somebody keeps with dead tokens, in percent, and which they should.
    pub(crate) fn kept(&mut self, what: &str, latency: Duration, share: f64, goal: Goal) -> Result<()> {
        let kept = format!("{share:.0} %");
        line(&format!("{what}, kept"), latency, &kept, "", &Run::default())?;
        self.figures.push(Figure {
            what: format!("delivery: {what}{}, kept of clean", after(latency)),
            value: share,
            unit: "%",
            goal,
        });
        Ok(())
    }

    /// Notes how long something takes.
    pub(crate) fn wait(&mut self, what: &str, run: &Run, goal: f64) -> Result<()> {
        line(what, Duration::ZERO, "", "", run)?;
        for (name, value) in [("p50", run.p50), ("p99", run.p99)] {
            self.figures.extend(value.map(|value| Figure {
                what: format!("delivery: {what}, {name}"),
                value,
                unit: "ms",
                goal: Goal::AtMost(goal),
            }));
        }
        Ok(())
    }

    /// Notes how much memory something takes, in MB.
    pub(crate) fn memory(&mut self, what: &str, value: f64, goal: f64) -> Result<()> {
        line(
            what,
            Duration::ZERO,
            &format!("{value:.0} MB"),
            "",
            &Run::default(),
        )?;
        self.figures.push(Figure {
            what: format!("delivery: {what}"),
            value,
            unit: "MB",
            goal: Goal::AtMost(goal),
        });
        Ok(())
    }

    /// Says that something was left out.
    pub(crate) fn left_out(what: &str, why: &str) -> Result<()> {
        Ok(writeln!(std::io::stdout(), "{what:<52} left out: {why}")?)
    }

    /// The figures, when all is measured.
    pub(crate) fn figures(self) -> Vec<Figure> {
        self.figures
    }
}

fn line(what: &str, latency: Duration, value: &str, of_bare: &str, run: &Run) -> Result<()> {
    let milliseconds = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.1} ms"));
    writeln!(
        std::io::stdout(),
        "{what:<52} {:>6} {value:>11} {of_bare:>8} {:>9} {:>9}  {}",
        format!("{} ms", latency.as_millis()),
        milliseconds(run.p50),
        milliseconds(run.p99),
        run.note
    )?;
    Ok(())
}

/// How a latency is named behind what was measured with it.
fn after(latency: Duration) -> String {
    if latency.is_zero() {
        String::new()
    } else {
        format!(", {} ms", latency.as_millis())
    }
}
