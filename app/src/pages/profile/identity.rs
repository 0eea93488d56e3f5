//! By what a person is known, where pushes reach them, and what they have agreed to.

use heliograph_model::delivery;
use heliograph_model::ids::{AudienceId, ProfileId};
use heliograph_model::profile::{Consent, Device, DeviceStatus, Identity, PushPlatform};
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use crate::components::{Copyable, FullTime, RelativeTime, Status, StatusBadge, Tone};

/// The identities, oldest first.
#[component]
pub(super) fn Identities(identities: Vec<(Identity, Timestamp)>) -> impl IntoView {
    if identities.is_empty() {
        return view! { <p class="quiet small">"None."</p> }.into_any();
    }
    let rows = identities
        .into_iter()
        .map(|(identity, seen)| {
            view! {
                <dt>{identity.namespace}</dt>
                <dd><Copyable text=identity.value/><small class="quiet part-note">"first seen "<RelativeTime at=seen/></small></dd>
            }
        })
        .collect_view();
    view! { <dl class="facts">{rows}</dl> }.into_any()
}

/// The devices, whatever their status.
#[component]
pub(super) fn Devices(devices: Vec<Device>) -> impl IntoView {
    if devices.is_empty() {
        return view! { <p class="quiet part-empty">"None. Pushes need an app that has sent its token."</p> }
            .into_any();
    }
    view! { <ul class="part-rows">{devices.into_iter().map(|device| view! { <DeviceRow device/> }).collect_view()}</ul> }
        .into_any()
}

#[component]
fn DeviceRow(device: Device) -> impl IntoView {
    let (tone, status) = match device.status {
        DeviceStatus::Active => (Tone::Good, "Takes pushes"),
        DeviceStatus::Retired => (Tone::Bad, "Retired"),
        DeviceStatus::Replaced => (Tone::Neutral, "Replaced by a newer token"),
    };
    let service = match device.service() {
        PushPlatform::Fcm => "Android, FCM",
        PushPlatform::Apns => "iOS, APNs",
        PushPlatform::ApnsSandbox => "iOS, APNs sandbox",
    };
    let why = device
        .status_reason
        .filter(|_| device.status == DeviceStatus::Retired);
    let why = why.map(|reason| match delivery::explain(&reason) {
        Some((title, words, _)) => view! { <p class="soft">{title}": "{words}</p> }.into_any(),
        None => view! { <p class="soft">{reason}</p> }.into_any(),
    });
    let accepted = match device.accepted_at {
        Some(at) => view! { <RelativeTime at/> }.into_any(),
        None => view! { "never" }.into_any(),
    };
    view! {
        <li>
            <div class="row between wrap"><span class="medium">{service}</span><StatusBadge tone label=status/></div>
            <p class="soft">{device.app}</p>
            {why}
            <p class="quiet small">"Token sent "<RelativeTime at=device.registered_at/>", last push accepted "{accepted}</p>
            <details>
                <summary class="small quiet">"Show token"</summary>
                <Copyable text=device.token/>
            </details>
        </li>
    }
}

/// What the person has agreed to.
#[component]
pub(super) fn ConsentFacts(push: Consent, collection_refused: bool) -> impl IntoView {
    let (tone, word) = match push {
        Consent::Given => (Tone::Good, "Yes"),
        Consent::Refused => (Tone::Bad, "No: pushes are left out"),
        Consent::Unknown => (Tone::Neutral, "Not asked: counts as yes"),
    };
    let (collect_tone, collect) = if collection_refused {
        (Tone::Bad, "No: events are not kept")
    } else {
        (Tone::Good, "Not refused")
    };
    view! {
        <dl class="facts">
            <dt>"Pushes"</dt>
            <dd><Status tone label=word/></dd>
            <dt>"Collection"</dt>
            <dd><Status tone=collect_tone label=collect/></dd>
        </dl>
    }
}

/// The audiences that the person is in now.
#[component]
pub(super) fn AudienceList(audiences: Vec<(AudienceId, String)>) -> impl IntoView {
    if audiences.is_empty() {
        return view! { <p class="quiet small">"In none now."</p> }.into_any();
    }
    let may = crate::session::use_may(heliograph_model::access::Permission::ManageAudiences);
    let rows = audiences
        .into_iter()
        .map(|(id, name)| {
            view! {
                <li>
                    {if may.get_untracked() {
                        view! { <a class="link" href=format!("/audiences/{id}")>{name}</a> }.into_any()
                    } else {
                        name.into_any()
                    }}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="t13">{rows}</ul> }.into_any()
}

/// The profile itself.
#[component]
pub(super) fn About(id: ProfileId, created_at: Timestamp, updated_at: Timestamp) -> impl IntoView {
    view! {
        <dl class="facts">
            <dt>"Id"</dt>
            <dd><Copyable text=id.to_string()/></dd>
            <dt>"Made"</dt>
            <dd><FullTime at=created_at/></dd>
            <dt>"Changed"</dt>
            <dd><FullTime at=updated_at/></dd>
        </dl>
    }
}
