//! Judging a rule for one profile, in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    time::Duration,
};

use serde_json::Value;

use super::{EventTest, Rule, Window};
use crate::{app_config::Platform, ids::AudienceId, time::Timestamp};

/// One event of a profile, as far as rules ask.
#[derive(Debug, Clone, PartialEq)]
pub struct EventFact {
    /// `xdm.eventType`.
    pub event_type: String,
    /// When it happened, by the sender's clock.
    pub timestamp: Timestamp,
    /// The whole `xdm` object; null where no rule asks for its fields.
    pub xdm: Value,
}

/// What is known about one profile, as far as the rules that are to be judged ask ([`Needs`]).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Facts {
    /// The attributes, XDM-shaped.
    pub attributes: Value,
    /// The events.
    pub events: Vec<EventFact>,
    /// The platforms of the active devices.
    pub devices: Vec<Platform>,
    /// Those of the audiences asked for that the profile is in.
    pub audiences: HashSet<AudienceId>,
    /// The `xdm` of the event with which the profile entered the journey; none outside a journey, and where it entered
    /// with an audience.
    pub entry_event: Option<Value>,
}

/// Does the rule hold for a profile of which this is known?
pub fn evaluate(rule: &Rule, facts: &Facts, now: Timestamp) -> bool {
    match rule {
        Rule::All { rules } => rules.iter().all(|rule| evaluate(rule, facts, now)),
        Rule::Any { rules } => rules.iter().any(|rule| evaluate(rule, facts, now)),
        Rule::Not { rule } => !evaluate(rule, facts, now),
        Rule::Attribute(test) => test.holds(&facts.attributes, now),
        Rule::EntryEvent(test) => facts
            .entry_event
            .as_ref()
            .is_some_and(|event| test.holds(event, now)),
        Rule::Event(test) => {
            let found = facts
                .events
                .iter()
                .filter(|event| test.counts(event, now))
                .count();
            test.comparison
                .holds(u64::try_from(found).unwrap_or(u64::MAX), u64::from(test.count))
        }
        Rule::Audience { audience } => facts.audiences.contains(audience),
        Rule::Device { platform } => match platform {
            None => !facts.devices.is_empty(),
            Some(platform) => facts.devices.contains(platform),
        },
    }
}

impl EventTest {
    /// The earliest time at which an event counts; none where all do. An event from the future, by the clock of a
    /// device that runs fast, counts.
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        self.window.duration().map(|length| now - length)
    }

    fn counts(&self, event: &EventFact, now: Timestamp) -> bool {
        event.event_type == self.event_type
            && self.since(now).is_none_or(|since| event.timestamp >= since)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(&event.xdm, now))
    }
}

/// What is asked of the events of one type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventNeed {
    /// How far back; none for as long as events are kept.
    pub window: Option<Duration>,
    /// Whether their fields are asked for, or only their number.
    pub fields: bool,
}

/// What must be known about a profile to judge rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Whether the attributes are asked for.
    pub attributes: bool,
    /// The types of event that are asked for.
    pub events: BTreeMap<String, EventNeed>,
    /// The audiences that are asked for.
    pub audiences: BTreeSet<AudienceId>,
    /// Whether the devices are asked for.
    pub devices: bool,
}

/// What must be known about a profile to judge a rule.
pub fn needs(rule: &Rule) -> Needs {
    let mut needs = Needs::default();
    needs.add(rule);
    needs
}

