//! Questions about values in JSON documents. Every answer is true or false, never null, and no document makes a query fail.

use heliograph_model::audience::{Item, Order, Part, Question, Step};

use super::Engine;
use crate::statement::Binds;

/// SQL that is true where the value at a path of a document answers yes. `document` is SQL for a JSON object; `depth`
/// tells how many lists have been opened around it.
pub(crate) fn answer(
    engine: Engine,
    binds: &mut Binds,
    document: &str,
    steps: &[Step<'_>],
    question: &Question,
    depth: usize,
) -> String {
    let open = steps.iter().position(|step| step.each);
    let (way, rest) = steps.split_at(open.map_or(steps.len(), |index| index + 1));
    let value = Value::at(engine, binds, document, way);
    if open.is_none() {
        return value.answer(binds, question);
    }
    let item = format!("item{depth}");
    let inner = answer(engine, binds, &format!("{item}.value"), rest, question, depth + 1);
    match value {
        Value::Sqlite { document, path } => format!(
            "(json_type({document}, {path}) IS 'array' AND EXISTS (SELECT 1 FROM json_each({document}, {path}) AS {item} \
             WHERE CASE {item}.type WHEN 'object' THEN {inner} ELSE FALSE END))"
        ),
        Value::Postgres { value } => format!(
            "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof({value}) WHEN 'array' THEN {value} \
             ELSE '[]'::jsonb END) AS {item} WHERE {inner})"
        ),
    }
}

/// A value in a document, as each engine finds it.
enum Value {
    Sqlite { document: String, path: String },
    Postgres { value: String },
}

impl Value {
    fn at(engine: Engine, binds: &mut Binds, document: &str, way: &[Step<'_>]) -> Self {
        match engine {
            Engine::Sqlite => {
                // Names hold neither quotes nor backslashes: `audience::steps` refuses them.
                let path = way
                    .iter()
                    .fold("$".to_owned(), |path, step| format!("{path}.\"{}\"", step.name));
                Self::Sqlite {
                    document: document.to_owned(),
                    path: binds.text(path),
                }
            }
            Engine::Postgres => {
                // `->` with text finds fields of objects only, as the other engine and memory do; `#>` would count into
                // lists.
                let value = way.iter().fold(document.to_owned(), |value, step| {
                    format!("{value}->{}", binds.text(step.name))
                });
                Self::Postgres {
                    value: format!("({value})"),
                }
            }
        }
    }

    /// SQL of its type, as the engine calls it.
    fn kind(&self) -> String {
        match self {
            Self::Sqlite { document, path } => format!("json_type({document}, {path})"),
            Self::Postgres { value } => format!("jsonb_typeof({value})"),
        }
    }

    /// SQL of the text, where it is text.
    fn text(&self) -> String {
        match self {
            Self::Sqlite { document, path } => format!("json_extract({document}, {path})"),
            Self::Postgres { value } => format!("({value} #>> '{{}}')"),
        }
    }

    fn answer(&self, binds: &mut Binds, question: &Question) -> String {
        let kind = self.kind();
        let text = self.text();
        match (self, question) {
            (_, Question::Never) => "FALSE".to_owned(),
            (Self::Sqlite { document, path }, Question::Exists) => format!(
                "CASE {kind} WHEN 'text' THEN {text} <> '' WHEN 'array' THEN json_array_length({document}, {path}) > 0 \
                 WHEN 'null' THEN FALSE ELSE {kind} IS NOT NULL END"
            ),
            (Self::Postgres { value }, Question::Exists) => format!(
                "CASE {kind} WHEN 'string' THEN {text} <> '' WHEN 'array' THEN jsonb_array_length({value}) > 0 \
                 WHEN 'null' THEN FALSE ELSE {kind} IS NOT NULL END"
            ),
            (_, Question::Text { part, text: wanted }) => {
                let (lower, wanted) = (self.lower(&text), binds.text(wanted.as_str()));
                let compare = match part {
                    Part::Whole => format!("{lower} = {wanted}"),
                    Part::Start => format!("substr({lower}, 1, length({wanted})) = {wanted}"),
                    Part::End => format!(
                        "length({text}) >= length({wanted}) \
                         AND substr({lower}, length({text}) - length({wanted}) + 1) = {wanted}"
                    ),
                };
                self.where_text(&compare)
            }
            (_, Question::Number { order, than }) => {
                let compare = match order {
                    Order::Equal => "=",
                    Order::Greater => ">",
                    Order::GreaterOrEqual => ">=",
                    Order::Less => "<",
                    Order::LessOrEqual => "<=",
                };
                let than = binds.real(*than);
                let number = self.number(&text);
                match self {
                    Self::Sqlite { .. } => format!(
                        "CASE WHEN {kind} IN ('integer', 'real') THEN {number} {compare} {than} ELSE FALSE END"
                    ),
                    Self::Postgres { .. } => {
                        format!("CASE {kind} WHEN 'number' THEN {number} {compare} {than} ELSE FALSE END")
                    }
                }
            }
            (Self::Sqlite { .. }, Question::Truth(truth)) => format!("{kind} IS '{truth}'"),
            (Self::Postgres { value }, Question::Truth(truth)) => {
                format!("COALESCE({value} = '{truth}'::jsonb, FALSE)")
            }
            (_, Question::Contains(item)) => self.contains(binds, item),
            (_, Question::Instant { from, until }) => {
                let mut bounds = vec!["moment.at IS NOT NULL".to_owned()];
                if let Some(from) = from {
                    bounds.push(format!("moment.at >= {}", binds.integer(from.as_millis())));
                }
                if let Some(until) = until {
                    bounds.push(format!("moment.at < {}", binds.integer(until.as_millis())));
                }
                let moment = super::instant::of(
                    match self {
                        Self::Sqlite { .. } => Engine::Sqlite,
                        Self::Postgres { .. } => Engine::Postgres,
                    },
                    &text,
                );
                self.where_text(&format!(
                    "EXISTS (SELECT 1 FROM ({moment}) AS moment WHERE {})",
                    bounds.join(" AND ")
                ))
            }
        }
    }

    /// A condition that is asked only where the value is text.
    fn where_text(&self, condition: &str) -> String {
        let name = match self {
            Self::Sqlite { .. } => "text",
            Self::Postgres { .. } => "string",
        };
        format!(
            "CASE {} WHEN '{name}' THEN {condition} ELSE FALSE END",
            self.kind()
        )
    }

    /// The text with the letters A to Z in lower case: all that SQLite's `lower` does, and PostgreSQL's in the collation C.
    fn lower(&self, text: &str) -> String {
        match self {
            Self::Sqlite { .. } => format!("lower({text})"),
            Self::Postgres { .. } => format!("lower({text} COLLATE \"C\")"),
        }
    }

    fn number(&self, text: &str) -> String {
        match self {
            Self::Sqlite { .. } => format!("CAST({text} AS REAL)"),
            Self::Postgres { .. } => format!("CAST({text} AS DOUBLE PRECISION)"),
        }
    }

    fn contains(&self, binds: &mut Binds, item: &Item) -> String {
        let found = match (self, item) {
            (Self::Sqlite { .. }, Item::Text(text)) => {
                let wanted = binds.text(text.as_str());
                format!("CASE element.type WHEN 'text' THEN lower(element.value) = {wanted} ELSE FALSE END")
            }
            (Self::Postgres { .. }, Item::Text(text)) => {
                let wanted = binds.text(text.as_str());
                format!(
                    "CASE jsonb_typeof(element.value) WHEN 'string' \
                     THEN lower((element.value #>> '{{}}') COLLATE \"C\") = {wanted} ELSE FALSE END"
                )
            }
            (Self::Sqlite { .. }, Item::Number(number)) => {
                let wanted = binds.real(*number);
                format!(
                    "CASE WHEN element.type IN ('integer', 'real') THEN CAST(element.value AS REAL) = {wanted} \
                     ELSE FALSE END"
                )
            }
            (Self::Postgres { .. }, Item::Number(number)) => {
                let wanted = binds.real(*number);
                format!(
                    "CASE jsonb_typeof(element.value) WHEN 'number' \
                     THEN CAST(element.value #>> '{{}}' AS DOUBLE PRECISION) = {wanted} ELSE FALSE END"
                )
            }
            (Self::Sqlite { .. }, Item::Truth(truth)) => format!("element.type = '{truth}'"),
            (Self::Postgres { .. }, Item::Truth(truth)) => format!("element.value = '{truth}'::jsonb"),
        };
        let list = match self {
            Self::Sqlite { document, path } => {
                format!("EXISTS (SELECT 1 FROM json_each({document}, {path}) AS element WHERE {found})")
            }
            Self::Postgres { value } => format!(
                "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof({value}) WHEN 'array' THEN {value} \
                 ELSE '[]'::jsonb END) AS element WHERE {found})"
            ),
        };
        let inside = match item {
            Item::Text(text) => {
                let (lower, wanted) = (self.lower(&self.text()), binds.text(text.as_str()));
                match self {
                    Self::Sqlite { .. } => format!("WHEN 'text' THEN instr({lower}, {wanted}) > 0 "),
                    Self::Postgres { .. } => format!("WHEN 'string' THEN strpos({lower}, {wanted}) > 0 "),
                }
            }
            Item::Number(_) | Item::Truth(_) => String::new(),
        };
        format!(
            "CASE {} WHEN 'array' THEN {list} {inside}ELSE FALSE END",
            self.kind()
        )
    }
}
