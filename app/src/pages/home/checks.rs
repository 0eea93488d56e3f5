//! Finds out how things stand. On the server only.

use std::collections::HashMap;
use std::time::Duration;

use heliograph_model::app_config::{AppConfiguration, CredentialState};
use heliograph_model::collection::Verdict;
use heliograph_model::delivery::HowMany;
use heliograph_model::journey::Status;
use heliograph_model::report::{Figure, LiveSpan, Scope, Totals};
use heliograph_model::time::Timestamp;
use heliograph_store::reports::{self, Range};
use heliograph_store::{
    Conn, apps, datastreams, deliveries, devices, events, journeys, messages, people, properties,
};

use super::api::{Attention, Running, Standing, Task};
use crate::components::{counted, whole};
use crate::error::AppError;

/// How many live journeys are shown; beyond that the list of journeys serves better.
const RUNNING: u32 = 20;
/// How many reasons for failures are shown.
const REASONS: usize = 3;
/// A delivery that is to be sent and has not been for so long is late.
const LATE: Duration = Duration::from_secs(10 * 60);

/// How each task stands.
pub(super) async fn tasks(db: &mut Conn) -> Result<Vec<Standing>, AppError> {
    let standing = |task, found: Option<String>, missing: &str| Standing {
        task,
        done: found.is_some(),
        note: found.unwrap_or_else(|| missing.to_owned()),
    };
    let apps = apps::list(db).await?;
    let people = people::list(db).await?.len() as u64;
    let datastreams = datastreams::list(db).await?;
    let published = properties::list(db)
        .await?
        .into_iter()
        .filter(|property| property.environments.iter().any(|one| one.version.is_some()))
        .map(|property| property.name)
        .collect::<Vec<_>>();
    let stored = events::Filter {
        verdict: Some(Verdict::Stored),
        ..events::Filter::default()
    };
    let event = events::recent(db, &stored, None, 1).await?.pop();
    let token = devices::any_active(db).await?;
    let message = messages::list(
        db,
        &messages::Filter {
            state: messages::State::Published,
            limit: 1,
            ..messages::Filter::default()
        },
    )
    .await?
    .pop();
    Ok(vec![
        standing(
            Task::Apps,
            names(apps.iter().map(|app| app.name.clone()).collect()),
            "Each app is known by its bundle id or its package name.",
        ),
        credentials(&apps),
        standing(
            Task::Team,
            (people > 1).then(|| counted(people, "person", "people")),
            "You are the only one here so far.",
        ),
        standing(
            Task::Datastream,
            names(datastreams.into_iter().map(|one| one.name).collect()),
            "It is where the events of your apps come in.",
        ),
        standing(
            Task::Property,
            names(published),
            "It tells the SDK in your app where to send its events.",
        ),
        standing(
            Task::FirstEvent,
            event.map(|event| match event.event_type.as_str() {
                "" => "Events are coming in.".to_owned(),
                kind => format!("The latest is {kind}."),
            }),
            "It comes when the app is started with the SDK in it.",
        ),
        standing(
            Task::FirstToken,
            token.then(|| "There are phones that can be pushed to.".to_owned()),
            "It comes when the app hands its push token to the SDK.",
        ),
        standing(
            Task::Message,
            message.map(|message| message.name),
            "What people read on their phones.",
        ),
        standing(
            Task::Journey,
            journey(db).await?,
            "What happens to people, step by step.",
        ),
    ])
}

/// "A", "A and B", "A, B and 3 more"; none where there is nothing.
fn names(names: Vec<String>) -> Option<String> {
    match names.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [one, other] => Some(format!("{one} and {other}")),
        [one, other, rest @ ..] => Some(format!("{one}, {other} and {} more", rest.len())),
    }
}

fn credentials(apps: &[AppConfiguration]) -> Standing {
    let of = |wanted: fn(&CredentialState) -> bool| {
        names(
            apps.iter()
                .filter(|app| wanted(&app.state))
                .map(|app| app.name.clone())
                .collect(),
        )
    };
    let refused = of(|state| matches!(state, CredentialState::Refused { .. }));
    let missing = of(|state| matches!(state, CredentialState::Missing));
    let unchecked = of(|state| matches!(state, CredentialState::Unchecked));
    let (done, note) = match (refused, missing, unchecked) {
        (Some(apps), ..) => (false, format!("Refused for {apps}.")),
        (_, Some(apps), _) => (false, format!("Missing for {apps}.")),
        (_, _, Some(apps)) => (false, format!("Not checked yet for {apps}.")),
        (None, None, None) if apps.is_empty() => (
            false,
            "Without the keys from Apple and Google nothing can be sent.".to_owned(),
        ),
        (None, None, None) => (true, "Apple and Google accept them.".to_owned()),
    };
    Standing {
        task: Task::Credentials,
        done,
        note,
    }
}

