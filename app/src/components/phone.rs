//! Phones, drawn in CSS true to each system, that show what a push will look like.

use leptos::prelude::*;

use super::{Icon, IconName};

/// The time on the phones: always the same, as what is rendered does not depend on the clock.
const TIME: &str = "9:41";
const DATE: &str = "Tuesday 24 November";
/// How many buttons each system shows.
const IOS_BUTTONS: usize = 4;
const ANDROID_BUTTONS: usize = 3;

/// The system of a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneSystem {
    /// iOS.
    Ios,
    /// Android.
    Android,
}

impl PhoneSystem {
    const fn class(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Ios => "iOS",
            Self::Android => "Android",
        }
    }
}

/// Where on the phone the notification is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PhoneView {
    /// On the locked screen.
    #[default]
    LockScreen,
    /// As it comes in over another app.
    Banner,
    /// In the list of notifications, closed.
    Collapsed,
    /// In the list of notifications, opened by a long press or a pull.
    Expanded,
}

impl PhoneView {
    /// Every view, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::LockScreen, Self::Banner, Self::Collapsed, Self::Expanded];

    /// As it is kept in a form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LockScreen => "lock-screen",
            Self::Banner => "banner",
            Self::Collapsed => "collapsed",
            Self::Expanded => "expanded",
        }
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::LockScreen => "Lock screen",
            Self::Banner => "Heads-up",
            Self::Collapsed => "Collapsed",
            Self::Expanded => "Expanded",
        }
    }
}

/// What a phone shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhonePush {
    /// The name of the app.
    pub app: String,
    /// The title; may be empty.
    pub title: String,
    /// The body; may be empty.
    pub body: String,
    /// The address of the picture, if there is one.
    pub picture: Option<String>,
    /// The words of the buttons.
    pub buttons: Vec<String>,
    /// The number on the app's icon, if it is set.
    pub badge: Option<u32>,
}

/// A phone that shows a push. Changes on the keystroke; has its own theme, so that both can be looked at.
#[component]
pub fn Phone(
    /// Its system.
    system: PhoneSystem,
    /// What it shows; nothing where there is no notification.
    #[prop(into)]
    push: Signal<Option<PhonePush>>,
    /// Where it is looked at.
    #[prop(optional, into)]
    view: Signal<PhoneView>,
    /// Is the phone dark?
    #[prop(optional, into)]
    dark: Signal<bool>,
    /// What stands below it: bytes, notes, controls.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let theme = move || if dark.get() { "dark" } else { "light" };
    // An image has no text of its own for a screen reader, so its name says what it shows.
    let label = move || {
        let shown = push.with(|push| match push {
            Some(push) => format!(": {}. {}", push.title, push.body),
            None => String::new(),
        });
        format!(
            "{} preview, {}{shown}",
            system.title(),
            view.get().title().to_lowercase()
        )
    };
    let screen = move || match system {
        PhoneSystem::Ios => view! { <IosScreen push view/> }.into_any(),
        PhoneSystem::Android => view! { <AndroidScreen push view/> }.into_any(),
    };
    view! {
        <figure class=format!("phone {}", system.class())>
            <div class="case" data-theme=theme role="img" aria-label=label>
                <div class=move || format!("screen {}", view.get().as_str())>
                    <Wallpaper/>
                    {screen()}
                    <div class="home-bar"></div>
                </div>
            </div>
            {children.map(|children| view! { <figcaption>{children()}</figcaption> })}
        </figure>
    }
}

#[component]
fn IosScreen(push: Signal<Option<PhonePush>>, view: Signal<PhoneView>) -> impl IntoView {
    let locked = move || matches!(view.get(), PhoneView::LockScreen | PhoneView::Collapsed);
    let note = move || {
        let view = view.get();
        push.get().map(|push| view! { <IosNote push view/> })
    };
    view! {
        <div class="island"></div>
        <StatusBar/>
        <Show when=locked fallback=move || view! { <HomeScreen push/> }>
            <div class="clock"><span>{DATE}</span><b>{TIME}</b></div>
            <div class="torch">
                <i><Icon name=IconName::Torch/></i>
                <i><Icon name=IconName::Camera/></i>
            </div>
        </Show>
        <div class="notes">{note}</div>
    }
}

#[component]
fn IosNote(push: PhonePush, view: PhoneView) -> impl IntoView {
    let expanded = view == PhoneView::Expanded;
    let actions = push
        .buttons
        .iter()
        .take(IOS_BUTTONS)
        .map(|word| view! { <span>{word.clone()}</span> })
        .collect_view();
    let has_buttons = expanded && !push.buttons.is_empty();
    // Without a title of its own, iOS puts the app's name there.
    let title = if push.title.is_empty() {
        push.app.clone()
    } else {
        push.title.clone()
    };
    view! {
        <div class="note">
            <AppIcon app=push.app/>
            <span class="title cut">{title}</span>
            <span class="when">"now"</span>
            <span class="body cut">{push.body}</span>
            {push.picture.map(|address| view! { <img class="picture" src=address alt=""/> })}
        </div>
        {has_buttons.then(|| view! { <div class="actions">{actions}</div> })}
    }
}

