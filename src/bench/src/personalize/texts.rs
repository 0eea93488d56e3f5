//! The templates that all engines render, and the data.

use serde_json::{Value, json};

/// A length of text that an author may well come to, in bytes.
pub(crate) const LONG: usize = 4096;

/// A template in both spellings; Handlebars and Heliograph share one.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) mustache: &'static str,
    pub(crate) jinja: &'static str,
}

/// The title and the body of a push: four fields and one condition.
pub(crate) const PUSH: [Text; 2] = [
    Text {
        mustache: "{{profile.person.name.firstName}}, your parcel is on its way",
        jinja: "{{profile.person.name.firstName}}, your parcel is on its way",
    },
    Text {
        mustache: "Parcel {{context.journey.events.shipped.parcel}} leaves for {{profile.homeAddress.city}} today. \
            {{#if profile.loyalty.member}}It earns you {{profile.loyalty.points}} points.{{else}}Join us and \
            collect points.{{/if}}",
        jinja: "Parcel {{context.journey.events.shipped.parcel}} leaves for {{profile.homeAddress.city}} today. \
            {% if profile.loyalty.member %}It earns you {{profile.loyalty.points}} points.{% else %}Join us and \
            collect points.{% endif %}",
    },
];

/// A list of five, with two fields of each.
pub(crate) const LIST: [Text; 1] = [Text {
    mustache: "Still in your basket:{{#each profile.basket as |item|}} {{item.quantity}} {{item.name}};{{/each}} come back",
    jinja: "Still in your basket:{% for item in profile.basket %} {{item.quantity}} {{item.name}};{% endfor %} come back",
}];

/// A template of [`LONG`] bytes, made of the others over and over, and filled up with words.
pub(crate) fn long(spelling: impl Fn(Text) -> &'static str) -> String {
    let unit: Vec<&str> = PUSH.into_iter().chain(LIST).map(spelling).collect();
    let unit = unit.join("\n");
    let mut text = String::with_capacity(LONG);
    for _ in 0..10 {
        text.push_str(&unit);
        text.push('\n');
    }
    while text.len() < LONG {
        text.push_str(&"and so on "[..(LONG - text.len()).min(10)]);
    }
    text
}

/// What is known of one person, and of what happened.
pub(crate) fn data() -> (Value, Value) {
    let profile = json!({
        "_id": "8c1f7c6b2f5a4e0e",
        "person": {
            "name": {"firstName": "Ada", "lastName": "Lovelace"},
            "birthDate": "1990-12-10",
            "gender": "female",
        },
        "homeAddress": {"street1": "12 St James's Square", "city": "London", "postalCode": "SW1Y 4JH", "countryCode": "GB"},
        "personalEmail": {"address": "ada@example.com"},
        "mobilePhone": {"number": "+442079460018"},
        "preferredLanguage": "en-GB",
        "timeZone": "Europe/London",
        "loyalty": {"member": true, "tier": "gold", "points": 1843, "since": "2021-03-01"},
        "basket": [
            {"name": "boots", "quantity": 1, "price": 129.9},
            {"name": "socks", "quantity": 3, "price": 8.5},
            {"name": "laces", "quantity": 2, "price": 4},
            {"name": "scarf", "quantity": 1, "price": 39},
            {"name": "gloves", "quantity": 1, "price": 24.95},
        ],
    });
    let context =
        json!({"journey": {"events": {"shipped": {"parcel": "JD0002 4915", "carrier": "Royal Mail"}}}});
    (profile, context)
}
