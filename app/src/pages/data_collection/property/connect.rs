//! How an app is connected: its configuration, the line of code, and whether something has come in.

use std::time::Duration;

use heliograph_model::collection::Stage;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;

use super::{Shown, title_of};
use crate::components::{Card, Choice, CodeBlock, Follow, FullTime, Icon, IconName, Segmented, Status, Tone};

/// How long after one look the next comes whether something has come in, until it has.
const EVERY: Duration = Duration::from_secs(2);

/// The card that connects an app.
#[component]
pub(super) fn Connect(shown: Shown) -> impl IntoView {
    let stage = RwSignal::new(Stage::Production.as_str().to_owned());
    let language = RwSignal::new(Language::Swift.title().to_owned());
    let stages = Stage::ALL
        .map(|stage| Choice::new(stage.as_str(), title_of(stage)))
        .to_vec();
    let languages = Language::ALL
        .map(|language| Choice::new(language.title(), language.title()))
        .to_vec();
    let configuration = Memo::new(move |_| {
        let chosen = stage.with(|stage| Stage::parse(stage));
        shown.view.with(|view| {
            view.configurations
                .iter()
                .find(|(stage, _)| Some(*stage) == chosen)
                .map(|(_, text)| text.clone())
                .unwrap_or_default()
        })
    });
    let code = Memo::new(move |_| {
        let language =
            language.with(|chosen| Language::ALL.into_iter().find(|known| known.title() == chosen));
        configuration.with(|text| language.unwrap_or(Language::Swift).line(text))
    });
    view! {
        <Card title="Connect the app">
            <p class="soft t13">
                "Put the file into the app, or add the line of code to an app that is configured already. "
                <code>"messaging.eventDataset"</code>
                " must not be empty: without it the SDK tells of no tap."
            </p>
            <Segmented label="Environment" name="stage" choices=stages bind=stage/>
            <CodeBlock text=configuration label="ADBMobileConfig.json"/>
            <div class="row">
                <a class="button small" download="ADBMobileConfig.json" href=move || configuration.with(|text| as_data(text))>
                    <Icon name=IconName::Download/>
                    "Download ADBMobileConfig.json"
                </a>
            </div>
            <Segmented label="Language" name="language" choices=languages bind=language/>
            <CodeBlock text=code label=Signal::derive(move || format!("Line of code in {}", language.get()))/>
        </Card>
        <Arrivals shown/>
    }
}

/// Whether events and a push token have come in, followed until both have.
#[component]
fn Arrivals(shown: Shown) -> impl IntoView {
    let arrived = Memo::new(move |_| shown.view.with(|view| (view.last_event_at, view.last_token_at)));
    Follow::new(EVERY, move || async move {
        if !matches!(arrived.get_untracked(), (Some(_), Some(_))) {
            shown.refresh().await;
        }
    });
    let line = |at: Option<Timestamp>, there: &'static str, missing: &'static str| {
        match at {
        Some(at) => view! {
            <li><Status tone=Tone::Good label=there/><span class="soft t13">"Last " <FullTime at seconds=true/></span></li>
        }
        .into_any(),
        None => view! { <li><Status tone=Tone::Neutral label=missing/></li> }.into_any(),
    }
    };
    let state = move || {
        let (event, token) = arrived.get();
        view! {
            {line(event, "Events come in by the datastream", "Waiting for the first event")}
            {line(token, "Push tokens come in", "Waiting for the first push token")}
        }
    };
    view! {
        <Card title="Is it connected?">
            <div role="status"><ul class="arrivals">{state}</ul></div>
            {move || {
                matches!(arrived.get(), (Some(_), None)).then(|| view! {
                    <p class="soft t13">"A token comes once the person has allowed notifications and the app has told the SDK the token."</p>
                })
            }}
        </Card>
    }
}

/// In what an app is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    Swift,
    Kotlin,
    ReactNative,
    Flutter,
}

impl Language {
    const ALL: [Self; 4] = [Self::Swift, Self::Kotlin, Self::ReactNative, Self::Flutter];

    const fn title(self) -> &'static str {
        match self {
            Self::Swift => "Swift",
            Self::Kotlin => "Kotlin",
            Self::ReactNative => "React Native",
            Self::Flutter => "Flutter",
        }
    }

    /// The call that leads the SDK here, as each of Adobe's SDKs spells it.
    fn line(self, configuration: &str) -> String {
        let pairs = |between: &str| pairs(configuration, between);
        match self {
            Self::Swift => format!(
                "MobileCore.updateConfigurationWith(configDict: [{}])",
                pairs(": ")
            ),
            Self::Kotlin => format!("MobileCore.updateConfiguration(mapOf({}))", pairs(" to ")),
            Self::ReactNative | Self::Flutter => {
                format!("MobileCore.updateConfiguration({{{}}});", pairs(": "))
            }
        }
    }
}

/// The values that lead an app here; what it is configured with besides stays.
///
/// `messaging.eventDataset` is among them because tracking is off where it is empty.
const KEYS: [&str; 3] = ["edge.domain", "edge.configId", "messaging.eventDataset"];

fn pairs(configuration: &str, between: &str) -> String {
    let values: serde_json::Value = serde_json::from_str(configuration).unwrap_or_default();
    KEYS.iter()
        .filter_map(|key| Some(format!("\"{key}\"{between}\"{}\"", values.get(key)?.as_str()?)))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A text as an address that a browser downloads (RFC 2397).
fn as_data(text: &str) -> String {
    let mut address = String::from("data:application/json;charset=utf-8,");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str =
        r#"{"edge.configId": "id", "edge.domain": "push.example.com", "global.privacy": "optedin"}"#;

    #[test]
    fn the_line_of_code_names_what_leads_here() {
        assert_eq!(
            Language::Swift.line(CONFIGURATION),
            r#"MobileCore.updateConfigurationWith(configDict: ["edge.domain": "push.example.com", "edge.configId": "id"])"#
        );
        assert_eq!(
            Language::Kotlin.line(CONFIGURATION),
            r#"MobileCore.updateConfiguration(mapOf("edge.domain" to "push.example.com", "edge.configId" to "id"))"#
        );
        assert_eq!(
            Language::Flutter.line(CONFIGURATION),
            r#"MobileCore.updateConfiguration({"edge.domain": "push.example.com", "edge.configId": "id"});"#
        );
    }

    #[test]
    fn a_download_is_written_so_that_nothing_in_it_is_read_as_an_address() {
        assert_eq!(
            as_data("{\"a\":1}#"),
            "data:application/json;charset=utf-8,%7B%22a%22%3A1%7D%23"
        );
    }
}
