//! What comes in, live.

mod api;

use heliograph_model::collection::{ExperienceEvent, Verdict};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Button, ButtonAction, ButtonLink, ButtonSize, Card, Choice, CodeBlock, EmptyState, Follow, FullTime,
    IconName, Load, RelativeTime, RowLink, SectionHead, SelectField, StatusBadge, Table, Tone, grouped,
};
use crate::pages::lazy_page;
use api::{Arrived, Narrowing};

/// How long after one answer the list is fetched anew, while the page is open and seen.
const EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// A parameter of the address.
fn asked(name: &'static str) -> Signal<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default())).into()
}

lazy_page! {
    /// What comes in, live.
    Events in set_up
}

fn view() -> AnyView {
    let (datastream, event_type, verdict) = (asked("datastream"), asked("type"), asked("verdict"));
    let (profile, event) = (asked("profile"), asked("event"));
    let wanted = Memo::new(move |_| (datastream.get(), event_type.get(), verdict.get()));
    let arrivals = Resource::new(
        move || wanted.get(),
        |(datastream, event_type, verdict)| api::newest(datastream, event_type, verdict),
    );
    let narrowing = Resource::new(|| (), |()| api::ways_to_narrow());
    let opened = Resource::new(
        move || (profile.get(), event.get()),
        |(profile, event)| api::opened(profile, event),
    );
    let paused = RwSignal::new(false);
    // What has come since the page was opened is laid over what came with it, for as long as the same is wanted.
    let latest = RwSignal::new(None::<(_, Vec<Arrived>)>);
    Follow::new(EVERY, move || async move {
        if paused.get_untracked() {
            return;
        }
        let asked = wanted.get_untracked();
        let (datastream, event_type, verdict) = asked.clone();
        if let Ok(rows) = api::newest(datastream, event_type, verdict).await {
            // The page may have been left meanwhile.
            latest.try_set(Some((asked, rows)));
        }
    });
    let icon_words = move || if paused.get() { "Resume" } else { "Pause" };
    view! {
        <SectionHead title="Events" lead="What the apps send, as it comes in, and what was done with it.">
            <Button icon=IconName::Pause on_click=move |_| paused.update(|paused| *paused = !*paused)>{icon_words}</Button>
        </SectionHead>
        <Load resource=opened lines=0 let:event>{event.map(|event| view! { <Opened event/> })}</Load>
        <Load resource=narrowing lines=1 let:narrowing><Narrow narrowing/></Load>
        <Load resource=arrivals let:first>
            {
                let rows = Memo::new(move |_| {
                    let latest = latest.get().filter(|(asked, _)| wanted.with(|wanted| wanted == asked));
                    latest.map_or_else(|| first.clone(), |(_, rows)| rows)
                });
                move || view! { <Rows rows=rows.get()/> }
            }
        </Load>
    }
    .into_any()
}

/// The event that was opened, as it is kept.
#[component]
fn Opened(event: ExperienceEvent) -> impl IntoView {
    let kept = serde_json::json!({ "xdm": event.xdm, "data": event.data });
    let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
    let close = move || view! { <span class="push"><ButtonLink size=ButtonSize::Small href="/data-collection/events">"Close"</ButtonLink></span> };
    view! {
        <Card title=event.event_type aside=close>
            <p class="soft">
                "Happened " <FullTime at=event.timestamp seconds=true/> ", came in " <FullTime at=event.received_at seconds=true/> ". "
                <a class="link" href=format!("/profiles/{}", event.profile)>"Open its profile"</a>
            </p>
            <CodeBlock text label="Event"/>
        </Card>
    }
}

#[component]
fn Narrow(narrowing: Narrowing) -> impl IntoView {
    let any = |title: &str| std::iter::once(Choice::new("", title));
    let streams: Vec<_> = any("All datastreams")
        .chain(
            narrowing
                .datastreams
                .iter()
                .map(|(id, name)| Choice::new(id.to_string(), name)),
        )
        .collect();
    let types: Vec<_> = any("All types")
        .chain(narrowing.types.iter().map(|kind| Choice::new(kind, kind)))
        .collect();
    let verdicts: Vec<_> = any("All verdicts")
        .chain(
            [Verdict::Stored, Verdict::Duplicate, Verdict::Refused]
                .map(|verdict| Choice::new(verdict.as_str(), in_a_word(verdict).1)),
        )
        .collect();
    let of = |name| asked(name).get_untracked();
    view! {
        <form class="row wrap" method="get">
            <SelectField label="Datastream" name="datastream" choices=streams value=of("datastream") optional=true/>
            <SelectField label="Type" name="type" choices=types value=of("type") optional=true/>
            <SelectField label="Verdict" name="verdict" choices=verdicts value=of("verdict") optional=true/>
            <Button action=ButtonAction::Submit>"Filter"</Button>
        </form>
    }
}

#[component]
fn Rows(rows: Vec<Arrived>) -> impl IntoView {
    if rows.is_empty() {
        view! {
            <EmptyState icon=IconName::Activity title="Nothing has come in">
                <p>"Connect an app under Properties, or widen the filter. Events appear here within a second."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <Card flush=true>
                <Table caption="Events" head=|| view! {
                    <th scope="col">"Type"</th>
                    <th scope="col">"Verdict"</th>
                    <th scope="col" class="later">"Identity"</th>
                    <th scope="col" class="num later">"Bytes"</th>
                    <th scope="col">"Came in"</th>
                }>{rows.into_iter().map(|row| view! { <Row row/> }).collect_view()}</Table>
            </Card>
        }
        .into_any()
    }
}

#[component]
fn Row(row: Arrived) -> impl IntoView {
    let (tone, label) = in_a_word(row.verdict);
    let kind = if row.event_type.is_empty() {
        "No type".to_owned()
    } else {
        row.event_type
    };
    let name = match row.profile {
        Some(profile) => {
            let href = format!("/data-collection/events?profile={profile}&event={}", row.id);
            view! { <RowLink href>{kind}</RowLink> }.into_any()
        }
        None => kind.into_any(),
    };
    view! {
        <tr>
            <td>{name}</td>
            <td>
                <StatusBadge tone label/>
                {row.reason.map(|reason| view! { <span class="sub">{reason}</span> })}
            </td>
            <td class="later">{row.identity}</td>
            <td class="num later">{grouped(row.bytes)}</td>
            <td><RelativeTime at=row.at/></td>
        </tr>
    }
}

/// A verdict in a word, and what it means.
const fn in_a_word(verdict: Verdict) -> (Tone, &'static str) {
    match verdict {
        Verdict::Stored => (Tone::Good, "Kept"),
        Verdict::Duplicate => (Tone::Neutral, "Duplicate"),
        Verdict::Refused => (Tone::Bad, "Refused"),
    }
}
