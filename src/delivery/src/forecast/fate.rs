//! What would become of one person's push.

use std::{collections::BTreeSet, fmt};

use heliograph_model::delivery::{Exclusion, Outcome};

use crate::attempt::Unfit;

/// What somebody would wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Later {
    /// That the app of this name can be sent to.
    App(Outcome, String),
    /// That quiet hours end, of the rule set of this name.
    Quiet(String),
    /// The moment that they are given by lot.
    Spread,
    /// The hour at which they open the most pushes.
    BestTime,
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(why, app) => write!(f, "Held: {} (“{app}”)", why.title()),
            Self::Quiet(set) => write!(f, "Held until the quiet hours of “{set}” end"),
            Self::Spread => f.write_str("Later, as the message is spread over a window"),
            Self::BestTime => f.write_str("Later, at the hour at which they open the most pushes"),
        }
    }
}

/// Why somebody would not get it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Never {
    /// For a reason that holds for every message.
    Excluded(Exclusion),
    /// Because the rule set of this name says so.
    RuleSet(Exclusion, String),
    /// These fields are empty, and the message is not to be sent then.
    FieldEmpty(Vec<String>),
    /// Their text would be too large.
    TooLarge,
    /// A template fails for them, with these words.
    NotPersonalised(String),
}

impl fmt::Display for Never {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Excluded(why) => f.write_str(why.title()),
            Self::RuleSet(why, set) => write!(f, "{}, says “{set}”", why.title()),
            Self::FieldEmpty(fields) => {
                write!(f, "{}: {}", Exclusion::FieldEmpty.title(), fields.join(", "))
            }
            Self::TooLarge => f.write_str(Outcome::TooLarge.title()),
            Self::NotPersonalised(why) => write!(f, "{}: {why}", Outcome::NotPersonalised.title()),
        }
    }
}

impl From<Unfit> for Never {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::NotPersonalised(fault) => Self::NotPersonalised(fault.to_string()),
            Unfit::FieldEmpty(fields) => Self::FieldEmpty(fields),
            Unfit::TooLarge(_) => Self::TooLarge,
        }
    }
}

/// When somebody would get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum When {
    Now,
    Later(Later),
    Never(Never),
}

/// What would become of one person's pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fate {
    pub(super) when: When,
    /// To how many phones it would go, of those whose app can be sent to.
    pub(super) pushes: u64,
    /// By how many bytes it is too large, on the phone where it is the most.
    pub(super) excess: usize,
    /// The fields that are empty in what would be sent.
    pub(super) empty: BTreeSet<String>,
}

impl Fate {
    /// What is decided without a text.
    pub(super) fn without_text(when: When) -> Self {
        Self {
            when,
            pushes: 0,
            excess: 0,
            empty: BTreeSet::new(),
        }
    }
}
