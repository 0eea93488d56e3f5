//! Own name, password, sessions and theme.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Own name, password, sessions and theme.
#[derive(Debug)]
pub struct Account;

#[lazy_route]
impl LazyRoute for Account {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Your account"/></Page> }.into_any()
    }
}
