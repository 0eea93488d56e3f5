//! What is wrong with a rule, told where it is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Comparison, EventTest, FieldTest, Operand, Operator, Rule, Window, instant, needs, steps};
use crate::ids::AudienceId;

/// Most tests in one rule.
pub const TESTS_MAX: usize = 100;
/// Most groups within groups.
pub const DEPTH_MAX: usize = 8;
/// Longest text to compare with, in characters.
const TEXT_MAX: usize = 500;
/// Longest type of an event, in bytes.
const EVENT_TYPE_MAX: usize = 200;
/// Longest window and longest look back, in days: ten years.
const DAYS_MAX: u32 = 3_653;

/// Where a rule is used, which decides what it may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In an audience: the entry event of a journey is out of its reach.
    Audience,
    /// In a condition of a journey.
    Journey,
}

/// Something that is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleProblem {
    /// The way from the root to the part: at each group the index of the part, at a “not” 0, at an event test the index of
    /// the condition. Empty: the rule as a whole, or a rule of one test.
    pub path: Vec<usize>,
    /// What is wrong and what to do, in plain words.
    pub message: String,
}

/// Everything that is wrong with a rule; empty where it can be used. That the audiences it names exist and do not lead back
/// to it is for whoever knows them.
pub fn validate(rule: &Rule, place: Place) -> Vec<RuleProblem> {
    let mut check = Check {
        place,
        at: Vec::new(),
        tests: 0,
        problems: Vec::new(),
    };
    check.rule(rule);
    if check.tests > TESTS_MAX {
        check.problem(format!(
            "The rule has more than {TESTS_MAX} tests; move some of them to an audience of their own."
        ));
    }
    check.problems
}

/// What is wrong with the audiences that a rule names: one is gone, or leads back to the audience whose rule this is
/// (`own`; none where it is new). `known` holds the rule of every audience.
pub fn validate_references(
    rule: &Rule,
    own: Option<AudienceId>,
    known: &BTreeMap<AudienceId, Rule>,
) -> Vec<RuleProblem> {
    let mut named = Vec::new();
    references(rule, &mut Vec::new(), &mut named);
    named
        .into_iter()
        .filter_map(|(path, audience)| {
            let message = if !known.contains_key(&audience) {
                "This audience has been deleted; choose another one."
            } else if own.is_some_and(|own| leads_to(audience, own, known)) {
                "This audience leads back to the one that you are editing; choose another one."
            } else {
                return None;
            };
            Some(RuleProblem {
                path,
                message: message.to_owned(),
            })
        })
        .collect()
}

fn references(rule: &Rule, at: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, AudienceId)>) {
    let parts = match rule {
        Rule::All { rules } | Rule::Any { rules } => rules.as_slice(),
        Rule::Not { rule } => std::slice::from_ref(&**rule),
        Rule::Audience { audience } => {
            found.push((at.clone(), *audience));
            return;
        }
        Rule::Attribute(_) | Rule::EntryEvent(_) | Rule::Event(_) | Rule::Device { .. } => return,
    };
    for (index, part) in parts.iter().enumerate() {
        at.push(index);
        references(part, at, found);
        at.pop();
    }
}

fn leads_to(from: AudienceId, to: AudienceId, known: &BTreeMap<AudienceId, Rule>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(audience) = open.pop() {
        if audience == to {
            return true;
        }
        if seen.insert(audience) {
            open.extend(
                known
                    .get(&audience)
                    .into_iter()
                    .flat_map(|rule| needs(rule).audiences),
            );
        }
    }
    false
}

/// Everything that is wrong with the conditions on one event or document; `path` holds the index of the condition.
pub fn validate_conditions(conditions: &[FieldTest]) -> Vec<RuleProblem> {
    let mut check = Check {
        place: Place::Journey,
        at: Vec::new(),
        tests: 0,
        problems: Vec::new(),
    };
    check.conditions(conditions);
    check.problems
}

struct Check {
    place: Place,
    at: Vec<usize>,
    tests: usize,
    problems: Vec<RuleProblem>,
}

