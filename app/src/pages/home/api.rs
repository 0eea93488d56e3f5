//! The server function of the home page.

use heliograph_model::access::{Permission, Role};
use heliograph_model::app_config::Stop;
use heliograph_model::delivery::HowMany;
use heliograph_model::ids::{AppId, JourneyId, MessageId};
use heliograph_model::report::{Series, Totals};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// What has to be there before pushes go out along journeys, in the order in which it is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// An app is registered.
    Apps,
    /// Apple and Google accept the credentials of all apps.
    Credentials,
    /// There is more than one person.
    Team,
    /// There is a datastream.
    Datastream,
    /// A property is published, so that its app is told where to send.
    Property,
    /// An event has come in.
    FirstEvent,
    /// A phone can be pushed to.
    FirstToken,
    /// A message is published.
    Message,
    /// A journey is live, or was.
    Journey,
}

impl Task {
    /// As it is shown: what to do.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Apps => "Register your apps",
            Self::Credentials => "Upload their keys",
            Self::Team => "Add the team",
            Self::Datastream => "Make a datastream",
            Self::Property => "Publish a property",
            Self::FirstEvent => "See the first event",
            Self::FirstToken => "See the first phone",
            Self::Message => "Publish a message",
            Self::Journey => "Publish a journey",
        }
    }

    /// Whose task it is.
    pub const fn role(self) -> Role {
        match self.needs() {
            Permission::ManageApps | Permission::Administer => Role::Admin,
            Permission::ManageCollection => Role::Developer,
            _ => Role::Marketer,
        }
    }

    /// What one must be allowed to do for it.
    pub const fn needs(self) -> Permission {
        match self {
            Self::Apps | Self::Credentials => Permission::ManageApps,
            Self::Team => Permission::Administer,
            Self::Datastream | Self::Property | Self::FirstEvent | Self::FirstToken => {
                Permission::ManageCollection
            }
            Self::Message => Permission::ManageMessages,
            Self::Journey => Permission::ManageJourneys,
        }
    }

    /// Where it is done, and what that is called.
    pub const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Apps | Self::Credentials => ("/app-configurations", "Apps"),
            Self::Team => ("/administration/users", "People"),
            Self::Datastream => ("/data-collection/datastreams", "Datastreams"),
            Self::Property | Self::FirstToken => ("/data-collection/properties", "Properties"),
            Self::FirstEvent => ("/data-collection/events", "Events"),
            Self::Message => ("/messages", "Messages"),
            Self::Journey => ("/journeys", "Journeys"),
        }
    }
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub task: Task,
    /// Is it done?
    pub done: bool,
    /// What was found, or what is missing.
    pub note: String,
}

/// A journey that is live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Running {
    /// Which.
    pub id: JourneyId,
    /// What people call it.
    pub name: String,
    /// The newest version.
    pub version: Option<i64>,
    /// How many are in it now.
    pub here: i64,
    /// What was counted in the last 24 hours.
    pub day: Totals,
}

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attention {
    /// Nothing is sent to an app: somebody stopped it, or too many phones were refused at once.
    Stopped {
        /// Which app.
        app: AppId,
        /// Its name.
        name: String,
        /// Why, and since when.
        stop: Stop,
        /// Deliveries that wait.
        held: HowMany,
    },
    /// Apple or Google refuses the credential of an app.
    Refused {
        /// Which app.
        app: AppId,
        /// Its name.
        name: String,
        /// Why, and what to do.
        reason: String,
        /// Deliveries that wait for it.
        held: HowMany,
    },
    /// Nothing is sent of a message that journeys would send: somebody stopped it, or it was refused each time.
    MessageStopped {
        /// Which message.
        id: MessageId,
        /// Its name.
        name: String,
        /// Since when.
        since: Timestamp,
        /// Who stopped it, and why where it was Heliograph.
        by: String,
        /// The journeys that skip it.
        journeys: Vec<String>,
    },
    /// Deliveries are not being sent as they come.
    Late {
        /// The app's name.
        name: String,
        /// How many are to be sent.
        queued: HowMany,
        /// When the oldest was made.
        since: Timestamp,
    },
    /// Deliveries failed in the last 24 hours.
    Failing {
        /// Why.
        reason: String,
        /// What to do.
        advice: String,
        /// How many.
        n: u64,
    },
}

/// The home page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HomeView {
    /// When it was looked at.
    pub at: Timestamp,
    /// How the tasks stand, in their order.
    pub tasks: Vec<Standing>,
    /// The journeys that are live, the busiest first.
    pub running: Vec<Running>,
    /// What was counted in the last 24 hours.
    pub day: Totals,
    /// The same, hour by hour.
    pub series: Series,
    /// Deliveries on their way.
    pub waiting: i64,
    /// What somebody should look at, the most pressing first.
    pub attention: Vec<Attention>,
}

/// What to do next, and what is going on.
#[server]
pub async fn home() -> Result<HomeView, AppError> {
    use heliograph_model::report::{LiveSpan, Scope};
    use heliograph_store::Store;

    use super::checks;

    crate::session::require(Permission::ViewReports)?;
    let store = expect_context::<Store>();
    let report = heliograph_report::live::read(&store, Scope::All, LiveSpan::Day).await?;
    let db = &mut store.read().await?;
    Ok(HomeView {
        at: store.now(),
        tasks: checks::tasks(db).await?,
        running: checks::running(db, store.now()).await?,
        attention: checks::attention(db, &report.totals, store.now()).await?,
        day: report.totals,
        series: report.series,
        waiting: report.now.waiting,
    })
}
