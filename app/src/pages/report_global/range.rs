//! Choosing the days: some at hand, or any two dates. They are kept in the address.

use heliograph_model::report::GlobalReport;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};

use crate::components::{Button, ButtonAction, TextField};

/// The ranges at hand: days, and what they are called. The empty one is what is shown where nobody has chosen.
const AT_HAND: [(&str, &str); 4] = [
    ("7", "7 days"),
    ("", "28 days"),
    ("90", "90 days"),
    ("365", "A year"),
];

/// The ranges at hand.
#[component]
pub(in crate::pages) fn Ranges() -> impl IntoView {
    let path = use_location().pathname;
    let query = use_query_map();
    let chosen = Memo::new(move |_| {
        query.with(|query| {
            let own = query.get("from").is_some() || query.get("to").is_some();
            (!own).then(|| query.get("days").unwrap_or_default())
        })
    });
    let link = move |(days, title): (&'static str, &'static str)| {
        let href = move || {
            let mut query = query.get();
            for name in ["days", "from", "to", "after"] {
                query.remove(name);
            }
            if !days.is_empty() {
                query.insert("days", days.to_owned());
            }
            path.with(|path| format!("{path}{}", query.to_query_string()))
        };
        let current = move || {
            chosen
                .with(|chosen| chosen.as_deref() == Some(days))
                .then_some("true")
        };
        view! { <a href=href aria-current=current>{title}</a> }
    };
    view! { <nav class="segmented" aria-label="Days">{AT_HAND.into_iter().map(link).collect_view()}</nav> }
}

/// Any two dates.
#[component]
pub(super) fn Dates(
    /// The report that is shown.
    report: GlobalReport,
) -> impl IntoView {
    let first = date(report.from);
    let last = date(Timestamp::from_millis(report.to.as_millis() - 1));
    view! {
        <form class="dates row wrap" method="get">
            <TextField label="From" name="from" kind="date" value=first/>
            <TextField label="To" name="to" kind="date" value=last/>
            <Button action=ButtonAction::Submit>"Show"</Button>
        </form>
    }
}

/// A day as a field of dates has it.
pub(super) fn date(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%d").to_string()
}
