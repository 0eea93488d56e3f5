//! The fields that templates can name, with types and titles.

mod standard;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::functions::Kind;
use super::program::Root;
use crate::journey::context::{TECHNICAL_PROPERTIES, TechnicalProperty};

/// Fields learned from one sample at most, so that odd data cannot make a schema huge.
const MAX_LEARNED: usize = 2_000;
/// How deep samples are looked into.
const MAX_LEARNED_DEPTH: usize = 16;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A date, with time or without, in ISO form.
    Date,
    /// Fields of its own.
    Object,
    /// Not known.
    Any,
}

impl FieldType {
    /// The name of the type, as the functions' signatures have it.
    pub fn name(self) -> &'static str {
        match self {
            FieldType::Text => Kind::Text.name(),
            FieldType::Integer => Kind::Integer.name(),
            FieldType::Number => Kind::Number.name(),
            FieldType::Boolean => Kind::Boolean.name(),
            FieldType::Date => Kind::Date.name(),
            FieldType::Object => "object",
            FieldType::Any => Kind::Any.name(),
        }
    }

    fn of(value: &Value) -> FieldType {
        match value {
            Value::Null | Value::Array(_) => FieldType::Any,
            Value::Bool(_) => FieldType::Boolean,
            Value::Number(number) if number.is_f64() => FieldType::Number,
            Value::Number(_) => FieldType::Integer,
            Value::String(_) => FieldType::Text,
            Value::Object(_) => FieldType::Object,
        }
    }
}

/// A field, and the fields inside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// What people call it: "First name".
    pub title: String,
    /// Its type; of its items, if it is a list.
    pub field_type: FieldType,
    /// Whether it is a list of values of that type.
    pub list: bool,
    /// Whether it may have fields that are not listed here, such as the keys of a map.
    pub open: bool,
    /// Its fields (or those of its items) by name.
    pub fields: BTreeMap<String, Field>,
}

impl Field {
    fn object(name: &str) -> Field {
        Field {
            title: title_of(name),
            field_type: FieldType::Object,
            list: false,
            open: false,
            fields: BTreeMap::new(),
        }
    }

    /// The type in words: `text`, `list of object`.
    pub fn type_name(&self) -> String {
        if self.list {
            format!("list of {}", self.field_type.name())
        } else {
            self.field_type.name().to_owned()
        }
    }
}

/// The fields that templates can name.
///
/// Paths are written with dots, and `[]` after a list: `profile.productsInCart[].price`.
///
/// ```
/// use heliograph_model::personalize::{FieldType, Schema, Template};
///
/// let schema = Schema::standard().field("profile.pet.name", FieldType::Text, "Name of the pet");
/// let findings = Template::parse("{{profile.pet.nmae}}").template.check(&schema);
/// assert_eq!(findings[0].message, "profile.pet.nmae is not a known field; did you mean name?");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    roots: BTreeMap<String, Field>,
}

impl Schema {
    /// A schema in which every root is there and has no field.
    pub fn empty() -> Schema {
        let named = |root: Root| {
            let mut field = Field::object(root.name());
            if root == Root::Now {
                field.field_type = FieldType::Date;
            }
            (root.name().to_owned(), field)
        };
        Schema {
            roots: Root::ALL.into_iter().map(named).collect(),
        }
    }

    /// A schema in which every path is allowed.
    pub fn any() -> Schema {
        Root::ALL
            .into_iter()
            .fold(Schema::empty(), |schema, root| schema.open(root.name()))
    }

    /// The profile fields of Adobe's Experience Data Model that apps send most, and what Heliograph itself adds.
    ///
    /// Sources: the field groups of <https://github.com/adobe/xdm/tree/master/docs/reference>, and
    /// [`TechnicalProperty`] for what a journey tells of itself.
    pub fn standard() -> Schema {
        let mut schema = Schema::empty();
        for (path, field_type, title) in standard::FIELDS {
            schema = schema.field(path, *field_type, title);
        }
        for property in TechnicalProperty::ALL {
            let path = format!("{TECHNICAL_PROPERTIES}.{}", property.name());
            schema = schema.field(&path, property.field_type(), property.title());
        }
        for path in standard::OPEN {
            schema = schema.open(path);
        }
        schema
    }

