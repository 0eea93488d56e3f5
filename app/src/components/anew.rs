//! Content that is drawn with new elements, not into those that are there.

use std::hash::Hash;

use leptos::prelude::*;

/// Draws its content anew, with elements of its own, whenever `of` changes.
///
/// A closure in a view draws into the elements of the last time: what was typed into a field stays there, and so does
/// whatever refers to the old state. For fields of another thing, or of the same thing at another time, that is wrong.
#[component]
pub fn Anew<K, O, F, V>(
    /// What the content is of.
    of: O,
    /// Draws it.
    children: F,
) -> impl IntoView
where
    K: Clone + Eq + Hash + Send + 'static,
    O: Fn() -> K + Send + Sync + 'static,
    F: Fn(K) -> V + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    view! { <For each=move || [of()] key=K::clone children/> }
}
