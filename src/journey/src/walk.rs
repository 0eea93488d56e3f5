//! Walking: profiles go from node to node until they wait or leave.
//!
//! All the stays of a batch walk together, round by round, so that what many of them need (facts for conditions,
//! deliveries for messages) is asked of the store once for all.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use heliograph_model::{
    audience::{self, Facts, Rule},
    ids::ProfileId,
    journey::{Activity, ConditionPath, Leaving, Node, NodeId, Port},
    report::Figure,
    time::Timestamp,
};
use heliograph_store::{
    Json, Tx, audiences,
    counters::{Counts, Subject},
    deliveries::{self, JourneyPlace, Purpose, Queued, Request},
    instances::{self, Instance, Step},
    journeys::Version,
    messages,
};
use serde_json::{Value, json};

use crate::{
    Result,
    versions::{Versions, node},
};

/// Most nodes that one stay passes without waiting: a loop without a wait can't be published, so only a fault gets here.
const NODES_MAX: usize = 200;

/// Why a stay is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It has just entered.
    Entered,
    /// Its time has come.
    Due,
}

/// Walks stays as far as they go, and writes everything that this leads to.
pub(crate) async fn walk(
    tx: &mut Tx,
    versions: &mut Versions,
    stays: Vec<(Instance, Cause)>,
    now: Timestamp,
    counts: &mut Counts,
) -> Result<()> {
    versions
        .load(tx, stays.iter().map(|(stay, _)| stay.journey_version_id))
        .await?;
    let mut walk = Walk {
        now,
        counts,
        steps: Vec::new(),
        rested: Vec::new(),
    };
    let mut open: Vec<Stay> = Vec::with_capacity(stays.len());
    for (instance, cause) in stays {
        walk.begin(versions, instance, cause, &mut open);
    }
    let mut rounds = 0;
    while !open.is_empty() {
        rounds += 1;
        if rounds > NODES_MAX {
            for stay in open.drain(..) {
                walk.leave(
                    stay,
                    Leaving::Error,
                    json!({ "error": "The journey goes round without waiting." }),
                );
            }
            break;
        }
        open = walk.round(tx, open).await?;
    }
    instances::save(tx, &walk.rested).await?;
    instances::log(tx, &walk.steps).await?;
    Ok(())
}

/// A stay with the version that it walks.
struct Stay {
    instance: Instance,
    version: Arc<Version>,
}

impl Stay {
    fn node(&self) -> Option<&Node> {
        node(&self.version, &self.instance.node)
    }

    /// When it must have left.
    fn end(&self) -> Timestamp {
        let days = self.version.document.document.settings.timeout_days;
        self.instance.entered_at + Duration::from_secs(u64::from(days) * 86_400)
    }
}

struct Walk<'a> {
    now: Timestamp,
    counts: &'a mut Counts,
    steps: Vec<Step>,
    /// Those that wait or have left.
    rested: Vec<Instance>,
}

