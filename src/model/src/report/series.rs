//! Figures over time.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::time::Timestamp;

/// How long the span of one counter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// One minute.
    Minute,
    /// One hour.
    Hour,
    /// One day, in UTC.
    Day,
}

impl Grain {
    /// All of them, finest first.
    pub const ALL: [Self; 3] = [Self::Minute, Self::Hour, Self::Day];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The start of the span in which this instant lies.
    pub const fn start(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Minute => at.minute(),
            Self::Hour => at.hour(),
            Self::Day => at.day(),
        }
    }

    /// How long a span is.
    pub const fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Minute => 60,
            Self::Hour => 3600,
            Self::Day => 86_400,
        })
    }

    /// The coarsest grain whose spans fill the time from `from` to `to` exactly; minutes where none does.
    pub fn filling(from: Timestamp, to: Timestamp) -> Self {
        [Self::Day, Self::Hour]
            .into_iter()
            .find(|grain| grain.start(from) == from && grain.start(to) == to)
            .unwrap_or(Self::Minute)
    }
}

/// Figures span by span, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// How long a span is.
    pub grain: Grain,
    /// Where each span starts, oldest first.
    pub starts: Vec<Timestamp>,
    /// One line for each figure that occurs.
    pub lines: Vec<Line>,
}

/// One figure over the spans of a [`Series`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which.
    pub figure: Figure,
    /// One value for each span.
    pub values: Vec<i64>,
}

/// Most spans of a series, so that a range by mistake can't fill the memory.
const SPANS_MAX: usize = 5_000;

impl Series {
    /// The spans of this grain from the one that holds `from` to the last that starts before `to`, with what was counted in
    /// them. What lies outside is left out.
    pub fn of(
        grain: Grain,
        from: Timestamp,
        to: Timestamp,
        counts: impl IntoIterator<Item = (Timestamp, Figure, i64)>,
    ) -> Self {
        let starts: Vec<Timestamp> =
            std::iter::successors(Some(grain.start(from)), |start| Some(*start + grain.length()))
                .take_while(|start| *start < to)
                .take(SPANS_MAX)
                .collect();
        let mut lines: BTreeMap<Figure, Vec<i64>> = BTreeMap::new();
        for (at, figure, n) in counts {
            if let Ok(index) = starts.binary_search(&grain.start(at)) {
                lines.entry(figure).or_insert_with(|| vec![0; starts.len()])[index] += n;
            }
        }
        Self {
            grain,
            starts,
            lines: lines
                .into_iter()
                .map(|(figure, values)| Line { figure, values })
                .collect(),
        }
    }

    /// The values of a figure; none where it does not occur.
    pub fn line(&self, figure: Figure) -> Option<&[i64]> {
        self.lines
            .iter()
            .find(|line| line.figure == figure)
            .map(|line| line.values.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_no_gaps() {
        let at = |minutes: i64| Timestamp::from_millis(minutes * 60_000 + 7);
        let series = Series::of(
            Grain::Minute,
            at(10),
            at(13),
            [
                (at(10), Figure::Opened, 1),
                (at(13), Figure::Opened, 2),
                (at(13), Figure::Opened, 3),
                (at(9), Figure::Opened, 100),
            ],
        );
        assert_eq!(series.starts.len(), 4);
        assert_eq!(series.line(Figure::Opened), Some(&[1, 0, 0, 5][..]));
        assert_eq!(series.line(Figure::Clicked), None);
    }

    #[test]
    fn the_coarsest_grain_that_fits_is_chosen() {
        let hours = |n: i64| Timestamp::from_millis(n * 3_600_000);
        assert_eq!(Grain::filling(hours(0), hours(48)), Grain::Day);
        assert_eq!(Grain::filling(hours(1), hours(48)), Grain::Hour);
        assert_eq!(Grain::filling(hours(1), Timestamp::from_millis(1)), Grain::Minute);
    }
}
