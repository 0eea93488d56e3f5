//! That the published version says what a fragment said before.

use leptos::prelude::*;

use crate::components::{Notice, Tone};

/// Names the fragments whose newest text is not sent yet.
#[component]
pub(super) fn BehindNotice(
    /// Their names; none once the message was published anew.
    behind: RwSignal<Vec<String>>,
) -> impl IntoView {
    move || {
        let names = behind.get();
        let title = match names.as_slice() {
            [] => return None,
            [one] => format!("The fragment {one} has a newer text"),
            several => format!("The fragments {} have newer texts", several.join(", ")),
        };
        Some(view! {
            <Notice tone=Tone::Warn title>
                "What is sent is the text that this message was published with. The preview shows the newest; publish the message to send it."
            </Notice>
        })
    }
}
