//! A rule while it is edited: each part a handful of signals, so that typing re-renders nothing around it.

use std::sync::atomic::{AtomicUsize, Ordering};

use heliograph_model::app_config::Platform;
use heliograph_model::audience::{Comparison, EventTest, FieldTest, Operand, Operator, Rule, Window};
use leptos::prelude::*;
use serde_json::Value;

/// The next key of a part. Keys only tell parts of one page apart.
fn fresh_key() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How the parts of a group go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    All,
    Any,
    None,
}

impl Mode {
    pub(super) const ALL: [Self; 3] = [Self::All, Self::Any, Self::None];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Any => "any",
            Self::None => "none",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::All => "All of these",
            Self::Any => "Any of these",
            Self::None => "None of these",
        }
    }

    pub(super) fn of_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|mode| mode.key() == key)
            .unwrap_or(Self::All)
    }
}

/// A part of a group.
#[derive(Debug, Clone, Copy)]
pub(super) enum Entry {
    Group(Group),
    Test(TestState),
}

impl Entry {
    pub(super) fn key(&self) -> usize {
        match self {
            Self::Group(group) => group.key,
            Self::Test(test) => test.key,
        }
    }

    fn of(rule: &Rule) -> Self {
        match rule {
            Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. } => Self::Group(Group::of(rule)),
            test => Self::Test(TestState::of(test)),
        }
    }

    fn rule(self) -> Rule {
        match self {
            Self::Group(group) => group.rule(),
            Self::Test(test) => test.rule(),
        }
    }
}

/// A group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) key: usize,
    pub(super) mode: RwSignal<Mode>,
    pub(super) entries: RwSignal<Vec<Entry>>,
}

impl Group {
    pub(super) fn new(mode: Mode) -> Self {
        Self {
            key: fresh_key(),
            mode: RwSignal::new(mode),
            entries: RwSignal::new(Vec::new()),
        }
    }

    /// The group that a rule is; a single test is a group of one.
    pub(super) fn of(rule: &Rule) -> Self {
        let (mode, parts): (Mode, Vec<&Rule>) = match rule {
            Rule::All { rules } => (Mode::All, rules.iter().collect()),
            Rule::Any { rules } => (Mode::Any, rules.iter().collect()),
            Rule::Not { rule } => match &**rule {
                Rule::Any { rules } => (Mode::None, rules.iter().collect()),
                other => (Mode::None, vec![other]),
            },
            test => (Mode::All, vec![test]),
        };
        let group = Self::new(mode);
        group.entries.set(parts.into_iter().map(Entry::of).collect());
        group
    }

    /// The key of the part to which a path of the rule leads, or of the deepest part on the way.
    pub(super) fn key_at(self, path: &[usize]) -> usize {
        // “None of these” is a “not” around an “any”: the step into it is no part of its own here.
        let path = match self.mode.get() {
            Mode::None => path.get(1..).unwrap_or_default(),
            Mode::All | Mode::Any => path,
        };
        let Some((index, rest)) = path.split_first() else {
            return self.key;
        };
        match self.entries.with(|entries| entries.get(*index).copied()) {
            Some(Entry::Group(group)) => group.key_at(rest),
            Some(Entry::Test(test)) => test.key,
            None => self.key,
        }
    }

    pub(super) fn rule(self) -> Rule {
        let rules = self.entries.get().into_iter().map(Entry::rule).collect();
        match self.mode.get() {
            Mode::All => Rule::All { rules },
            Mode::Any => Rule::Any { rules },
            Mode::None => Rule::Not {
                rule: Box::new(Rule::Any { rules }),
            },
        }
    }
}

/// What a test looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TestKind {
    Attribute,
    EntryEvent,
    Event,
    Audience,
    Device,
}

impl TestKind {
    const ALL: [Self; 5] = [
        Self::Attribute,
        Self::EntryEvent,
        Self::Event,
        Self::Audience,
        Self::Device,
    ];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::EntryEvent => "entry_event",
            Self::Event => "event",
            Self::Audience => "audience",
            Self::Device => "device",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Attribute => "Profile field",
            Self::EntryEvent => "Start event’s field",
            Self::Event => "Events",
            Self::Audience => "Audience",
            Self::Device => "Device",
        }
    }

    pub(super) fn of_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.key() == key)
            .unwrap_or(Self::Attribute)
    }
}

/// A test. It keeps what was typed for each kind, so that a change of mind loses nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct TestState {
    pub(super) key: usize,
    pub(super) kind: RwSignal<TestKind>,
    pub(super) path: RwSignal<String>,
    pub(super) operator: RwSignal<Operator>,
    pub(super) value: RwSignal<String>,
    pub(super) event_type: RwSignal<String>,
    pub(super) conditions: RwSignal<Vec<FieldTest>>,
    pub(super) comparison: RwSignal<Comparison>,
    pub(super) count: RwSignal<String>,
    pub(super) unit: RwSignal<WindowUnit>,
    pub(super) span: RwSignal<String>,
    pub(super) audience: RwSignal<String>,
    pub(super) platform: RwSignal<Option<Platform>>,
}

