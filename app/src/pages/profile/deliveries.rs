//! The pushes to a person, newest first.

use heliograph_model::delivery::{Delivery, State};
use leptos::prelude::*;

use super::Older;
use super::api::Part;
use crate::components::{Badge, RelativeTime, RowLink, StatusBadge, Table, Tone};

/// Deliveries to a profile.
#[component]
pub(super) fn Deliveries(part: Part<Delivery>) -> impl IntoView {
    if part.rows.is_empty() {
        return view! { <p class="quiet part-empty">"No push was sent to this person yet."</p> }.into_any();
    }
    let rows = part
        .rows
        .into_iter()
        .map(|delivery| view! { <DeliveryRow delivery/> })
        .collect_view();
    view! {
        <Table caption="Deliveries" head=|| view! {
            <th scope="col">"Message"</th>
            <th scope="col">"State"</th>
            <th scope="col" class="later">"App"</th>
            <th scope="col" class="later">"Queued"</th>
        }>
            {rows}
        </Table>
        <Older part="deliveries" label="deliveries" older=part.older/>
    }
    .into_any()
}

#[component]
fn DeliveryRow(delivery: Delivery) -> impl IntoView {
    let (tone, state) = match delivery.state {
        State::Queued => (Tone::Info, "Queued"),
        State::Sending => (Tone::Info, "Sending"),
        State::Waiting => (Tone::Warn, "Waiting"),
        State::Accepted if delivery.clicked_at.is_some() => (Tone::Good, "Button tapped"),
        State::Accepted if delivery.opened_at.is_some() => (Tone::Good, "Opened"),
        State::Accepted if delivery.dismissed_at.is_some() => (Tone::Neutral, "Dismissed"),
        State::Accepted if delivery.displayed_at.is_some() => (Tone::Good, "Displayed"),
        State::Accepted => (Tone::Good, "Accepted"),
        State::Failed => (Tone::Bad, "Failed"),
        State::Excluded => (Tone::Warn, "Excluded"),
        State::Unknown => (Tone::Warn, "Unknown"),
    };
    let why = delivery
        .explained()
        .filter(|_| delivery.state != State::Accepted)
        .map(|(title, _, _)| view! { <span class="sub">{title}</span> });
    let from = delivery
        .journey_name
        .clone()
        .map(|name| view! { <span class="sub">"from "{name}</span> });
    let app = match (delivery.app_name, delivery.platform) {
        (Some(name), Some(platform)) => format!("{name}, {}", platform.title()),
        (Some(name), None) => name,
        (None, _) => "–".to_owned(),
    };
    view! {
        <tr>
            <td>
                <span class="row wrap">
                    <RowLink href=format!("/deliveries/{}", delivery.id)>{delivery.message_name}</RowLink>
                    {delivery.proof.then(|| view! { <Badge>"Proof"</Badge> })}
                </span>
                {from}
            </td>
            <td><StatusBadge tone label=state/>{why}</td>
            <td class="later">{app}</td>
            <td class="later"><RelativeTime at=delivery.created_at/></td>
        </tr>
    }
}
