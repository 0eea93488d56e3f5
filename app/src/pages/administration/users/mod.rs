//! Who may sign in, and as what.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::SectionHead;

/// Who may sign in, and as what.
#[derive(Debug)]
pub struct Users;

#[lazy_route]
impl LazyRoute for Users {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <SectionHead title="People"/> }.into_any()
    }
}
