//! The fields and events that are known from the start: what pickers offer and sentences call by name.
//!
//! Profile fields are those that templates know ([`personalize::Schema::standard`]); fields and types of events are here.
//! Sources: the field groups *Commerce Details*, *Web Details*, *Application Details* and *Mobile Lifecycle Details* of
//! <https://github.com/adobe/xdm/tree/master/docs/reference>, and the event types of the SDK's messaging and lifecycle
//! extensions.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use crate::{
    audience::{instant, steps},
    personalize::{self, FieldType, Root},
};

/// A field by its path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownField {
    /// As a rule names it: `homeAddress.city`, `productListItems[].SKU`.
    pub path: String,
    /// What people call it: `City`.
    pub title: String,
    /// Its type; of its items, where it is a list.
    pub field_type: FieldType,
    /// Whether it is a list of values of that type.
    pub list: bool,
}

/// A type of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// `xdm.eventType`.
    pub event_type: &'static str,
    /// What people call it: `Purchase`.
    pub title: &'static str,
    /// One such event, in the middle of a sentence: `purchase`.
    pub one: &'static str,
    /// Several, in the middle of a sentence: `purchases`.
    pub many: &'static str,
}

const fn event(
    event_type: &'static str,
    title: &'static str,
    one: &'static str,
    many: &'static str,
) -> EventType {
    EventType {
        event_type,
        title,
        one,
        many,
    }
}

/// The types of event that are known from the start, in the order in which they are offered.
pub const EVENT_TYPES: &[EventType] = &[
    event("commerce.purchases", "Purchase", "purchase", "purchases"),
    event(
        "commerce.checkouts",
        "Checkout started",
        "started checkout",
        "started checkouts",
    ),
    event(
        "commerce.productListAdds",
        "Product added to cart",
        "product added to the cart",
        "products added to the cart",
    ),
    event(
        "commerce.productListRemovals",
        "Product removed from cart",
        "product removed from the cart",
        "products removed from the cart",
    ),
    event(
        "commerce.productListOpens",
        "Cart opened",
        "opened cart",
        "opened carts",
    ),
    event(
        "commerce.productListViews",
        "Cart viewed",
        "viewed cart",
        "viewed carts",
    ),
    event(
        "commerce.productViews",
        "Product viewed",
        "viewed product",
        "viewed products",
    ),
    event(
        "commerce.saveForLaters",
        "Product saved for later",
        "product saved for later",
        "products saved for later",
    ),
    event("application.launch", "App launched", "app launch", "app launches"),
    event("application.close", "App closed", "app close", "app closes"),
    event(
        "application.login",
        "Signed in to the app",
        "sign-in to the app",
        "sign-ins to the app",
    ),
    event(
        "web.webpagedetails.pageViews",
        "Page viewed",
        "page view",
        "page views",
    ),
    event(
        "web.webinteraction.linkClicks",
        "Link clicked",
        "link click",
        "link clicks",
    ),
    event(
        "web.formFilledOut",
        "Form filled out",
        "filled-out form",
        "filled-out forms",
    ),
    event(
        "pushTracking.applicationOpened",
        "Push opened",
        "opened push",
        "opened pushes",
    ),
    event(
        "pushTracking.customAction",
        "Push button tapped, or push dismissed",
        "push button or dismissal",
        "push buttons or dismissals",
    ),
    event(
        "pushTracking.receive",
        "Push displayed",
        "displayed push",
        "displayed pushes",
    ),
];

const EVENT_FIELDS: &[(&str, FieldType, &str)] = &[
    ("commerce.order.priceTotal", FieldType::Number, "Order total"),
    ("commerce.order.currencyCode", FieldType::Text, "Order currency"),
    ("commerce.order.purchaseID", FieldType::Text, "Order number"),
    ("commerce.purchases.value", FieldType::Number, "Purchases"),
    ("commerce.checkouts.value", FieldType::Number, "Checkouts"),
    (
        "commerce.productListAdds.value",
        FieldType::Number,
        "Products added to cart",
    ),
    ("commerce.productViews.value", FieldType::Number, "Product views"),
    ("commerce.cart.cartID", FieldType::Text, "Cart number"),
    ("productListItems[].SKU", FieldType::Text, "Product SKU"),
    ("productListItems[].name", FieldType::Text, "Product name"),
    (
        "productListItems[].quantity",
        FieldType::Integer,
        "Product quantity",
    ),
    (
        "productListItems[].priceTotal",
        FieldType::Number,
        "Product price total",
    ),
    (
        "productListItems[].currencyCode",
        FieldType::Text,
        "Product currency",
    ),
    ("application.id", FieldType::Text, "App identifier"),
    ("application.name", FieldType::Text, "App name"),
    ("application.version", FieldType::Text, "App version"),
    (
        "application.isInstall",
        FieldType::Boolean,
        "First launch after installing",
    ),
    (
        "application.isUpgrade",
        FieldType::Boolean,
        "First launch after an update",
    ),
    ("application.launches.value", FieldType::Number, "App launches"),
    ("web.webPageDetails.name", FieldType::Text, "Page name"),
    ("web.webPageDetails.URL", FieldType::Text, "Page address"),
    ("web.webPageDetails.siteSection", FieldType::Text, "Site section"),
    ("web.webInteraction.name", FieldType::Text, "Link name"),
    ("web.webInteraction.URL", FieldType::Text, "Link address"),
    ("device.manufacturer", FieldType::Text, "Device manufacturer"),
    ("device.model", FieldType::Text, "Device model"),
    ("device.type", FieldType::Text, "Device type"),
    ("environment.operatingSystem", FieldType::Text, "Operating system"),
    (
        "environment.operatingSystemVersion",
        FieldType::Text,
        "Operating system version",
    ),
    ("placeContext.geo.city", FieldType::Text, "City of the event"),
    (
        "placeContext.geo.countryCode",
        FieldType::Text,
        "Country of the event",
    ),
    (
        "pushNotificationTracking.customAction.actionID",
        FieldType::Text,
        "Push button",
    ),
    ("timestamp", FieldType::Date, "Time of the event"),
];

