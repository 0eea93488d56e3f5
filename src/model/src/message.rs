//! Messages: what a marketer writes. Every text that a person will see is a template of [`crate::personalize`].

use serde::{Deserialize, Serialize};

use crate::ids::{AppId, RuleSetId};
use crate::personalize::Fragments;
use crate::timing::Timing;

/// What happens when a notification, or a button of it, is tapped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TapAction {
    /// The app opens.
    #[default]
    OpenApp,
    /// The app opens at a place of its own.
    DeepLink {
        /// A URI of the app's own scheme; a template.
        uri: String,
    },
    /// A web page opens.
    Web {
        /// An https address; a template.
        url: String,
    },
}

/// A button under a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says; a template.
    pub label: String,
    /// What it does.
    pub action: TapAction,
}

/// Most buttons a notification may have, as Android shows no more.
pub const BUTTONS_MAX: usize = 3;

/// How a notification may interrupt (`aps.interruption-level`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum InterruptionLevel {
    /// Into the list, without light or sound.
    Passive,
    /// As usual.
    #[default]
    Active,
    /// Through a focus or summary.
    TimeSensitive,
}

/// How urgent a push is to its provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// At once: APNs 10, FCM `HIGH`.
    #[default]
    High,
    /// When it suits the phone's battery: APNs 5, FCM `NORMAL`.
    Normal,
}

/// What to do for a person for whom a field without a fallback is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WhenEmpty {
    /// Send, with nothing where the field stands.
    #[default]
    SendWithGap,
    /// Do not send, and say so.
    DoNotSend,
}

/// What to do when the provider's answer was lost, so that nobody knows whether the push arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// Send again with the same collapse key, so that the phone shows one.
    #[default]
    RatherTwice,
    /// Leave it.
    RatherNever,
}

/// What a message is for, and so whether rule sets hold for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It advertises or reminds: rule sets hold for it.
    #[default]
    Marketing,
    /// The person waits for it, such as a receipt or a code: no rule set keeps it back. Publishing one needs
    /// [`crate::access::Permission::SendTransactional`].
    Transactional,
}

/// What goes before what, when messages compete: for the next place on the way out, and for the last push that a cap
/// allows. As Journey Optimizer's priority score, in three steps that everybody can tell apart.
/// Under a pace, the moments of lower ranks go to higher ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Before the others.
    First,
    /// In the order in which they are due.
    #[default]
    Normal,
    /// When no other is due.
    Last,
}

impl Rank {
    /// All of them, from the one that goes first.
    pub const ALL: [Self; 3] = [Self::First, Self::Normal, Self::Last];

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::First => "Goes first",
            Self::Normal => "Normal",
            Self::Last => "Goes last",
        }
    }
}

/// Longest time to live, in seconds: 28 days, FCM's limit.
pub const TTL_MAX: u32 = 2_419_200;

/// What a marketer writes. It is complete in itself: a published version is one of these, never changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    /// The apps it goes to.
    pub apps: Vec<AppId>,
    /// Title; a template.
    pub title: String,
    /// Second line on iOS; a template.
    pub subtitle: String,
    /// Text; a template.
    pub body: String,
    /// Address of a picture; a template. Empty for none.
    pub image: String,
    /// What a tap does.
    pub tap: TapAction,
    /// At most [`BUTTONS_MAX`].
    pub buttons: Vec<Button>,
    /// The iOS category (registered by the app) that shows the buttons. Empty for none.
    pub category: String,
    /// Custom data: key and template.
    pub data: Vec<(String, String)>,
    /// How long the provider may keep trying, in seconds, up to [`TTL_MAX`].
    pub ttl: u32,
    /// Its urgency.
    pub priority: Priority,
    /// How it may interrupt, on iOS.
    pub interruption: InterruptionLevel,
    /// Pushes with the same key replace one another; a template. Empty: each push has a key of its own.
    pub collapse_key: String,
    /// Name of a sound in the app, `default` for the system's; empty for silence.
    pub sound: String,
    /// Number on the icon; a template that gives a whole number. Empty leaves it as it is.
    pub badge: String,
    /// Android's notification channel. Empty for the app's default.
    pub channel: String,
    /// For people for whom a field is empty.
    pub when_empty: WhenEmpty,
    /// For answers that were lost.
    pub when_unknown: WhenUnknown,
    /// What it is for.
    pub purpose: Purpose,
    /// The rule sets that hold for it, besides those for every marketing message.
    pub rule_sets: Vec<RuleSetId>,
    /// What goes before what, when messages compete.
    pub rank: Rank,
    /// When its pushes go out; see [`Content::timing_in_force`].
    pub timing: Timing,
    /// The texts of the fragments that its templates call. A published version carries those that it was published with;
    /// a draft is kept without any, and read with those of the moment.
    #[serde(skip_serializing_if = "Fragments::is_empty")]
    pub fragments: Fragments,
}

impl Content {
    /// When its pushes go out: at once, whatever is chosen, where the person waits for it.
    pub fn timing_in_force(&self) -> Timing {
        match self.purpose {
            Purpose::Marketing => self.timing,
            Purpose::Transactional => Timing::AtOnce,
        }
    }

    /// What is not as usual of how it is sent, each in a few words: `goes first`, `spread over 2 hours`.
    pub fn sending_in_words(&self) -> Vec<String> {
        let rank = match self.rank {
            Rank::First => Some("goes first".to_owned()),
            Rank::Normal => None,
            Rank::Last => Some("goes last".to_owned()),
        };
        let timing = self.timing_in_force();
        let timing = (timing != Timing::AtOnce).then(|| timing.to_string());
        rank.into_iter().chain(timing).collect()
    }

    /// With these fragments to call.
    pub fn with_fragments(self, fragments: Fragments) -> Self {
        Self { fragments, ..self }
    }

    /// As a draft is kept: without the texts of fragments.
    pub fn without_fragments(self) -> Self {
        self.with_fragments(Fragments::default())
    }
}

impl Default for Content {
    fn default() -> Self {
        Self {
            apps: Vec::new(),
            title: String::new(),
            subtitle: String::new(),
            body: String::new(),
            image: String::new(),
            tap: TapAction::OpenApp,
            buttons: Vec::new(),
            category: String::new(),
            data: Vec::new(),
            ttl: 86_400,
            priority: Priority::default(),
            interruption: InterruptionLevel::default(),
            collapse_key: String::new(),
            sound: "default".to_owned(),
            badge: String::new(),
            channel: String::new(),
            when_empty: WhenEmpty::default(),
            when_unknown: WhenUnknown::default(),
            purpose: Purpose::default(),
            rule_sets: Vec::new(),
            rank: Rank::default(),
            timing: Timing::default(),
            fragments: Fragments::default(),
        }
    }
}
