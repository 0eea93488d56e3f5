//! What is wrong with a journey, told on the step that it concerns: while it is drawn, and again when it is published.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Activity, Document, Graph, Node, NodeId, Port, WaitUnit, ports};
use crate::{
    audience::{self, Place, Rule},
    ids::{AudienceId, MessageId},
};

/// Most steps of one journey.
pub const NODES_MAX: usize = 2_000;
/// Most paths of one condition.
const PATHS_MAX: usize = 20;
/// Longest stay, in days.
const TIMEOUT_MAX: u32 = 365;

/// A message that there is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownMessage {
    /// What it is called.
    pub name: String,
    /// Its newest published version.
    pub published: Option<i64>,
}

/// The objects that a journey may name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Known {
    /// Messages that are not archived.
    pub messages: BTreeMap<MessageId, KnownMessage>,
    /// Audiences by their names.
    pub audiences: BTreeMap<AudienceId, String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The journey can't be published.
    Error,
    /// It can be published, but may not do what was meant.
    Warning,
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the message of each says what it means")]
pub enum ProblemCode {
    NoStart,
    SeveralStarts,
    IntoStart,
    Unreachable,
    NoWayOn,
    EdgeTwice,
    EdgeToNowhere,
    SettingMissing,
    MessageGone,
    MessageNotPublished,
    AudienceGone,
    RuleInvalid,
    LoopWithoutWait,
    WaitTooLong,
    TooLarge,
    Settings,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The step that it concerns; none where it concerns the journey as a whole.
    pub node: Option<NodeId>,
    /// How bad it is.
    pub severity: Severity,
    /// What kind it is.
    pub code: ProblemCode,
    /// What is wrong and what to do.
    pub message: String,
}

/// Everything that is wrong with a journey, errors first. One that has no error can be published.
pub fn validate(document: &Document, known: &Known) -> Vec<Problem> {
    let mut check = Check {
        graph: &document.graph,
        known,
        problems: Vec::new(),
    };
    check.settings(document);
    check.starts();
    check.edges();
    document
        .graph
        .nodes
        .iter()
        .for_each(|node| check.node(node, document));
    check.reach();
    check.loops();
    check.problems.sort_by_key(|problem| problem.severity);
    check.problems
}

