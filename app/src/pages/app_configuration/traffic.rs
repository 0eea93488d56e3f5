//! How pushes to the app fare: what is under way, how fast it goes, and what the provider refused lately.

use std::time::Duration;

use heliograph_model::app_config::GooglePace;
use heliograph_model::delivery::{Class, HowMany, Outcome};
use heliograph_model::report::{Figure, Totals};
use leptos::prelude::*;

use super::api::{Lately, Queue};
use super::{STOP, Shown};
use crate::components::{
    ButtonKind, ButtonSize, Card, DialogButton, FullTime, Reasons, about, grouped, share, so_many,
};
use crate::session::use_may;
use heliograph_model::access::Permission;

/// What is under way for the app, how fast it goes, and when nothing is left.
#[component]
pub(super) fn QueueCard(shown: Shown) -> impl IntoView {
    let may_see_all = use_may(Permission::Administer);
    let all = move || {
        may_see_all
            .get()
            .then(|| view! { <a class="push link t13" href="/administration/queue">"See the queue"</a> })
    };
    let figures = shown.part(|view| (view.queue, view.lately));
    let facts = move || {
        figures.with(|(queue, lately)| {
            [
                ("To be sent", so_many(queue.queued)),
                ("Being sent", so_many(queue.sending)),
                ("To be tried again", so_many(queue.waiting)),
                ("Held back", so_many(queue.held + queue.stopped)),
                ("Accepted a minute, lately", grouped(lately.per_minute())),
                ("What is due is sent", empty_in(*queue, *lately)),
            ]
            .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
            .into_iter()
            .collect_view()
        })
    };
    let pace = shown.part(|view| view.pace);
    let may_stop = move || may_see_all.get() && shown.view.with(|view| view.app.stop.is_none());
    view! {
        <Card title="Queue" aside=all>
            <dl class="facts counts">{facts}</dl>
            {move || pace.get().map(|pace| view! { <Pace pace/> })}
            <Show when=may_stop>
                <div class="row">
                    <DialogButton dialog=STOP kind=ButtonKind::Danger size=ButtonSize::Small>"Stop sending"</DialogButton>
                </div>
            </Show>
        </Card>
    }
}

/// How fast Google lets the app's project send.
#[component]
fn Pace(pace: GooglePace) -> impl IntoView {
    let of = grouped(pace.of);
    let now = match pace.per_minute {
        0 => format!("nothing just now (of {of} a minute)"),
        full if full == pace.of => format!("{of} a minute now"),
        part => format!("{} a minute now (of {of})", grouped(part)),
    };
    let cut = pace
        .cut_at
        .map(|at| view! { ", cut at " <FullTime at/> " as Google called it spent" });
    view! { <p class="soft">"Google’s quota: " {now} {cut} "."</p> }
}

/// The least that is told of what takes longer than can be reckoned.
const MINUTE: Duration = Duration::from_secs(60);

/// When what is due will have been sent, at the pace of the last minutes.
fn empty_in(queue: Queue, lately: Lately) -> String {
    let due = queue.queued + queue.sending;
    if due.is_none() {
        return "now".to_owned();
    }
    match (due, lately.takes(due.at_least())) {
        (_, None) => "not known: nothing was sent lately".to_owned(),
        (HowMany::Exactly(_), Some(takes)) => format!("in {}", about(takes)),
        (HowMany::MoreThan(_), Some(takes)) => format!("in {} at the earliest", about(takes.max(MINUTE))),
    }
}

/// What the provider said in the last seven days.
#[component]
pub(super) fn WeekCard(shown: Shown) -> impl IntoView {
    let totals = shown.part(|view| view.week.clone());
    let retired = shown.part(|view| view.retired.clone());
    let facts = move || {
        totals.with(|totals| {
            let count = |n: i64| u64::try_from(n).unwrap_or_default();
            let accepted = count(totals.n(Figure::Accepted));
            let failed = count(totals.n(Figure::Failed));
            [
                ("Accepted", grouped(accepted)),
                ("Failed", grouped(failed)),
                ("Failed of all", share(failed, accepted + failed)),
                (
                    "Refused for what we sent, of all",
                    share(refused(totals), accepted + failed),
                ),
            ]
            .map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> })
            .into_iter()
            .collect_view()
        })
    };
    view! {
        <Card title="Last 7 days">
            <dl class="facts counts">{facts}</dl>
        </Card>
        <Reasons title="Tokens retired in the last 7 days, by reason" figure=Figure::Failed totals=retired empty="None was retired."/>
        <Reasons title="Failed in the last 7 days, by reason" figure=Figure::Failed totals empty="Nothing failed."/>
    }
}

/// How many the provider refused because of the address, the message or the credential, and not because it was busy: Google
/// raises a quota only where these are below 5 % of all
/// (<https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas>).
fn refused(totals: &Totals) -> u64 {
    let ours = |outcome: Outcome| {
        matches!(
            outcome.class(),
            Class::Retire | Class::Payload | Class::Configuration
        ) && !matches!(outcome, Outcome::NotPersonalised | Outcome::TooLarge)
    };
    let failed: i64 = totals
        .counts()
        .iter()
        .filter(|count| count.figure == Figure::Failed)
        .filter(|count| Outcome::parse(&count.reason).is_some_and(ours))
        .map(|count| count.n)
        .sum();
    u64::try_from(failed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use heliograph_model::report::Count;

    use super::*;

    #[test]
    fn what_the_provider_was_too_busy_for_is_not_held_against_us() {
        let count = |outcome: Outcome, n| Count {
            figure: Figure::Failed,
            reason: outcome.as_str().to_owned(),
            n,
        };
        let totals = [
            count(Outcome::AppRemovedAndroid, 5),
            count(Outcome::NotValid, 2),
            count(Outcome::GoogleBusy, 100),
            count(Outcome::TooLarge, 100),
        ];
        assert_eq!(refused(&totals.into_iter().collect()), 7);
    }

    #[test]
    fn the_queue_says_when_it_will_be_empty() {
        let told = |queued, per_minute| {
            let queue = Queue {
                queued,
                ..Queue::default()
            };
            let lately = Lately {
                accepted: per_minute,
                minutes: 1,
            };
            empty_in(queue, lately)
        };
        let exactly = HowMany::Exactly;
        assert_eq!(told(exactly(0), 0), "now");
        assert_eq!(told(exactly(10), 0), "not known: nothing was sent lately");
        assert_eq!(told(exactly(10), 100), "in under a minute");
        assert_eq!(told(exactly(12_400), 1000), "in about 12 minutes");
        assert_eq!(told(exactly(1_000_000), 1000), "in about 17 hours");
        // Nobody knows how many more there are.
        let more = HowMany::MoreThan(20_000);
        assert_eq!(told(more, 1000), "in about 20 minutes at the earliest");
        assert_eq!(told(more, 100_000), "in about 1 minute at the earliest");
    }
}
