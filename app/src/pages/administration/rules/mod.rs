//! Rule sets: what keeps pushes back.

mod api;

use heliograph_model::rules::Reach;
use leptos::prelude::*;

use crate::components::{
    Button, ButtonAction, ButtonKind, Card, Dialog, DialogButton, DialogFoot, EmptyState, Form, IconName,
    Load, RelativeTime, RowLink, SectionHead, Table, TextField, counted,
};
use crate::pages::lazy_page;
use api::{CreateRuleSet, RuleSetRow, list};

lazy_page! {
    /// Rule sets: what keeps pushes back.
    RuleSets in set_up
}

fn view() -> AnyView {
    let list = Resource::new(|| (), |()| list());
    view! {
        <SectionHead title="Rules" lead="What keeps pushes back: caps, quiet hours and pace. Transactional messages pass.">
            <NewButton/>
        </SectionHead>
        <Load resource=list let:sets>
            {if sets.is_empty() { view! { <Nothing/> }.into_any() } else { view! { <Rows sets/> }.into_any() }}
        </Load>
        <NewRuleSet/>
    }
    .into_any()
}

#[component]
fn NewButton() -> impl IntoView {
    view! { <DialogButton dialog="new-rule-set" kind=ButtonKind::Primary icon=IconName::Plus>"New rule set"</DialogButton> }
}

#[component]
fn Nothing() -> impl IntoView {
    view! {
        <EmptyState icon=IconName::Shield title="No rules yet">
            <p>"Without rules, people get every push that a journey sends them, at any hour. A rule set says how many are enough, and when it is quiet."</p>
            <div class="row"><NewButton/></div>
        </EmptyState>
    }
}

#[component]
fn Rows(sets: Vec<RuleSetRow>) -> impl IntoView {
    let row = |set: RuleSetRow| {
        let holds = match set.reach {
            Reach::Marketing => Reach::Marketing.title().to_owned(),
            Reach::Chosen => counted(set.used_by, "message", "messages"),
        };
        view! {
            <tr>
                <td><RowLink href=format!("/administration/rules/{}", set.id)>{set.name}</RowLink></td>
                <td>
                    <ul class="plain sentences">{set.words.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}</ul>
                </td>
                <td class="later">{holds}</td>
                <td class="later"><RelativeTime at=set.updated_at/></td>
            </tr>
        }
    };
    view! {
        <Card flush=true>
            <Table caption="Rule sets" head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col">"Rules"</th>
                <th scope="col" class="later">"Holds for"</th>
                <th scope="col" class="later">"Changed"</th>
            }>
                {sets.into_iter().map(row).collect_view()}
            </Table>
        </Card>
    }
}

#[component]
fn NewRuleSet() -> impl IntoView {
    let action = ServerAction::<CreateRuleSet>::new();
    view! {
        <Dialog id="new-rule-set" title="New rule set">
            <Form action class="body">
                <TextField label="Name" name="name" placeholder="Not too many" hint="It stands with each push that the rule set keeps back."/>
                <DialogFoot>
                    <Button kind=ButtonKind::Primary action=ButtonAction::Submit pending=action.pending()>"Create rule set"</Button>
                </DialogFoot>
            </Form>
        </Dialog>
    }
}
