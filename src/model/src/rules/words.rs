//! Rules in plain words.

use std::fmt;

use super::{Cap, Closed, Day, Days, Pace, Period, QuietHours, Rules, Span, Unit, WhenQuiet, Window};

impl Unit {
    /// Its name for a number of them: `day`, `days`.
    pub const fn noun(self, count: u32) -> &'static str {
        match (self, count) {
            (Self::Hour, 1) => "hour",
            (Self::Hour, _) => "hours",
            (Self::Day, 1) => "day",
            (Self::Day, _) => "days",
            (Self::Week, 1) => "week",
            (Self::Week, _) => "weeks",
        }
    }
}

impl Period {
    /// Its name.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pushes = if self.most == 1 { "push" } else { "pushes" };
        write!(f, "at most {} {pushes} ", self.most)?;
        match self.span {
            Span::Rolling { length: 1, unit } => write!(f, "in any {}", unit.noun(1)),
            Span::Rolling { length, unit } => write!(f, "in any {length} {}", unit.noun(length)),
            Span::Calendar { period } => write!(f, "in a calendar {}", period.noun()),
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::EVERY {
            return f.write_str("every day");
        }
        let named: Vec<&str> = self.iter().map(Day::short).collect();
        f.write_str(&named.join(", "))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "between {} and {}, {}", self.from, self.to, self.days)
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.from == self.to {
            write!(f, "on {}", self.from)
        } else {
            write!(f, "from {} to {}", self.from, self.to)
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = self.windows.iter().map(ToString::to_string);
        let dates = self.closed.iter().map(ToString::to_string);
        let all: Vec<String> = times.chain(dates).collect();
        write!(f, "no push {}", all.join("; "))?;
        match self.then {
            WhenQuiet::Hold => f.write_str("; held until then"),
            WhenQuiet::Drop => f.write_str("; dropped"),
        }
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} a minute", self.per_minute)?;
        match self.ramp {
            Some(ramp) => write!(f, ", from {} over {} minutes", ramp.from, ramp.minutes),
            None => Ok(()),
        }
    }
}

impl Rules {
    /// Each rule in a few words, in the order in which they are asked.
    pub fn in_words(&self) -> Vec<String> {
        let quiet = self.quiet.iter().map(ToString::to_string);
        let caps = self.caps.iter().map(ToString::to_string);
        let pace = self.pace.iter().map(ToString::to_string);
        quiet.chain(caps).chain(pace).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Ramp, TimeOfDay};

    #[test]
    fn rules_read_as_a_person_would_say_them() {
        let rules = Rules {
            caps: vec![
                Cap {
                    most: 3,
                    span: Span::Rolling {
                        length: 2,
                        unit: Unit::Day,
                    },
                },
                Cap {
                    most: 1,
                    span: Span::Calendar { period: Period::Week },
                },
            ],
            quiet: Some(QuietHours {
                windows: vec![Window {
                    days: Days::of([Day::Saturday, Day::Sunday]),
                    from: TimeOfDay::parse("22:00").unwrap(),
                    to: TimeOfDay::parse("8:00").unwrap(),
                }],
                ..QuietHours::default()
            }),
            pace: Some(Pace {
                per_minute: 500,
                ramp: Some(Ramp {
                    from: 50,
                    minutes: 10,
                }),
            }),
            ..Rules::default()
        };
        assert_eq!(
            rules.in_words(),
            [
                "no push between 22:00 and 08:00, Sat, Sun; held until then",
                "at most 3 pushes in any 2 days",
                "at most 1 push in a calendar week",
                "at most 500 a minute, from 50 over 10 minutes",
            ]
        );
    }
}
