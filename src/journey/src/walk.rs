//! Walking: profiles go from node to node until they wait or leave.
//!
//! All the stays of a batch walk together, round by round, so that what many of them need (facts for conditions,
//! deliveries for messages) is asked of the store once for all.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use heliograph_model::{
    audience::{self, Rule},
    ids::{JourneyVersionId, MessageId, ProfileId},
    journey::{Activity, Leaving, NodeId, Port},
    report::Figure,
    time::Timestamp,
};
use heliograph_store::{
    Json, Tx, audiences,
    counters::{Counts, Subject},
    deliveries::{self, JourneyPlace, Purpose, Queued, Request},
    instances::{self, Instance, Step},
};
use serde_json::{Value, json};

use crate::{
    Result,
    versions::{Place, Route, Versions},
};

/// How soon a stay is looked at again whose version this program can't read.
const UNREADABLE: Duration = Duration::from_secs(60);

/// Why a stay is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It has just entered.
    Entered,
    /// Its time has come.
    Due,
}

/// How far stays are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Distance {
    /// Until they wait or leave.
    Far,
    /// Not at all: those that have entered rest at the start, and are due at once.
    Nowhere,
}

/// Walks stays as far as they go, and writes everything that this leads to.
pub(crate) async fn walk(
    tx: &mut Tx,
    versions: &Versions,
    stays: Vec<(Instance, Cause)>,
    distance: Distance,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<()> {
    let routes = versions
        .routes(tx, stays.iter().map(|(stay, _)| stay.journey_version_id))
        .await?;
    let mut walk = Walk {
        now,
        versions,
        counts,
        steps: Vec::new(),
        rested: Vec::new(),
    };
    let mut open: Vec<Stay> = Vec::with_capacity(stays.len());
    for (instance, cause) in stays {
        walk.begin(&routes, instance, cause, &mut open);
    }
    if distance == Distance::Nowhere {
        walk.rested.extend(open.drain(..).map(|stay| stay.instance));
    }
    while !open.is_empty() {
        open = walk.round(tx, open).await?;
    }
    walk.write(tx).await
}

/// Takes a stay out that can't be walked, and says why.
pub(crate) async fn expel(
    tx: &mut Tx,
    instance: Instance,
    why: &str,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<()> {
    let versions = Versions::default();
    let mut walk = Walk {
        now,
        versions: &versions,
        counts,
        steps: Vec::new(),
        rested: Vec::new(),
    };
    walk.leave(instance, Leaving::Error, json!({ "error": why }));
    walk.write(tx).await
}

/// A stay with the version that it walks.
struct Stay {
    instance: Instance,
    route: Arc<Route>,
    /// Where in the version it is.
    at: usize,
    /// How many nodes it has passed without waiting.
    passed: usize,
}

impl Stay {
    /// When it must have left.
    fn end(&self) -> Timestamp {
        let days = self.route.settings.timeout_days;
        self.instance.entered_at + Duration::from_secs(u64::from(days) * 86_400)
    }

    fn way(&self, port: &Port) -> Option<usize> {
        self.route.place(self.at)?.way(port)
    }
}

/// Stays that are at the same node.
struct Group {
    route: Arc<Route>,
    at: usize,
    stays: Vec<Stay>,
}

impl Group {
    fn place(&self) -> Option<&Place> {
        self.route.place(self.at)
    }
}

struct Walk<'a> {
    now: Timestamp,
    versions: &'a Versions,
    counts: &'a mut Counts,
    steps: Vec<Step>,
    /// Those that wait or have left.
    rested: Vec<Instance>,
}

impl Walk<'_> {
    fn begin(
        &mut self,
        routes: &HashMap<JourneyVersionId, Arc<Route>>,
        mut instance: Instance,
        cause: Cause,
        open: &mut Vec<Stay>,
    ) {
        let Some(route) = routes.get(&instance.journey_version_id) else {
            instance.wake_at = self.now + UNREADABLE;
            self.rested.push(instance);
            return;
        };
        if cause == Cause::Entered {
            self.count(&instance, Figure::Entered, "");
            self.count(&instance, Figure::Arrived, "");
        }
        let Some(at) = route.find(&instance.node) else {
            let detail = json!({ "error": "The step is not in this version." });
            self.leave(instance, Leaving::Error, detail);
            return;
        };
        let stay = Stay {
            instance,
            route: route.clone(),
            at,
            passed: 0,
        };
        let waits = route
            .place(at)
            .is_some_and(|place| matches!(place.node.activity, Activity::Wait { .. }));
        if cause == Cause::Due && self.now >= stay.end() {
            self.leave(stay.instance, Leaving::TimedOut, json!({}));
        } else if cause == Cause::Due && waits {
            // It has been woken: the wait is over.
            self.go(stay, Port::Next, json!({}), open);
        } else {
            open.push(stay);
        }
    }

    /// Lets each stay do what its node says; those that are at another node afterwards.
    async fn round(&mut self, tx: &mut Tx, stays: Vec<Stay>) -> Result<Vec<Stay>> {
        let mut next = Vec::with_capacity(stays.len());
        let mut groups: BTreeMap<(JourneyVersionId, usize), Group> = BTreeMap::new();
        for stay in stays {
            groups
                .entry((stay.route.id, stay.at))
                .or_insert_with(|| Group {
                    route: stay.route.clone(),
                    at: stay.at,
                    stays: Vec::new(),
                })
                .stays
                .push(stay);
        }
        let (mut deciding, mut sending) = (Vec::new(), Vec::new());
        for group in groups.into_values() {
            let route = group.route.clone();
            // Whoever is here came from the route itself, so the place is there.
            let Some(place) = route.place(group.at) else {
                continue;
            };
            match &place.node.activity {
                Activity::Event { .. } | Activity::ReadAudience { .. } => {
                    for stay in group.stays {
                        self.go(stay, Port::Next, json!({}), &mut next);
                    }
                }
                Activity::Wait { amount, unit } => {
                    let over = self.now + unit.duration(*amount);
                    self.rested.extend(group.stays.into_iter().map(|mut stay| {
                        stay.instance.wake_at = over.min(stay.end());
                        stay.instance
                    }));
                }
                Activity::Condition { .. } => deciding.push(group),
                Activity::Message { .. } => sending.push(group),
                Activity::End {} => {
                    for stay in group.stays {
                        self.leave(stay.instance, Leaving::End, json!({}));
                    }
                }
            }
        }
        self.decide(tx, deciding, &mut next).await?;
        self.send(tx, sending, &mut next).await?;
        Ok(next)
    }

    async fn decide(&mut self, tx: &mut Tx, groups: Vec<Group>, next: &mut Vec<Stay>) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let mut profiles: Vec<ProfileId> = groups
            .iter()
            .flat_map(|group| group.stays.iter().map(|stay| stay.instance.profile_id))
            .collect();
        profiles.sort_unstable();
        profiles.dedup();
        let mut rules: Vec<&Rule> = Vec::new();
        for group in &groups {
            if let Some(Activity::Condition { paths }) = group.place().map(|place| &place.node.activity) {
                rules.extend(paths.iter().map(|path| &path.rule));
            }
        }
        let mut known = audiences::facts(tx, &profiles, &rules, self.now).await?;
        for group in groups {
            let route = group.route.clone();
            let Some(Activity::Condition { paths }) = route.place(group.at).map(|place| &place.node.activity)
            else {
                continue;
            };
            for stay in group.stays {
                let facts = known.entry(stay.instance.profile_id).or_default();
                facts.entry_event = entry_event(&stay.instance);
                let taken = paths
                    .iter()
                    .find(|path| audience::evaluate(&path.rule, facts, self.now));
                let (port, name) = match taken {
                    Some(path) => (Port::Path { id: path.id.clone() }, path.name.as_str()),
                    None => (Port::Otherwise, "Otherwise"),
                };
                self.go(stay, port, json!({ "path": name }), next);
            }
        }
        Ok(())
    }

    async fn send(&mut self, tx: &mut Tx, groups: Vec<Group>, next: &mut Vec<Stay>) -> Result<()> {
        if groups.is_empty() {
            return Ok(());
        }
        let pin = |group: &Group| -> Option<(MessageId, i64)> {
            match group.place()?.node.activity {
                Activity::Message { message } => {
                    let message = message?;
                    Some((message, *group.route.messages.get(&message)?))
                }
                _ => None,
            }
        };
        let pins: Vec<_> = groups.iter().filter_map(pin).collect();
        let letters = self.versions.letters(tx, &pins).await?;
        let (mut requests, mut senders) = (Vec::new(), Vec::new());
        for group in groups {
            let pinned = pin(&group);
            let Some(((message, version), letter)) = pinned.and_then(|pin| Some((pin, letters.get(&pin)?)))
            else {
                let error = match pinned {
                    None => "No published message is chosen.",
                    Some(_) => "The message's version is gone.",
                };
                for stay in group.stays {
                    self.go_unsent(stay, json!({ "error": error }), next);
                }
                continue;
            };
            for stay in group.stays {
                requests.push(Request {
                    profile: stay.instance.profile_id,
                    message,
                    version,
                    apps: letter.apps.clone(),
                    ttl: letter.ttl,
                    rank: letter.rank,
                    journey: Some(JourneyPlace {
                        journey: stay.instance.journey_id,
                        version: stay.instance.journey_version_id,
                        instance: stay.instance.id,
                        node: NodeId(stay.instance.node.clone()),
                    }),
                    cause: format!("{}:{}", stay.instance.id, stay.instance.step),
                    context: stay.instance.context.0.clone(),
                    purpose: Purpose::Journey,
                });
                senders.push(stay);
            }
        }
        let queued = deliveries::queue(tx, &requests, self.counts).await?;
        for (stay, queued) in senders.into_iter().zip(queued) {
            match queued {
                Queued::Deliveries(ids) => self.go(stay, Port::Next, json!({ "deliveries": ids }), next),
                Queued::Excluded(reason) => self.go_unsent(stay, json!({ "excluded": reason.code() }), next),
            }
        }
        Ok(())
    }

    /// Goes the way of those whom nothing could be sent, or the way of the others where that one is not drawn.
    fn go_unsent(&mut self, stay: Stay, detail: Value, next: &mut Vec<Stay>) {
        let port = match stay.way(&Port::CouldNotSend) {
            Some(_) => Port::CouldNotSend,
            None => Port::Next,
        };
        self.go(stay, port, detail, next);
    }

    /// Goes through a port, or leaves where it leads nowhere.
    fn go(&mut self, mut stay: Stay, port: Port, detail: Value, next: &mut Vec<Stay>) {
        let to = stay.way(&port);
        let Some((to, node)) = to.and_then(|to| Some((to, stay.route.place(to)?.node.id.0.clone()))) else {
            self.leave(stay.instance, Leaving::End, detail);
            return;
        };
        stay.passed += 1;
        if stay.passed > stay.route.len() {
            // More nodes than there are: it has been at one of them twice. Such a loop can't be published, so only a
            // fault gets here.
            let error = "The journey goes round without waiting.";
            self.leave(stay.instance, Leaving::Error, json!({ "error": error }));
            return;
        }
        self.count(&stay.instance, Figure::Passed, &port.key());
        self.log(&stay.instance, Some(port.key()), detail);
        stay.at = to;
        stay.instance.node = node;
        stay.instance.step += 1;
        self.count(&stay.instance, Figure::Arrived, "");
        next.push(stay);
    }

    fn leave(&mut self, mut instance: Instance, how: Leaving, detail: Value) {
        self.count(&instance, Figure::Left, how.as_str());
        self.log(&instance, None, detail);
        instance.active = false;
        instance.left_at = Some(self.now);
        instance.left_by = Some(how.as_str().to_owned());
        self.rested.push(instance);
    }

    fn log(&mut self, instance: &Instance, port: Option<String>, detail: Value) {
        self.steps.push(Step {
            profile_id: instance.profile_id,
            instance_id: instance.id,
            step: instance.step,
            node: instance.node.clone(),
            port,
            at: self.now,
            detail: Json(detail),
        });
    }

    fn count(&mut self, instance: &Instance, figure: Figure, reason: &str) {
        count(self.counts, instance, self.now, figure, reason);
    }

    async fn write(self, tx: &mut Tx) -> Result<()> {
        instances::save(tx, &self.rested).await?;
        instances::log(tx, &self.steps).await?;
        Ok(())
    }
}

/// Counts something at the node of a stay.
pub(crate) fn count(counts: &mut Counts, instance: &Instance, now: Timestamp, figure: Figure, reason: &str) {
    let subject = Subject {
        journey: instance.journey_id,
        version: instance.journey_version_id,
        node: instance.node.clone(),
        ..Subject::default()
    };
    counts.add(now, &subject, figure, reason);
}

/// The `xdm` of the event with which it entered.
fn entry_event(instance: &Instance) -> Option<Value> {
    let events = instance.context.0.pointer("/journey/events")?.as_object()?;
    events.values().next().cloned()
}