impl Walk<'_> {
    fn begin(&mut self, versions: &Versions, mut instance: Instance, cause: Cause, open: &mut Vec<Stay>) {
        let Some(version) = versions.get(instance.journey_version_id) else {
            // Versions are never deleted; should one be, nobody is left hanging.
            instance.active = false;
            instance.left_at = Some(self.now);
            instance.left_by = Some(Leaving::Error.as_str().to_owned());
            self.rested.push(instance);
            return;
        };
        let stay = Stay { instance, version };
        if cause == Cause::Entered {
            self.count(&stay, Figure::Entered, "");
            self.count(&stay, Figure::Arrived, "");
            open.push(stay);
        } else if self.now >= stay.end() {
            self.leave(stay, Leaving::TimedOut, json!({}));
        } else if matches!(
            stay.node().map(|node| &node.activity),
            Some(Activity::Wait { .. })
        ) {
            // It has been woken: the wait is over.
            self.go(stay, Port::Next, json!({}), open);
        } else {
            open.push(stay);
        }
    }

    /// Lets each stay do what its node says; those that are at another node afterwards.
    async fn round(&mut self, tx: &mut Tx, stays: Vec<Stay>) -> Result<Vec<Stay>> {
        let mut next = Vec::with_capacity(stays.len());
        let (mut deciding, mut sending) = (Vec::new(), Vec::new());
        for stay in stays {
            match stay.node().map(|node| node.activity.clone()) {
                None => self.leave(
                    stay,
                    Leaving::Error,
                    json!({ "error": "The step is not in this version." }),
                ),
                Some(Activity::Event { .. } | Activity::ReadAudience { .. }) => {
                    self.go(stay, Port::Next, json!({}), &mut next);
                }
                Some(Activity::Wait { amount, unit }) => {
                    let mut stay = stay;
                    stay.instance.wake_at = (self.now + unit.duration(amount)).min(stay.end());
                    self.rested.push(stay.instance);
                }
                Some(Activity::Condition { paths }) => deciding.push((stay, paths)),
                Some(Activity::Message { message }) => sending.push((stay, message)),
                Some(Activity::End {}) => self.leave(stay, Leaving::End, json!({})),
            }
        }
        self.decide(tx, deciding, &mut next).await?;
        self.send(tx, sending, &mut next).await?;
        Ok(next)
    }

    async fn decide(
        &mut self,
        tx: &mut Tx,
        stays: Vec<(Stay, Vec<ConditionPath>)>,
        next: &mut Vec<Stay>,
    ) -> Result<()> {
        if stays.is_empty() {
            return Ok(());
        }
        let profiles: Vec<ProfileId> = stays.iter().map(|(stay, _)| stay.instance.profile_id).collect();
        let rules: Vec<&Rule> = stays
            .iter()
            .flat_map(|(_, paths)| paths.iter().map(|path| &path.rule))
            .collect();
        let mut known: HashMap<ProfileId, Facts> = audiences::facts(tx, &profiles, &rules, self.now).await?;
        for (stay, paths) in stays {
            let mut facts = known.get(&stay.instance.profile_id).cloned().unwrap_or_default();
            facts.entry_event = entry_event(&stay);
            let taken = paths
                .iter()
                .find(|path| audience::evaluate(&path.rule, &facts, self.now));
            let (port, name) = match taken {
                Some(path) => (Port::Path { id: path.id.clone() }, path.name.as_str()),
                None => (Port::Otherwise, "Otherwise"),
            };
            let detail = json!({ "path": name });
            self.go(stay, port, detail, next);
        }
        known.clear();
        Ok(())
    }

    async fn send(
        &mut self,
        tx: &mut Tx,
        stays: Vec<(Stay, Option<heliograph_model::ids::MessageId>)>,
        next: &mut Vec<Stay>,
    ) -> Result<()> {
        let mut contents = HashMap::new();
        let (mut requests, mut senders) = (Vec::new(), Vec::new());
        for (stay, message) in stays {
            let pinned = message.and_then(|id| Some((id, *stay.version.document.messages.get(&id)?)));
            let Some((message, version)) = pinned else {
                self.go_unsent(stay, json!({ "error": "No published message is chosen." }), next);
                continue;
            };
            if let Entry::Vacant(place) = contents.entry((message, version)) {
                place.insert(messages::published(tx, message, Some(version)).await?);
            }
            let Some(Some(published)) = contents.get(&(message, version)) else {
                self.go_unsent(stay, json!({ "error": "The message's version is gone." }), next);
                continue;
            };
            requests.push(Request {
                profile: stay.instance.profile_id,
                message,
                version,
                apps: published.content.apps.clone(),
                ttl: Duration::from_secs(u64::from(published.content.ttl)),
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
        let graph = &stay.version.document.document.graph;
        let drawn = graph
            .next(&NodeId(stay.instance.node.clone()), &Port::CouldNotSend)
            .is_some();
        self.go(
            stay,
            if drawn { Port::CouldNotSend } else { Port::Next },
            detail,
            next,
        );
    }

    /// Goes through a port, or leaves where it leads nowhere.
    fn go(&mut self, mut stay: Stay, port: Port, detail: Value, next: &mut Vec<Stay>) {
        let graph = &stay.version.document.document.graph;
        let to = graph.next(&NodeId(stay.instance.node.clone()), &port).cloned();
        let Some(to) = to else {
            self.leave(stay, Leaving::End, detail);
            return;
        };
        self.count(&stay, Figure::Passed, &port.key());
        self.log(&stay, Some(port.key()), detail);
        stay.instance.node = to.0;
        stay.instance.step += 1;
        self.count(&stay, Figure::Arrived, "");
        next.push(stay);
    }

    fn leave(&mut self, mut stay: Stay, how: Leaving, detail: Value) {
        self.count(&stay, Figure::Left, how.as_str());
        self.log(&stay, None, detail);
        stay.instance.active = false;
        stay.instance.left_at = Some(self.now);
        stay.instance.left_by = Some(how.as_str().to_owned());
        self.rested.push(stay.instance);
    }

    fn log(&mut self, stay: &Stay, port: Option<String>, detail: Value) {
        self.steps.push(Step {
            profile_id: stay.instance.profile_id,
            instance_id: stay.instance.id,
            step: stay.instance.step,
            node: stay.instance.node.clone(),
            port,
            at: self.now,
            detail: Json(detail),
        });
    }

    fn count(&mut self, stay: &Stay, figure: Figure, reason: &str) {
        let subject = Subject {
            journey: stay.instance.journey_id,
            version: stay.instance.journey_version_id,
            node: stay.instance.node.clone(),
            ..Subject::default()
        };
        self.counts.add(self.now, &subject, figure, reason);
    }
}

/// The `xdm` of the event with which it entered.
fn entry_event(stay: &Stay) -> Option<Value> {
    let events = stay.instance.context.0.pointer("/journey/events")?.as_object()?;
    events.values().next().cloned()
}
