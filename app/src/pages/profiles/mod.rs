//! Looks a profile up by any of its identities.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// Looks a profile up by any of its identities.
#[derive(Debug)]
pub struct Profiles;

#[lazy_route]
impl LazyRoute for Profiles {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Profiles"/></Page> }.into_any()
    }
}
