//! Journeys: a graph that profiles walk.

pub mod context;
mod validate;
mod words;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    audience::{FieldTest, Rule},
    ids::{AudienceId, MessageId},
    time::Timestamp,
};

pub use validate::{Known, KnownMessage, Problem, ProblemCode, Severity, validate};
pub use words::{ports, summary, title};

/// Names a node within its journey. It stays the same over versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub String);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is edited and published: the graph with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Document {
    /// The drawing.
    pub graph: Graph,
    /// What holds for the journey as a whole.
    #[serde(default)]
    pub settings: Settings,
}

/// Nodes, and the edges between their ports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Graph {
    /// The activities.
    pub nodes: Vec<Node>,
    /// At most one for each (node, port).
    pub edges: Vec<Edge>,
}

impl Graph {
    /// The node of this name.
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == *id)
    }

    /// Where the edge from this port leads.
    pub fn next(&self, from: &NodeId, port: &Port) -> Option<&NodeId> {
        self.edges
            .iter()
            .find(|edge| edge.from == *from && edge.port == *port)
            .map(|edge| &edge.to)
    }
}

/// One activity on the canvas.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Its name within the journey.
    pub id: NodeId,
    /// What people call it. Empty: named by what it does.
    #[serde(default)]
    pub label: String,
    /// Left edge on the canvas, in canvas pixels.
    pub x: f64,
    /// Top edge on the canvas, in canvas pixels.
    pub y: f64,
    /// What it does.
    pub activity: Activity,
}

/// An edge from a port to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Where it starts.
    pub from: NodeId,
    /// At which of that node's ports.
    pub port: Port,
    /// Where it leads.
    pub to: NodeId,
}

/// A way out of a node.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Port {
    /// The way on.
    Next,
    /// A condition's path.
    Path {
        /// [`ConditionPath::id`].
        id: String,
    },
    /// A condition's way for whoever took none of its paths.
    Otherwise,
    /// A message's way for whoever it could not be queued for: no active device, or consent refused.
    CouldNotSend,
}

impl Port {
    /// As it is kept in the database and in counters.
    pub fn key(&self) -> String {
        match self {
            Self::Next => "next".to_owned(),
            Self::Path { id } => format!("path:{id}"),
            Self::Otherwise => "otherwise".to_owned(),
            Self::CouldNotSend => "could_not_send".to_owned(),
        }
    }
}

/// What a node does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Activity {
    /// Start: a profile enters when such an event of its arrives.
    Event {
        /// `xdm.eventType`.
        event_type: String,
        /// All must hold of the event's `xdm`.
        #[serde(default)]
        conditions: Vec<FieldTest>,
        /// Under this name the event's fields are `context.journey.events.<name>` in messages.
        name: String,
    },
    /// Start: everyone in an audience enters.
    ReadAudience {
        /// Who; none while it is not chosen.
        audience: Option<AudienceId>,
        /// When.
        schedule: Schedule,
    },
    /// The first path whose rule holds is taken.
    Condition {
        /// Tried in this order.
        paths: Vec<ConditionPath>,
    },
    /// Nothing happens for a while.
    Wait {
        /// How many of the unit.
        amount: u32,
        /// The unit.
        unit: WaitUnit,
    },
    /// A message is sent.
    Message {
        /// Which; none while it is not chosen.
        message: Option<MessageId>,
    },
    /// The journey ends here.
    End {},
}

impl Activity {
    /// Do profiles enter here?
    pub const fn is_start(&self) -> bool {
        matches!(self, Self::Event { .. } | Self::ReadAudience { .. })
    }
}

/// One path of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConditionPath {
    /// Its name within the node, which stays the same when it is renamed.
    pub id: String,
    /// As people see it at the port, such as “Yes”.
    pub name: String,
    /// Who takes it.
    pub rule: Rule,
}

/// When an audience is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Schedule {
    /// When the journey is published.
    Now,
    /// At this time, or when the journey is published if that is later.
    At {
        /// When.
        at: Timestamp,
    },
}

/// The unit of a wait. A day is 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say all there is to say")]
pub enum WaitUnit {
    Seconds,
    Minutes,
    Hours,
    Days,
}

impl WaitUnit {
    /// How long so many of the unit last.
    pub const fn duration(self, amount: u32) -> Duration {
        let seconds = match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        };
        Duration::from_secs(amount as u64 * seconds)
    }
}

/// May a profile that has been in the journey enter it again?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Reentry {
    /// Once in a lifetime.
    Never,
    /// When it has left.
    #[default]
    AfterLeaving,
    /// Any time, several stays at once: one for each event.
    Always,
}

/// What holds for the journey as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// What it is for.
    pub description: String,
    /// IANA name of the time zone for dates in messages where the profile has none.
    pub time_zone: String,
    /// May a profile enter again?
    pub reentry: Reentry,
    /// Longest stay, in days; then the profile leaves, timed out.
    pub timeout_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            description: String::new(),
            time_zone: "UTC".to_owned(),
            reentry: Reentry::default(),
            timeout_days: 91,
        }
    }
}

/// Where a journey, or one version of it, is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Never published.
    Draft,
    /// Profiles enter and walk.
    Live,
    /// Nobody new enters; those inside walk on.
    Closed,
    /// Everyone has been taken out.
    Stopped,
}

impl Status {
    /// As it is kept in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Closed => "closed",
            Self::Stopped => "stopped",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Live, Self::Closed, Self::Stopped]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// How a profile left a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// At an end, or where no way led on.
    End,
    /// The journey was stopped.
    Stopped,
    /// It stayed longer than [`Settings::timeout_days`].
    TimedOut,
    /// A step could not be carried out.
    Error,
}

impl Leaving {
    /// As it is kept in the database and in counters.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Stopped => "stopped",
            Self::TimedOut => "timed_out",
            Self::Error => "error",
        }
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::End, Self::Stopped, Self::TimedOut, Self::Error]
            .into_iter()
            .find(|way| way.as_str() == text)
    }
}

keyword!(Status, Leaving);
