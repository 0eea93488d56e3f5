//! The data of the reference's examples, and how one is tried out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::functions::Example;
use super::super::{
    Finding, FindingCode, Fragments, ParseOptions, RenderOptions, Root, Schema, Scope, Template,
};

/// The moment of the examples, in milliseconds: 7 January 2025, 06:47:10 UTC.
pub const NOW_MILLIS: i64 = 1_736_232_430_000;

/// The time zone of the examples, unless one says otherwise.
pub const ZONE: &str = "UTC";

/// The person, the journey and the device of the examples.
static DATA: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "profile": {
            "person": {
                "name": {"firstName": "Ada", "lastName": "Rossi"},
                "birthDate": "1990-01-08"
            },
            "preferredLanguage": "it-IT",
            "personalEmail": {"address": "ada@example.com"},
            "homeAddress": {"city": "Turin", "countryCode": "IT"},
            "loyalty": {"tier": "gold", "points": 1240, "tierExpiryDate": "2025-01-31"},
            "productsInCart": [
                {"name": "Trail shoes", "price": 129.9, "quantity": 1},
                {"name": "Wool socks", "price": 14.5, "quantity": 2}
            ],
            "shoe-size": 38,
            "identityMap": {
                "CRM": [{"id": "10482"}],
                "Email": [{"id": "ada@example.com"}]
            },
            "segmentMembership": {"ups": {"5fd513d7": {"status": "existing"}}}
        },
        "context": {
            "journey": {
                "events": {"order": {"number": "A-1027", "deliveryAt": "2025-01-10T08:30:00Z"}},
                "technicalProperties": {"journeyVersionName": "Order follow-up"}
            }
        },
        "audience": {"name": "Hikers"},
        "device": {"platform": "ios"},
        "app": {"name": "Trailhead"}
    })
});

/// Root and data of the examples.
const ROOTS: [Root; 5] = [
    Root::Profile,
    Root::Context,
    Root::Audience,
    Root::Device,
    Root::App,
];

/// The fields that an example may name: the standard ones and those of the data.
static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    ROOTS.into_iter().fold(Schema::standard(), |schema, root| {
        schema.learn(root, &DATA[root.name()])
    })
});

static FRAGMENTS: LazyLock<Fragments> = LazyLock::new(|| {
    let mut fragments = Fragments::default();
    fragments.insert("more", "Don't miss our {{sport}} collection.");
    fragments
});

/// All data of the examples, as JSON.
pub fn data() -> &'static Value {
    &DATA
}

/// What became of a template with the data of the examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// What it prints, or why it prints nothing.
    pub text: Result<String, String>,
    /// What is wrong or unwise in it.
    pub findings: Vec<Finding>,
    /// What went wrong with these data: a date that could not be read.
    pub warnings: Vec<String>,
    /// The fields that it reads, each with its value as JSON; none where the person has no such field.
    pub data: Vec<(String, Option<String>)>,
}

/// What the reference says of one of its examples: what it prints, and the fields that it reads. A test holds that this is
/// what [`try_out`] gives.
pub fn as_said(example: Example) -> Tried {
    let template =
        Template::parse_with_fragments(example.source, &ParseOptions::default(), &FRAGMENTS).template;
    Tried {
        text: Ok(example.result.to_owned()),
        findings: Vec::new(),
        warnings: Vec::new(),
        data: read(&template.paths()),
    }
}

/// Renders a template with the data of the examples, as a push would be rendered for a person in this time zone.
pub fn try_out(source: &str, zone: &str) -> Tried {
    let parsed = Template::parse_with_fragments(source, &ParseOptions::default(), &FRAGMENTS);
    let mut findings = parsed.findings;
    // Of fields that this person lacks the rendering warns; that others may lack those that are there is no news here.
    let unwise = parsed.template.check(&SCHEMA).into_iter();
    findings.extend(unwise.filter(|finding| finding.code != FindingCode::MissingFallback));
    let [profile, context, audience, device, app] = ROOTS.map(|root| &DATA[root.name()]);
    let scope = Scope::at(NOW_MILLIS)
        .profile(profile)
        .context(context)
        .audience(audience)
        .device(device)
        .app(app)
        .time_zone(zone);
    let (text, warnings) = match parsed.template.render(&scope, &RenderOptions::default()) {
        Ok(rendered) => (
            Ok(rendered.text),
            rendered
                .warnings
                .into_iter()
                .map(|warning| warning.message)
                .collect(),
        ),
        Err(error) => (Err(error.to_string()), Vec::new()),
    };
    Tried {
        text,
        findings,
        warnings,
        data: read(&parsed.template.paths()),
    }
}

/// The values of paths. Of what stands inside a list, the list is shown.
fn read(paths: &[String]) -> Vec<(String, Option<String>)> {
    let mut found = BTreeMap::new();
    for path in paths {
        let mut place = &*DATA;
        let mut walked = String::new();
        for name in path.split('.') {
            if place.is_array() {
                break;
            }
            place = place.get(name).unwrap_or(&Value::Null);
            if !walked.is_empty() {
                walked.push('.');
            }
            walked.push_str(name);
        }
        let value = (!place.is_null()).then(|| place.to_string());
        found.insert(walked, value);
    }
    // What an object shows, its fields need not repeat.
    let objects: Vec<String> = found
        .iter()
        .filter(|(_, value)| value.as_ref().is_some_and(|value| value.starts_with('{')))
        .map(|(path, _)| format!("{path}."))
        .collect();
    found.retain(|path, _| !objects.iter().any(|object| path.starts_with(object)));
    found.into_iter().collect()
}