    /// Adds a field, and the objects and lists around it that are still missing.
    pub fn field(mut self, path: &str, field_type: FieldType, title: &str) -> Schema {
        if let Some(field) = self.at(path) {
            field.field_type = field_type;
            field.title = if title.is_empty() {
                title_of(last_name(path))
            } else {
                title.to_owned()
            };
        }
        self
    }

    /// Allows fields of any name under a path, such as the keys of a map.
    pub fn open(mut self, path: &str) -> Schema {
        if let Some(field) = self.at(path) {
            field.open = true;
        }
        self
    }

    /// Allows no other fields under a path than those that were added.
    pub fn close(mut self, path: &str) -> Schema {
        if let Some(field) = self.at(path) {
            field.open = false;
        }
        self
    }

    /// Adds the fields of a sample, such as a real profile, with the types that they have there.
    ///
    /// What is known keeps its type and title.
    pub fn learn(mut self, root: Root, sample: &Value) -> Schema {
        let mut left = MAX_LEARNED;
        if let Some(field) = self.roots.get_mut(root.name()) {
            learn(field, sample, MAX_LEARNED_DEPTH, &mut left);
        }
        self
    }

    /// The field of a root.
    pub fn root(&self, root: Root) -> Option<&Field> {
        self.roots.get(root.name())
    }

    /// Every field that is not an object, as its path and itself, for a picker.
    pub fn leaves(&self) -> Vec<(String, &Field)> {
        let mut found = Vec::new();
        for (name, field) in &self.roots {
            collect(name.clone(), field, &mut found);
        }
        found
    }

    /// The field of a path, made with all around it if need be; nothing if the path starts with no root.
    fn at(&mut self, path: &str) -> Option<&mut Field> {
        let mut steps = path.split('.').map(|step| match step.strip_suffix("[]") {
            Some(name) => (name, true),
            None => (step, false),
        });
        let (root, _) = steps.next()?;
        let mut field = self.roots.get_mut(root)?;
        for (name, list) in steps {
            field = field
                .fields
                .entry(name.to_owned())
                .or_insert_with(|| Field::object(name));
            field.list |= list;
        }
        Some(field)
    }
}

fn collect<'s>(path: String, field: &'s Field, found: &mut Vec<(String, &'s Field)>) {
    if field.field_type != FieldType::Object {
        found.push((path.clone(), field));
    }
    for (name, inner) in &field.fields {
        let list = if field.list { "[]" } else { "" };
        collect(format!("{path}{list}.{name}"), inner, found);
    }
}

fn learn(field: &mut Field, sample: &Value, depth: usize, left: &mut usize) {
    if depth == 0 {
        return;
    }
    match sample {
        Value::Object(map) => {
            for (name, value) in map {
                if !field.fields.contains_key(name) {
                    if *left == 0 {
                        return;
                    }
                    *left -= 1;
                    let (list, item) = match value {
                        Value::Array(items) => (true, items.first().unwrap_or(&Value::Null)),
                        other => (false, other),
                    };
                    let fresh = Field {
                        field_type: FieldType::of(item),
                        list,
                        ..Field::object(name)
                    };
                    field.fields.insert(name.clone(), fresh);
                }
                if let Some(inner) = field.fields.get_mut(name) {
                    learn(inner, value, depth - 1, left);
                }
            }
        }
        Value::Array(items) => {
            for item in items.iter().take(8) {
                learn(field, item, depth - 1, left);
            }
        }
        _ => {}
    }
}

fn last_name(path: &str) -> &str {
    path.trim_end_matches("[]").rsplit('.').next().unwrap_or(path)
}

/// `First name` for `firstName`.
fn title_of(name: &str) -> String {
    let mut title = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if title.is_empty() {
            title.extend(character.to_uppercase());
        } else if character.is_uppercase() {
            title.push(' ');
            title.extend(character.to_lowercase());
        } else {
            title.push(if character == '_' { ' ' } else { character });
        }
    }
    title
}
