//! Rule sets: what keeps pushes back so that nobody gets too many, or gets them at night.
//!
//! A [`RuleSet`] has caps, quiet hours and a pace, each if it is wanted. It holds for every marketing message, or for the
//! messages that name it; transactional messages pass.

mod cap;
mod pace;
mod quiet;
mod validate;
mod words;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use jiff::civil::Date;

pub use cap::{Cap, Period, Span, Unit};
pub use pace::{Moment, Pace, Pacer, Ramp, take_together};
pub use quiet::{Closed, Day, Days, QuietHours, TimeOfDay, WhenQuiet, Window};
pub use validate::{RuleField, RuleProblem, check_name};

use crate::{
    ids::RuleSetId,
    message::{Content, Purpose},
    personalize::zone,
    time::Timestamp,
};

/// Which messages a rule set holds for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Every marketing message.
    Marketing,
    /// The marketing messages that name it.
    #[default]
    Chosen,
}

impl Reach {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Marketing, Self::Chosen];

    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Chosen => "chosen",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.as_str() == text)
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Marketing => "Every marketing message",
            Self::Chosen => "Messages that choose it",
        }
    }
}

keyword!(Reach);

/// What a rule set asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// The zone of people who have none of their own (`profile.timeZone`), by its IANA name.
    pub time_zone: String,
    /// How many pushes a person may get.
    pub caps: Vec<Cap>,
    /// When nobody is to be disturbed.
    pub quiet: Option<QuietHours>,
    /// How fast all its messages together go out.
    pub pace: Option<Pace>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            caps: Vec::new(),
            quiet: None,
            pace: None,
        }
    }
}

/// Why a rule set keeps a push back now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quiet {
    /// It is sent when the quiet hours end.
    Held {
        /// When that is.
        until: Timestamp,
    },
    /// It is not sent.
    Dropped,
}

impl Rules {
    /// The zone in which a person lives: their own, or that of the rules; UTC where neither is known.
    pub fn zone_of(&self, own: Option<&str>) -> TimeZone {
        own.and_then(zone::find)
            .or_else(|| zone::find(&self.time_zone))
            .unwrap_or(TimeZone::UTC)
    }

    /// Whether it is quiet for a person in this zone, and what then becomes of a push.
    pub fn quiet_at(&self, now: Timestamp, zone: &TimeZone) -> Option<Quiet> {
        let quiet = self.quiet.as_ref()?;
        let until = quiet.until(now, zone)?;
        Some(match quiet.then {
            WhenQuiet::Hold => Quiet::Held { until },
            WhenQuiet::Drop => Quiet::Dropped,
        })
    }

    /// The cap that is reached, by the instants at which a person in this zone got pushes under this rule set.
    pub fn reached(&self, now: Timestamp, zone: &TimeZone, had: &[Timestamp]) -> Option<Cap> {
        self.caps.iter().copied().find(|cap| {
            let since = cap.since(now, zone);
            had.iter().filter(|at| **at >= since).count() >= cap.most as usize
        })
    }

    /// How far back the caps look at most, from now.
    pub fn horizon(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        self.caps
            .iter()
            .map(|cap| cap.since(now, zone))
            .min()
            .unwrap_or(now)
    }
}

/// A rule set as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// Its identifier.
    pub id: RuleSetId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Which messages it holds for.
    pub reach: Reach,
    /// What it asks.
    pub rules: Rules,
    /// Goes up with each change; a change names the one it was made from.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl RuleSet {
    /// Does it hold for a message that says this?
    pub fn holds_for(&self, content: &Content) -> bool {
        content.purpose == Purpose::Marketing
            && (self.reach == Reach::Marketing || content.rule_sets.contains(&self.id))
    }
}

/// The rule set whose quiet hours decide for a person with this zone of their own: one that drops goes before those that
/// hold, and of these the one that ends last.
pub fn quiet_by<'a>(sets: &[&'a RuleSet], now: Timestamp, own: Option<&str>) -> Option<(&'a RuleSet, Quiet)> {
    let rank = |quiet: &Quiet| match quiet {
        Quiet::Dropped => Timestamp::from_millis(i64::MAX),
        Quiet::Held { until } => *until,
    };
    sets.iter()
        .filter_map(|set| {
            let quiet = set.rules.quiet_at(now, &set.rules.zone_of(own))?;
            Some((*set, quiet))
        })
        .max_by_key(|(_, quiet)| rank(quiet))
}
