//! What a global report shows.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AppFigures, Figure, NodeFigures, Now, Scope, Series, Totals};
use crate::time::Timestamp;

/// What happened in a range of days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GlobalReport {
    /// About what.
    pub scope: Scope,
    /// The start of its first day, in UTC.
    pub from: Timestamp,
    /// The end of its last day, in UTC.
    pub to: Timestamp,
    /// What was counted.
    pub totals: Totals,
    /// How things stand now, whatever the range.
    pub now: Now,
    /// Day by day.
    pub series: Series,
    /// By hour of the week.
    pub week: Vec<Week>,
    /// Each activity of the journey; none where the report is not about one journey.
    pub nodes: Vec<NodeFigures>,
    /// Each app.
    pub apps: Vec<AppFigures>,
    /// Each journey, the one with most deliveries and entries first.
    pub journeys: Vec<Ranked>,
    /// Each message, likewise.
    pub messages: Vec<Ranked>,
    /// The other range that it is compared with.
    pub compared: Option<Compared>,
}

/// A range that a report is compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// The start of its first day, in UTC.
    pub from: Timestamp,
    /// The end of its last day, in UTC.
    pub to: Timestamp,
    /// What was counted.
    pub totals: Totals,
    /// Day by day.
    pub series: Series,
}

impl Compared {
    /// How much a figure has changed since this range, as a share of it: 0.5 for half as much again. None where there was
    /// nothing.
    pub fn change(&self, totals: &Totals, figure: Figure) -> Option<f64> {
        let before = self.totals.n(figure);
        // Counts are far below the 2^53 from which on a float would round them.
        (before > 0).then(|| (totals.n(figure) - before) as f64 / before as f64)
    }
}

/// A journey or message among others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranked {
    /// The journey's or message's identifier.
    pub id: Uuid,
    /// What people call it; none where it is gone.
    pub name: Option<String>,
    /// What was counted.
    pub totals: Totals,
}

/// One figure by hour of the week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Week {
    /// Which.
    pub figure: Figure,
    /// 7 × 24 sums, from Monday 00:00 UTC on.
    pub hours: Vec<i64>,
}

impl Week {
    /// One week for each of the figures.
    pub fn of(figures: &[Figure], counts: &[(Timestamp, Figure, i64)]) -> Vec<Self> {
        const HOUR: i64 = 3_600_000;
        // 1 January 1970 was a Thursday: three days after a Monday.
        let hour_of_week = |at: Timestamp| (at.as_millis().div_euclid(HOUR) + 3 * 24).rem_euclid(7 * 24);
        figures
            .iter()
            .map(|&figure| {
                let mut hours = vec![0; 7 * 24];
                for (at, counted, n) in counts {
                    // The remainder is from 0 to 167.
                    if *counted == figure {
                        hours[hour_of_week(*at) as usize] += n;
                    }
                }
                Self { figure, hours }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_starts_on_monday() {
        // Thursday 15 January 2026, 10:20:30 UTC.
        let at = Timestamp::from_millis(1_768_472_430_000);
        let weeks = Week::of(
            &[Figure::Opened],
            &[(at, Figure::Opened, 4), (at, Figure::Failed, 1)],
        );
        assert_eq!(weeks[0].hours[3 * 24 + 10], 4);
        assert_eq!(weeks[0].hours.iter().sum::<i64>(), 4);
    }
}
