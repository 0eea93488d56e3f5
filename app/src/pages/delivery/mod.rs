//! One push, hop by hop.

mod api;
mod hops;

use std::time::Duration;

use heliograph_model::access::Permission;
use heliograph_model::delivery::{State, goes_before};
use heliograph_model::payload::indented;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{
    Badge, Card, CodeBlock, Copyable, Follow, FullTime, Load, Notice, OUTCOMES, Page, PageHead, Pulse,
    StatusBadge, Tone, Why, WhyThisText,
};
use crate::pages::lazy_page;
use crate::session::use_may;
use api::DeliveryView;
use hops::Hops;

lazy_page! {
    /// One push, hop by hop.
    Delivery in console
}

/// How long after one look the next comes, while the page is open and seen.
const EVERY: Duration = Duration::from_secs(3);

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

/// What the page shows. It is read anew while something can still happen to the delivery.
#[derive(Debug, Clone, Copy)]
struct Shown(RwSignal<DeliveryView>);

impl Shown {
    fn new(view: DeliveryView) -> Self {
        let id = view.story.delivery.id;
        let view = RwSignal::new(view);
        Follow::new(EVERY, move || async move {
            if view.try_with_untracked(|view| goes_on(view.story.delivery.state)) != Some(true) {
                return;
            }
            // Where it fails, what was known stays.
            if let Ok(found) = api::load(id.to_string()).await {
                // The page may have been left meanwhile.
                view.try_set(found);
            }
        });
        Self(view)
    }

    /// A part of it, which changes only where it is another.
    fn part<T>(self, of: impl Fn(&DeliveryView) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.0.with(&of))
    }
}

/// Can something still happen to a delivery? Of what the provider took, or may have taken, the phone tells more.
const fn goes_on(state: State) -> bool {
    match state {
        State::Queued | State::Sending | State::Waiting | State::Accepted | State::Unknown => true,
        State::Failed | State::Excluded => false,
    }
}

#[component]
fn Story(view: DeliveryView) -> impl IntoView {
    let shown = Shown::new(view);
    let checked = shown.part(|view| Some(view.at).filter(|_| goes_on(view.story.delivery.state)));
    let pulse = move || checked.get().is_some();
    let state = shown.part(|view| state_in_a_word(view.story.delivery.state));
    let proof = shown.part(|view| view.story.delivery.proof);
    let title = shown.part(|view| match view.story.delivery.message_name.as_str() {
        "" => "Delivery".to_owned(),
        name => format!("Delivery of “{name}”"),
    });
    let not_yet = shown.part(|view| goes_before(&view.ahead));
    let not_yet = move || {
        let words = not_yet.get()?;
        Some(view! { <Notice tone=Tone::Info title="Not its turn yet">{words}</Notice> })
    };
    let explained = shown.part(|view| view.story.delivery.explained());
    let explained = move || {
        let (title, words, advice) = explained.get()?;
        let (tone, _) = state.get();
        Some(view! {
            <Notice tone title=title>
                {words} " " {advice} " " <a class="link" href=OUTCOMES>"All outcomes"</a>
            </Notice>
        })
    };
    let hops = shown.part(|view| view.story.hops.clone());
    let to_app = shown.part(|view| view.story.delivery.app.is_some());
    view! {
        <PageHead title>
            <Show when=pulse><Pulse changed=checked/></Show>
            {move || proof.get().then(|| view! { <Badge>"Proof"</Badge> })}
            <StatusBadge tone=Signal::derive(move || state.get().0) label=Signal::derive(move || state.get().1.to_owned())/>
        </PageHead>
        {explained}
        {not_yet}
        <div class="columns">
            <div class="stack wide">
                <Card title="What happened" flush=true>{move || view! { <Hops hops=hops.get()/> }}</Card>
                <Card title="Payload">
                    <Payload shown/>
                    // Without an app no text was ever to be made.
                    <Show when=move || to_app.get()><WhyItsTexts shown/></Show>
                </Card>
            </div>
            <Facts shown/>
        </div>
    }
}

/// What was sent.
#[component]
fn Payload(shown: Shown) -> impl IntoView {
    let sent = shown.part(|view| {
        let payload = view.story.payload.as_deref().map(indented)?;
        Some((payload, view.headers.clone()))
    });
    move || match sent.get() {
        Some((payload, headers)) => view! {
            <div class="stack">
                {headers.map(|headers| view! { <CodeBlock text=headers label="Headers for Apple"/> })}
                <CodeBlock text=payload label="Payload"/>
            </div>
        }
        .into_any(),
        None => {
            view! { <p class="soft">"None yet: the payload is made when the push is sent."</p> }.into_any()
        }
    }
}

const WORKED_OUT_ANEW: &str = "The payload above is what was sent. What follows is worked out anew with the profile as it is now: \
                               a field that has changed since has its new value.";
const WORKED_OUT_NOW: &str =
    "Nothing was sent yet. What follows is worked out with the profile as it is now.";

/// How its texts come about, as far as that can still be told.
#[component]
fn WhyItsTexts(shown: Shown) -> impl IntoView {
    let texts = shown.part(|view| {
        let texts = view.why.clone()?;
        Some(vec![Why { of: None, texts }])
    });
    let note = shown.part(|view| match view.story.payload {
        Some(_) => WORKED_OUT_ANEW,
        None => WORKED_OUT_NOW,
    });
    let can_be_told = move || texts.with(Option::is_some);
    let gone = || {
        view! {
            <p class="small quiet">
                "How its texts came about can’t be told any more: the profile, the app or this version of the message is gone."
            </p>
        }
    };
    view! { <Show when=can_be_told fallback=gone><WhyThisText texts note/></Show> }
}

/// Where it came from and where it goes.
#[component]
fn Facts(shown: Shown) -> impl IntoView {
    // Where it came from stays, and so do the links there.
    let delivery = shown.0.with_untracked(|view| view.story.delivery.clone());
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
    let turn = shown.part(|view| view.story.delivery.turn.title());
    let attempts = shown.part(|view| view.story.delivery.attempts);
    let expires = shown.part(|view| view.story.delivery.expires_at);
    let provider_id = shown.part(|view| view.story.provider_id.clone());
    let answer = shown.part(|view| view.story.delivery.detail.clone());
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
                <dd>{turn}</dd>
                <dt>"Attempts"</dt>
                <dd>{attempts}</dd>
                <dt>"Expires"</dt>
                <dd><FullTime at=expires/></dd>
                <dt>"Id"</dt>
                <dd><Copyable text=delivery.id.to_string()/></dd>
                {move || provider_id.get().map(|id| view! { <dt>"Provider’s id"</dt><dd><Copyable text=id/></dd> })}
                {move || answer.get().map(|words| view! { <dt>"Last answer"</dt><dd><code>{words}</code></dd> })}
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
