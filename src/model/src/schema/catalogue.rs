//! What pickers offer: what is known from the start, and what the install has seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EVENT_TYPES, KnownField, attributes, event_fields, event_title};
use crate::{
    audience::{instant, steps},
    personalize::{self, FieldType, Root},
};

/// A type of event that an install knows, for a picker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEvent {
    /// `xdm.eventType`.
    pub event_type: String,
    /// What people call it; the type itself where it has no other name.
    pub title: String,
}

/// What pickers offer: what is known from the start, and what the install has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Attributes of profiles.
    pub attributes: Vec<KnownField>,
    /// How often profiles have them.
    pub filled: Filled,
    /// Types of event: those that were seen first, the most frequent at the top.
    pub event_types: Vec<KnownEvent>,
    /// Fields of events.
    pub event_fields: Vec<KnownField>,
}

/// What carries the identities of events and the tracking of pushes: of no use in a rule.
const NEVER_OFFERED: [&str; 5] = [
    "identityMap.",
    "_experience.",
    "implementationDetails.",
    "eventType",
    "_id",
];

impl Catalogue {
    /// From samples: attributes of profiles, types of event (the most frequent first), and the `xdm` of events.
    pub fn of(profiles: &[serde_json::Value], event_types: &[String], events: &[serde_json::Value]) -> Self {
        let seen = event_types.iter().map(String::as_str);
        let rest = EVENT_TYPES
            .iter()
            .map(|known| known.event_type)
            .filter(|known| !event_types.iter().any(|seen| seen == known));
        let attributes = with_seen(attributes(), Root::Profile, profiles);
        Self {
            filled: Filled::of(&attributes, profiles),
            attributes,
            event_types: seen
                .chain(rest)
                .map(|event_type| KnownEvent {
                    event_type: event_type.to_owned(),
                    title: event_title(event_type).to_owned(),
                })
                .collect(),
            event_fields: with_seen(event_fields(), Root::Context, events),
        }
    }
}

/// The value of a sample at a path of names.
fn at<'a>(sample: &'a serde_json::Value, path: &str) -> Option<&'a serde_json::Value> {
    path.split('.').try_fold(sample, |value, name| value.get(name))
}

/// How many of some profiles have each attribute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filled {
    /// How many profiles were looked at.
    people: u32,
    /// How many of them have the attribute of a path. What is inside lists is not counted.
    having: BTreeMap<String, u32>,
}

impl Filled {
    fn of(attributes: &[KnownField], profiles: &[serde_json::Value]) -> Self {
        let counted = attributes.iter().filter(|field| !field.path.contains("[]"));
        let having = counted.map(|field| {
            let has = |profile: &&serde_json::Value| {
                at(profile, &field.path).is_some_and(|value| !personalize::is_empty(value))
            };
            let count = profiles.iter().filter(has).count();
            (field.path.clone(), u32::try_from(count).unwrap_or(u32::MAX))
        });
        Self {
            people: u32::try_from(profiles.len()).unwrap_or(u32::MAX),
            having: having.collect(),
        }
    }

    /// How often an attribute is empty, in a sentence; none where nobody was looked at, or it was not counted.
    pub fn words(&self, path: &str) -> Option<String> {
        let people = Some(self.people).filter(|people| *people > 0)?;
        let empty = people.saturating_sub(*self.having.get(path)?);
        let part = match u64::from(empty) * 100 / u64::from(people) {
            _ if empty == 0 => "none".to_owned(),
            _ if empty == people => "all".to_owned(),
            0 => "less than 1 %".to_owned(),
            percent => format!("{percent} %"),
        };
        Some(match people {
            1 => format!("Empty for {part} of 1 person looked at."),
            _ => format!("Empty for {part} of {people} people looked at."),
        })
    }
}

impl Catalogue {
    /// The schema of templates: the standard one with the attributes of this catalogue, and for each journey that is
    /// entered with an event of one of these names the fields of events at `context.journey.events.<name>`.
    pub fn templates<'a>(&self, entry_events: impl IntoIterator<Item = &'a str>) -> personalize::Schema {
        let profile = self
            .attributes
            .iter()
            .fold(personalize::Schema::standard(), |schema, field| {
                field.add_to(schema, "profile")
            });
        entry_events.into_iter().fold(profile, |schema, name| {
            let under = format!("context.journey.events.{name}");
            self.event_fields
                .iter()
                .fold(schema, |schema, field| field.add_to(schema, &under))
        })
    }
}

impl KnownField {
    fn add_to(&self, schema: personalize::Schema, under: &str) -> personalize::Schema {
        let list = if self.list { "[]" } else { "" };
        schema.field(
            &format!("{under}.{}{list}", self.path),
            self.field_type,
            &self.title,
        )
    }
}

