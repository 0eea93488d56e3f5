//! "Why this text?": how each text of a message came about for one person.

use heliograph_model::payload::{ExplainedText, Told};
use heliograph_model::personalize::{Because, Explanation, Step, WarningKind};
use leptos::{html, prelude::*};

use super::{Icon, IconName, counted};

/// Steps of one text that are shown. What a loop repeats was left out before.
const STEPS: usize = 200;

/// The texts of a message for one phone.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// Whose they are, where there are several: "iOS".
    pub of: Option<&'static str>,
    /// Those that depend on something.
    pub texts: Vec<ExplainedText>,
}

/// Tells on demand how the texts for one person came about.
#[component]
pub fn WhyThisText(
    /// What there is to tell; none while nobody asks.
    #[prop(into)]
    texts: Signal<Option<Vec<Why>>>,
    /// Whether somebody asks.
    #[prop(default = RwSignal::new(false))]
    open: RwSignal<bool>,
    /// What is to be known of it beforehand.
    #[prop(optional, into)]
    note: Signal<&'static str>,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    // It may have been opened before this could listen.
    Effect::new(move |_| {
        if let Some(details) = details.get() {
            open.set(details.open());
        }
    });
    let toggled = move |_| open.set(details.get_untracked().is_some_and(|details| details.open()));
    view! {
        <details class="why-text" node_ref=details on:toggle=toggled>
            <summary class="small"><Icon name=IconName::Right/>"Why this text?"</summary>
            <div class="told">
                {move || Some(note.get()).filter(|note| !note.is_empty()).map(|note| view! { <p class="quiet">{note}</p> })}
                {move || texts.get().map(all)}
            </div>
        </details>
    }
}

fn all(phones: Vec<Why>) -> AnyView {
    if phones.is_empty() {
        return view! { <p class="quiet">"It goes to no app, so there is no text."</p> }.into_any();
    }
    phones.into_iter().map(one_phone).collect_view().into_any()
}

fn one_phone(why: Why) -> impl IntoView {
    let texts = if why.texts.is_empty() {
        view! { <p class="quiet">"Nothing here depends on the person: everyone gets the same text."</p> }
            .into_any()
    } else {
        view! { <dl>{why.texts.into_iter().map(one_text).collect_view()}</dl> }.into_any()
    };
    view! {
        {why.of.map(|of| view! { <p class="medium">{of}</p> })}
        {texts}
    }
}

fn one_text(text: ExplainedText) -> impl IntoView {
    let told = match text.told {
        Told::Text(explanation) => explained(explanation).into_any(),
        Told::Fault(fault) => {
            view! { <p class="bad"><Icon name=IconName::Bad/><span>"No text: "{fault}"."</span></p> }
                .into_any()
        }
    };
    view! {
        <div>
            <dt>{text.field.to_string()}</dt>
            <dd>{told}</dd>
        </div>
    }
}

fn explained(explanation: Explanation) -> impl IntoView {
    let Explanation {
        rendered,
        steps,
        left_out,
    } = explanation;
    let more = steps.len().saturating_sub(STEPS) + left_out;
    let zone = rendered
        .warnings
        .into_iter()
        .filter(|warning| warning.kind == WarningKind::UnknownTimeZone)
        .map(|warning| failed(warning.message))
        .collect_view();
    let text = if rendered.text.is_empty() {
        "Empty".to_owned()
    } else {
        format!("“{}”", rendered.text)
    };
    view! {
        <p class="text">{text}</p>
        <ol>{steps.iter().take(STEPS).map(one_step).collect_view()}</ol>
        {zone}
        {(more > 0).then(|| view! { <p class="quiet">"Not shown: " {counted(more as u64, "more step", "more steps")} "."</p> })}
    }
}

fn one_step(step: &Step) -> impl IntoView {
    let words = step.in_words();
    let because = words
        .because
        .into_iter()
        .map(|reason| match reason {
            Because::Of { about, says } => {
                view! { <p class="soft"><code>{about}</code> " " {says}</p> }.into_any()
            }
            Because::Failed(sentence) => failed(sentence).into_any(),
        })
        .collect_view();
    view! {
        <li>
            <p><code>{words.about}</code> " " {words.says}</p>
            {because}
        </li>
    }
}

fn failed(sentence: String) -> impl IntoView {
    view! { <p class="warn"><Icon name=IconName::Warn/><span>{sentence}</span></p> }
}
