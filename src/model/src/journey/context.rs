//! What a journey tells its messages: the roots `context` and `audience` of their templates.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    ids::{AudienceId, InstanceId, JourneyId, JourneyVersionId},
    personalize::FieldType,
};

/// A field of `context.journey.technicalProperties`. Named as Journey Optimizer names the properties of a journey, where it
/// has them (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/orchestrate-journeys/building-advanced-conditions-journeys/journey-properties>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TechnicalProperty {
    /// Which journey.
    Journey,
    /// Which version of it.
    Version,
    /// What people called the journey when the profile entered.
    Name,
    /// The version's number.
    Number,
    /// Which stay of which profile.
    Instance,
}

impl TechnicalProperty {
    /// All that a journey tells; it tells each of them to every message.
    pub const ALL: [Self; 5] = [
        Self::Journey,
        Self::Version,
        Self::Name,
        Self::Number,
        Self::Instance,
    ];

    /// By which templates name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Journey => "journeyUID",
            Self::Version => "journeyVersionUID",
            Self::Name => "journeyVersionName",
            Self::Number => "journeyVersion",
            Self::Instance => "instanceUID",
        }
    }

    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Journey => "Journey identifier",
            Self::Version => "Journey version identifier",
            Self::Name => "Journey name",
            Self::Number => "Journey version",
            Self::Instance => "Identifier of the profile's stay in the journey",
        }
    }

    /// Its type.
    pub const fn field_type(self) -> FieldType {
        match self {
            Self::Number => FieldType::Integer,
            Self::Journey | Self::Version | Self::Name | Self::Instance => FieldType::Text,
        }
    }
}

/// The path under which templates find the properties.
pub const TECHNICAL_PROPERTIES: &str = "context.journey.technicalProperties";

/// Is the field at this path there in every push?
pub fn is_always_told(path: &str) -> bool {
    let name = path
        .strip_prefix(TECHNICAL_PROPERTIES)
        .and_then(|rest| rest.strip_prefix('.'));
    TechnicalProperty::ALL
        .into_iter()
        .any(|property| Some(property.name()) == name)
}

/// With what a profile enters a journey.
#[derive(Debug, Clone, PartialEq)]
pub enum EnteredWith {
    /// An event.
    Event {
        /// Its name in templates: `context.journey.events.<name>`.
        name: String,
        /// What it says; null where that is not known.
        xdm: Value,
    },
    /// An audience that the journey read.
    Audience {
        /// Which.
        id: AudienceId,
        /// What people called it then.
        name: String,
    },
}

/// A profile's stay in a journey, as far as messages are told of it.
#[derive(Debug, Clone, Copy)]
pub struct Stay<'a> {
    /// Which journey.
    pub journey: JourneyId,
    /// Which version of it.
    pub version: JourneyVersionId,
    /// What people call the journey.
    pub name: &'a str,
    /// The version's number.
    pub number: i64,
    /// Which stay.
    pub instance: InstanceId,
}

impl Stay<'_> {
    /// A stay that nobody makes, for previews. Identifiers all have the same length, so that a text is as long as it will be.
    pub const SAMPLE: Stay<'static> = Stay {
        journey: JourneyId(Uuid::nil()),
        version: JourneyVersionId(Uuid::nil()),
        name: "Sample journey",
        number: 1,
        instance: InstanceId(Uuid::nil()),
    };

    fn property(&self, property: TechnicalProperty) -> Value {
        match property {
            TechnicalProperty::Journey => json!(self.journey),
            TechnicalProperty::Version => json!(self.version),
            TechnicalProperty::Name => json!(self.name),
            TechnicalProperty::Number => json!(self.number),
            TechnicalProperty::Instance => json!(self.instance),
        }
    }

    /// What is kept with the stay and its deliveries: the root `context` of their templates, and beside it the root
    /// `audience` of a profile that entered with one ([`audience`]).
    pub fn context(&self, entered: &EnteredWith) -> Value {
        let properties: Map<String, Value> = TechnicalProperty::ALL
            .into_iter()
            .map(|property| (property.name().to_owned(), self.property(property)))
            .collect();
        match entered {
            EnteredWith::Event { name, xdm } => {
                json!({ "journey": { "events": { name: xdm }, "technicalProperties": properties } })
            }
            EnteredWith::Audience { id, name } => json!({
                "journey": { "events": {}, "technicalProperties": properties },
                AUDIENCE: { "id": id, "name": name },
            }),
        }
    }
}

const AUDIENCE: &str = "audience";

/// The root `audience` of the templates of a delivery with this context; none where no audience let the profile in.
pub fn audience(context: &Value) -> Option<&Value> {
    context.get(AUDIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::personalize::{FieldType, Schema, Template};

    fn entered_with_event() -> EnteredWith {
        EnteredWith::Event {
            name: "buy".to_owned(),
            xdm: json!({"product": "tea"}),
        }
    }

    #[test]
    fn templates_may_name_what_a_journey_tells_and_nothing_else_of_it() {
        let context = Stay::SAMPLE.context(&entered_with_event());
        let told = context["journey"]["technicalProperties"].as_object().unwrap();
        let schema = Schema::standard();
        let under = format!("{TECHNICAL_PROPERTIES}.");
        let leaves = schema.leaves();
        let mut known: Vec<&str> = leaves
            .iter()
            .filter_map(|(path, _)| path.strip_prefix(&under))
            .collect();
        let mut names: Vec<&str> = told.keys().map(String::as_str).collect();
        known.sort_unstable();
        names.sort_unstable();
        assert_eq!(known, names);
        for (path, field) in &leaves {
            if let Some(name) = path.strip_prefix(&under) {
                let number = field.field_type == FieldType::Integer;
                assert_eq!(told[name].is_i64(), number, "{name}");
            }
        }
        for nothing in ["supplementalId", "journeyVersionID"] {
            let source = format!("{{{{{under}{nothing}}}}}");
            assert!(
                Template::parse(&source).template.check(&schema)[0].is_error(),
                "{nothing}"
            );
        }
    }

    #[test]
    fn an_audience_is_told_to_those_whom_it_let_in() {
        let id = AudienceId(Uuid::from_u128(7));
        let name = "Hikers".to_owned();
        let context = Stay::SAMPLE.context(&EnteredWith::Audience { id, name });
        assert_eq!(audience(&context), Some(&json!({"id": id, "name": "Hikers"})));
        assert_eq!(context["journey"]["events"], json!({}));
        assert_eq!(audience(&Stay::SAMPLE.context(&entered_with_event())), None);
    }
}
