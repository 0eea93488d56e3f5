//! Sums of what was counted, and the rates between them.

use serde::{Deserialize, Serialize};

use super::Figure;
use crate::{
    delivery::{Exclusion, Outcome},
    journey::Leaving,
};

/// How often something was counted, for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What.
    pub figure: Figure,
    /// Why, or by which way; empty where the figure has none.
    pub reason: String,
    /// How often.
    pub n: i64,
}

/// Counts by figure and reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Totals(Vec<Count>);

impl FromIterator<Count> for Totals {
    /// Adds up counts of the same figure and reason.
    fn from_iter<I: IntoIterator<Item = Count>>(counts: I) -> Self {
        let mut totals: Vec<Count> = counts.into_iter().collect();
        totals.sort_by(|a, b| (a.figure, &a.reason).cmp(&(b.figure, &b.reason)));
        totals.dedup_by(|next, kept| {
            let same = next.figure == kept.figure && next.reason == kept.reason;
            if same {
                kept.n += next.n;
            }
            same
        });
        totals.retain(|count| count.n != 0);
        Self(totals)
    }
}

impl Totals {
    /// How often the figure was counted, whatever the reason.
    pub fn n(&self, figure: Figure) -> i64 {
        self.0
            .iter()
            .filter(|count| count.figure == figure)
            .map(|count| count.n)
            .sum()
    }

    /// The reasons of a figure, the most frequent first.
    pub fn reasons(&self, figure: Figure) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .0
            .iter()
            .filter(|count| count.figure == figure)
            .map(|count| Reason::of(figure, &count.reason, count.n))
            .collect();
        reasons.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.code.cmp(&b.code)));
        reasons
    }

    /// Is nothing counted?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The counts by themselves.
    pub fn counts(&self) -> &[Count] {
        &self.0
    }

    /// Deliveries that are still on their way, so that targeted = excluded + waiting + accepted + failed + unknown. It makes
    /// sense of totals since the beginning only: what is accepted in an hour may have been targeted before it.
    pub fn waiting(&self) -> i64 {
        self.n(Figure::Targeted)
            - [
                Figure::Excluded,
                Figure::Accepted,
                Figure::Failed,
                Figure::Unknown,
            ]
            .into_iter()
            .map(|figure| self.n(figure))
            .sum::<i64>()
    }

    /// Profiles that are in the journey, as stays. It makes sense of totals since the beginning only.
    pub fn here_now(&self) -> i64 {
        self.n(Figure::Entered) - self.n(Figure::Left)
    }
}

/// Why something was counted, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// As it is counted.
    pub code: String,
    /// In plain words.
    pub title: String,
    /// What it means and what to do about it; empty where there is nothing to do.
    pub advice: String,
    /// How often.
    pub n: i64,
}

impl Reason {
    fn of(figure: Figure, code: &str, n: i64) -> Self {
        let (title, advice) = match figure {
            // Some outcomes have an exclusion's code; here the exclusion is what is counted.
            Figure::Excluded => match Exclusion::parse(code) {
                Some(exclusion) => (exclusion.title(), exclusion.advice()),
                None => (code, ""),
            },
            Figure::Failed => match Outcome::parse(code) {
                Some(outcome) => (outcome.title(), outcome.advice()),
                None => (code, ""),
            },
            Figure::Left => match Leaving::parse(code) {
                Some(Leaving::End) => ("Reached the end", ""),
                Some(Leaving::Stopped) => (
                    "Journey stopped",
                    "Someone stopped the journey while they were in it.",
                ),
                Some(Leaving::TimedOut) => (
                    "Timed out",
                    "They stayed longer than the journey's settings allow. Look for the activity where they waited.",
                ),
                Some(Leaving::Error) => (
                    "Error",
                    "A step could not be carried out. The profile's page says which, and why.",
                ),
                None => (code, ""),
            },
            _ => (code, ""),
        };
        Self {
            code: code.to_owned(),
            title: title.to_owned(),
            advice: advice.to_owned(),
            n,
        }
    }
}

/// A share of one figure in others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// Excluded of targeted.
    Exclusion,
    /// Accepted of those with an answer, or whose answer was lost.
    Acceptance,
    /// Failed of those with an answer, or whose answer was lost.
    Failure,
    /// Displayed of accepted.
    Display,
    /// Opened of accepted.
    Open,
    /// Clicked of accepted.
    Click,
    /// Clicked of opened.
    ClickToOpen,
    /// Dismissed of accepted.
    Dismissal,
}

