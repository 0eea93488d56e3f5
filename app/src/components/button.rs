//! Buttons, and links that look like them.

use leptos::ev::MouseEvent;
use leptos::prelude::*;

use super::{Icon, IconName};

/// What a button is among the others around it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// One of several.
    #[default]
    Plain,
    /// The one main action of the page or the dialog.
    Primary,
    /// In a toolbar or a row, where a border would be noise.
    Ghost,
    /// Deletes or stops something.
    Danger,
    /// Deletes or stops something, and is the main action of its dialog.
    DangerPrimary,
}

impl ButtonKind {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Primary => "primary",
            Self::Ghost => "ghost",
            Self::Danger => "danger",
            Self::DangerPrimary => "danger primary",
        }
    }
}

/// What a button does in the form around it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonAction {
    /// Nothing: it has a handler, or opens something.
    #[default]
    Press,
    /// Sends the form.
    Submit,
}

impl ButtonAction {
    const fn kind(self) -> &'static str {
        match self {
            Self::Press => "button",
            Self::Submit => "submit",
        }
    }
}

/// How large a button is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ButtonSize {
    /// As high as a field.
    #[default]
    Normal,
    /// In a row of a table or a card's head.
    Small,
}

impl ButtonSize {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Normal => "",
            Self::Small => "small",
        }
    }
}

/// What a button does when it is pressed.
///
/// No `Callback` of Leptos: those of one thread live on with the page that was rendered, and a server that drops that page
/// on another of its threads panics. A handler that is given to an element is dropped at once on the server.
pub struct Press(Box<dyn Fn(MouseEvent)>);

impl std::fmt::Debug for Press {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Press")
    }
}

impl<F: Fn(MouseEvent) + 'static> From<F> for Press {
    fn from(handler: F) -> Self {
        Self(Box::new(handler))
    }
}

/// A button. Its words say what happens: "Publish journey". Handlers and further attributes go on the component:
/// `<Button on_click=…>`, `<Button attr:name="theme">`.
#[component]
pub fn Button(
    /// What it is among the others.
    #[prop(optional)]
    kind: ButtonKind,
    /// What it does in the form around it.
    #[prop(optional)]
    action: ButtonAction,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Can it not be used now? Say why beside it.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Is its work under way? It then cannot be pressed again.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// What it does when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Press>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <button
            class=format!("button {} {}", kind.class(), size.class())
            type=action.kind()
            disabled=move || disabled.get() || pending.get()
            aria-busy=move || pending.get().then_some("true")
            on:click=move |event| if let Some(press) = &on_click { press.0(event) }
        >
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </button>
    }
}

/// A link that looks like a button: it goes somewhere instead of doing something.
#[component]
pub fn ButtonLink(
    /// Where it goes.
    #[prop(into)]
    href: Signal<String>,
    /// What it is among the others.
    #[prop(optional)]
    kind: ButtonKind,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<IconName>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class=format!("button {} {}", kind.class(), size.class()) href=href>
            {icon.map(|name| view! { <Icon name/> })}
            {children()}
        </a>
    }
}

/// A button that shows an icon only; its name is a tooltip and what a screen reader says.
#[component]
pub fn IconButton(
    /// The icon.
    #[prop(into)]
    icon: Signal<IconName>,
    /// What it does, in a word or two.
    #[prop(into)]
    label: Signal<String>,
    /// What it is among the others.
    #[prop(default = ButtonKind::Ghost)]
    kind: ButtonKind,
    /// What it does in the form around it.
    #[prop(optional)]
    action: ButtonAction,
    /// How large it is.
    #[prop(optional)]
    size: ButtonSize,
    /// Can it not be used now?
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it does when it is pressed.
    #[prop(optional, into)]
    on_click: Option<Press>,
) -> impl IntoView {
    view! {
        <button
            class=format!("button icon-only {} {}", kind.class(), size.class())
            type=action.kind()
            disabled=disabled
            aria-label=label
            data-tip=label
            on:click=move |event| if let Some(press) = &on_click { press.0(event) }
        >
            <Icon name=icon/>
        </button>
    }
}