impl Check {
    fn problem(&mut self, message: impl Into<String>) {
        self.problems.push(RuleProblem {
            path: self.at.clone(),
            message: message.into(),
        });
    }

    fn within(&mut self, index: usize, check: impl FnOnce(&mut Self)) {
        self.at.push(index);
        check(self);
        self.at.pop();
    }

    fn rule(&mut self, rule: &Rule) {
        if self.at.len() > DEPTH_MAX {
            self.problem(format!("There are more than {DEPTH_MAX} groups within groups; move this one to an audience of its own."));
            return;
        }
        match rule {
            Rule::All { rules } | Rule::Any { rules } => {
                let anyone = matches!(rule, Rule::All { .. }) && self.at.is_empty();
                if rules.is_empty() && !anyone {
                    self.problem("This group is empty; add a test to it, or remove it.");
                }
                for (index, rule) in rules.iter().enumerate() {
                    self.within(index, |check| check.rule(rule));
                }
            }
            Rule::Not { rule } => self.within(0, |check| check.rule(rule)),
            Rule::Attribute(test) => self.field(test),
            Rule::EntryEvent(test) => {
                if self.place == Place::Audience {
                    self.problem("Only a condition of a journey can look at the event that someone entered with; remove this test.");
                }
                self.field(test);
            }
            Rule::Event(test) => self.event(test),
            Rule::Audience { .. } | Rule::Device { .. } => self.tests += 1,
        }
    }

    fn event(&mut self, test: &EventTest) {
        self.tests += 1;
        if test.event_type.trim().is_empty() {
            self.problem("Choose an event.");
        } else if test.event_type.len() > EVENT_TYPE_MAX {
            self.problem(format!("The event's type is longer than {EVENT_TYPE_MAX} bytes."));
        }
        if test.comparison == Comparison::AtLeast && test.count == 0 {
            self.problem("“At least 0” is true of everyone; ask for 1 or more, or for “exactly 0”.");
        }
        let days = match test.window {
            Window::Ever => None,
            Window::Minutes { n } => Some((n, n / (24 * 60))),
            Window::Hours { n } => Some((n, n / 24)),
            Window::Days { n } => Some((n, n)),
        };
        match days {
            Some((0, _)) => self.problem("Say how far back to look: 1 or more."),
            Some((_, days)) if days > DAYS_MAX => {
                self.problem("Look back ten years at most, or choose “ever”.");
            }
            _ => {}
        }
        self.conditions(&test.conditions);
    }

    fn conditions(&mut self, conditions: &[FieldTest]) {
        for (index, condition) in conditions.iter().enumerate() {
            self.within(index, |check| check.field(condition));
        }
    }

    fn field(&mut self, test: &FieldTest) {
        self.tests += 1;
        if test.path.trim().is_empty() {
            self.problem("Choose a field.");
        } else if steps(&test.path).is_none() {
            self.problem(format!(
                "“{}” is no path of a field: write names joined by dots, such as person.name.firstName, with [] after a list.",
                test.path
            ));
        }
        if let Some(message) = value_problem(test.operator, &test.value) {
            self.problem(message);
        }
    }
}