impl Rate {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::Exclusion,
        Self::Acceptance,
        Self::Failure,
        Self::Display,
        Self::Open,
        Self::Click,
        Self::ClickToOpen,
        Self::Dismissal,
    ];

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Exclusion => "Exclusion rate",
            Self::Acceptance => "Acceptance rate",
            Self::Failure => "Failure rate",
            Self::Display => "Display rate",
            Self::Open => "Open rate",
            Self::Click => "Click rate",
            Self::ClickToOpen => "Click-to-open rate",
            Self::Dismissal => "Dismissal rate",
        }
    }

    /// How it is worked out, with its denominator by name.
    pub const fn how(self) -> &'static str {
        match self {
            Self::Exclusion => "Excluded ÷ targeted",
            Self::Acceptance => "Accepted ÷ (accepted + failed + unknown)",
            Self::Failure => "Failed ÷ (accepted + failed + unknown)",
            Self::Display => "Displayed ÷ accepted",
            Self::Open => "Opened ÷ accepted",
            Self::Click => "Clicked ÷ accepted",
            Self::ClickToOpen => "Clicked ÷ opened",
            Self::Dismissal => "Dismissed ÷ accepted",
        }
    }

    /// What is divided, and by the sum of what.
    pub const fn parts(self) -> (Figure, &'static [Figure]) {
        const SENT: &[Figure] = &[Figure::Accepted, Figure::Failed, Figure::Unknown];
        match self {
            Self::Exclusion => (Figure::Excluded, &[Figure::Targeted]),
            Self::Acceptance => (Figure::Accepted, SENT),
            Self::Failure => (Figure::Failed, SENT),
            Self::Display => (Figure::Displayed, &[Figure::Accepted]),
            Self::Open => (Figure::Opened, &[Figure::Accepted]),
            Self::Click => (Figure::Clicked, &[Figure::Accepted]),
            Self::ClickToOpen => (Figure::Clicked, &[Figure::Opened]),
            Self::Dismissal => (Figure::Dismissed, &[Figure::Accepted]),
        }
    }

    /// The rate, from 0 to 1 (or above, where what is divided belongs to an earlier time); none where there is nothing to
    /// divide by.
    pub fn of(self, totals: &Totals) -> Option<f64> {
        let (part, whole) = self.parts();
        let whole: i64 = whole.iter().map(|figure| totals.n(*figure)).sum();
        // Counts are far below the 2^53 from which on a float would round them.
        (whole > 0).then(|| totals.n(part) as f64 / whole as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(figure: Figure, reason: &str, n: i64) -> Count {
        Count {
            figure,
            reason: reason.to_owned(),
            n,
        }
    }

    #[test]
    fn what_is_neither_ended_nor_lost_is_waiting() {
        let totals: Totals = [
            count(Figure::Targeted, "", 10),
            count(Figure::Excluded, "no_device", 2),
            count(Figure::Accepted, "", 3),
            count(Figure::Accepted, "", 1),
            count(Figure::Failed, "unregistered", 1),
            count(Figure::Unknown, "", 1),
            count(Figure::Entered, "", 4),
            count(Figure::Left, "end", 1),
        ]
        .into_iter()
        .collect();
        assert_eq!(
            (totals.n(Figure::Accepted), totals.waiting(), totals.here_now()),
            (4, 2, 3)
        );
        assert_eq!(Rate::Open.of(&totals), Some(0.0));
        assert_eq!(Rate::ClickToOpen.of(&totals), None);
        assert_eq!(Rate::Exclusion.of(&totals), Some(0.2));
    }

    #[test]
    fn a_failure_comes_with_advice() {
        let outcome = Outcome::ALL[0];
        let totals: Totals = [count(Figure::Failed, outcome.as_str(), 1)].into_iter().collect();
        let reason = &totals.reasons(Figure::Failed)[0];
        assert_eq!(
            (reason.title.as_str(), reason.advice.as_str()),
            (outcome.title(), outcome.advice())
        );
    }

    #[test]
    fn reasons_are_in_plain_words_the_most_frequent_first() {
        let totals: Totals = [
            count(Figure::Excluded, "too_late", 1),
            count(Figure::Excluded, "no_device", 2),
            count(Figure::Excluded, "stopped", 3),
            count(Figure::Excluded, "stopped", -3),
        ]
        .into_iter()
        .collect();
        let titles: Vec<_> = totals
            .reasons(Figure::Excluded)
            .into_iter()
            .map(|reason| (reason.title, reason.n))
            .collect();
        assert_eq!(
            titles,
            [
                ("No active device".to_owned(), 2),
                ("Too late to send".to_owned(), 1)
            ]
        );
    }
}