/// A journey that is live or was, in words.
async fn journey(db: &mut Conn) -> Result<Option<String>, AppError> {
    for status in [Status::Live, Status::Closed, Status::Stopped] {
        let filter = journeys::Filter {
            status: Some(status),
            limit: 1,
            ..journeys::Filter::default()
        };
        if let Some(journey) = journeys::list(db, &filter).await?.pop() {
            return Ok(Some(journey.name));
        }
    }
    Ok(None)
}

/// The last 24 hours, the one that is running among them.
fn last_day(now: Timestamp) -> Range {
    let grain = LiveSpan::Day.grain();
    let to = grain.start(now) + grain.length();
    Range {
        from: LiveSpan::Day.from(now).unwrap_or(to),
        to,
    }
}

/// The journeys that are live.
pub(super) async fn running(db: &mut Conn, now: Timestamp) -> Result<Vec<Running>, AppError> {
    let filter = journeys::Filter {
        status: Some(Status::Live),
        limit: RUNNING,
        ..journeys::Filter::default()
    };
    let live = journeys::list(db, &filter).await?;
    let mut day: HashMap<_, _> = reports::by_journey(db, Scope::All, last_day(now))
        .await?
        .into_iter()
        .collect();
    let mut running = Vec::with_capacity(live.len());
    for journey in live {
        let ever = reports::totals(db, Scope::Journey { id: journey.id }, Range::EVER).await?;
        running.push(Running {
            day: day.remove(&journey.id).unwrap_or_default(),
            here: ever.here_now(),
            version: journey.version,
            id: journey.id,
            name: journey.name,
        });
    }
    running.sort_by_cached_key(|one| {
        let n = |figure| std::cmp::Reverse(one.day.n(figure));
        (n(Figure::Entered), n(Figure::Targeted), one.name.to_lowercase())
    });
    Ok(running)
}

/// What somebody should look at.
pub(super) async fn attention(
    db: &mut Conn,
    day: &Totals,
    now: Timestamp,
) -> Result<Vec<Attention>, AppError> {
    let depths = deliveries::depths(db).await?;
    let apps = apps::list(db).await?;
    let depth_of = |app: &AppConfiguration| depths.iter().find(|depth| depth.app_id == app.id);
    let refused = apps.iter().filter_map(|app| match &app.state {
        CredentialState::Refused { reason, .. } => Some(Attention::Refused {
            app: app.id,
            name: app.name.clone(),
            reason: reason.clone(),
            held: match (&app.stop, depth_of(app)) {
                (None, Some(depth)) => depth.held,
                // While it is stopped, they wait for that.
                (Some(_), _) | (None, None) => HowMany::NONE,
            },
        }),
        _ => None,
    });
    let stopped = apps.iter().filter_map(|app| {
        Some(Attention::Stopped {
            app: app.id,
            name: app.name.clone(),
            stop: app.stop.clone()?,
            held: depth_of(app).map_or(HowMany::NONE, |depth| depth.held + depth.stopped),
        })
    });
    let late = apps.iter().filter_map(|app| {
        let depth = depth_of(app)
            .filter(|depth| app.stop.is_none() && !depth.queued.is_none() && depth.oldest + LATE < now)?;
        Some(Attention::Late {
            name: app.name.clone(),
            queued: depth.queued,
            since: depth.oldest,
        })
    });
    let failing = day
        .reasons(Figure::Failed)
        .into_iter()
        .filter(|reason| reason.n > 0)
        .take(REASONS)
        .map(|reason| Attention::Failing {
            reason: reason.title,
            advice: reason.advice,
            n: whole(reason.n),
        });
    let messages = messages::missing(db)
        .await?
        .into_iter()
        .map(|missing| Attention::MessageStopped {
            id: missing.id,
            name: missing.name,
            since: missing.since,
            by: missing.by,
            journeys: missing.journeys,
        });
    Ok(stopped
        .chain(refused)
        .chain(messages)
        .chain(late)
        .chain(failing)
        .collect())
}
