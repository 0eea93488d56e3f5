//! The steps of a journey in words and signs.

use heliograph_model::journey::{Activity, Known, Node, Port, ports};

use crate::components::IconName;

/// What a step is called: its label, else what it does.
pub(super) fn title(node: &Node) -> String {
    if node.label.trim().is_empty() {
        heliograph_model::journey::title(&node.activity)
    } else {
        node.label.clone()
    }
}

/// One line of what a step is set to.
pub(super) fn summary(node: &Node, known: &Known) -> String {
    heliograph_model::journey::summary(node, known)
}

/// The name of one of a step's ports.
pub(super) fn port_title(activity: &Activity, port: &Port) -> String {
    ports(activity)
        .into_iter()
        .find(|(other, _)| other == port)
        .map(|(_, label)| label)
        .unwrap_or_default()
}

/// The group of a step, which has its tone, and its icon.
pub(super) const fn glyph(activity: &Activity) -> (&'static str, IconName) {
    match activity {
        Activity::Event { .. } => ("event", IconName::Bolt),
        Activity::ReadAudience { .. } => ("event", IconName::Audience),
        Activity::Condition { .. } => ("flow", IconName::Condition),
        Activity::Wait { .. } => ("flow", IconName::Clock),
        Activity::Message { .. } => ("action", IconName::Message),
        Activity::End {} => ("end", IconName::End),
    }
}

/// The kind of a step.
pub(super) const fn kind(activity: &Activity) -> &'static str {
    match activity {
        Activity::Event { .. } => "Event",
        Activity::ReadAudience { .. } => "Read audience",
        Activity::Condition { .. } => "Condition",
        Activity::Wait { .. } => "Wait",
        Activity::Message { .. } => "Message",
        Activity::End {} => "End",
    }
}
