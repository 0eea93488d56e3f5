//! A rule as a sentence.

use serde_json::Value;

use super::{Comparison, EventTest, FieldTest, Operand, Rule, Window};
use crate::{ids::AudienceId, schema};

/// A rule as one sentence, without a full stop: `City is Rome and at least 2 purchases in the last 30 days`.
pub fn describe(rule: &Rule) -> String {
    describe_naming(rule, |_| None)
}

/// Like [`describe`], with the names of the audiences that the rule mentions.
pub fn describe_naming(rule: &Rule, name: impl Fn(AudienceId) -> Option<String>) -> String {
    let mut text = part(rule, &name, Around::Nothing);
    // A test starts with the title of a field, which has its own spelling, or with a word of ours.
    if let Some(first) = text.get(..1) {
        let first = first.to_ascii_uppercase();
        text.replace_range(..1, &first);
    }
    text
}

/// What a part of a rule stands in, which decides whether it needs brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    And,
    Or,
    Not,
}

fn part(rule: &Rule, name: &dyn Fn(AudienceId) -> Option<String>, around: Around) -> String {
    match rule {
        Rule::All { rules } if rules.is_empty() => "everyone".to_owned(),
        Rule::Any { rules } if rules.is_empty() => "no one".to_owned(),
        Rule::All { rules } => joined(rules, name, Around::And, around),
        Rule::Any { rules } => joined(rules, name, Around::Or, around),
        Rule::Not { rule } => match &**rule {
            Rule::Device { .. } => part(rule, name, Around::Not),
            other => format!("not {}", part(other, name, Around::Not)),
        },
        Rule::Attribute(test) => bracketed(field(test, schema::attribute_title(&test.path)), around),
        Rule::EntryEvent(test) => bracketed(
            format!(
                "entry event’s {}",
                field(test, schema::event_field_title(&test.path))
            ),
            around,
        ),
        Rule::Event(test) => bracketed(event(test), around),
        Rule::Audience { audience } => match name(*audience) {
            Some(name) => format!("in the audience “{name}”"),
            None => "in another audience".to_owned(),
        },
        Rule::Device { platform } => {
            let some = if around == Around::Not { "no" } else { "an" };
            match platform {
                None => format!("{some} active device"),
                Some(platform) => format!("{some} active {} device", platform.title()),
            }
        }
    }
}

fn bracketed(text: String, around: Around) -> String {
    if around == Around::Not {
        format!("({text})")
    } else {
        text
    }
}

fn joined(
    rules: &[Rule],
    name: &dyn Fn(AudienceId) -> Option<String>,
    inner: Around,
    around: Around,
) -> String {
    if let [only] = rules {
        return part(only, name, around);
    }
    let parts: Vec<String> = rules.iter().map(|rule| part(rule, name, inner)).collect();
    let text = parts.join(if inner == Around::And { " and " } else { " or " });
    if around == Around::Nothing || around == inner {
        text
    } else {
        format!("({text})")
    }
}

fn event(test: &EventTest) -> String {
    let kind = schema::event_type(&test.event_type);
    let one = test.count == 1;
    let what = match (kind, one) {
        (Some(kind), true) => kind.one.to_owned(),
        (Some(kind), false) => kind.many.to_owned(),
        (None, true) => format!("“{}” event", test.event_type),
        (None, false) => format!("“{}” events", test.event_type),
    };
    let mut text = match (test.comparison, test.count) {
        (Comparison::AtMost | Comparison::Exactly, 0) => format!("no {what}"),
        (comparison, count) => format!("{} {count} {what}", comparison.title()),
    };
    let window = match test.window {
        Window::Ever => None,
        Window::Minutes { n } => Some((n, "minute")),
        Window::Hours { n } => Some((n, "hour")),
        Window::Days { n } => Some((n, "day")),
    };
    match window {
        None => {}
        Some((1, unit)) => text.push_str(&format!(" in the last {unit}")),
        Some((n, unit)) => text.push_str(&format!(" in the last {n} {unit}s")),
    }
    if !test.conditions.is_empty() {
        let conditions: Vec<String> = test.conditions.iter().map(describe_field_test).collect();
        text.push_str(&format!(" (where {})", conditions.join(" and ")));
    }
    text
}