struct Check<'a> {
    graph: &'a Graph,
    known: &'a Known,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn error(&mut self, node: Option<&NodeId>, code: ProblemCode, message: impl Into<String>) {
        self.problem(node, Severity::Error, code, message.into());
    }

    fn warning(&mut self, node: &NodeId, code: ProblemCode, message: impl Into<String>) {
        self.problem(Some(node), Severity::Warning, code, message.into());
    }

    fn problem(&mut self, node: Option<&NodeId>, severity: Severity, code: ProblemCode, message: String) {
        self.problems.push(Problem {
            node: node.cloned(),
            severity,
            code,
            message,
        });
    }

    fn settings(&mut self, document: &Document) {
        if !(1..=TIMEOUT_MAX).contains(&document.settings.timeout_days) {
            let message = format!("Give a longest stay of 1 to {TIMEOUT_MAX} days.");
            self.error(None, ProblemCode::Settings, message);
        }
        if document.settings.time_zone.is_empty() {
            self.error(
                None,
                ProblemCode::Settings,
                "Give a time zone, such as Europe/Rome.",
            );
        }
        if self.graph.nodes.len() > NODES_MAX {
            let message = format!("A journey may have {NODES_MAX} steps; split this one.");
            self.error(None, ProblemCode::TooLarge, message);
        }
    }

    fn starts(&mut self) {
        let starts: Vec<&Node> = self
            .graph
            .nodes
            .iter()
            .filter(|node| node.activity.is_start())
            .collect();
        match starts.as_slice() {
            [] => self.error(
                None,
                ProblemCode::NoStart,
                "Add a start: an event or an audience that people enter by.",
            ),
            [_] => {}
            [_, rest @ ..] => {
                for node in rest {
                    self.error(
                        Some(&node.id),
                        ProblemCode::SeveralStarts,
                        "A journey has one start. Delete this one, or make a journey of its own for it.",
                    );
                }
            }
        }
    }

    fn edges(&mut self) {
        let mut taken = HashSet::new();
        for edge in &self.graph.edges {
            if !taken.insert((&edge.from, &edge.port)) {
                self.error(
                    Some(&edge.from),
                    ProblemCode::EdgeTwice,
                    "One way out leads to two steps. Delete one connection.",
                );
            }
            match self.graph.node(&edge.to) {
                Some(node) if node.activity.is_start() => {
                    self.error(
                        Some(&edge.to),
                        ProblemCode::IntoStart,
                        "Nothing can lead to the start. Delete the connection.",
                    );
                }
                Some(_) => {}
                None => self.error(
                    Some(&edge.from),
                    ProblemCode::EdgeToNowhere,
                    "A connection leads to a step that is gone. Connect it to another one.",
                ),
            }
        }
    }

    fn node(&mut self, node: &Node, document: &Document) {
        let id = &node.id;
        for (port, name) in ports(&node.activity) {
            if self.graph.next(id, &port).is_some() {
                continue;
            }
            if node.activity.is_start() {
                self.error(
                    Some(id),
                    ProblemCode::NoWayOn,
                    "Connect the start to a first step.",
                );
            } else if port != Port::CouldNotSend {
                // Whoever can't be sent to goes the way of the others where no way of their own is drawn.
                self.warning(
                    id,
                    ProblemCode::NoWayOn,
                    format!("“{name}” leads nowhere: the journey ends there."),
                );
            }
        }
        match &node.activity {
            Activity::Event {
                event_type,
                conditions,
                name,
            } => {
                if event_type.is_empty() {
                    self.error(
                        Some(id),
                        ProblemCode::SettingMissing,
                        "Choose the event that people enter by.",
                    );
                }
                if !is_name(name) {
                    self.error(
                        Some(id),
                        ProblemCode::SettingMissing,
                        "Give the event a name for messages: letters, digits and _, beginning with a letter.",
                    );
                }
                for problem in audience::validate_conditions(conditions) {
                    self.error(Some(id), ProblemCode::RuleInvalid, problem.message);
                }
            }
            Activity::ReadAudience { audience, .. } => match audience {
                None => self.error(Some(id), ProblemCode::SettingMissing, "Choose the audience."),
                Some(audience) => self.audience(id, *audience),
            },
            Activity::Condition { paths } => self.condition(id, paths),
            Activity::Wait { amount, unit } => self.wait(id, *amount, *unit, document),
            Activity::Message { message } => self.message(id, *message),
            Activity::End {} => {}
        }
    }

    fn audience(&mut self, node: &NodeId, audience: AudienceId) {
        if !self.known.audiences.contains_key(&audience) {
            self.error(
                Some(node),
                ProblemCode::AudienceGone,
                "The audience has been deleted. Choose another one.",
            );
        }
    }

    fn message(&mut self, node: &NodeId, message: Option<MessageId>) {
        let Some(message) = message else {
            self.error(Some(node), ProblemCode::SettingMissing, "Choose the message.");
            return;
        };
        match self.known.messages.get(&message) {
            None => {
                self.error(
                    Some(node),
                    ProblemCode::MessageGone,
                    "The message has been deleted. Choose another one.",
                );
            }
            Some(KnownMessage {
                name,
                published: None,
            }) => {
                let text =
                    format!("{name} has no published version. Publish the message, or choose another one.");
                self.error(Some(node), ProblemCode::MessageNotPublished, text);
            }
            Some(_) => {}
        }
    }

    fn condition(&mut self, node: &NodeId, paths: &[super::ConditionPath]) {
        if paths.is_empty() {
            self.error(Some(node), ProblemCode::SettingMissing, "Add a path.");
        }
        if paths.len() > PATHS_MAX {
            self.error(
                Some(node),
                ProblemCode::TooLarge,
                format!("A condition may have {PATHS_MAX} paths."),
            );
        }
        let mut names = HashSet::new();
        let by_event = self
            .graph
            .nodes
            .iter()
            .any(|node| matches!(node.activity, Activity::Event { .. }));
        for path in paths {
            let name = path.name.trim();
            if name.is_empty() {
                self.error(Some(node), ProblemCode::SettingMissing, "Name each path.");
            } else if !names.insert(name.to_lowercase()) {
                self.error(
                    Some(node),
                    ProblemCode::SettingMissing,
                    format!("Two paths are named “{name}”."),
                );
            }
            if matches!(&path.rule, Rule::All { rules } if rules.is_empty()) {
                let text = format!("Everyone takes “{name}”: add a test to it.");
                self.error(Some(node), ProblemCode::RuleInvalid, text);
                continue;
            }
            for problem in audience::validate(&path.rule, Place::Journey) {
                self.error(
                    Some(node),
                    ProblemCode::RuleInvalid,
                    format!("Path “{name}”: {}", problem.message),
                );
            }
            let needs = audience::needs(&path.rule);
            needs
                .audiences
                .iter()
                .for_each(|audience| self.audience(node, *audience));
            if !by_event && asks_entry_event(&path.rule) {
                self.error(
                    Some(node),
                    ProblemCode::RuleInvalid,
                    format!("Path “{name}” asks for a field of the start event, but this journey starts with an audience."),
                );
            }
        }
    }

    fn wait(&mut self, node: &NodeId, amount: u32, unit: WaitUnit, document: &Document) {
        if amount == 0 {
            self.error(Some(node), ProblemCode::SettingMissing, "Give how long to wait.");
        }
        let stay = WaitUnit::Days.duration(document.settings.timeout_days);
        if unit.duration(amount) >= stay {
            let days = document.settings.timeout_days;
            self.error(
                Some(node),
                ProblemCode::WaitTooLong,
                format!("People leave the journey after {days} days, before this wait ends. Shorten it, or allow a longer stay."),
            );
        }
    }

    fn reach(&mut self) {
        let mut seen: HashSet<&NodeId> = HashSet::new();
        let mut open: Vec<&NodeId> = self
            .graph
            .nodes
            .iter()
            .filter(|node| node.activity.is_start())
            .map(|node| &node.id)
            .collect();
        if open.is_empty() {
            // That there is no start has been said.
            return;
        }
        let ways = ways(self.graph);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(ways.get(id).into_iter().flatten());
            }
        }
        let lost: Vec<NodeId> = self
            .graph
            .nodes
            .iter()
            .filter(|node| !seen.contains(&node.id))
            .map(|node| node.id.clone())
            .collect();
        for id in lost {
            self.error(
                Some(&id),
                ProblemCode::Unreachable,
                "Nobody can come here. Connect it, or delete it.",
            );
        }
    }

    /// Names a step that lies on a loop in which nobody waits.
    fn loops(&mut self) {
        let ways = ways(self.graph);
        let waits = |id: &NodeId| {
            self.graph
                .node(id)
                .is_some_and(|node| matches!(node.activity, Activity::Wait { .. }))
        };
        let waiting: HashSet<&NodeId> = self
            .graph
            .nodes
            .iter()
            .map(|node| &node.id)
            .filter(|id| waits(id))
            .collect();
        let mut cleared: HashSet<&NodeId> = HashSet::new();
        let mut looped = None;
        for node in self.graph.nodes.iter().filter(|node| !waiting.contains(&node.id)) {
            // Whatever a cleared step leads to is cleared as well, so each edge is walked once.
            let mut seen: HashSet<&NodeId> = HashSet::new();
            let mut open: Vec<&NodeId> = ways.get(&node.id).into_iter().flatten().copied().collect();
            while let Some(id) = open.pop() {
                if *id == node.id {
                    looped = Some(node.id.clone());
                    break;
                }
                if !waiting.contains(id) && !cleared.contains(id) && seen.insert(id) {
                    open.extend(ways.get(id).into_iter().flatten());
                }
            }
            if looped.is_some() {
                break;
            }
            cleared.insert(&node.id);
        }
        if let Some(id) = looped {
            self.error(
                Some(&id),
                ProblemCode::LoopWithoutWait,
                "People would go round and round here without waiting. Put a wait into the loop.",
            );
        }
    }
}

fn ways(graph: &Graph) -> HashMap<&NodeId, Vec<&NodeId>> {
    let mut ways: HashMap<&NodeId, Vec<&NodeId>> = HashMap::new();
    for edge in &graph.edges {
        ways.entry(&edge.from).or_default().push(&edge.to);
    }
    ways
}

fn asks_entry_event(rule: &Rule) -> bool {
    match rule {
        Rule::All { rules } | Rule::Any { rules } => rules.iter().any(asks_entry_event),
        Rule::Not { rule } => asks_entry_event(rule),
        Rule::EntryEvent(_) => true,
        Rule::Attribute(_) | Rule::Event(_) | Rule::Audience { .. } | Rule::Device { .. } => false,
    }
}

fn is_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.len() <= 64
}
