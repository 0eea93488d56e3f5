//! What the benchmarks share: figures beside their limits, and how they are shown.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

/// One thing that was measured.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// What: `collect: durable events`.
    pub what: String,
    /// How much.
    pub value: f64,
    /// Of what: `ms`, `MB`, `a second`.
    pub unit: &'static str,
    /// What it should be.
    pub goal: Goal,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// There is no aim; it is told beside the others.
    Told,
}

impl Figure {
    /// The goal, and how it stands to it: 1 is just reached, more is better.
    fn goal(&self) -> (String, String) {
        let (sign, goal, ratio) = match self.goal {
            Goal::AtMost(goal) => ("≤", goal, goal / self.value.max(f64::MIN_POSITIVE)),
            Goal::AtLeast(goal) => ("≥", goal, self.value / goal),
            Goal::Told => return Default::default(),
        };
        (format!("{sign} {goal:.0}"), format!("{ratio:.2}"))
    }
}

/// Prints the figures as a table, and keeps them as JSON where `json` names a file.
///
/// # Errors
///
/// When the table or the file cannot be written.
pub fn report(figures: &[Figure], json: Option<&Path>) -> Result<()> {
    let mut out = std::io::stdout();
    writeln!(
        out,
        "\n{:<64} {:>12} {:<10} {:>12}  of the goal",
        "", "", "", "goal"
    )?;
    for figure in figures {
        let (goal, ratio) = figure.goal();
        writeln!(
            out,
            "{:<64} {:>12.1} {:<10} {goal:>12}  {ratio}",
            figure.what, figure.value, figure.unit,
        )?;
    }
    if let Some(path) = json {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, serde_json::to_vec_pretty(figures)?)?;
    }
    Ok(())
}

/// The value below which this share of them lies.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list that fits in memory"
    )]
    let at = ((values.len().saturating_sub(1)) as f64 * share).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}