/// A test of a field of an event as a part of a sentence: `Order total is at least 100`.
pub fn describe_field_test(test: &FieldTest) -> String {
    field(test, schema::event_field_title(&test.path))
}

fn field(test: &FieldTest, title: Option<String>) -> String {
    let title = title.unwrap_or_else(|| {
        if test.path.is_empty() {
            "a field".to_owned()
        } else {
            test.path.clone()
        }
    });
    let operator = test.operator.title();
    match test.operator.operand() {
        Operand::Nothing => format!("{title} {operator}"),
        Operand::Days if test.value == 1 => format!("{title} {operator} 1 day"),
        Operand::Days => format!("{title} {operator} {} days", value(&test.value)),
        Operand::Scalar | Operand::Text | Operand::Number | Operand::Date => {
            format!("{title} {operator} {}", value(&test.value))
        }
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "…".to_owned(),
        Value::String(text) if text.is_empty() => "…".to_owned(),
        Value::String(text) if text.contains(' ') => format!("“{text}”"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{app_config::Platform, audience::Operator};

    fn attribute(path: &str, operator: Operator, value: Value) -> Rule {
        Rule::Attribute(FieldTest {
            path: path.to_owned(),
            operator,
            value,
        })
    }

    #[test]
    fn a_rule_reads_as_a_sentence() {
        let purchases = |comparison, count, window, conditions| {
            Rule::Event(EventTest {
                event_type: "commerce.purchases".to_owned(),
                conditions,
                comparison,
                count,
                window,
            })
        };
        let rome = attribute("homeAddress.city", Operator::Equals, json!("Rome"));
        assert_eq!(
            describe(&Rule::All {
                rules: vec![
                    rome.clone(),
                    purchases(Comparison::AtLeast, 2, Window::Days { n: 30 }, vec![]),
                ]
            }),
            "City is Rome and at least 2 purchases in the last 30 days"
        );
        let dear = FieldTest {
            path: "commerce.order.priceTotal".to_owned(),
            operator: Operator::Greater,
            value: json!(99.5),
        };
        assert_eq!(
            describe(&Rule::Any {
                rules: vec![
                    Rule::All {
                        rules: vec![
                            attribute("_acme.plan", Operator::StartsWith, json!("gold or so")),
                            Rule::Not { rule: Box::new(rome) },
                        ]
                    },
                    purchases(Comparison::Exactly, 0, Window::Hours { n: 1 }, vec![dear]),
                    Rule::Device {
                        platform: Some(Platform::Ios)
                    },
                ]
            }),
            "(_acme.plan starts with “gold or so” and not (City is Rome)) or no purchases in the last hour \
             (where Order total is more than 99.5) or an active iOS device"
        );
        assert_eq!(describe(&Rule::default()), "Everyone");
        assert_eq!(
            describe(&attribute(
                "person.birthDate",
                Operator::LongerAgoThanDays,
                json!(1)
            )),
            "Birth date is longer ago than 1 day"
        );
    }

    #[test]
    fn audiences_are_called_by_name_where_it_is_known() {
        let rule = Rule::Audience {
            audience: AudienceId(uuid::Uuid::nil()),
        };
        assert_eq!(describe(&rule), "In another audience");
        assert_eq!(
            describe_naming(&rule, |_| Some("Gold".to_owned())),
            "In the audience “Gold”"
        );
        let nor = Rule::All {
            rules: [rule, Rule::Device { platform: None }]
                .into_iter()
                .map(|rule| Rule::Not { rule: Box::new(rule) })
                .collect(),
        };
        assert_eq!(describe(&nor), "Not in another audience and no active device");
    }
}
