//! One rule set: its caps, quiet hours and pace.

mod api;
mod caps;
mod parts;
mod quiet;
mod speed;

use heliograph_model::ids::{MessageId, RuleSetId};
use heliograph_model::rules::{Reach, RuleField, Rules};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::components::{
    Button, ButtonAction, ButtonKind, Card, Choice, Dialog, DialogButton, DialogFoot, Form, IconName,
    LeaveGuard, Load, Notice, Saver, SaverState, SectionHead, SelectField, TextArea, TextField, Tone,
};
#[cfg(feature = "ssr")]
use crate::error::AppError;
use crate::pages::lazy_page;
use api::{DeleteRuleSet, Draft, RuleSetView};
use caps::Caps;
use quiet::Quiet;
use speed::Speed;

lazy_page! {
    /// One rule set.
    RuleSet in set_up
}

fn view() -> AnyView {
    let params = use_params_map();
    let id = move || params.with(|params| params.get("id").unwrap_or_default());
    let set = Resource::new(id, api::load);
    view! { <Load resource=set let:view><Editing view/></Load> }.into_any()
}

/// What is typed, and what is wrong with it: as the browser sees it, and as the server saw it when it was last saved.
#[derive(Clone, Copy)]
struct Editor {
    rules: RwSignal<Rules>,
    saver: Saver<Draft>,
}

impl Editor {
    /// What is wrong with a field.
    fn error_of(self, field: RuleField) -> Signal<Option<String>> {
        Signal::derive(move || {
            let here = self.rules.with(Rules::problems);
            here.into_iter()
                .find(|problem| problem.field == field)
                .map(|problem| problem.message)
                .or_else(|| self.saver.error_of(&field.key()))
        })
    }
}

/// The editor, once the rule set is there.
#[component]
fn Editing(view: RuleSetView) -> impl IntoView {
    let RuleSetView {
        id,
        draft,
        revision,
        used_by,
    } = view;
    let name = RwSignal::new(draft.name.clone());
    let description = RwSignal::new(draft.description.clone());
    let reach = RwSignal::new(draft.reach.as_str().to_owned());
    let rules = RwSignal::new(draft.rules.clone());
    let typed = Memo::new(move |_| Draft {
        name: name.get(),
        description: description.get(),
        reach: reach.with(|reach| Reach::parse(reach).unwrap_or_default()),
        rules: rules.get(),
    });
    let saver = Saver::new(
        draft,
        revision,
        typed,
        "Rule set saved",
        move |revision, draft| api::save(id, revision, draft),
    );
    let editor = Editor { rules, saver };
    let zone = parts::text(rules, |rules| &rules.time_zone, |rules| &mut rules.time_zone);
    let reaches = Reach::ALL
        .map(|reach| Choice::new(reach.as_str(), reach.title()))
        .to_vec();
    let name_error = Signal::derive(move || saver.error_of("name"));
    let free = used_by.is_empty();
    view! {
        <SectionHead title=name>
            <SaverState saver/>
            <DialogButton dialog="delete-rule-set" kind=ButtonKind::Ghost icon=IconName::Trash>"Delete"</DialogButton>
            <Button
                kind=ButtonKind::Primary
                pending=saver.sending()
                disabled=Signal::derive(move || !saver.changed().get())
                on_click=move |_| saver.save()
            >
                "Save rule set"
            </Button>
        </SectionHead>
        <div class="columns rule-set">
            <div class="stack wide">
                <Card title="Rule set">
                    <div class="form">
                        <div class="two">
                            <TextField label="Name" name="name" bind=name error=name_error/>
                            <SelectField label="Holds for" name="reach" choices=reaches bind=reach/>
                        </div>
                        <TextArea label="Description" name="description" bind=description optional=true rows=2/>
                        <TextField
                            label="Time zone"
                            name="time_zone"
                            bind=zone
                            mono=true
                            error=editor.error_of(RuleField::TimeZone)
                            hint="For people whose own zone is not known, such as Europe/Rome. Everyone else has their own hours."
                        />
                    </div>
                </Card>
                <Quiet editor/>
                <Caps editor/>
                <Speed editor/>
            </div>
            <div class="stack wide">
                <InWords rules/>
                <Card title="Chosen by"><UsedBy used_by/></Card>
            </div>
        </div>
        <Remove id name free/>
        <LeaveGuard unsaved=saver.unsaved() what="this rule set"/>
    }
}

/// What the rules say, as a person would read them.
#[component]
fn InWords(rules: RwSignal<Rules>) -> impl IntoView {
    let whole = move || {
        rules
            .with(Rules::problems)
            .into_iter()
            .find(|problem| problem.field == RuleField::Whole)
    };
    view! {
        <Card title="In words">
            <ul class="plain sentences" aria-live="polite">
                {move || {
                    rules.with(Rules::in_words).into_iter().map(|words| view! { <li>{words}</li> }).collect_view()
                }}
            </ul>
            {move || whole().map(|problem| view! { <Notice tone=Tone::Warn>{problem.message}</Notice> })}
            <p class="soft">"A push that is held keeps its time to live. One that a cap or quiet hours keep back for good is counted as excluded, with this rule set’s name."</p>
        </Card>
    }
}

#[component]
fn UsedBy(used_by: Vec<(MessageId, String)>) -> impl IntoView {
    if used_by.is_empty() {
        return view! { <p class="soft">"No message chooses it. Messages do so under “Delivery settings”."</p> }
            .into_any();
    }
    view! {
        <ul class="plain">
            {used_by
                .into_iter()
                .map(|(id, name)| view! { <li><a href=format!("/messages/{id}")>{name}</a></li> })
                .collect_view()}
        </ul>
    }
    .into_any()
}

/// Asks before a rule set is deleted, or says why it cannot be.
#[component]
fn Remove(id: RuleSetId, name: RwSignal<String>, free: bool) -> impl IntoView {
    let action = ServerAction::<DeleteRuleSet>::new();
    let words = if free {
        "What it holds back now keeps the time that it was given. Nothing else holds its messages back."
    } else {
        "It cannot be deleted while a message chooses it. Take it out of the messages under “Chosen by” first."
    };
    view! {
        <Dialog id="delete-rule-set" title=Signal::derive(move || format!("Delete “{}”?", name.get()))>
            <Form action class="body">
                <input type="hidden" name="id" value=id.to_string()/>
                <p>{words}</p>
                <DialogFoot cancel={if free { "Cancel" } else { "Close" }}>
                    {free.then(|| view! {
                        <Button kind=ButtonKind::DangerPrimary action=ButtonAction::Submit pending=action.pending()>"Delete rule set"</Button>
                    })}
                </DialogFoot>
            </Form>
        </Dialog>
    }
}

/// Writes a change of a rule set to the audit log.
#[cfg(feature = "ssr")]
pub(super) async fn record(
    tx: &mut heliograph_store::Tx,
    who: &crate::session::CurrentUser,
    action: &str,
    id: RuleSetId,
    draft: &heliograph_store::rule_sets::Draft,
) -> Result<(), AppError> {
    use heliograph_store::audit::{self, Change};

    let change = Change {
        action,
        object_kind: "rule set",
        object: Some(id.0),
        name: &draft.name,
        detail: serde_json::json!({ "holds_for": draft.reach.title(), "rules": draft.rules.in_words() }),
    };
    Ok(audit::record(tx, &who.actor(), change).await?)
}
