//! The fields of profiles and events.

mod api;

use heliograph_model::personalize::FieldType;
use heliograph_model::schema::{Catalogue, KnownEvent, KnownField};
use leptos::prelude::*;

use crate::components::{Card, EmptyState, IconName, Load, SearchBox, SectionHead, Table, use_searched};
use crate::pages::lazy_page;

lazy_page! {
    /// The fields of profiles and events.
    Schemas in set_up
}

fn view() -> AnyView {
    let catalogue = Resource::new(|| (), |()| api::known_fields());
    let words = use_searched();
    view! {
        <SectionHead title="Schemas" lead="What is known from the start, and what the newest profiles and events have. New fields appear by themselves once they come in."/>
        <div class="row wrap"><SearchBox label="Search fields and event types"/></div>
        <Load resource=catalogue let:catalogue>
            {move || view! { <Found catalogue=narrowed(catalogue.clone(), &words.get())/> }}
        </Load>
    }
    .into_any()
}

/// What of the catalogue has these words in its path or title.
fn narrowed(mut catalogue: Catalogue, words: &str) -> Catalogue {
    let fits =
        |path: &str, title: &str| path.to_lowercase().contains(words) || title.to_lowercase().contains(words);
    catalogue
        .attributes
        .retain(|field| fits(&field.path, &field.title));
    catalogue
        .event_fields
        .retain(|field| fits(&field.path, &field.title));
    catalogue
        .event_types
        .retain(|known| fits(&known.event_type, &known.title));
    catalogue
}

#[component]
fn Found(catalogue: Catalogue) -> impl IntoView {
    let Catalogue {
        attributes,
        event_types,
        event_fields,
        ..
    } = catalogue;
    if attributes.is_empty() && event_types.is_empty() && event_fields.is_empty() {
        return view! { <EmptyState icon=IconName::Search title="Nothing fits"/> }.into_any();
    }
    view! {
        {(!attributes.is_empty()).then(|| view! { <Fields title="Attributes of profiles" fields=attributes/> })}
        {(!event_types.is_empty()).then(|| view! { <Types types=event_types/> })}
        {(!event_fields.is_empty()).then(|| view! { <Fields title="Fields of events" fields=event_fields/> })}
    }
    .into_any()
}

#[component]
fn Fields(title: &'static str, fields: Vec<KnownField>) -> impl IntoView {
    let row = |field: KnownField| {
        let kind = match (kind_of(field.field_type), field.list) {
            (kind, true) => format!("List of {}", kind.to_lowercase()),
            (kind, false) => kind.to_owned(),
        };
        view! {
            <tr>
                <td>{field.title}</td>
                <td><code>{field.path}</code></td>
                <td class="later">{kind}</td>
            </tr>
        }
    };
    view! {
        <Card title flush=true>
            <Table caption=title head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col">"Path"</th>
                <th scope="col" class="later">"Type"</th>
            }>{fields.into_iter().map(row).collect_view()}</Table>
        </Card>
    }
}

#[component]
fn Types(types: Vec<KnownEvent>) -> impl IntoView {
    view! {
        <Card title="Types of event" flush=true>
            <Table caption="Types of event" head=|| view! {
                <th scope="col">"Name"</th>
                <th scope="col">"Type"</th>
            }>
                {types
                    .into_iter()
                    .map(|known| view! { <tr><td>{known.title}</td><td><code>{known.event_type}</code></td></tr> })
                    .collect_view()}
            </Table>
        </Card>
    }
}

const fn kind_of(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "Text",
        FieldType::Integer => "Whole number",
        FieldType::Number => "Number",
        FieldType::Boolean => "Yes or no",
        FieldType::Date => "Date",
        FieldType::Object => "Object",
        FieldType::Any => "Any",
    }
}
