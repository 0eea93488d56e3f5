//! The page, its heading and its title.

use leptos::prelude::*;
use leptos::text_prop::TextProp;
use leptos_meta::Title;
use leptos_router::hooks::use_location;

use crate::frame::PageState;

/// A page with the usual width and margins.
#[component]
pub fn Page(
    /// Further classes, for what belongs to one page only.
    #[prop(optional)]
    class: &'static str,
    /// What is on it; a [`PageHead`] first.
    children: Children,
) -> impl IntoView {
    view! { <div class=format!("page {class}")>{children()}</div> }
}

/// The heading of a page: its name, one sentence, and the page's actions at the right, the main one last.
/// Names the page to the browser and the breadcrumb as well.
#[component]
pub fn PageHead(
    /// The name of the page or of what it shows.
    #[prop(into)]
    title: Signal<String>,
    /// One sentence under it.
    #[prop(optional, into)]
    lead: MaybeProp<String>,
    /// Buttons and other controls at the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <PageTitle text=title/>
        <div class="page-head">
            <div class="grow">
                <h1>{title}</h1>
                {move || lead.get().map(|lead| view! { <p>{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="row wrap">{children()}</div> })}
        </div>
    }
}

/// The heading of one part of a page that has tabs. Names the part to the browser and the breadcrumb as well.
#[component]
pub fn SectionHead(
    /// The name of the part.
    #[prop(into)]
    title: Signal<String>,
    /// One sentence under it.
    #[prop(optional, into)]
    lead: MaybeProp<String>,
    /// Buttons and other controls at the right.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <PageTitle text=title/>
        <div class="page-head section-head">
            <div class="grow">
                <h2>{title}</h2>
                {move || lead.get().map(|lead| view! { <p>{lead}</p> })}
            </div>
            {children.map(|children| view! { <div class="row wrap">{children()}</div> })}
        </div>
    }
}

/// Names a page to the browser and the breadcrumb, and, when one has come to it by a link, to screen readers.
/// A page without a [`PageHead`] has one of these.
#[component]
pub fn PageTitle(
    /// The name of the page or of what it shows.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    if let Some(state) = use_context::<PageState>() {
        let pathname = use_location().pathname;
        Effect::new(move |first: Option<()>| {
            state.leaf.set(Some(text.get()));
            let path = pathname.get_untracked();
            // Once for each address: neither a part of the page nor a page that is fetched anew takes the focus away.
            if first.is_none() && state.announced.get_value() != path {
                state.announcement.set(text.get_untracked());
                if let Some(main) = document().get_element_by_id("main") {
                    use leptos::wasm_bindgen::JsCast as _;
                    // The heading is read out by the announcement; the focus only has to leave the old link.
                    let _ = main.unchecked_ref::<web_sys::HtmlElement>().focus();
                }
            }
            state.announced.set_value(path);
        });
        on_cleanup(move || state.leaf.set(None));
    }
    view! { <Title text=title_text(text)/> }
}

/// What the browser is told. On the server that is the text as it stands: a part of a page is rendered once to see what it
/// waits for, and its signals may be gone while the title that it gave is still the newest.
fn title_text(text: Signal<String>) -> TextProp {
    if cfg!(feature = "ssr") {
        text.get_untracked().into()
    } else {
        (move || text.get()).into()
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use leptos::reactive::owner::Owner;

    use super::*;

    #[test]
    fn a_title_outlives_what_was_rendered_only_to_see_what_it_waits_for() {
        let trial = Owner::new();
        let title = trial.with(|| title_text(Signal::stored("Sign in".to_owned())));
        trial.cleanup();
        assert_eq!(title.get(), "Sign in");
    }
}
