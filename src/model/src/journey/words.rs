//! Steps in words: what they are called, what they are set to, and the names of their ways out.

use super::{Activity, Known, KnownMessage, Node, Port, Schedule, WaitUnit};
use crate::{audience, canvas::port_places, schema};

/// The ways out of a step, from left to right, each with its name.
pub fn ports(activity: &Activity) -> Vec<(Port, String)> {
    let node = Node {
        id: super::NodeId(String::new()),
        label: String::new(),
        x: 0.0,
        y: 0.0,
        activity: activity.clone(),
    };
    port_places(&node)
        .into_iter()
        .map(|place| {
            let name = name_of(activity, &place.port);
            (place.port, name)
        })
        .collect()
}

fn name_of(activity: &Activity, port: &Port) -> String {
    match (port, activity) {
        (Port::Next, Activity::Message { .. }) => "Sent".to_owned(),
        (Port::Next, _) => "Next".to_owned(),
        (Port::Otherwise, _) => "Otherwise".to_owned(),
        (Port::CouldNotSend, _) => "Could not send".to_owned(),
        (Port::Path { id }, Activity::Condition { paths }) => paths
            .iter()
            .find(|path| path.id == *id)
            .map(|path| path.name.clone())
            .unwrap_or_default(),
        (Port::Path { .. }, _) => String::new(),
    }
}

/// What a step does, as its name where it has no label.
pub fn title(activity: &Activity) -> String {
    match activity {
        Activity::Event { event_type, .. } if event_type.is_empty() => "Event".to_owned(),
        Activity::Event { event_type, .. } => schema::EVENT_TYPES
            .iter()
            .find(|known| known.event_type == event_type)
            .map_or_else(|| event_type.clone(), |known| known.title.to_owned()),
        Activity::ReadAudience { .. } => "Read audience".to_owned(),
        Activity::Condition { .. } => "Condition".to_owned(),
        Activity::Wait { amount, unit } => format!("Wait {}", duration(*amount, *unit)),
        Activity::Message { .. } => "Message".to_owned(),
        Activity::End {} => "End".to_owned(),
    }
}

/// One line of what a step is set to.
pub fn summary(node: &Node, known: &Known) -> String {
    match &node.activity {
        Activity::Event {
            event_type,
            conditions,
            ..
        } => match (event_type.as_str(), conditions.len()) {
            ("", _) => "No event chosen".to_owned(),
            (event, 0) => event.to_owned(),
            (event, 1) => format!("{event}, 1 condition"),
            (event, n) => format!("{event}, {n} conditions"),
        },
        Activity::ReadAudience { audience, schedule } => {
            let name = match audience {
                None => return "No audience chosen".to_owned(),
                Some(id) => known
                    .audiences
                    .get(id)
                    .map_or("Audience that is gone", String::as_str),
            };
            match schedule {
                Schedule::Now => name.to_owned(),
                Schedule::At { at } => format!("{name}, at {} UTC", &at.to_string()[..16].replace('T', " ")),
            }
        }
        Activity::Condition { paths } => match paths.as_slice() {
            [] => "No paths".to_owned(),
            [only] => audience::describe_naming(&only.rule, |id| known.audiences.get(&id).cloned()),
            several => several
                .iter()
                .map(|path| path.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        },
        Activity::Wait { amount, unit } => format!("For {}", duration(*amount, *unit)),
        Activity::Message { message: None } => "No message chosen".to_owned(),
        Activity::Message { message: Some(id) } => match known.messages.get(id) {
            None => "Message that is gone".to_owned(),
            Some(KnownMessage {
                name,
                published: Some(version),
            }) => format!("{name}, version {version}"),
            Some(KnownMessage {
                name,
                published: None,
            }) => format!("{name}, not published"),
        },
        Activity::End {} => "The journey ends here".to_owned(),
    }
}

fn duration(amount: u32, unit: WaitUnit) -> String {
    let (one, many) = match unit {
        WaitUnit::Seconds => ("second", "seconds"),
        WaitUnit::Minutes => ("minute", "minutes"),
        WaitUnit::Hours => ("hour", "hours"),
        WaitUnit::Days => ("day", "days"),
    };
    format!("{amount} {}", if amount == 1 { one } else { many })
}
