//! One profile: attributes, identities, devices, events and everything else about it.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

use crate::components::{Page, PageHead};

/// One profile: attributes, identities, devices, events and everything else about it.
#[derive(Debug)]
pub struct Profile;

#[lazy_route]
impl LazyRoute for Profile {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        view! { <Page><PageHead title="Profile"/></Page> }.into_any()
    }
}
