//! Signals of single fields of the rules, in step with them both ways.

use heliograph_model::rules::Rules;
use leptos::prelude::*;

use crate::components::part;

/// A text.
pub(super) fn text(
    rules: RwSignal<Rules>,
    read: fn(&Rules) -> &String,
    write: fn(&mut Rules) -> &mut String,
) -> RwSignal<String> {
    part(
        rules,
        move |rules| read(rules).clone(),
        move |rules, text| *write(rules) = text,
    )
}

/// A whole number as it is typed; what is no number is 0, and stays in the field as it is.
pub(super) fn number(
    rules: RwSignal<Rules>,
    read: impl Fn(&Rules) -> u32 + Clone + 'static,
    write: impl Fn(&mut Rules, u32) + 'static,
) -> RwSignal<String> {
    let of = |text: &str| text.trim().parse::<u32>().unwrap_or(0);
    let typed = RwSignal::new(rules.with_untracked(&read).to_string());
    let outside = read.clone();
    Effect::new(move |_| {
        let now = rules.with(&outside);
        if typed.with_untracked(|typed| of(typed) != now) {
            typed.set(now.to_string());
        }
    });
    Effect::watch(
        move || typed.with(|typed| of(typed)),
        move |now, _, _| {
            if rules.with_untracked(|rules| read(rules) != *now) {
                rules.update(|rules| write(rules, *now));
            }
        },
        false,
    );
    typed
}
