//! What Journey Optimizer's public pages say that a template gives, and what this language makes of it.
//!
//! `conformance/cases.json` has for each case the page, the template and its text. A fourth entry is `html` where the text
//! is escaped for HTML, or `ours` where the page leaves room or contradicts itself, and the result is what the function's
//! own documentation here says.

use std::collections::{BTreeMap, BTreeSet};

use heliograph_model::personalize::{
    Escape, Fragments, ParseOptions, RenderOptions, Scope, Template, functions,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Table {
    now: i64,
    pages: BTreeMap<String, String>,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    zone: String,
    data: Value,
    fragments: BTreeMap<String, String>,
    cases: Vec<Vec<String>>,
}

fn table() -> Table {
    serde_json::from_str(include_str!("conformance/cases.json")).unwrap()
}

/// The text of a case, or what is wrong with it.
fn text(table: &Table, group: &Group, source: &str, escape: Escape) -> Result<String, String> {
    let mut fragments = Fragments::default();
    for (name, text) in &group.fragments {
        fragments.insert(name, text);
    }
    let parsed = Template::parse_with_fragments(source, &ParseOptions::default(), &fragments);
    if !parsed.is_valid() {
        return Err(format!("{:?}", parsed.findings));
    }
    let scope = Scope::at(table.now)
        .profile(&group.data["profile"])
        .context(&group.data["context"])
        .time_zone(&group.zone);
    let options = RenderOptions {
        escape,
        ..RenderOptions::default()
    };
    let rendered = parsed.template.render(&scope, &options);
    rendered
        .map(|rendered| rendered.text)
        .map_err(|error| error.to_string())
}

#[test]
fn templates_give_what_the_public_pages_say() {
    let table = table();
    let mut wrong = Vec::new();
    let mut count = 0;
    for group in &table.groups {
        for case in &group.cases {
            let (page, source, expected) = (&case[0], &case[1], &case[2]);
            assert!(table.pages.contains_key(page), "{page} is no page of the table");
            let escape = match case.get(3).map(String::as_str) {
                Some("html") => Escape::Html,
                _ => Escape::None,
            };
            let found = text(&table, group, source, escape);
            if found.as_deref() != Ok(expected.as_str()) {
                wrong.push(format!(
                    "{page}: {source}\n  expected {expected:?}\n  found    {found:?}"
                ));
            }
            count += 1;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 300, "{count} cases");
}

#[test]
fn every_function_is_covered() {
    let table = table();
    let sources: Vec<&str> = table
        .groups
        .iter()
        .flat_map(|group| group.cases.iter().map(|case| case[1].as_str()))
        .collect();
    let missing: BTreeSet<&str> = functions::all()
        .map(|function| function.name)
        .filter(|name| {
            !sources
                .iter()
                .any(|source| source.contains(&format!("{name}(")) || source.contains(&format!("{name} (")))
        })
        .collect();
    assert_eq!(missing, BTreeSet::new());
}

#[test]
fn an_unknown_zone_is_said_and_utc_is_used() {
    let template = Template::parse(r#"{%= formatDate(now, "HH:mm") %}"#).template;
    let scope = Scope::at(0).time_zone("Mars/Base");
    let rendered = template.render(&scope, &RenderOptions::default()).unwrap();
    assert_eq!(rendered.text, "00:00");
    assert_eq!(
        rendered.warnings[0].message,
        "The time zone Mars/Base is not known; dates are shown in UTC."
    );
}
