//! The empty canvas: what a journey can begin with.

use heliograph_model::journey::{Activity, Schedule};
use leptos::prelude::*;

use super::board::use_board;
use crate::components::{Icon, IconName};

/// Ways to begin.
#[component]
pub(super) fn StartChoices() -> impl IntoView {
    let board = use_board();
    let event = || Activity::Event {
        event_type: String::new(),
        conditions: Vec::new(),
        name: "start".to_owned(),
    };
    let audience = || Activity::ReadAudience {
        audience: None,
        schedule: Schedule::Now,
    };
    view! {
        <div class="start-choices">
            <h2>"How do people enter this journey?"</h2>
            <div class="choices">
                <button type="button" class="card choice" on:click=move |_| board.add(event())>
                    <span class="glyph event"><Icon name=IconName::Bolt/></span>
                    <b>"When something happens"</b>
                    <small>"An event of theirs arrives, such as a product put into the basket."</small>
                </button>
                <button type="button" class="card choice" on:click=move |_| board.add(audience())>
                    <span class="glyph event"><Icon name=IconName::Audience/></span>
                    <b>"Because of who they are"</b>
                    <small>"Everyone in an audience enters, now or at a time."</small>
                </button>
            </div>
            <p class="small quiet">"Or drag a step from the left."</p>
        </div>
    }
}
