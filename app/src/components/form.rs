//! Forms that work as a plain POST before the wasm has arrived.

use leptos::context::Provider;
use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::PostUrl;
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::{Http, ServerFn};
use serde::de::DeserializeOwned;

use super::{Notice, Tone};
use crate::error::AppError;
use crate::session::{Typed, Visit};

/// Which of several things a form is about: the name of a field that is not shown, and what it holds.
///
/// Forms of the rows of a list are sent to one address; by this the one that comes back is told from the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRow {
    name: &'static str,
    value: String,
}

impl FormRow {
    /// The row of the thing that has this id.
    pub fn of(id: impl ToString) -> Self {
        Self::named("id", id)
    }

    /// The row that is told by a field of another name.
    pub fn named(name: &'static str, value: impl ToString) -> Self {
        Self {
            name,
            value: value.to_string(),
        }
    }
}

/// What was sent to this address without any script and came back, where it was.
fn sent_to(address: &str) -> Option<Typed> {
    use_context::<RwSignal<Visit>>()?
        .with_untracked(|visit| visit.typed.clone().filter(|typed| typed.address == address))
}

/// What was sent in the field of this name.
fn field_of(typed: &Typed, name: &str) -> Option<String> {
    let field = typed.fields.iter().find(|(field, _)| field == name);
    field.map(|(_, value)| value.clone())
}

/// What the fields of a form know of it.
#[derive(Clone, Copy)]
pub struct FormState {
    /// What was wrong when it was last sent.
    pub error: Signal<Option<AppError>>,
    /// Is it on its way?
    pub pending: Signal<bool>,
    /// Where it is sent.
    address: &'static str,
    /// Was it the form of another row that came back?
    other: bool,
}

impl FormState {
    /// What is wrong with the field of this name.
    pub fn error_of(self, name: &str) -> Option<String> {
        self.error
            .with(|error| error.as_ref()?.for_field(name).map(str::to_owned))
    }

    /// What was typed into the field of this name, where the form was sent without any script and came back.
    pub fn typed(self, name: &str) -> Option<String> {
        if self.other {
            return None;
        }
        field_of(&sent_to(self.address)?, name)
    }
}

/// A form around [`super::TextField`] and its kin that calls a server function. Shows what is wrong with it as a whole
/// at its top; what is wrong with one field, the field shows. Keeps what was typed.
///
/// The names of the fields are those of the server function's arguments.
#[component]
pub fn Form<F, Output: 'static>(
    /// The server function.
    action: ServerAction<F>,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// Does the browser load the next page anew? For what changes who is signed in, or takes a file.
    #[prop(optional)]
    reload: bool,
    /// For the form of one row of a list: which, sent along as a field.
    #[prop(optional, into)]
    row: Option<FormRow>,
    /// The fields, and a button that submits.
    children: Children,
) -> impl IntoView
where
    F: DeserializeOwned
        + ServerFn<Protocol = Http<PostUrl, Output>, Error = AppError>
        + Clone
        + Send
        + Sync
        + 'static,
    <<F::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    F::Output: Send + Sync + 'static,
    F::Client: Client<AppError>,
{
    let value = action.value();
    let other = row.as_ref().is_some_and(|row| {
        let sent = sent_to(F::url()).and_then(|typed| field_of(&typed, row.name));
        sent.is_some_and(|sent| sent != row.value)
    });
    let version = action.version();
    let error = Signal::derive(move || {
        // The error of a form that came back is in the address of the page, for every form that is sent to the same.
        if other && version.get() == 0 {
            return None;
        }
        value.with(|value| value.as_ref()?.as_ref().err().cloned())
    });
    let state = FormState {
        error,
        pending: action.pending().into(),
        address: F::url(),
        other,
    };
    let overall = move || {
        error
            .get()
            .filter(|error| !matches!(error, AppError::Invalid { fields, .. } if !fields.is_empty()))
    };
    let form = NodeRef::<leptos::html::Form>::new();
    // The first field that is wrong is where the person goes on.
    Effect::new(move |_| {
        if error.with(Option::is_some)
            && let Some(form) = form.get_untracked()
        {
            request_animation_frame(move || {
                use leptos::wasm_bindgen::JsCast as _;
                if let Ok(Some(field)) = form.query_selector("[aria-invalid=true]") {
                    let _ = field.unchecked_ref::<web_sys::HtmlElement>().focus();
                }
            });
        }
    });
    let content = move || {
        view! {
            <div class=format!("form {class}")>
                {row.map(|row| view! { <input type="hidden" name=row.name value=row.value/> })}
                {move || overall().map(|error| view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> })}
                {children()}
            </div>
        }
    };
    view! {
        <Provider value=state>{around(action, reload, form, content)}</Provider>
    }
}

fn around<F, Output: 'static, V: IntoView + 'static>(
    action: ServerAction<F>,
    reload: bool,
    form: NodeRef<leptos::html::Form>,
    content: impl FnOnce() -> V + Send + 'static,
) -> AnyView
where
    F: DeserializeOwned
        + ServerFn<Protocol = Http<PostUrl, Output>, Error = AppError>
        + Clone
        + Send
        + Sync
        + 'static,
    <<F::Client as Client<AppError>>::Request as ClientReq<AppError>>::FormData: From<web_sys::FormData>,
    F::Output: Send + Sync + 'static,
    F::Client: Client<AppError>,
{
    if reload {
        view! { <form method="post" action=F::url() node_ref=form>{content()}</form> }.into_any()
    } else {
        view! { <ActionForm action node_ref=form>{content()}</ActionForm> }.into_any()
    }
}
