//! Where there is nothing to show.

use leptos::prelude::*;

use super::{Icon, IconName};

/// What would be here, why it is not, and the one next step.
#[component]
pub fn EmptyState(
    /// An icon of what would be here.
    icon: IconName,
    /// Why there is nothing, as a short sentence.
    #[prop(into)]
    title: Signal<String>,
    /// Is this all of the page, so that the title is its heading?
    #[prop(optional)]
    heading: bool,
    /// A paragraph, then a `div` with the class `row` around the next step.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty-state">
            <span class="sign"><Icon name=icon/></span>
            {if heading { view! { <h1>{title}</h1> }.into_any() } else { view! { <h2>{title}</h2> }.into_any() }}
            {children.map(|children| children())}
        </div>
    }
}