fn value_problem(operator: Operator, value: &Value) -> Option<String> {
    let blank = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    match operator.operand() {
        Operand::Nothing => None,
        Operand::Scalar | Operand::Text if blank => Some("Enter what to compare with.".to_owned()),
        Operand::Scalar if value.is_array() || value.is_object() => {
            Some("Compare with one text, number, or true or false.".to_owned())
        }
        Operand::Text if !value.is_string() => Some("Enter a text.".to_owned()),
        Operand::Scalar | Operand::Text => value
            .as_str()
            .filter(|text| text.chars().count() > TEXT_MAX)
            .map(|_| format!("The text is longer than {TEXT_MAX} characters.")),
        Operand::Number => (!value.is_number()).then(|| "Enter a number.".to_owned()),
        Operand::Date => value.as_str().and_then(instant).is_none().then(|| {
            "Enter a date, such as 2026-01-15, or a time with its zone, such as 2026-01-15T10:20:30Z."
                .to_owned()
        }),
        Operand::Days => {
            let sound = value
                .as_f64()
                .is_some_and(|days| days.fract() == 0.0 && (0.0..=f64::from(DAYS_MAX)).contains(&days));
            (!sound).then(|| format!("Enter a whole number of days, {DAYS_MAX} at most."))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(path: &str, operator: Operator, value: Value) -> Rule {
        Rule::Attribute(FieldTest {
            path: path.to_owned(),
            operator,
            value,
        })
    }

    fn paths(rule: &Rule) -> Vec<Vec<usize>> {
        validate(rule, Place::Audience)
            .into_iter()
            .map(|problem| problem.path)
            .collect()
    }

    #[test]
    fn everyone_is_an_audience_and_an_empty_group_is_not() {
        assert_eq!(paths(&Rule::default()), Vec::<Vec<usize>>::new());
        let nested = Rule::All {
            rules: vec![field("a", Operator::Exists, Value::Null), Rule::default()],
        };
        assert_eq!(paths(&nested), [vec![1]]);
    }

    #[test]
    fn each_problem_is_told_at_its_place() {
        let rule = Rule::Any {
            rules: vec![
                field("", Operator::Exists, Value::Null),
                field("city", Operator::Equals, Value::Null),
                field("city", Operator::Greater, json!("3")),
                field("born", Operator::Before, json!("yesterday")),
                field("born", Operator::WithinLastDays, json!(1.5)),
                field("a..b", Operator::Exists, Value::Null),
                field("fine", Operator::Equals, json!(false)),
                Rule::Not {
                    rule: Box::new(Rule::Event(EventTest {
                        event_type: "commerce.purchases".to_owned(),
                        conditions: vec![FieldTest {
                            path: "sum".to_owned(),
                            operator: Operator::Less,
                            value: Value::Null,
                        }],
                        comparison: Comparison::AtLeast,
                        count: 1,
                        window: Window::Ever,
                    })),
                },
                Rule::EntryEvent(FieldTest {
                    path: "a".to_owned(),
                    operator: Operator::Exists,
                    value: Value::Null,
                }),
            ],
        };
        assert_eq!(
            paths(&rule),
            [
                vec![0],
                vec![1],
                vec![2],
                vec![3],
                vec![4],
                vec![5],
                vec![7, 0, 0],
                vec![8],
            ]
        );
    }

    #[test]
    fn audiences_that_are_gone_or_lead_back_are_told_at_their_place() {
        let id = |n: u128| AudienceId(uuid::Uuid::from_u128(n));
        let named = |n: u128| Rule::Audience { audience: id(n) };
        let known = BTreeMap::from([(id(1), Rule::default()), (id(2), named(1)), (id(3), named(2))]);
        let rule = Rule::All {
            rules: vec![
                named(2),
                named(4),
                Rule::Not {
                    rule: Box::new(named(3)),
                },
            ],
        };
        let paths = |own| -> Vec<Vec<usize>> {
            validate_references(&rule, own, &known)
                .into_iter()
                .map(|problem| problem.path)
                .collect()
        };
        assert_eq!(paths(None), [vec![1]]);
        assert_eq!(paths(Some(id(3))), [vec![1], vec![2, 0]]);
        assert_eq!(paths(Some(id(1))), [vec![0], vec![1], vec![2, 0]]);
    }

    #[test]
    fn too_deep_and_too_many_are_refused() {
        let mut deep = field("a", Operator::Exists, Value::Null);
        for _ in 0..=DEPTH_MAX {
            deep = Rule::Any { rules: vec![deep] };
        }
        assert_eq!(paths(&deep).len(), 1);
        let many = Rule::All {
            rules: vec![field("a", Operator::Exists, Value::Null); TESTS_MAX + 1],
        };
        assert_eq!(paths(&many), [Vec::<usize>::new()]);
    }
}