static ATTRIBUTES: LazyLock<Vec<KnownField>> = LazyLock::new(|| {
    let schema = personalize::Schema::standard();
    schema
        .leaves()
        .into_iter()
        .filter_map(|(path, field)| {
            Some(KnownField {
                path: path.strip_prefix("profile.")?.to_owned(),
                title: field.title.clone(),
                field_type: field.field_type,
                list: field.list,
            })
        })
        .collect()
});

static EVENTS: LazyLock<Vec<KnownField>> = LazyLock::new(|| {
    EVENT_FIELDS
        .iter()
        .map(|(path, field_type, title)| KnownField {
            path: (*path).to_owned(),
            title: (*title).to_owned(),
            field_type: *field_type,
            list: false,
        })
        .collect()
});

static TITLES: LazyLock<BTreeMap<&'static str, &'static EventType>> = LazyLock::new(|| {
    EVENT_TYPES
        .iter()
        .map(|known| (known.event_type, known))
        .collect()
});

/// The attributes of a profile that are known from the start, by path.
pub fn attributes() -> &'static [KnownField] {
    &ATTRIBUTES
}

/// The fields of events that are known from the start, the most used first.
pub fn event_fields() -> &'static [KnownField] {
    &EVENTS
}

/// The type of event, where it is known from the start.
pub fn event_type(event_type: &str) -> Option<&'static EventType> {
    TITLES.get(event_type).copied()
}

/// What people call a type of event; the type itself where it has no other name.
pub fn event_title(event_type: &str) -> &str {
    TITLES.get(event_type).map_or(event_type, |known| known.title)
}

/// What people call an attribute, where it is known from the start.
pub fn attribute_title(path: &str) -> Option<String> {
    title(&ATTRIBUTES, path)
}

/// What people call a field of an event, where it is known from the start.
pub fn event_field_title(path: &str) -> Option<String> {
    title(&EVENTS, path)
}

fn title(fields: &[KnownField], path: &str) -> Option<String> {
    fields
        .iter()
        .find(|field| field.path == path)
        .map(|field| field.title.clone())
}

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
        Self {
            attributes: with_seen(attributes(), Root::Profile, profiles),
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

impl Catalogue {
    /// The schema of templates: the standard one with the attributes of this catalogue, and in a journey that is entered
    /// with an event of this name the fields of events at `context.journey.events.<name>`.
    pub fn templates(&self, entry_event: Option<&str>) -> personalize::Schema {
        let profile = self
            .attributes
            .iter()
            .fold(personalize::Schema::standard(), |schema, field| {
                field.add_to(schema, "profile")
            });
        match entry_event {
            Some(name) => {
                let under = format!("context.journey.events.{name}");
                self.event_fields
                    .iter()
                    .fold(profile, |schema, field| field.add_to(schema, &under))
            }
            None => profile,
        }
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
    let pointer = format!("/{}", path.replace('.', "/"));
    let mut texts = samples
        .iter()
        .filter_map(|sample| sample.pointer(&pointer)?.as_str())
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
    fn every_known_field_can_be_tested_by_a_rule() {
        for field in attributes().iter().chain(event_fields()) {
            assert!(steps(&field.path).is_some(), "{}", field.path);
            assert!(!field.title.is_empty(), "{}", field.path);
        }
        assert_eq!(attribute_title("homeAddress.city").as_deref(), Some("City"));
    }

    #[test]
    fn templates_may_name_what_the_catalogue_holds() {
        let profiles = [json!({"_acme": {"tags": ["a"]}})];
        let schema = Catalogue::of(&profiles, &[], &[]).templates(Some("order"));
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
