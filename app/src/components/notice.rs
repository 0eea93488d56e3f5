//! Badges and notices: a word with its meaning.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What something means for the person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Neutral,
    /// It works, it is done.
    Good,
    /// It needs a look.
    Warn,
    /// It failed, it is refused.
    Bad,
    /// It is under way, or good to know.
    Info,
    /// It is chosen, or ours.
    Accent,
}

impl Tone {
    /// The class that carries it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Info => "info",
            Self::Accent => "accent",
        }
    }

    /// The icon that goes with it, so that colour is not the only carrier.
    pub const fn icon(self) -> IconName {
        match self {
            Self::Neutral | Self::Info | Self::Accent => IconName::Info,
            Self::Good => IconName::Ok,
            Self::Warn => IconName::Warn,
            Self::Bad => IconName::Bad,
        }
    }
}

/// A word in a pill: a count, a kind, a version.
#[component]
pub fn Badge(
    /// What it means.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// The word.
    children: Children,
) -> impl IntoView {
    view! { <span class=move || format!("badge {}", tone.get().class())>{children()}</span> }
}

/// The state of something, as a pill with a dot: "Live", "Draft", "Stopped".
#[component]
pub fn StatusBadge(
    /// What the state means.
    #[prop(into)]
    tone: Signal<Tone>,
    /// The state's word.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! { <span class=move || format!("badge dot {}", tone.get().class())>{label}</span> }
}

/// The state of something, as an icon and words in a line.
#[component]
pub fn Status(
    /// What the state means.
    #[prop(into)]
    tone: Signal<Tone>,
    /// The state in words.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    view! {
        <span class=move || format!("status {}", tone.get().class())>
            <Icon name=Signal::derive(move || tone.get().icon())/>
            {label}
        </span>
    }
}

/// Says what happened, to what, and what to do next.
#[component]
pub fn Notice(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// A few words before the sentence.
    #[prop(optional, into)]
    title: MaybeProp<String>,
    /// The sentence; may hold links and buttons.
    children: Children,
) -> impl IntoView {
    // What went wrong interrupts a screen reader; anything else waits for its turn.
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div class=format!("notice {}", tone.class()) role=role>
            <Icon name=tone.icon()/>
            <div>
                {move || title.get().map(|title| view! { <b>{title}</b> })}
                <p>{children()}</p>
            </div>
        </div>
    }
}
