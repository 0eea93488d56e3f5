//! What the message goes before, and when it goes out.

use heliograph_model::message::{Content, Purpose, Rank};
use heliograph_model::payload::ContentField;
use heliograph_model::timing::Timing;
use leptos::prelude::*;

use super::delivery::{choice, key};
use super::draft::use_draft;
use crate::components::{Choice, Findings, SelectField, TextField};

/// What goes before what, when messages compete.
#[component]
pub(super) fn RankField() -> impl IntoView {
    let draft = use_draft();
    let rank = choice(draft, |c| &c.rank, |c| &mut c.rank);
    let ranks: Vec<Choice> = Rank::ALL.map(|rank| Choice::new(key(&rank), rank.title())).into();
    let hint = Signal::derive(move || {
        let last = draft.content.with(|content| content.rank == Rank::Last);
        let words = if last {
            "It waits for as long as any other push is due, and gets only what a cap leaves over."
        } else {
            "What is due leaves by rank, then by time; the last push that a cap allows is of the higher rank."
        };
        words.to_owned()
    });
    view! { <SelectField label="When messages compete" name="rank" choices=ranks bind=rank hint/> }
}

/// When it goes out, as it is typed: each way keeps its own numbers, so that trying another loses none.
#[derive(Debug, Clone, Copy)]
struct Typed {
    kind: RwSignal<String>,
    amount: RwSignal<String>,
    unit: RwSignal<String>,
    hours: RwSignal<String>,
}

const AT_ONCE: &str = "at_once";
const SPREAD: &str = "spread";
const BEST: &str = "best_time";
const MINUTES: &str = "minutes";
const HOURS: &str = "hours";

impl Typed {
    fn new(timing: Timing) -> Self {
        let typed = Self {
            kind: RwSignal::new(AT_ONCE.to_owned()),
            amount: RwSignal::new("2".to_owned()),
            unit: RwSignal::new(HOURS.to_owned()),
            hours: RwSignal::new("24".to_owned()),
        };
        typed.show(timing);
        typed
    }

    /// What is typed, tracked; what is no number is none.
    fn timing(self) -> Timing {
        let number = |text: RwSignal<String>| text.with(|text| text.trim().parse::<u32>().unwrap_or(0));
        let length = if self.unit.with(|unit| unit == HOURS) {
            60
        } else {
            1
        };
        match self.kind.get().as_str() {
            SPREAD => Timing::Spread {
                minutes: number(self.amount).saturating_mul(length),
            },
            BEST => Timing::BestTime {
                hours: number(self.hours),
            },
            _ => Timing::AtOnce,
        }
    }

    fn show(self, timing: Timing) {
        match timing {
            Timing::AtOnce => self.kind.set(AT_ONCE.to_owned()),
            Timing::Spread { minutes } => {
                let whole = minutes > 0 && minutes.is_multiple_of(60);
                let (amount, unit) = if whole {
                    (minutes / 60, HOURS)
                } else {
                    (minutes, MINUTES)
                };
                self.kind.set(SPREAD.to_owned());
                self.amount.set(amount.to_string());
                self.unit.set(unit.to_owned());
            }
            Timing::BestTime { hours } => {
                self.kind.set(BEST.to_owned());
                self.hours.set(hours.to_string());
            }
        }
    }
}

/// When it goes out: at once, spread over a window, or at each person's best time.
#[component]
pub(super) fn TimingFields() -> impl IntoView {
    let draft = use_draft();
    let typed = Typed::new(draft.content.with_untracked(|content| content.timing));
    Effect::watch(
        move || typed.timing(),
        move |timing, _, _| {
            if draft.content.with_untracked(|content| content.timing != *timing) {
                draft.content.update(|content| content.timing = *timing);
            }
        },
        false,
    );
    // A version that was restored shows in the fields as well.
    Effect::watch(
        move || draft.content.with(|content| content.timing),
        move |timing, _, _| {
            if untrack(|| typed.timing()) != *timing {
                typed.show(*timing);
            }
        },
        false,
    );
    let ways = vec![
        Choice::new(AT_ONCE, "At once"),
        Choice::new(SPREAD, "Spread over a window"),
        Choice::new(BEST, "At each person’s best time"),
    ];
    let hint = Signal::derive(move || {
        if draft.content.with(transactional) {
            return "Transactional messages always go at once.".to_owned();
        }
        let words = match typed.kind.get().as_str() {
            SPREAD => "Each person gets it at a moment of their own, evenly drawn from the window.",
            BEST => {
                "The hour of the window at which the person opened the most pushes in 90 days; of whom too little is known, \
                 the hour at which most open this app’s."
            }
            _ => "As soon as the push is due and the rule sets allow it.",
        };
        words.to_owned()
    });
    let is = move |kind: &'static str| move || typed.kind.with(|chosen| chosen == kind);
    let units = || vec![Choice::new(MINUTES, "minutes"), Choice::new(HOURS, "hours")];
    let problems = draft.problems_of(ContentField::Timing);
    view! {
        <div class="two">
            <SelectField label="When it goes out" name="timing" choices=ways bind=typed.kind hint/>
            <Show when=is(SPREAD)>
                <div class="two">
                    <TextField label="Window" name="timing-window" kind="number" bind=typed.amount attr:min="1"/>
                    <SelectField label="Unit of the window" name="timing-unit" choices=units() bind=typed.unit/>
                </div>
            </Show>
            <Show when=is(BEST)>
                <TextField
                    label="Within how many hours"
                    name="timing-hours"
                    kind="number"
                    bind=typed.hours
                    attr:min="1"
                    attr:max="24"
                />
            </Show>
        </div>
        <Findings id="timing-problems" problems/>
    }
}

fn transactional(content: &Content) -> bool {
    content.purpose == Purpose::Transactional
}
