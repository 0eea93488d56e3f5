//! Toasts: past tense, one line, one way back.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, IconName, Tone};

/// How long a toast stays, unless it is pointed at.
const STAYS: Duration = Duration::from_secs(6);

#[derive(Clone)]
struct Toast {
    key: u64,
    tone: Tone,
    text: String,
    undo: Option<Callback<()>>,
}

/// The toasts of the page. Get them with [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    shown: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
}

impl Toasts {
    pub(crate) fn provide() {
        provide_context(Self {
            shown: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
        });
    }

    /// Says that something was done: "Message deleted".
    pub fn done(self, text: impl Into<String>) {
        self.show(Tone::Good, text.into(), None);
    }

    /// Says that something was done, and offers to take it back.
    pub fn done_with_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.show(Tone::Good, text.into(), Some(Callback::new(move |()| undo())));
    }

    /// Says what failed and what to do next.
    pub fn failed(self, text: impl Into<String>) {
        self.show(Tone::Bad, text.into(), None);
    }

    fn show(self, tone: Tone, text: String, undo: Option<Callback<()>>) {
        let key = self.next.get_value();
        self.next.set_value(key + 1);
        self.shown.update(|shown| {
            shown.push(Toast {
                key,
                tone,
                text,
                undo,
            })
        });
    }

    fn remove(self, key: u64) {
        self.shown.update(|shown| shown.retain(|toast| toast.key != key));
    }
}

/// The toasts of the page.
pub fn use_toasts() -> Toasts {
    expect_context::<Toasts>()
}

/// Where the toasts appear. The frame has one.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.shown.get() key=|toast| toast.key let:toast>
                <ToastView toast/>
            </For>
        </div>
    }
}

#[component]
fn ToastView(toast: Toast) -> impl IntoView {
    let toasts = use_toasts();
    let key = toast.key;
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let hold = move || {
        if let Some(timer) = timer.get_value() {
            timer.clear();
        }
    };
    let start = move || {
        hold();
        timer.set_value(set_timeout_with_handle(move || toasts.remove(key), STAYS).ok());
    };
    Effect::new(move |_| start());
    let undo = toast.undo.map(|undo| {
        let take_back = move |_| {
            undo.run(());
            toasts.remove(key);
        };
        view! { <button class="button ghost small" type="button" on:click=take_back>"Undo"</button> }
    });
    view! {
        <div
            class="toast"
            on:pointerenter=move |_| hold()
            on:pointerleave=move |_| start()
            on:focusin=move |_| hold()
            on:focusout=move |_| start()
        >
            <Icon name=toast.tone.icon() class=toast.tone.class()/>
            <span>{toast.text}</span>
            {undo}
            <button
                class="button ghost icon-only"
                type="button"
                aria-label="Dismiss"
                on:click=move |_| toasts.remove(key)
            >
                <Icon name=IconName::Close/>
            </button>
        </div>
    }
}
