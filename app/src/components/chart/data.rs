//! What a chart shows.

/// How the figures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartKind {
    /// Lines over time.
    Lines,
    /// Bars beside each other, the series stacked in each.
    Bars,
}

/// The colour of a series; its name always stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What went well so far: sent, accepted.
    Accent,
    /// What people did: opened, clicked.
    Good,
    /// What was left out.
    Warn,
    /// What failed.
    Bad,
    /// What waits.
    Info,
    /// What is not known.
    Quiet,
}

impl Ink {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Accent => "accent",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Quiet => "quiet",
        }
    }
}

/// What is counted: a line, or one part of each bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its colour.
    pub ink: Ink,
    /// One figure for each label of the chart.
    pub values: Vec<u64>,
}

/// What a chart shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChartData {
    /// What each step along the axis is: "Mon 23", "14:30".
    pub labels: Vec<String>,
    /// What is counted.
    pub series: Vec<Series>,
}

impl ChartData {
    /// The largest figure that has to fit.
    pub(super) fn highest(&self, kind: ChartKind) -> u64 {
        (0..self.labels.len())
            .map(|step| {
                let at = self.series.iter().filter_map(|series| series.values.get(step));
                match kind {
                    ChartKind::Lines => at.copied().max().unwrap_or(0),
                    ChartKind::Bars => at.sum(),
                }
            })
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacked_bars_have_room_for_their_sum() {
        let series = |values: &[u64]| Series {
            name: String::new(),
            ink: Ink::Accent,
            values: values.to_vec(),
        };
        let data = ChartData {
            labels: vec!["a".to_owned(), "b".to_owned()],
            series: vec![series(&[3, 4]), series(&[5, 1])],
        };
        assert_eq!(data.highest(ChartKind::Bars), 8);
        assert_eq!(data.highest(ChartKind::Lines), 5);
    }
}
