//! Asks before a page is left on which something has not been saved.

use std::cell::RefCell;

use leptos::ev;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast as _;
use leptos::wasm_bindgen::JsValue;
use leptos::wasm_bindgen::closure::Closure;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::{Button, ButtonKind, Dialog, DialogFoot, close_dialog, open_dialog};

/// The id of the dialog that asks.
const DIALOG: &str = "leave-page";

/// Asks before the page is left, as long as `unsaved` is true: by a link, by the browser's buttons, by closing the tab.
#[component]
pub fn LeaveGuard(
    /// Is there something that would be lost?
    #[prop(into)]
    unsaved: Signal<bool>,
    /// What has been changed: "this audience".
    what: &'static str,
) -> impl IntoView {
    let wanted = RwSignal::new(None::<String>);
    let location = use_location();
    // As the router knows it: until it has seen that one went back, that is this page.
    let here = move || {
        let path = location.pathname.try_get_untracked().unwrap_or_default();
        let query = location.search.try_get_untracked().unwrap_or_default();
        if query.is_empty() {
            path
        } else {
            format!("{path}?{query}")
        }
    };
    Effect::new(move |_| watch(unsaved, wanted, here));
    let navigate = use_navigate();
    let leave = move |_| {
        close_dialog(DIALOG);
        if let Some(address) = wanted.get_untracked() {
            navigate(&address, NavigateOptions::default());
        }
    };
    view! {
        <Dialog id=DIALOG title="Leave without saving?">
            <div class="body">
                <p>{format!("What you changed in {what} is lost if you leave now.")}</p>
            </div>
            <DialogFoot cancel="Stay">
                <Button kind=ButtonKind::DangerPrimary on_click=leave>"Leave without saving"</Button>
            </DialogFoot>
        </Dialog>
    }
}

/// Looks out for whatever leads away, until the page is gone.
fn watch(
    unsaved: Signal<bool>,
    wanted: RwSignal<Option<String>>,
    here: impl Fn() -> String + Copy + 'static,
) {
    // The page may be gone when a listener is called for the last time.
    let keep = move || unsaved.try_get_untracked() == Some(true);
    let ask = move |address: String| {
        wanted.set(Some(address));
        open_dialog(DIALOG);
    };
    let unload = window_event_listener(ev::beforeunload, move |event| {
        if keep() {
            event.prevent_default();
        }
    });
    // Seen before the router sees it, hence in the capturing phase.
    let click = Captured::new("click", move |event| {
        if let Some(address) = followed(event).filter(|_| keep()) {
            event.prevent_default();
            ask(address);
        }
    });
    let click = StoredValue::new_local(click);
    let back = move |event: &web_sys::Event| {
        let now = window().location().href().unwrap_or_default();
        let (now, here) = (local(&now).unwrap_or(now), here());
        if keep() && now != here {
            event.stop_immediate_propagation();
            // It fails only for an address of another site.
            if let Ok(history) = window().history() {
                let _ = history.push_state_with_url(&JsValue::NULL, "", Some(&here));
            }
            ask(now);
        }
    };
    BACK.set(Some(Box::new(back)));
    on_cleanup(move || {
        unload.remove();
        click.dispose();
        BACK.set(None);
    });
}

/// Is told that the browser's Back or Forward was pressed.
type OnBack = Box<dyn Fn(&web_sys::Event)>;

thread_local! {
    /// What the page that is open does then.
    static BACK: RefCell<Option<OnBack>> = const { RefCell::new(None) };
}

/// Listens for the browser's Back and Forward. To be called before the router does: a `popstate` is given to the
/// listeners of the window in the order in which they came, and the router leaves the page at once.
#[cfg(feature = "hydrate")]
pub(crate) fn listen_for_back() {
    let handler = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| {
        BACK.with_borrow(|back| {
            if let Some(back) = back {
                back(&event);
            }
        });
    });
    // It fails only for a name that is no event's.
    let _ = window().add_event_listener_with_callback("popstate", handler.as_ref().unchecked_ref());
    handler.forget();
}

/// Where the router is about to go for a click: the address of a link of ours, without any key held.
fn followed(event: &web_sys::Event) -> Option<String> {
    let mouse = event.dyn_ref::<web_sys::MouseEvent>()?;
    if mouse.default_prevented()
        || mouse.button() != 0
        || mouse.meta_key()
        || mouse.ctrl_key()
        || mouse.shift_key()
        || mouse.alt_key()
    {
        return None;
    }
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let link = target.closest("a[href]").ok()??;
    let elsewhere = ["download", "target", "rel"].into_iter().any(|name| match name {
        "rel" => link
            .get_attribute("rel")
            .is_some_and(|rel| rel.contains("external")),
        name => link.has_attribute(name),
    });
    if elsewhere {
        return None;
    }
    let address = link.get_attribute("href")?;
    (address.starts_with('/')).then_some(address)
}

/// An address of this site without scheme and host.
fn local(address: &str) -> Option<String> {
    let origin = window().location().origin().ok()?;
    address.strip_prefix(&origin).map(str::to_owned)
}

/// A listener of the window in the capturing phase; it is taken away when this is dropped.
struct Captured {
    event: &'static str,
    handler: Closure<dyn FnMut(web_sys::Event)>,
}

impl Captured {
    fn new(event: &'static str, mut handle: impl FnMut(&web_sys::Event) + 'static) -> Self {
        let handler = Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| handle(&event));
        // It fails only for a name that is no event's.
        let _ =
            window().add_event_listener_with_callback_and_bool(event, handler.as_ref().unchecked_ref(), true);
        Self { event, handler }
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        let _ = window().remove_event_listener_with_callback_and_bool(
            self.event,
            self.handler.as_ref().unchecked_ref(),
            true,
        );
    }
}
