//! What a person has done, newest first.

use heliograph_model::collection::ExperienceEvent;
use heliograph_model::schema;
use leptos::prelude::*;

use super::Older;
use super::api::Part;
use crate::components::{CodeBlock, FullTime, RelativeTime};

/// Events of a profile.
#[component]
pub(super) fn Events(part: Part<ExperienceEvent>) -> impl IntoView {
    if part.rows.is_empty() {
        return view! { <p class="quiet part-empty">"No events yet."</p> }.into_any();
    }
    let rows = part
        .rows
        .into_iter()
        .map(|event| view! { <EventRow event/> })
        .collect_view();
    view! {
        <ul class="part-rows">{rows}</ul>
        <Older part="events" label="events" older=part.older/>
    }
    .into_any()
}

#[component]
fn EventRow(event: ExperienceEvent) -> impl IntoView {
    let title = match event.event_type.as_str() {
        "" => "Event without a type".to_owned(),
        event_type => schema::event_title(event_type).to_owned(),
    };
    let code = (title != event.event_type && !event.event_type.is_empty())
        .then(|| view! { <code class="quiet">{event.event_type.clone()}</code> });
    let xdm = format!("{:#}", event.xdm);
    let data = (!event.data.is_null()).then(|| format!("{:#}", event.data));
    view! {
        <li>
            <details>
                <summary class="row between wrap">
                    <span class="row wrap"><span class="medium">{title}</span>{code}</span>
                    <span class="quiet"><RelativeTime at=event.timestamp/></span>
                </summary>
                <div class="stack">
                    <p class="quiet small">
                        "Happened "<FullTime at=event.timestamp seconds=true/>", arrived "<FullTime at=event.received_at seconds=true/>
                    </p>
                    <CodeBlock text=xdm label="XDM of the event"/>
                    {data.map(|data| view! { <CodeBlock text=data label="Data of the event"/> })}
                </div>
            </details>
        </li>
    }
}
