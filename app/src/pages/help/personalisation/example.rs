//! An example that can be changed: in the browser at each keystroke, without scripts by sending it to the server.

use heliograph_model::personalize::functions::Example;
use heliograph_model::personalize::reference::{Tried, ZONE, as_said, try_out};
use heliograph_model::personalize::{Finding, Fix};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{CopyButton, Findings, Icon, IconName, PERSONALISATION};

/// An example: its template, what that gives, and the data that it reads.
#[component]
pub(super) fn LiveExample(
    /// The anchor of its entry.
    id: String,
    /// The name of its entry.
    title: String,
    /// What it is before it is changed.
    example: Example,
    /// The time zone of the person for whom it is shown.
    zone: &'static str,
) -> impl IntoView {
    let query = use_query_map();
    let sent = query.with_untracked(|query| {
        let own = query.get("example").is_some_and(|sent| sent == id);
        own.then(|| query.get("template")).flatten()
    });
    // A form sends its lines as CR LF.
    let sent = sent.map(|sent| sent.replace("\r\n", "\n"));
    // The browser takes over what the server made of what was sent: it may know fewer time zones.
    let first = match &sent {
        Some(sent) => SharedValue::new(|| try_out(sent, zone)).into_inner(),
        None => as_said(example),
    };
    let start = sent.unwrap_or_else(|| example.source.to_owned());
    let source = RwSignal::new(start.clone());
    let changed = Memo::new(move |_| source.with(|source| source != example.source));
    let tried = Memo::new(move |_| {
        source.with(|source| match source {
            source if *source == start => first.clone(),
            source if source == example.source => as_said(example),
            source => try_out(source, zone),
        })
    });
    let text = move || tried.with(|tried| tried.text.clone());
    let problems = Memo::new(move |_| tried.with(|tried| tried.findings.clone()));
    let fix = Callback::new(move |fix: Fix| {
        if let Some(mended) = source.with_untracked(|source| fix.apply(source)) {
            source.set(mended);
        }
    });
    // Before the browser has taken over there is a button; what only scripts can do comes afterwards.
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let kept = query.with_untracked(|query| query.get("q").filter(|words| !words.is_empty()));
    let address = format!("{PERSONALISATION}#{id}");
    let back = match &kept {
        Some(words) => {
            let mut query = leptos_router::params::ParamsMap::new();
            query.insert("q", words.clone());
            format!("{PERSONALISATION}{}#{id}", query.to_query_string())
        }
        None => address.clone(),
    };
    let area = format!("{id}-template");
    let below = format!("{id}-findings");
    view! {
        <form
            class="example"
            method="get"
            action=address
            on:submit=move |event| {
                if crate::is_alive() {
                    event.prevent_default();
                }
            }
        >
            {kept.map(|words| view! { <input type="hidden" name="q" value=words/> })}
            <input type="hidden" name="example" value=id/>
            <div class="try">
                <label class="unseen" for=area.clone()>{format!("Template: {title}")}</label>
                <textarea
                    class="input mono"
                    id=area.clone()
                    name="template"
                    rows="1"
                    spellcheck="false"
                    autocomplete="off"
                    aria-describedby=below.clone()
                    prop:value=move || source.get()
                    on:input=move |event| source.set(event_target_value(&event))
                >
                    {source.get_untracked()}
                </textarea>
                <span class="row tools">
                    <a
                        class="link-button small"
                        href=back
                        hidden=move || !changed.get()
                        on:click=move |event| {
                            event.prevent_default();
                            source.set(example.source.to_owned());
                        }
                    >
                        "Reset"
                    </a>
                    <Show when=move || alive.get()>
                        <CopyButton text=source label="Copy template"/>
                    </Show>
                    <button class="button small" type="submit" hidden=move || alive.get()>"Show result"</button>
                </span>
            </div>
            <output for=area class="result">
                <Icon name=IconName::ArrowRight/>
                {move || shown(text())}
            </output>
            <Findings<Finding> id=below problems fix/>
            {move || tried.with(|tried| view! { <Data tried=tried.clone() zone/> })}
        </form>
    }
}

fn shown(text: Result<String, String>) -> AnyView {
    match text {
        Ok(text) if text.is_empty() => view! { <span class="quiet">"nothing"</span> }.into_any(),
        Ok(text) => view! { <span class="text">{text}</span> }.into_any(),
        Err(reason) => view! { <span class="quiet">"No result: " {reason} "."</span> }.into_any(),
    }
}

/// The fields that a template reads, with their values, and what went wrong with them.
#[component]
fn Data(tried: Tried, zone: &'static str) -> impl IntoView {
    let fields = tried.data.into_iter().map(|(path, value)| {
        let value = match value {
            Some(value) => view! { <code>{value}</code> }.into_any(),
            None => view! { <span class="quiet">"nothing"</span> }.into_any(),
        };
        view! {
            <div>
                <dt><code>{path}</code></dt>
                <dd>{value}</dd>
            </div>
        }
    });
    let zone = (zone != ZONE).then(|| {
        view! {
            <div>
                <dt>"Time zone of the person"</dt>
                <dd><code>{zone}</code></dd>
            </div>
        }
    });
    let warnings = tried
        .warnings
        .into_iter()
        .map(|warning| view! { <li class="warn"><Icon name=IconName::Warn/><span>{warning}</span></li> })
        .collect_view();
    view! {
        <ul class="findings">{warnings}</ul>
        <dl class="data">{fields.collect_view()}{zone}</dl>
    }
}
