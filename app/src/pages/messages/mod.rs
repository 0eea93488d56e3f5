//! Every message.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Every message.
#[derive(Debug)]
pub struct Messages;

#[lazy_route]
impl LazyRoute for Messages {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Messages"/></Page> }.into_any()
    }
}
