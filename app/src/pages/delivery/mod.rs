//! One push, hop by hop.

mod api;
mod hops;

use heliograph_model::access::Permission;
use heliograph_model::delivery::{Delivery as Push, State, goes_before};
use heliograph_model::payload::{ExplainedText, indented};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{
    Badge, Card, CodeBlock, Copyable, FullTime, Load, Notice, OUTCOMES, Page, PageHead, StatusBadge, Tone,
    Why, WhyThisText,
};
use crate::pages::lazy_page;
use crate::session::use_may;
use api::DeliveryView;
use hops::Hops;

lazy_page! {
    /// One push, hop by hop.
    Delivery in console
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let story = Resource::new(id, api::load);
    view! {
        <Page>
            <Load resource=story let:view><Story view/></Load>
        </Page>
    }
    .into_any()
}

#[component]
fn Story(view: DeliveryView) -> impl IntoView {
    let DeliveryView {
        story,
        ahead,
        headers,
        why,
    } = view;
    let not_yet = goes_before(&ahead)
        .map(|words| view! { <Notice tone=Tone::Info title="Not its turn yet">{words}</Notice> });
    let delivery = story.delivery;
    let (tone, word) = state_in_a_word(delivery.state);
    let explained = delivery.explained().map(|(title, words, advice)| {
        view! {
            <Notice tone title=title>
                {words} " " {advice} " " <a class="link" href=OUTCOMES>"All outcomes"</a>
            </Notice>
        }
    });
    // Without an app no text was ever to be made.
    let note = if story.payload.is_some() {
        WORKED_OUT_ANEW
    } else {
        WORKED_OUT_NOW
    };
    let why = delivery.app.map(|_| view! { <WhyItsTexts why note/> });
    let payload = match story.payload {
        Some(payload) => view! {
            <div class="stack">
                {headers.map(|headers| view! { <CodeBlock text=headers label="Headers for Apple"/> })}
                <CodeBlock text=indented(&payload) label="Payload"/>
            </div>
        }
        .into_any(),
        None => {
            view! { <p class="soft">"None yet: the payload is made when the push is sent."</p> }.into_any()
        }
    };
    let title = if delivery.message_name.is_empty() {
        "Delivery".to_owned()
    } else {
        format!("Delivery of “{}”", delivery.message_name)
    };
    view! {
        <PageHead title>
            {delivery.proof.then(|| view! { <Badge>"Proof"</Badge> })}
            <StatusBadge tone label=word/>
        </PageHead>
        {explained}
        {not_yet}
        <div class="columns">
            <div class="stack wide">
                <Card title="What happened" flush=true><Hops hops=story.hops/></Card>
                <Card title="Payload">{payload}{why}</Card>
            </div>
            <Facts delivery provider_id=story.provider_id/>
        </div>
    }
}

const WORKED_OUT_ANEW: &str = "The payload above is what was sent. What follows is worked out anew with the profile as it is now: \
                               a field that has changed since has its new value.";
const WORKED_OUT_NOW: &str =
    "Nothing was sent yet. What follows is worked out with the profile as it is now.";

/// How its texts come about, as far as that can still be told.
#[component]
fn WhyItsTexts(why: Option<Vec<ExplainedText>>, note: &'static str) -> impl IntoView {
    match why {
        Some(texts) => view! { <WhyThisText texts=Some(vec![Why { of: None, texts }]) note/> }.into_any(),
        None => {
            view! {
                <p class="small quiet">
                    "How its texts came about can’t be told any more: the profile, the app or this version of the message is gone."
                </p>
            }
            .into_any()
        }
    }
}

/// Where it came from and where it goes.
#[component]
fn Facts(delivery: Push, provider_id: Option<String>) -> impl IntoView {
    let version = match delivery.message_version {
        0 => "draft".to_owned(),
        version => format!("version {version}"),
    };
    let app = delivery.app.map(|id| {
        let name = delivery.app_name.clone().unwrap_or_else(|| "Deleted".to_owned());
        view! { <dt>"App"</dt><dd><Linked to=Permission::ManageApps href=format!("/app-configurations/{id}") name/></dd> }
    });
    let journey = delivery.journey.map(|id| {
        let name = delivery
            .journey_name
            .clone()
            .unwrap_or_else(|| "Deleted".to_owned());
        view! { <dt>"Journey"</dt><dd><Linked to=Permission::ManageJourneys href=format!("/journeys/{id}") name/></dd> }
    });
    view! {
        <Card title="Delivery">
            <dl class="facts">
                <dt>"Message"</dt>
                <dd>
                    <Linked to=Permission::ManageMessages href=format!("/messages/{}", delivery.message) name=delivery.message_name/>
                    " (" {version} ")"
                </dd>
                {journey}
                <dt>"Profile"</dt>
                <dd><a class="link" href=format!("/profiles/{}", delivery.profile)>{delivery.profile.to_string()}</a></dd>
                {delivery.device.map(|id| view! { <dt>"Device"</dt><dd><code>{id.to_string()}</code></dd> })}
                {app}
                {delivery.platform.map(|platform| view! { <dt>"Platform"</dt><dd>{platform.title()}</dd> })}
                <dt>"When messages compete"</dt>
                <dd>{delivery.turn.title()}</dd>
                <dt>"Attempts"</dt>
                <dd>{delivery.attempts}</dd>
                <dt>"Expires"</dt>
                <dd><FullTime at=delivery.expires_at/></dd>
                <dt>"Id"</dt>
                <dd><Copyable text=delivery.id.to_string()/></dd>
                {provider_id.map(|id| view! { <dt>"Provider’s id"</dt><dd><Copyable text=id/></dd> })}
                {delivery.detail.map(|words| view! { <dt>"Last answer"</dt><dd><code>{words}</code></dd> })}
            </dl>
        </Card>
    }
}

/// A name, which is a link for those who may open what it names.
#[component]
fn Linked(to: Permission, href: String, name: String) -> impl IntoView {
    let may = use_may(to);
    move || {
        if may.get() {
            view! { <a class="link" href=href.clone()>{name.clone()}</a> }.into_any()
        } else {
            name.clone().into_any()
        }
    }
}

/// The state in a word, and what it means.
const fn state_in_a_word(state: State) -> (Tone, &'static str) {
    match state {
        State::Queued => (Tone::Info, "Queued"),
        State::Sending => (Tone::Info, "Being sent"),
        State::Waiting => (Tone::Warn, "Waiting"),
        State::Accepted => (Tone::Good, "Accepted"),
        State::Failed => (Tone::Bad, "Failed"),
        State::Excluded => (Tone::Warn, "Excluded"),
        State::Unknown => (Tone::Warn, "Unknown"),
    }
}
