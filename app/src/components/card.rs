//! Cards: a hairline around what belongs together.

use leptos::prelude::*;

/// A card, with a head if it has a title.
#[component]
pub fn Card(
    /// Its name.
    #[prop(optional, into)]
    title: MaybeProp<String>,
    /// Badges and controls beside the name; what has the class `push` stands at the right.
    #[prop(optional, into)]
    aside: ViewFn,
    /// Does the content bring its own margins, as a table does?
    #[prop(optional)]
    flush: bool,
    /// Further classes.
    #[prop(optional)]
    class: &'static str,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let head = move || {
        let aside = aside.clone();
        title
            .get()
            .map(move |title| view! { <div class="head"><h2>{title}</h2>{aside.run()}</div> })
    };
    let content = children();
    view! {
        <section class=format!("card {class}")>
            {head}
            {if flush { content.into_any() } else { view! { <div class="body">{content}</div> }.into_any() }}
        </section>
    }
}
