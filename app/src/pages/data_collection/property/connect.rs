//! How an app is connected: its configuration, the line of code, and whether something has come in.

use heliograph_model::collection::Stage;
use leptos::prelude::*;

use super::super::properties::api::PropertyView;
use super::{Page, title_of};
use crate::components::{Button, Card, Choice, CodeBlock, FullTime, Icon, IconName, Segmented, Status, Tone};

/// The card that connects an app.
#[component]
pub(super) fn Connect(view: PropertyView, page: Page) -> impl IntoView {
    let stage = RwSignal::new(Stage::Production.as_str().to_owned());
    let choices = Stage::ALL
        .map(|stage| Choice::new(stage.as_str(), title_of(stage)))
        .to_vec();
    let configurations = view.configurations;
    let configuration = Memo::new(move |_| {
        let chosen = stage.with(|stage| Stage::parse(stage));
        configurations
            .iter()
            .find(|(stage, _)| Some(*stage) == chosen)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    });
    let swift = Memo::new(move |_| configuration.with(|text| in_swift(text)));
    let kotlin = Memo::new(move |_| configuration.with(|text| in_kotlin(text)));
    let arrived = match view.last_event_at {
        Some(at) => view! {
            <Status tone=Tone::Good label="Events come in by the datastream"/>
            <span class="soft t13">"The last one came " <FullTime at/></span>
        }
        .into_any(),
        None => view! { <Status tone=Tone::Neutral label="No event has come in by the datastream yet"/> }
            .into_any(),
    };
    view! {
        <Card title="Connect the app">
            <Segmented label="Environment" name="stage" choices bind=stage/>
            <CodeBlock text=configuration label="ADBMobileConfig.json"/>
            <div class="row">
                <a class="button small" download="ADBMobileConfig.json" href=move || configuration.with(|text| as_data(text))>
                    <Icon name=IconName::Download/>
                    "Download ADBMobileConfig.json"
                </a>
            </div>
            <h3>"Swift"</h3>
            <CodeBlock text=swift label="Swift"/>
            <h3>"Kotlin"</h3>
            <CodeBlock text=kotlin label="Kotlin"/>
            <div class="row wrap">
                {arrived}
                <Button icon=IconName::Refresh on:click=move |_| page.refetch()>"Check again"</Button>
            </div>
        </Card>
    }
}

/// The values that lead an app here; what it is configured with besides stays.
///
/// `messaging.eventDataset` is among them because tracking is off where it is empty.
const KEYS: [&str; 3] = ["edge.domain", "edge.configId", "messaging.eventDataset"];

fn pairs(configuration: &str, write: impl Fn(&str, &str) -> String) -> String {
    let values: serde_json::Value = serde_json::from_str(configuration).unwrap_or_default();
    KEYS.iter()
        .filter_map(|key| Some(write(key, values.get(key)?.as_str()?)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn in_swift(configuration: &str) -> String {
    let values = pairs(configuration, |key, value| format!("\"{key}\": \"{value}\""));
    format!("MobileCore.updateConfigurationWith(configDict: [{values}])")
}

fn in_kotlin(configuration: &str) -> String {
    let values = pairs(configuration, |key, value| format!("\"{key}\" to \"{value}\""));
    format!("MobileCore.updateConfiguration(mapOf({values}))")
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
            in_swift(CONFIGURATION),
            r#"MobileCore.updateConfigurationWith(configDict: ["edge.domain": "push.example.com", "edge.configId": "id"])"#
        );
        assert_eq!(
            in_kotlin(CONFIGURATION),
            r#"MobileCore.updateConfiguration(mapOf("edge.domain" to "push.example.com", "edge.configId" to "id"))"#
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
