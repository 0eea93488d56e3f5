//! What is wrong with the journey, one after the other.

use heliograph_model::journey::{Problem, Severity};
use leptos::prelude::*;

use super::board::use_board;
use crate::components::{Icon, IconName};

/// How many errors and warnings there are, and a way through them.
#[component]
pub(super) fn ProblemBar() -> impl IntoView {
    let board = use_board();
    let at = RwSignal::new(0_usize);
    let empty = Memo::new(move |_| board.document(|document| document.graph.nodes.is_empty()));
    let words = move || match board.problem_counts() {
        (0, 0) => "Ready to publish".to_owned(),
        (0, warnings) => counted(warnings, "warning"),
        (errors, 0) => counted(errors, "error"),
        (errors, warnings) => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    };
    let (tone, icon) = (
        move || match board.problem_counts() {
            (0, 0) => "good",
            (0, _) => "warn",
            _ => "bad",
        },
        Signal::derive(move || match board.problem_counts() {
            (0, 0) => IconName::Ok,
            (0, _) => IconName::Warn,
            _ => IconName::Bad,
        }),
    );
    let next = move |_| {
        let problems = board.problems.get_untracked();
        if problems.is_empty() {
            return;
        }
        let index = at.get_untracked() % problems.len();
        at.set(index + 1);
        go_to(&problems[index]);
    };
    view! {
        <Show when=move || !empty.get()>
            <div class="problems" role="status">
                <button class="button small" type="button" on:click=next>
                    <span class=tone><Icon name=icon/></span>
                    {words}
                </button>
            </div>
        </Show>
    }
}

/// Every problem as a list, each leading to its step.
#[component]
pub(super) fn ProblemList() -> impl IntoView {
    let board = use_board();
    view! {
        <ul class="problem-list">
            <For each=move || board.problems.get().into_iter().enumerate() key=|(i, p)| (*i, p.message.clone()) let((_, problem))>
                {
                    let (class, icon) = match problem.severity {
                        Severity::Error => ("bad", IconName::Bad),
                        Severity::Warning => ("warn", IconName::Warn),
                    };
                    let message = problem.message.clone();
                    view! {
                        <li>
                            <button type="button" class="problem-item" on:click=move |_| go_to(&problem)>
                                <Icon name=icon class=class/>
                                <span>{message}</span>
                            </button>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

fn go_to(problem: &Problem) {
    let board = use_board();
    match &problem.node {
        Some(node) => {
            board.select(node);
            board.reveal_selected();
        }
        None => {
            board.deselect();
            board.settings.set(true);
        }
    }
}

fn counted(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}
