//! What taps do: on the notification, and on its buttons.

use heliograph_model::message::{BUTTONS_MAX, Button as PushButton, Content, TapAction};
use heliograph_model::payload::ContentField;
use leptos::prelude::*;

use super::draft::use_draft;
use super::field::TemplateField;
use crate::components::{Button, ButtonSize, Choice, Findings, IconButton, IconName, SelectField, TextField};

const OPEN_APP: &str = "open_app";
const DEEP_LINK: &str = "deep_link";
const WEB: &str = "web";

const fn key(action: &TapAction) -> &'static str {
    match action {
        TapAction::OpenApp => OPEN_APP,
        TapAction::DeepLink { .. } => DEEP_LINK,
        TapAction::Web { .. } => WEB,
    }
}

fn target(action: &TapAction) -> &str {
    match action {
        TapAction::OpenApp => "",
        TapAction::DeepLink { uri } => uri,
        TapAction::Web { url } => url,
    }
}

fn action_of(key: &str, target: String) -> TapAction {
    match key {
        DEEP_LINK => TapAction::DeepLink { uri: target },
        WEB => TapAction::Web { url: target },
        _ => TapAction::OpenApp,
    }
}

/// One action: what kind, and where it leads.
#[component]
pub(super) fn ActionFields<R, W>(
    /// Its id on the page.
    #[prop(into)]
    id: String,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// Which part of the draft it is.
    field: ContentField,
    /// Reads it from the draft; none where it is not there any more.
    read: R,
    /// Finds it in the draft to be changed.
    write: W,
) -> impl IntoView
where
    R: for<'a> Fn(&'a Content) -> Option<&'a TapAction> + Copy + Send + Sync + 'static,
    W: for<'a> Fn(&'a mut Content) -> Option<&'a mut TapAction> + Copy + Send + Sync + 'static,
{
    let draft = use_draft();
    let kind = draft.part(
        move |content| read(content).map_or(OPEN_APP, key).to_owned(),
        move |content, kind| {
            if let Some(action) = write(content) {
                *action = action_of(&kind, target(action).to_owned());
            }
        },
    );
    let link = draft.part(
        move |content| read(content).map(target).unwrap_or_default().to_owned(),
        move |content, link| {
            if let Some(action) = write(content) {
                *action = action_of(key(action), link);
            }
        },
    );
    let choices = vec![
        Choice::new(OPEN_APP, "Open the app"),
        Choice::new(DEEP_LINK, "Open a place in the app"),
        Choice::new(WEB, "Open a web page"),
    ];
    let linked = Memo::new(move |_| kind.with(|kind| kind != OPEN_APP));
    let address = format!("{id}-address");
    view! {
        <div class="two">
            <SelectField label=label name="action" id=id.clone() choices=choices bind=kind/>
            <Show when=move || linked.get()>
                <TemplateField
                    label=Signal::derive(move || {
                        if kind.with(|kind| kind == WEB) { "Web address" } else { "Deep link" }.to_owned()
                    })
                    id=address.clone()
                    field
                    value=link
                />
            </Show>
        </div>
    }
}

/// The buttons under the notification.
#[component]
pub(super) fn Buttons() -> impl IntoView {
    let draft = use_draft();
    let problems = draft.problems_of(ContentField::Buttons);
    let count = Memo::new(move |_| draft.content.with(|content| content.buttons.len()));
    let add = move |_| {
        draft.content.update(|content| {
            content.buttons.push(PushButton {
                label: String::new(),
                action: TapAction::OpenApp,
            });
        });
    };
    let category = draft.part(|c| c.category.clone(), |c, text| c.category = text);
    let category_problems = draft.problems_of(ContentField::Category);
    view! {
        <fieldset class="field" aria-describedby="buttons-below">
            <legend>"Buttons" <span class="optional">{move || format!("{} of {BUTTONS_MAX}", count.get())}</span></legend>
            <div class="buttons-list">
                <For each=move || 0..count.get() key=|index| *index let:index><OneButton index/></For>
            </div>
            <Findings id="buttons-below" problems/>
            <Show when=move || count.get() < BUTTONS_MAX>
                <div><Button size=ButtonSize::Small icon=IconName::Plus on_click=add>"Add button"</Button></div>
            </Show>
        </fieldset>
        <Show when=move || { count.get() > 0 }>
            <div>
                <TextField
                    label="iOS category"
                    name="category"
                    bind=category
                    optional=true
                    mono=true
                    hint="The category that the app has registered; iPhones show the buttons of that category."
                />
                <Findings id="category-problems" problems=category_problems/>
            </div>
        </Show>
    }
}

#[component]
fn OneButton(index: usize) -> impl IntoView {
    let draft = use_draft();
    let label = draft.part(
        move |content| {
            content
                .buttons
                .get(index)
                .map(|button| button.label.clone())
                .unwrap_or_default()
        },
        move |content, text| {
            if let Some(button) = content.buttons.get_mut(index) {
                button.label = text;
            }
        },
    );
    let remove = move |_| {
        draft.content.update(|content| {
            if index < content.buttons.len() {
                content.buttons.remove(index);
            }
        });
    };
    let number = index + 1;
    view! {
        <div class="one-button" role="group" aria-label=format!("Button {number}")>
            <TemplateField
                label=format!("Label of button {number}")
                id=format!("button-{index}")
                field=ContentField::ButtonLabel(index)
                value=label
            />
            <ActionFields
                id=format!("button-{index}-action")
                label=format!("Button {number} does")
                field=ContentField::ButtonAction(index)
                read=move |content: &Content| content.buttons.get(index).map(|button| &button.action)
                write=move |content: &mut Content| content.buttons.get_mut(index).map(|button| &mut button.action)
            />
            <IconButton icon=IconName::Trash label=format!("Remove button {number}") on_click=remove/>
        </div>
    }
}
