//! What is known of a person, field by field, and as JSON.

use heliograph_model::schema;
use leptos::prelude::*;
use serde_json::Value;

use crate::components::CodeBlock;

/// The attributes as a table, and as JSON on demand.
#[component]
pub(super) fn Attributes(attributes: Value) -> impl IntoView {
    let mut fields = Vec::new();
    flatten(&attributes, String::new(), &mut fields);
    if fields.is_empty() {
        return view! { <p class="quiet part-empty">"Nothing is known of this person but identities and events."</p> }.into_any();
    }
    let json = format!("{attributes:#}");
    let rows = fields
        .into_iter()
        .map(|(path, value)| {
            let title = schema::attribute_title(&path).unwrap_or_else(|| path.clone());
            let code = (title != path).then(|| view! { <code class="sub">{path}</code> });
            view! {
                <tr>
                    <th scope="row">{title}{code}</th>
                    <td class="attribute">{value}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap">
            <table class="table">
                <caption class="unseen">"Attributes"</caption>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <details class="as-json">
            <summary>"Show as JSON"</summary>
            <CodeBlock text=json label="Attributes as JSON"/>
        </details>
    }
    .into_any()
}

/// The values in an object with the paths that lead to them; lists are kept whole.
fn flatten(value: &Value, path: String, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                flatten(value, path, into);
            }
        }
        Value::Null => {}
        Value::String(text) => into.push((path, text.clone())),
        Value::Bool(true) => into.push((path, "Yes".to_owned())),
        Value::Bool(false) => into.push((path, "No".to_owned())),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let words: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            into.push((path, words.join(", ")));
        }
        other => into.push((path, other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_are_listed_by_their_paths() {
        let mut fields = Vec::new();
        let attributes = json!({
            "person": {"name": {"firstName": "Ada"}, "gone": null},
            "loyal": true,
            "likes": ["tea", 3],
        });
        flatten(&attributes, String::new(), &mut fields);
        fields.sort();
        let expected = [
            ("likes", "tea, 3"),
            ("loyal", "Yes"),
            ("person.name.firstName", "Ada"),
        ];
        assert_eq!(
            fields,
            expected.map(|(path, value)| (path.to_owned(), value.to_owned()))
        );
    }
}