/// The known fields, and after them the others that the samples have, by path.
fn with_seen(known: &[KnownField], root: Root, samples: &[serde_json::Value]) -> Vec<KnownField> {
    let schema = samples
        .iter()
        .fold(personalize::Schema::empty(), |schema, sample| {
            schema.learn(root, sample)
        });
    let prefix = format!("{}.", root.name());
    let mut fields = known.to_vec();
    for (path, field) in schema.leaves() {
        let Some(path) = path.strip_prefix(&prefix) else {
            continue;
        };
        let offered = field.field_type != FieldType::Object
            && steps(path).is_some()
            && !NEVER_OFFERED.iter().any(|never| path.starts_with(never))
            && !known.iter().any(|field| field.path == path);
        if offered {
            let dated = field.field_type == FieldType::Text && !field.list && holds_dates(path, samples);
            fields.push(KnownField {
                path: path.to_owned(),
                title: path.to_owned(),
                field_type: if dated { FieldType::Date } else { field.field_type },
                list: field.list,
            });
        }
    }
    fields
}

/// Is whatever text the samples have at the path a date?
fn holds_dates(path: &str, samples: &[serde_json::Value]) -> bool {
    let mut texts = samples
        .iter()
        .filter_map(|sample| at(sample, path)?.as_str())
        .filter(|text| !text.is_empty())
        .peekable();
    texts.peek().is_some() && texts.all(|text| instant(text).is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::personalize::Template;

    #[test]
    fn templates_may_name_what_the_catalogue_holds() {
        let profiles = [json!({"_acme": {"tags": ["a"]}})];
        let schema = Catalogue::of(&profiles, &[], &[]).templates(["order"]);
        for path in [
            "profile.homeAddress.city",
            "profile._acme.tags",
            "context.journey.events.order.productListItems[].name",
        ] {
            assert!(schema.leaves().iter().any(|(known, _)| known == path), "{path}");
        }
        let text = r#"{%= context.journey.events.order.commerce.order.priceTotal ?: "" %}"#;
        assert_eq!(Template::parse(text).template.check(&schema), []);
    }

    #[test]
    fn how_often_an_attribute_is_empty_is_told_of_those_looked_at() {
        let mut profiles = vec![json!({"homeAddress": {"city": "Rome"}, "_acme": {"plan": "gold"}})];
        let words =
            |profiles: &[serde_json::Value], path| Catalogue::of(profiles, &[], &[]).filled.words(path);
        assert_eq!(words(&[], "homeAddress.city"), None);
        assert_eq!(
            words(&profiles, "homeAddress.city").unwrap(),
            "Empty for none of 1 person looked at."
        );
        profiles.extend([
            json!({"homeAddress": {"city": ""}}),
            json!({"homeAddress": null}),
            json!({}),
        ]);
        assert_eq!(
            words(&profiles, "homeAddress.city").unwrap(),
            "Empty for 75 % of 4 people looked at."
        );
        assert_eq!(
            words(&profiles, "person.name.firstName").unwrap(),
            "Empty for all of 4 people looked at."
        );
        profiles.extend(vec![json!({"homeAddress": {"city": "Oslo"}}); 396]);
        assert_eq!(
            words(&profiles, "homeAddress.city").unwrap(),
            "Empty for less than 1 % of 400 people looked at."
        );
        assert_eq!(words(&profiles, "nobody.knows"), None);
    }

    #[test]
    fn what_an_install_has_seen_is_offered_with_its_type() {
        let profiles = [
            json!({"_acme": {"plan": "gold", "since": "2025-01-01", "tags": ["a"]}, "homeAddress": {"city": "Rome"}}),
            json!({"_acme": {"since": ""}, "identityMap": {"ECID": [{"id": "1"}]}}),
        ];
        let events = [json!({
            "eventType": "acme.ride", "_id": "1", "_acme": {"stops": [{"name": "A", "minutes": 3}]},
        })];
        let types = ["acme.ride".to_owned(), "commerce.purchases".to_owned()];
        let catalogue = Catalogue::of(&profiles, &types, &events);
        let found = |fields: &[KnownField], path: &str| {
            fields
                .iter()
                .find(|field| field.path == path)
                .map(|field| (field.field_type, field.list))
        };
        let attribute = |path| found(&catalogue.attributes, path);
        assert_eq!(attribute("_acme.plan"), Some((FieldType::Text, false)));
        assert_eq!(attribute("_acme.since"), Some((FieldType::Date, false)));
        assert_eq!(attribute("_acme.tags"), Some((FieldType::Text, true)));
        assert!(
            !catalogue
                .attributes
                .iter()
                .any(|field| field.path.starts_with("identityMap"))
        );
        let cities = catalogue
            .attributes
            .iter()
            .filter(|field| field.path == "homeAddress.city");
        assert_eq!(cities.count(), 1);
        let event_field = |path| found(&catalogue.event_fields, path);
        assert_eq!(
            event_field("_acme.stops[].minutes"),
            Some((FieldType::Integer, false))
        );
        assert_eq!(event_field("_id"), None);
        let first: Vec<_> = catalogue.event_types[..2]
            .iter()
            .map(|known| known.title.as_str())
            .collect();
        assert_eq!(first, ["acme.ride", "Purchase"]);
        assert_eq!(catalogue.event_types.len(), EVENT_TYPES.len() + 1);
    }
}
