//! What to set up: who does what, and how it stands. Once all is done it folds itself away.

use heliograph_model::access::Role;
use leptos::prelude::*;

use super::api::{HomeView, Standing};
use crate::components::{Badge, Icon, IconName, Status, Tone};
use crate::session::use_current_user;

/// The tasks of each role.
#[component]
pub(super) fn SetUp(view: Memo<HomeView>) -> impl IntoView {
    let done = Memo::new(move |_| view.with(|view| view.tasks.iter().filter(|task| task.done).count()));
    let all = Memo::new(move |_| view.with(|view| view.tasks.len()));
    let roles = || {
        [Role::Admin, Role::Developer, Role::Marketer]
            .map(|role| view! { <OfRole role view/> })
            .collect_view()
    };
    let count = move || format!("{} of {} done", done.get(), all.get());
    if done.get_untracked() == all.get_untracked() {
        view! {
            <details class="card set-up">
                <summary class="head"><h2>"Set-up"</h2> <Badge tone=Tone::Good>{count}</Badge></summary>
                <div>{roles()}</div>
            </details>
        }
        .into_any()
    } else {
        view! {
            <section class="card set-up">
                <div class="head"><h2>"Get started"</h2> <Badge>{count}</Badge></div>
                <div>{roles()}</div>
            </section>
        }
        .into_any()
    }
}

#[component]
fn OfRole(role: Role, view: Memo<HomeView>) -> impl IntoView {
    let user = use_current_user();
    let mine = move || user.with(|user| user.as_ref().is_some_and(|user| user.role == role));
    let tasks = Memo::new(move |_| {
        view.with(|view| {
            view.tasks
                .iter()
                .filter(|standing| standing.task.role() == role)
                .cloned()
                .collect::<Vec<_>>()
        })
    });
    let status = move || {
        tasks.with(|tasks| {
            let done = tasks.iter().filter(|task| task.done).count();
            let label = format!("{done} of {}", tasks.len());
            if done == tasks.len() {
                view! { <span class="push"><Status tone=Tone::Good label/></span> }.into_any()
            } else {
                view! { <span class="push quiet">{label}</span> }.into_any()
            }
        })
    };
    view! {
        <div class="role" class:mine=mine>
            <div class="role-head">
                <h3>{role.title()}</h3>
                {move || mine().then(|| view! { <span class="quiet">"You"</span> })}
                {status}
            </div>
            <ol>
                {move || {
                    let mut next = true;
                    tasks
                        .get()
                        .into_iter()
                        .map(|standing| {
                            let is_next = !standing.done && std::mem::take(&mut next);
                            view! { <Task standing is_next/> }
                        })
                        .collect_view()
                }}
            </ol>
        </div>
    }
}

/// One task. The first that is not done is the one to go on with.
#[component]
fn Task(standing: Standing, is_next: bool) -> impl IntoView {
    let user = use_current_user();
    let task = standing.task;
    let (href, place) = task.place();
    let (class, word) = match (standing.done, is_next) {
        (true, _) => ("step done", "Done"),
        (false, true) => ("step now", "Next"),
        (false, false) => ("step", "To do"),
    };
    let link = move || {
        let open = user.with(|user| user.as_ref().is_some_and(|user| user.may(task.needs())));
        open.then(|| {
            if standing.done {
                view! { <a class="link t13" href=href>{place}</a> }.into_any()
            } else {
                let class = if is_next {
                    "button small primary"
                } else {
                    "button small"
                };
                view! { <a class=class href=href aria-label=format!("{}: {place}", task.title())>{place}</a> }
                    .into_any()
            }
        })
    };
    view! {
        <li class="task">
            <span class=class>{standing.done.then(|| view! { <Icon name=IconName::Check/> })}</span>
            <div>
                <b>{task.title()}<span class="unseen">{format!(" ({word})")}</span></b>
                <p>{standing.note}</p>
            </div>
            {link}
        </li>
    }
}
