//! The demo's phones: what they got, and what can be done with it.

mod api;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{
    Button, ButtonSize, EmptyState, Follow, IconName, Load, Page, PageHead, RelativeTime, SearchBox,
    StatusBadge, Tone, use_toasts,
};
use crate::pages::lazy_page;
use api::{Act, PhoneCard, Push, phones, touch};

/// How long after one look at the phones the next comes, while the page is open and seen.
const FOLLOW: Duration = Duration::from_secs(1);

lazy_page! {
    /// The demo's phones.
    Simulator in console
}

fn view() -> AnyView {
    let query = use_query_map();
    let search = move || query.with(|query| query.get("q").unwrap_or_default());
    let list = Resource::new(search, phones);
    let shown = RwSignal::new(None::<Vec<PhoneCard>>);
    let follow = Follow::new(FOLLOW, move || {
        let search = query.with_untracked(|query| query.get("q").unwrap_or_default());
        async move {
            if let Ok(phones) = phones(search).await {
                // The page may have been left meanwhile.
                shown.try_set(Some(phones));
            }
        }
    });
    let refresh = Callback::new(move |()| follow.now());
    view! {
        <Page>
            <PageHead title="Simulator" lead="The phones of the sample shop. What you tap comes back as an event, as from any app."/>
            <SearchBox label="Search phones by name or token"/>
            <Load resource=list let:first>
                {
                    let cards = Signal::derive(move || shown.get().unwrap_or_else(|| first.clone()));
                    view! {
                        <Show when=move || cards.with(Vec::is_empty)>
                            <EmptyState icon=IconName::Phones title="No phone fits"/>
                        </Show>
                        <ul class="phone-grid">
                            <For each=move || cards.get() key=|card| card.clone() let:card>
                                <PhoneView card refresh/>
                            </For>
                        </ul>
                    }
                }
            </Load>
        </Page>
    }
    .into_any()
}

#[component]
fn PhoneView(card: PhoneCard, refresh: Callback<()>) -> impl IntoView {
    let (tone, label) = match (card.installed, card.muted) {
        (false, _) => (Tone::Bad, "App removed"),
        (true, true) => (Tone::Warn, "Notifications off"),
        (true, false) => (Tone::Good, "Active"),
    };
    let token = StoredValue::new(card.token.clone());
    let name = card.label.clone();
    let empty = card.pushes.is_empty();
    view! {
        <li class="card phone-card" aria-label=format!("Phone of {name}")>
            <div class="head">
                <h2>{card.label}</h2>
                <small class="quiet">{card.system}</small>
                <span class="push"><StatusBadge tone label/></span>
            </div>
            <div class="body">
                {empty.then(|| view! { <p class="quiet">"Nothing has come yet."</p> })}
                <ul class="push-list">
                    {card.pushes.into_iter().map(|push| view! { <PushView push token refresh/> }).collect_view()}
                </ul>
                <div class="row wrap">
                    {if card.installed {
                        view! {
                            <Do label="Remove app" token push=None what=Act::RemoveApp refresh/>
                            <Do label=if card.muted { "Allow notifications" } else { "Switch notifications off" } token push=None what=if card.muted { Act::Unmute } else { Act::Mute } refresh/>
                        }.into_any()
                    } else {
                        view! { <Do label="Install app again" token push=None what=Act::Reinstall refresh/> }.into_any()
                    }}
                </div>
            </div>
        </li>
    }
}

#[component]
fn PushView(push: Push, token: StoredValue<String>, refresh: Callback<()>) -> impl IntoView {
    let id = push.id;
    let open = push.open;
    let name = format!("Notification: {}", push.title);
    view! {
        <li class="push-item" aria-label=name>
            <div class="row between"><b class="medium">{push.title}</b><small class="quiet"><RelativeTime at=push.received_at/></small></div>
            <p>{push.body}</p>
            {if open {
                view! {
                    <div class="row wrap">
                        <Do label="Tap" token push=Some(id) what=Act::Tap refresh/>
                        {push.buttons.into_iter().enumerate().map(|(index, label)| view! { <Do label token push=Some(id) what=Act::Press(index) refresh/> }).collect_view()}
                        <Do label="Dismiss" token push=Some(id) what=Act::Dismiss refresh/>
                    </div>
                }.into_any()
            } else {
                view! { <small class="quiet">{push.fate}</small> }.into_any()
            }}
        </li>
    }
}

/// A button that does something on the phone.
#[component]
fn Do(
    #[prop(into)] label: String,
    token: StoredValue<String>,
    push: Option<u64>,
    what: Act,
    refresh: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let pending = RwSignal::new(false);
    let press = move |_| {
        pending.set(true);
        leptos::task::spawn_local(async move {
            if let Err(error) = touch(token.get_value(), push, what).await {
                toasts.failed(error.to_string());
            }
            pending.try_set(false);
            refresh.run(());
        });
    };
    view! { <Button size=ButtonSize::Small pending on_click=press>{label}</Button> }
}
