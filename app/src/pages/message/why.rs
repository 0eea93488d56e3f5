//! Why the phones show what they show.

use heliograph_model::app_config::Platform;
use heliograph_model::payload::Recipient;
use leptos::prelude::*;

use super::draft::use_draft;
use super::phones::{SEED, app_on};
use crate::components::{Why, WhyThisText};
use crate::pages::writing::use_viewer;

/// How the texts on the phones came about. Where both came about alike, it is told once.
#[component]
pub(super) fn WhyTheseTexts() -> impl IntoView {
    let draft = use_draft();
    let viewer = use_viewer();
    let open = RwSignal::new(false);
    let texts = Memo::new(move |_| {
        if !open.get() {
            return None;
        }
        let (attributes, context) = (viewer.attributes(), viewer.context());
        let mut phones: Vec<Why> = draft.compiled.with(|compiled| {
            draft.known.with_value(|known| {
                [Platform::Ios, Platform::Android]
                    .into_iter()
                    .filter_map(|platform| app_on(platform, compiled.content(), &known.apps))
                    .map(|app| {
                        let recipient =
                            Recipient::new(&attributes, &context, app.platform, &app.app, &app.name);
                        Why {
                            of: Some(app.platform.title()),
                            texts: compiled.explain(&recipient.scope(viewer.now, SEED)),
                        }
                    })
                    .collect()
            })
        });
        phones.dedup_by(|one, other| one.texts == other.texts);
        if let [alone] = phones.as_mut_slice() {
            alone.of = None;
        }
        Some(phones)
    });
    view! { <WhyThisText texts open/> }
}