/// The unit of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WindowUnit {
    Ever,
    Minutes,
    Hours,
    Days,
}

impl WindowUnit {
    pub(super) const ALL: [Self; 4] = [Self::Minutes, Self::Hours, Self::Days, Self::Ever];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Ever => "ever",
            Self::Minutes => "minutes",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    pub(super) fn of_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|unit| unit.key() == key)
            .unwrap_or(Self::Days)
    }
}

impl TestState {
    pub(super) fn new() -> Self {
        Self {
            key: fresh_key(),
            kind: RwSignal::new(TestKind::Attribute),
            path: RwSignal::new(String::new()),
            operator: RwSignal::new(Operator::Equals),
            value: RwSignal::new(String::new()),
            event_type: RwSignal::new(String::new()),
            conditions: RwSignal::new(Vec::new()),
            comparison: RwSignal::new(Comparison::AtLeast),
            count: RwSignal::new("1".to_owned()),
            unit: RwSignal::new(WindowUnit::Days),
            span: RwSignal::new("30".to_owned()),
            audience: RwSignal::new(String::new()),
            platform: RwSignal::new(None),
        }
    }

    pub(super) fn of_field(test: &FieldTest) -> Self {
        let state = Self::new();
        state.path.set(test.path.clone());
        state.operator.set(test.operator);
        state.value.set(match &test.value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        state
    }

    fn of(rule: &Rule) -> Self {
        match rule {
            Rule::Attribute(test) => Self::of_field(test),
            Rule::EntryEvent(test) => {
                let state = Self::of_field(test);
                state.kind.set(TestKind::EntryEvent);
                state
            }
            Rule::Event(test) => {
                let state = Self::new();
                state.kind.set(TestKind::Event);
                state.event_type.set(test.event_type.clone());
                state.conditions.set(test.conditions.clone());
                state.comparison.set(test.comparison);
                state.count.set(test.count.to_string());
                let (unit, span) = match test.window {
                    Window::Ever => (WindowUnit::Ever, None),
                    Window::Minutes { n } => (WindowUnit::Minutes, Some(n)),
                    Window::Hours { n } => (WindowUnit::Hours, Some(n)),
                    Window::Days { n } => (WindowUnit::Days, Some(n)),
                };
                state.unit.set(unit);
                if let Some(span) = span {
                    state.span.set(span.to_string());
                }
                state
            }
            Rule::Audience { audience } => {
                let state = Self::new();
                state.kind.set(TestKind::Audience);
                state.audience.set(audience.to_string());
                state
            }
            Rule::Device { platform } => {
                let state = Self::new();
                state.kind.set(TestKind::Device);
                state.platform.set(*platform);
                state
            }
            Rule::All { .. } | Rule::Any { .. } | Rule::Not { .. } => Self::new(),
        }
    }

    pub(super) fn field_test(self) -> FieldTest {
        let (path, operator) = (self.path.get().trim().to_owned(), self.operator.get());
        let text = self.value.get();
        FieldTest {
            path,
            operator,
            value: typed(operator, text.trim()),
        }
    }

    fn rule(self) -> Rule {
        match self.kind.get() {
            TestKind::Attribute => Rule::Attribute(self.field_test()),
            TestKind::EntryEvent => Rule::EntryEvent(self.field_test()),
            TestKind::Event => {
                let n = self.span.get().trim().parse().unwrap_or(0);
                Rule::Event(EventTest {
                    event_type: self.event_type.get().trim().to_owned(),
                    conditions: self.conditions.get(),
                    comparison: self.comparison.get(),
                    count: self.count.get().trim().parse().unwrap_or(0),
                    window: match self.unit.get() {
                        WindowUnit::Ever => Window::Ever,
                        WindowUnit::Minutes => Window::Minutes { n },
                        WindowUnit::Hours => Window::Hours { n },
                        WindowUnit::Days => Window::Days { n },
                    },
                })
            }
            TestKind::Audience => match self.audience.get().parse() {
                Ok(audience) => Rule::Audience { audience },
                // The nil audience is in no list: the rule is refused until one is chosen.
                Err(_) => Rule::Audience {
                    audience: uuid::Uuid::nil().into(),
                },
            },
            TestKind::Device => Rule::Device {
                platform: self.platform.get(),
            },
        }
    }
}

/// What was typed, as the operator takes it: numbers and truth values where they look like it.
fn typed(operator: Operator, text: &str) -> Value {
    let number = || {
        text.parse::<i64>()
            .map(Value::from)
            .or_else(|_| text.parse::<f64>().map(Value::from))
    };
    match operator.operand() {
        Operand::Nothing => Value::Null,
        Operand::Text | Operand::Date => Value::from(text),
        Operand::Number | Operand::Days => number().unwrap_or_else(|_| Value::from(text)),
        Operand::Scalar => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => number().unwrap_or_else(|_| Value::from(text)),
        },
    }
}
