//! What is wrong with a rule set, field by field.

use serde::{Deserialize, Serialize};

use super::{Cap, Pace, QuietHours, Rules, Span};
use crate::personalize::zone;

/// Longest rolling span of a cap, in days.
const DAYS_MAX: u32 = 366;
/// Most pushes of a cap, and most a minute of a pace.
const MOST: u32 = 1_000_000;
/// Most caps, windows or dates of one rule set.
const EACH_MAX: usize = 20;

/// A field of a rule set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "field", content = "index", rename_all = "snake_case")]
pub enum RuleField {
    /// The rule set as a whole.
    Whole,
    /// The zone of people who have none.
    TimeZone,
    /// A cap; counted from 0.
    Cap(usize),
    /// A time of the week; counted from 0.
    Window(usize),
    /// Whole days; counted from 0.
    Closed(usize),
    /// The quiet hours as a whole.
    Quiet,
    /// The pace.
    Pace,
}

impl RuleField {
    /// Its name in forms and in errors.
    pub fn key(self) -> String {
        match self {
            Self::Whole => "rules".to_owned(),
            Self::TimeZone => "time_zone".to_owned(),
            Self::Cap(index) => format!("cap-{index}"),
            Self::Window(index) => format!("window-{index}"),
            Self::Closed(index) => format!("closed-{index}"),
            Self::Quiet => "quiet".to_owned(),
            Self::Pace => "pace".to_owned(),
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleProblem {
    /// Where.
    pub field: RuleField,
    /// What, and what to do.
    pub message: String,
}

/// A name without blanks around it.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<&str, &'static str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err("Give the rule set a name of 1 to 200 characters.");
    }
    Ok(name)
}

impl Rules {
    /// All that is wrong. In the browser, which knows no time zones, the zone's name is not judged.
    pub fn problems(&self) -> Vec<RuleProblem> {
        let mut problems = Vec::new();
        let mut found = |field, message: &str| {
            problems.push(RuleProblem {
                field,
                message: message.to_owned(),
            });
        };
        if self.caps.is_empty() && self.quiet.is_none() && self.pace.is_none() {
            found(
                RuleField::Whole,
                "It keeps nothing back yet. Add a cap, quiet hours or a pace.",
            );
        }
        if self.time_zone.trim().is_empty() || zone::is_known(&self.time_zone) == Some(false) {
            found(
                RuleField::TimeZone,
                "This is no time zone. Write one like Europe/Rome, or UTC.",
            );
        }
        if self.caps.len() > EACH_MAX {
            found(RuleField::Whole, "A rule set has at most 20 caps. Take some out.");
        }
        for (index, cap) in self.caps.iter().enumerate() {
            if let Some(message) = wrong_cap(cap) {
                found(RuleField::Cap(index), message);
            }
        }
        if let Some(quiet) = &self.quiet {
            wrong_quiet(quiet, &mut found);
        }
        if let Some(message) = self.pace.as_ref().and_then(wrong_pace) {
            found(RuleField::Pace, message);
        }
        problems
    }
}

fn wrong_cap(cap: &Cap) -> Option<&'static str> {
    if cap.most == 0 || cap.most > MOST {
        return Some("Allow 1 to 1,000,000 pushes. To stop pushes altogether, stop the journey.");
    }
    match cap.span {
        Span::Rolling { length, unit } => {
            let days = unit.length().as_secs().saturating_mul(u64::from(length)) / 86_400;
            (length == 0 || days > u64::from(DAYS_MAX))
                .then_some("Count over an hour at least and 366 days at most.")
        }
        Span::Calendar { .. } => None,
    }
}

fn wrong_quiet(quiet: &QuietHours, found: &mut impl FnMut(RuleField, &str)) {
    if quiet.windows.is_empty() && quiet.closed.is_empty() {
        found(
            RuleField::Quiet,
            "Add a time or a date, or take the quiet hours out.",
        );
    }
    if quiet.windows.len() > EACH_MAX || quiet.closed.len() > EACH_MAX {
        found(
            RuleField::Quiet,
            "Quiet hours have at most 20 times and 20 dates. Take some out.",
        );
    }
    for (index, window) in quiet.windows.iter().enumerate() {
        if window.days.is_empty() {
            found(RuleField::Window(index), "Choose a day at least.");
        }
        if window.from == window.to {
            found(
                RuleField::Window(index),
                "It begins and ends at the same time. For whole days, write dates.",
            );
        }
    }
    for (index, closed) in quiet.closed.iter().enumerate() {
        if closed.to < closed.from {
            found(RuleField::Closed(index), "The last day is before the first.");
        }
    }
}

fn wrong_pace(pace: &Pace) -> Option<&'static str> {
    if pace.per_minute == 0 || pace.per_minute > MOST {
        return Some("Let 1 to 1,000,000 pushes go out a minute.");
    }
    let ramp = pace.ramp?;
    if ramp.from == 0 || ramp.from >= pace.per_minute {
        return Some("Begin with 1 a minute at least, and with less than the full pace.");
    }
    (ramp.minutes == 0 || ramp.minutes > 24 * 60)
        .then_some("Reach the full pace within 1 minute to 24 hours.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Days, Ramp, TimeOfDay, Unit, Window};

    fn fields(rules: &Rules) -> Vec<RuleField> {
        rules
            .problems()
            .into_iter()
            .map(|problem| problem.field)
            .collect()
    }

    #[test]
    fn each_fault_is_named_at_its_field() {
        let same = TimeOfDay::parse("22:00").unwrap();
        let rules = Rules {
            time_zone: "Mars/Olympus".to_owned(),
            caps: vec![
                Cap {
                    most: 1,
                    span: Span::Rolling {
                        length: 1,
                        unit: Unit::Day,
                    },
                },
                Cap {
                    most: 0,
                    span: Span::Rolling {
                        length: 1,
                        unit: Unit::Day,
                    },
                },
                Cap {
                    most: 1,
                    span: Span::Rolling {
                        length: 60,
                        unit: Unit::Week,
                    },
                },
            ],
            quiet: Some(QuietHours {
                windows: vec![Window {
                    days: Days::default(),
                    from: same,
                    to: same,
                }],
                ..QuietHours::default()
            }),
            pace: Some(Pace {
                per_minute: 10,
                ramp: Some(Ramp { from: 10, minutes: 5 }),
            }),
        };
        assert_eq!(
            fields(&rules),
            [
                RuleField::TimeZone,
                RuleField::Cap(1),
                RuleField::Cap(2),
                RuleField::Window(0),
                RuleField::Window(0),
                RuleField::Pace
            ]
        );
        assert_eq!(fields(&Rules::default()), [RuleField::Whole]);
    }
}
