//! The fields and events that are known from the start: what pickers offer and sentences call by name.
//!
//! Profile fields are those that templates know ([`personalize::Schema::standard`]); fields and types of events are here.
//! Sources: the field groups *Commerce Details*, *Web Details*, *Application Details* and *Mobile Lifecycle Details* of
//! <https://github.com/adobe/xdm/tree/master/docs/reference>, and the event types of the SDK's messaging and lifecycle
//! extensions.

mod catalogue;

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

pub use catalogue::{Catalogue, Filled, KnownEvent};

use crate::personalize::{self, FieldType};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::steps;

    #[test]
    fn every_known_field_can_be_tested_by_a_rule() {
        for field in attributes().iter().chain(event_fields()) {
            assert!(steps(&field.path).is_some(), "{}", field.path);
            assert!(!field.title.is_empty(), "{}", field.path);
        }
        assert_eq!(attribute_title("homeAddress.city").as_deref(), Some("City"));
    }
}
