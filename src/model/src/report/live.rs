//! What a live report shows.

use serde::{Deserialize, Serialize};

use super::{Grain, Scope, Series, Totals};
use crate::{
    app_config::Platform,
    delivery::State,
    ids::{AppId, DeliveryId, MessageId, ProfileId},
    time::Timestamp,
};

/// How far back a live report looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LiveSpan {
    /// The last 60 minutes, the one that is running among them.
    #[default]
    Hour,
    /// The last 24 hours, the one that is running among them.
    Day,
    /// Since the beginning, by day.
    Ever,
}

impl LiveSpan {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Hour, Self::Day, Self::Ever];

    /// As it stands in an address.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Ever => "ever",
        }
    }

    /// From an address.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == text)
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Hour => "Last hour",
            Self::Day => "Last 24 hours",
            Self::Ever => "Since the beginning",
        }
    }

    /// How long the spans of its series are.
    pub const fn grain(self) -> Grain {
        match self {
            Self::Hour => Grain::Minute,
            Self::Day => Grain::Hour,
            Self::Ever => Grain::Day,
        }
    }

    /// Where its first span starts; none: at the beginning.
    pub fn from(self, now: Timestamp) -> Option<Timestamp> {
        let before = match self {
            Self::Hour => 59,
            Self::Day => 23,
            Self::Ever => return None,
        };
        Some(self.grain().start(now) - self.grain().length() * before)
    }
}

keyword!(LiveSpan);

/// What is going on, as of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveReport {
    /// About what.
    pub scope: Scope,
    /// How far back.
    pub span: LiveSpan,
    /// When it was read.
    pub at: Timestamp,
    /// When something was last counted: to the minute, and more exactly where it happened while the report was followed.
    /// None where nothing has been.
    pub changed_at: Option<Timestamp>,
    /// What was counted in the span.
    pub totals: Totals,
    /// What was counted since the beginning.
    pub ever: Totals,
    /// How things stand now.
    pub now: Now,
    /// Each activity of the journey, since the beginning; none where the report is not about one journey.
    pub nodes: Vec<NodeFigures>,
    /// Each app, in the span.
    pub apps: Vec<AppFigures>,
    /// The span, piece by piece.
    pub series: Series,
    /// The newest deliveries, proofs left out, newest first.
    pub latest: Vec<LatestDelivery>,
}

/// A delivery in a live report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatestDelivery {
    /// Which.
    pub id: DeliveryId,
    /// To whom.
    pub profile: ProfileId,
    /// Of which message.
    pub message: MessageId,
    /// What people call the message.
    pub message_name: String,
    /// By which app; none where the profile had no device.
    pub app: Option<AppId>,
    /// Where it is.
    pub state: State,
    /// Why it is there: an outcome's or exclusion's code.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the person tapped it.
    pub opened_at: Option<Timestamp>,
}

/// How things stand now, from what was counted since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Now {
    /// Stays in the journey that have not ended.
    pub here: i64,
    /// Deliveries that are on their way: queued, being sent, or held for a while.
    pub waiting: i64,
}

impl Now {
    /// From the totals since the beginning.
    pub fn of(ever: &Totals) -> Self {
        Self {
            here: ever.here_now(),
            waiting: ever.waiting(),
        }
    }
}

/// What was counted at one activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeFigures {
    /// [`crate::journey::NodeId`]'s text.
    pub node: String,
    /// The counts. The reason of [`super::Figure::Passed`] is the port's key.
    pub totals: Totals,
}

impl NodeFigures {
    /// How many went on by a port, by its key.
    pub fn passed(&self, port: &str) -> i64 {
        self.totals
            .counts()
            .iter()
            .filter(|count| count.figure == super::Figure::Passed && count.reason == port)
            .map(|count| count.n)
            .sum()
    }

    /// How many are at the activity now: they have arrived, and neither gone on nor left the journey there.
    pub fn here(&self) -> i64 {
        self.totals.n(super::Figure::Arrived)
            - self.totals.n(super::Figure::Passed)
            - self.totals.n(super::Figure::Left)
    }
}

/// What was counted of one app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppFigures {
    /// Which.
    pub app: AppId,
    /// What people call it; none where it has been deleted.
    pub name: Option<String>,
    /// Its platform; none where it has been deleted.
    pub platform: Option<Platform>,
    /// The counts.
    pub totals: Totals,
}
