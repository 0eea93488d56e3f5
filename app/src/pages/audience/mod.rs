//! The rule builder of one audience, with its count and sample.

mod api;
mod count;
mod delete;

use heliograph_model::audience::describe_naming;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::audiences::UsedByList;
use crate::components::rule_editor::{RuleEditor, RuleScope};
use crate::components::{
    Button, ButtonKind, Card, CodeBlock, DialogButton, IconName, LeaveGuard, Load, Page, PageTitle, Saver,
    SaverState, TextArea,
};
use crate::pages::lazy_page;
use api::{AudienceView, Draft};
use count::LiveCount;
use delete::DeleteDialog;

lazy_page! {
    /// The rule builder of one audience, with its count and sample.
    Audience in canvas
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let audience = Resource::new(id, api::load);
    view! { <Load resource=audience let:view><Editing view/></Load> }.into_any()
}

/// The editor, once the audience is there.
#[component]
fn Editing(view: AudienceView) -> impl IntoView {
    let AudienceView {
        id,
        draft,
        revision,
        used_by,
        audiences,
    } = view;
    let name = RwSignal::new(draft.name.clone());
    let description = RwSignal::new(draft.description.clone());
    let rule = RwSignal::new(draft.rule.clone());
    let typed = Memo::new(move |_| Draft {
        name: name.get(),
        description: description.get(),
        rule: rule.get(),
    });
    let saver = Saver::new(
        draft,
        revision,
        typed,
        "Audience saved",
        move |revision, draft| api::save(id, revision, draft),
    );
    let names = audiences.clone();
    let sentence = move || {
        let named = |id| {
            names
                .iter()
                .find(|(other, _)| *other == id)
                .map(|(_, name)| name.clone())
        };
        rule.with(|rule| describe_naming(rule, named))
    };
    // An audience that asks for itself could never be judged.
    let others: Vec<_> = audiences.into_iter().filter(|(other, _)| *other != id).collect();
    let uses = used_by.clone();
    view! {
        <PageTitle text=name/>
        <div class="editor-head audience-head">
            <h1 class="unseen">"Audience: " {move || name.get()}</h1>
            <input
                class="name"
                aria-label="Name of the audience"
                autocomplete="off"
                aria-invalid=move || saver.error_of("name").map(|_| "true")
                value=name.get_untracked()
                prop:value=move || name.get()
                on:input=move |event| name.set(event_target_value(&event))
            />
            <SaverState saver/>
            <div class="row push">
                <DialogButton dialog="delete-audience" kind=ButtonKind::Ghost icon=IconName::Trash>"Delete"</DialogButton>
                <Button
                    kind=ButtonKind::Primary
                    pending=saver.sending()
                    disabled=Signal::derive(move || !saver.changed().get())
                    on_click=move |_| saver.save()
                >
                    "Save audience"
                </Button>
            </div>
        </div>
        <Page>
            <div class="columns">
                <div class="stack wide">
                    <Card title="Who is in it">
                        <p class="soft" aria-live="polite">{sentence}</p>
                        <RuleEditor rule scope=RuleScope::Audience audiences=Signal::stored(others)/>
                    </Card>
                    <Card title="What it is for">
                        <TextArea label="Description" name="description" bind=description optional=true rows=2/>
                    </Card>
                </div>
                <div class="stack wide">
                    <LiveCount rule/>
                    <Card title="Used by"><UsedByList used_by/></Card>
                    <Card title="In a message">
                        <p class="quiet small">"What a text says only to those who are in it:"</p>
                        <CodeBlock
                            text=format!("{{%#if inAudience(\"{id}\")%}}…{{%/if%}}")
                            label="How a text asks for the audience"
                        />
                    </Card>
                </div>
            </div>
        </Page>
        <DeleteDialog id name used_by=uses/>
        <LeaveGuard unsaved=saver.unsaved() what="this audience"/>
    }
}
