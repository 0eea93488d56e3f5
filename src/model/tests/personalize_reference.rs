//! What leads from an editor to the reference of the language.

use std::collections::BTreeSet;

use heliograph_model::personalize::{Schema, Template, complete, reference};

/// The anchors that the findings of a template lead to.
fn entries(source: &str) -> Vec<Option<String>> {
    let parsed = Template::parse(source);
    let mut findings = parsed.findings;
    findings.extend(parsed.template.check(&Schema::standard()));
    findings.into_iter().map(|finding| finding.entry).collect()
}

#[test]
fn a_finding_leads_to_the_function_that_it_is_about() {
    let to = |name: &str| vec![Some(name.to_owned())];
    assert_eq!(entries("{%= upperCas(\"a\") %}"), to("upperCase"));
    assert_eq!(entries("{%= upperCase() %}"), to("upperCase"));
    assert_eq!(entries("{%= upperCase %}"), to("upperCase"));
    assert_eq!(entries("{%= addDays([1], 2) %}"), to("addDays"));
    assert_eq!(
        entries("{%= formatDate(now, \"YYYY-MM-dd\") %}"),
        to("formatDate")
    );
    assert_eq!(
        entries("{%= upperCase(formatNumber(1, \"xx\")) %}"),
        to("formatNumber")
    );
    assert_eq!(entries("{%= qqqqqqqq() %}"), [None]);
    assert_eq!(entries("{{profile.person.name.fristName ?: \"\"}}"), [None]);
}

#[test]
fn what_is_offered_leads_to_an_entry_that_exists() {
    let anchors: BTreeSet<String> = reference::chapters()
        .into_iter()
        .flat_map(|chapter| chapter.entries)
        .map(|entry| entry.id)
        .collect();
    for source in ["{{", "{%= a", "{%= o", "{%#if t", "{{#"] {
        let offered = complete(source, source.len(), &Schema::standard());
        let led: Vec<&str> = offered.iter().filter_map(|offer| offer.entry()).collect();
        assert!(!led.is_empty(), "{source}");
        for entry in led {
            assert!(anchors.contains(entry), "{source}: {entry}");
        }
    }
}

#[test]
fn words_of_the_language_are_offered_once_one_is_begun() {
    let labels = |source: &str| -> Vec<String> {
        let offered = complete(source, source.len(), &Schema::standard());
        offered.into_iter().map(|offer| offer.label).collect()
    };
    assert!(labels("{%#if tru").contains(&"true".to_owned()));
    assert!(labels("{%#if profile.x an").contains(&"and".to_owned()));
    assert!(!labels("{{").contains(&"and".to_owned()));
    let looping = labels("{{#each [1]}}{{@");
    for value in ["@index", "@first", "@last", "@key"] {
        assert!(looping.contains(&value.to_owned()), "{value}");
    }
}

#[test]
fn now_is_there_for_everyone() {
    let source = "{%= dateDiff(now, profile.loyalty.joinDate) %}";
    let findings = Template::parse(source).template.check(&Schema::standard());
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0].message.starts_with("joinDate is not there"),
        "{}",
        findings[0].message
    );
    let source = "{%= formatDate(addDays(now, 1), \"d MMMM\") %}";
    assert_eq!(Template::parse(source).template.check(&Schema::standard()), []);
}