#[component]
fn AndroidScreen(push: Signal<Option<PhonePush>>, view: Signal<PhoneView>) -> impl IntoView {
    let note = move || {
        let view = view.get();
        push.get().map(|push| view! { <AndroidNote push view/> })
    };
    let around = move || match view.get() {
        PhoneView::Banner => view! { <HomeScreen push/> }.into_any(),
        PhoneView::LockScreen => {
            view! { <div class="lock-clock"><b>{TIME}</b><span>{DATE}</span></div> }.into_any()
        }
        PhoneView::Collapsed | PhoneView::Expanded => view! {
            <div class="clock"><b>{TIME}</b><span>"Tue 24 Nov"</span></div>
            <ul class="tiles">
                <li class="on"><Icon name=IconName::Wifi/>"Internet"</li>
                <li><Icon name=IconName::Torch/>"Torch"</li>
            </ul>
        }
        .into_any(),
    };
    view! {
        <div class="lens"></div>
        <StatusBar/>
        <div class="shade">{around}{note}</div>
    }
}

#[component]
fn AndroidNote(push: PhonePush, view: PhoneView) -> impl IntoView {
    let expanded = view == PhoneView::Expanded;
    let heads_up = view == PhoneView::Banner;
    let actions = push
        .buttons
        .iter()
        .take(ANDROID_BUTTONS)
        .map(|word| view! { <span>{word.clone()}</span> })
        .collect_view();
    let has_buttons = (expanded || heads_up) && !push.buttons.is_empty();
    let fold = if expanded { IconName::Up } else { IconName::Down };
    // Closed, the picture is a thumbnail at the right.
    let place = if expanded { "picture" } else { "picture thumb" };
    view! {
        <div class="note" class:closed=!expanded>
            <AppIcon app=push.app.clone()/>
            <span class="from">{format!("{} · now", push.app)}</span>
            <span class="fold"><Icon name=fold/></span>
            <span class="title cut">{push.title}</span>
            <span class="body cut">{push.body}</span>
            {push.picture.map(|address| view! { <img class=place src=address alt=""/> })}
            {has_buttons.then(|| view! { <span class="actions">{actions}</span> })}
        </div>
    }
}

/// The screen with the apps; ours carries the badge.
#[component]
fn HomeScreen(push: Signal<Option<PhonePush>>) -> impl IntoView {
    let own = move || {
        push.get().map(|push| {
            let badge = push.badge.filter(|badge| *badge > 0);
            view! {
                <span class="launcher">
                    <AppIcon app=push.app/>
                    {badge.map(|badge| view! { <b class="count">{badge}</b> })}
                </span>
            }
        })
    };
    view! {
        <div class="apps">
            {own}
            {(0..7).map(|_| view! { <span class="launcher other"></span> }).collect_view()}
        </div>
    }
}

#[component]
fn StatusBar() -> impl IntoView {
    view! {
        <div class="status">
            <span>{TIME}</span>
            <span class="signs"><Icon name=IconName::Signal/><Icon name=IconName::Wifi/><Icon name=IconName::Battery/></span>
        </div>
    }
}

/// The app's initial on its colour.
#[component]
fn AppIcon(#[prop(into)] app: String) -> impl IntoView {
    let initial = app.chars().next().map(|letter| letter.to_uppercase().to_string());
    view! {
        <svg class="app-icon" viewBox="0 0 38 38">
            <rect width="38" height="38"></rect>
            <text x="19" y="26" text-anchor="middle">{initial}</text>
        </svg>
    }
}

#[component]
fn Wallpaper() -> impl IntoView {
    view! {
        <svg class="wallpaper" viewBox="0 0 390 800" preserveAspectRatio="xMidYMid slice">
            <rect class="sky" width="390" height="800"></rect>
            <circle class="sun" cx="286" cy="330" r="44"></circle>
            <path class="far" d="M0 470 96 372l64 66 82-112 148 160v314H0z"></path>
            <path class="middle" d="M0 560l120-98 92 76 84-58 94 78v242H0z"></path>
            <path class="near" d="M0 660l90-40 110 52 96-44 94 40v132H0z"></path>
        </svg>
    }
}

/// How much of the provider's limit a payload takes: `1,204 of 4,096 bytes`.
#[component]
pub fn PayloadMeter(
    /// The bytes of the payload.
    #[prop(into)]
    bytes: Signal<usize>,
    /// The provider's limit, in bytes.
    limit: usize,
) -> impl IntoView {
    let share = move || bytes.get() as f64 * 100.0 / limit.max(1) as f64;
    let over = move || bytes.get() > limit;
    view! {
        <span class="meter" class:over=over>
            <span class="line">
                <b>
                    {move || super::grouped(bytes.get() as u64)} " of " {super::grouped(limit as u64)} " bytes"
                </b>
                <span>{move || format!("{:.0} %", share())}</span>
            </span>
            <span class="track">
                <i style=move || format!("width: {:.1}%", share().min(100.0))></i>
            </span>
        </span>
    }
}
