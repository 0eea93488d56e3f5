//! The composer of one message, with its phones.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// The composer of one message, with its phones.
#[derive(Debug)]
pub struct Message;

#[lazy_route]
impl LazyRoute for Message {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Message"/></Page> }.into_any()
    }
}