impl Needs {
    /// Adds what another rule asks for.
    pub fn add(&mut self, rule: &Rule) {
        match rule {
            Rule::All { rules } | Rule::Any { rules } => rules.iter().for_each(|rule| self.add(rule)),
            Rule::Not { rule } => self.add(rule),
            Rule::Attribute(_) => self.attributes = true,
            Rule::EntryEvent(_) => {}
            Rule::Event(EventTest {
                event_type,
                conditions,
                window,
                ..
            }) => {
                let need = self.events.entry(event_type.clone()).or_insert(EventNeed {
                    window: Window::Days { n: 0 }.duration(),
                    fields: false,
                });
                need.window = need.window.zip(window.duration()).map(|(a, b)| a.max(b));
                need.fields |= !conditions.is_empty();
            }
            Rule::Audience { audience } => {
                self.audiences.insert(*audience);
            }
            Rule::Device { .. } => self.devices = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::audience::{Comparison, FieldTest, Operator};

    const NOW: Timestamp = Timestamp::from_millis(1_768_472_430_000);

    fn attribute(path: &str, operator: Operator, value: Value) -> Rule {
        Rule::Attribute(FieldTest {
            path: path.to_owned(),
            operator,
            value,
        })
    }

    fn purchases(comparison: Comparison, count: u32, window: Window) -> Rule {
        Rule::Event(EventTest {
            event_type: "commerce.purchases".to_owned(),
            conditions: vec![FieldTest {
                path: "commerce.order.priceTotal".to_owned(),
                operator: Operator::GreaterOrEqual,
                value: json!(100),
            }],
            comparison,
            count,
            window,
        })
    }

    fn rome() -> Facts {
        let purchase = |days: u64, total: u32| EventFact {
            event_type: "commerce.purchases".to_owned(),
            timestamp: NOW - Duration::from_secs(days * 86_400),
            xdm: json!({"commerce": {"order": {"priceTotal": total}}}),
        };
        Facts {
            attributes: json!({
                "homeAddress": {"city": "ROMA"}, "loyalty": {"points": 120.0, "joined": "2025-12-31"},
                "tags": ["Vip", 7], "empty": "", "gone": null,
            }),
            events: vec![purchase(1, 50), purchase(2, 100), purchase(40, 300)],
            devices: vec![Platform::Android],
            ..Facts::default()
        }
    }

    #[test]
    fn attributes_are_compared_by_type() {
        use Operator as O;
        for (path, operator, value, holds) in [
            ("homeAddress.city", O::Equals, json!("roma"), true),
            ("homeAddress.city", O::StartsWith, json!("Ro"), true),
            ("homeAddress.city", O::EndsWith, json!("MA"), true),
            ("homeAddress.city", O::Contains, json!("om"), true),
            ("homeAddress.city", O::Greater, json!(1), false),
            ("homeAddress.zip", O::Equals, json!("x"), false),
            ("homeAddress.zip", O::NotEquals, json!("x"), true),
            ("homeAddress.zip", O::Missing, json!(null), true),
            ("empty", O::Exists, json!(null), false),
            ("gone", O::Missing, json!(null), true),
            ("loyalty", O::Exists, json!(null), true),
            ("loyalty.points", O::Equals, json!(120), true),
            ("loyalty.points", O::Equals, json!("120"), false),
            ("loyalty.points", O::LessOrEqual, json!(119.9), false),
            ("loyalty.joined", O::WithinLastDays, json!(16), true),
            ("loyalty.joined", O::WithinLastDays, json!(15), false),
            ("loyalty.joined", O::LongerAgoThanDays, json!(15), true),
            ("tags", O::Contains, json!("vip"), true),
            ("tags", O::Contains, json!(7), true),
            ("tags", O::Contains, json!("vi"), false),
        ] {
            let rule = attribute(path, operator, value.clone());
            assert_eq!(
                evaluate(&rule, &rome(), NOW),
                holds,
                "{path} {operator:?} {value}"
            );
        }
    }

    #[test]
    fn events_count_within_their_window_and_conditions() {
        for (comparison, count, window, holds) in [
            (Comparison::AtLeast, 1, Window::Days { n: 30 }, true),
            (Comparison::AtLeast, 2, Window::Days { n: 30 }, false),
            (Comparison::Exactly, 2, Window::Ever, true),
            (Comparison::AtMost, 0, Window::Hours { n: 30 }, true),
            // The edge of the window is within it.
            (Comparison::Exactly, 1, Window::Hours { n: 48 }, true),
        ] {
            let rule = purchases(comparison, count, window);
            assert_eq!(evaluate(&rule, &rome(), NOW), holds, "{rule:?}");
        }
    }

    #[test]
    fn the_entry_event_is_asked_only_where_there_is_one() {
        let missing = Rule::EntryEvent(FieldTest {
            path: "a".to_owned(),
            operator: Operator::Missing,
            value: Value::Null,
        });
        assert!(!evaluate(&missing, &rome(), NOW));
        let facts = Facts {
            entry_event: Some(json!({"b": 1})),
            ..rome()
        };
        assert!(evaluate(&missing, &facts, NOW));
    }

    #[test]
    fn needs_take_the_longest_window_and_all_else_once() {
        let rule = Rule::Any {
            rules: vec![
                purchases(Comparison::AtLeast, 1, Window::Days { n: 2 }),
                purchases(Comparison::AtLeast, 1, Window::Hours { n: 3 }),
                Rule::Not {
                    rule: Box::new(Rule::Device { platform: None }),
                },
            ],
        };
        let mut needs = needs(&rule);
        assert!(needs.devices && !needs.attributes && needs.audiences.is_empty());
        let need = needs.events["commerce.purchases"];
        assert_eq!(need.window, Some(Duration::from_secs(2 * 86_400)));
        assert!(need.fields);
        needs.add(&purchases(Comparison::AtMost, 3, Window::Ever));
        assert_eq!(needs.events["commerce.purchases"].window, None);
    }
}
