//! What goes wrong with fragments, and where that is said.

use heliograph_model::fragment::checked_name;
use heliograph_model::personalize::{
    FieldType, Finding, FindingCode, FragmentOffer, Fragments, ParseOptions, Parsed, RenderOptions, Schema,
    Scope, Template, complete_with, highlight,
};
use serde_json::json;

fn parse(source: &str, fragments: &[(&str, &str)]) -> Parsed {
    let mut known = Fragments::default();
    for (name, text) in fragments {
        known.insert(*name, *text);
    }
    Template::parse_with_fragments(source, &ParseOptions::default(), &known)
}

#[track_caller]
fn only(findings: &[Finding], code: FindingCode, place: (usize, usize), message: &str) {
    assert_eq!(findings.len(), 1, "{findings:?}");
    let found = &findings[0];
    assert_eq!((found.code, (found.offset, found.length)), (code, place));
    assert_eq!(found.message, message);
}

#[test]
fn an_unknown_name_comes_with_the_nearest() {
    let parsed = parse("a {{fragment name=\"fotter\"}}", &[("footer", "x")]);
    only(
        &parsed.findings,
        FindingCode::UnknownFragment,
        (18, 8),
        "There is no fragment fotter; did you mean footer?",
    );
    assert_eq!(parsed.findings[0].fix.as_ref().map(|fix| fix.offset), Some(19));
    let parsed = parse("{{> föoter}}", &[("footer", "x")]);
    let fix = parsed.findings[0].fix.as_ref().unwrap();
    assert_eq!(
        (fix.offset, fix.length, fix.replacement.as_str()),
        (4, 7, "footer")
    );
}

#[test]
fn a_fragment_that_was_never_published_is_told_from_one_that_is_not_there() {
    let mut known = Fragments::default();
    known.insert("footer", "x");
    known.note_unpublished("foter");
    for call in [
        "{{fragment name='foter'}}",
        "{{> foter}}",
        "{{fragment id=\"ajo:foter\"}}",
    ] {
        let parsed = Template::parse_with_fragments(call, &ParseOptions::default(), &known);
        let found = &parsed.findings[0];
        assert_eq!(found.code, FindingCode::UnpublishedFragment, "{call}");
        assert_eq!(
            found.message,
            "The fragment foter has not been published yet. Publish it first: Messages, Fragments."
        );
        assert!(!parsed.is_valid());
    }
    // Published meanwhile, it is called.
    known.insert("foter", "y");
    let parsed = Template::parse_with_fragments("{{> foter}}", &ParseOptions::default(), &known);
    assert_eq!(parsed.findings, []);
}

#[test]
fn what_is_wrong_in_a_fragment_is_said_where_it_is_called() {
    let parsed = parse(
        "one {{fragment name=\"bad\"}} two {{fragment name=\"bad\"}}",
        &[("bad", "x\n{{profile.}}")],
    );
    only(
        &parsed.findings,
        FindingCode::ExpectedExpression,
        (4, 23),
        "In the fragment bad, line 2: The name of a field is expected after the dot.",
    );
    let parsed = parse(
        "{{fragment name=\"outer\"}}",
        &[("outer", "{{> inner}}"), ("inner", "{{#if x}}")],
    );
    assert!(
        parsed
            .findings
            .iter()
            .all(|found| (found.offset, found.length) == (0, 25)),
        "{:?}",
        parsed.findings
    );
    assert!(parsed.findings.iter().any(|found| {
        found
            .message
            .starts_with("In the fragment inner, line 1: #if is not closed")
    }));
}

#[test]
fn blocks_do_not_reach_into_fragments() {
    let parsed = parse("{{#if profile.a}}{{> close}}{{/if}}", &[("close", "{{/if}}")]);
    only(
        &parsed.findings,
        FindingCode::UnexpectedClose,
        (17, 11),
        "In the fragment close, line 1: There is no open #if to close.",
    );
}

#[test]
fn fragments_that_call_themselves_or_grow_are_refused() {
    let parsed = parse("{{> a}}", &[("a", "{{> b}}"), ("b", "{{> a}}")]);
    assert_eq!(parsed.findings.len(), 1, "{:?}", parsed.findings);
    assert_eq!(parsed.findings[0].code, FindingCode::RecursiveFragment);
    // Each calls the next ten times: a billion texts, were they all read.
    let names: Vec<String> = (0..9).map(|level| format!("level{level}")).collect();
    let texts: Vec<String> = (1..10)
        .map(|level| format!("{{{{> level{level}}}}}").repeat(10))
        .collect();
    let mut fragments: Vec<(&str, &str)> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    fragments.push(("level9", "x"));
    let parsed = parse("{{> level0}}", &fragments);
    assert!(!parsed.is_valid());
    assert!(
        parsed
            .findings
            .iter()
            .any(|found| found.code == FindingCode::TooDeep || found.code == FindingCode::TooLarge)
    );
}

#[test]
fn fragments_are_checked_against_the_schema_and_explained() {
    let parsed = parse("Hi {{> name}}!", &[("name", "{{profile.frist}}")]);
    assert!(parsed.is_valid(), "{:?}", parsed.findings);
    let schema = Schema::empty().field("profile.first", FieldType::Text, "");
    let findings = parsed.template.check(&schema);
    only(
        &findings,
        FindingCode::UnknownField,
        (3, 10),
        "In the fragment name, line 1: profile.frist is not a known field; did you mean first?",
    );
    assert_eq!(parsed.template.paths(), ["profile.frist"]);
    assert_eq!(parsed.template.source(), "Hi {{> name}}!");
    let profile = json!({});
    let scope = Scope::at(0).profile(&profile);
    let explained = parsed
        .template
        .explain(&scope, &RenderOptions::default())
        .unwrap();
    assert_eq!(explained.rendered.text, "Hi !");
    assert_eq!((explained.steps[0].offset, explained.steps[0].length), (3, 10));
    assert_eq!(explained.rendered.warnings[0].offset, 3);
    assert_eq!(parsed.template.format(), "Hi {{> name}}!");
}

#[test]
fn fragments_inside_one_another_have_a_bound() {
    let texts: Vec<(String, String)> = (0..9)
        .map(|level| (format!("f{level}"), format!("{{{{> f{}}}}}", level + 1)))
        .chain([("f9".to_owned(), "x".to_owned())])
        .collect();
    let fragments: Vec<(&str, &str)> = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    assert!(parse("{{> f2}}", &fragments).is_valid());
    let deep = parse("{{> f1}}", &fragments);
    assert_eq!(deep.findings[0].code, FindingCode::TooDeep);
    assert!(
        deep.findings[0].message.contains("more than 8 deep"),
        "{:?}",
        deep.findings
    );
    let mut known = Fragments::default();
    for (name, text) in &fragments {
        known.insert(*name, *text);
    }
    let options = ParseOptions {
        max_fragment_depth: 9,
        ..ParseOptions::default()
    };
    assert!(Template::parse_with_fragments("{{> f1}}", &options, &known).is_valid());
}

#[test]
fn every_name_that_a_fragment_can_have_is_called_bare_and_in_quotes() {
    for name in [
        "my-name", "my--name", "name-", "-name", "2x", "2", "größe", "or", "true", "my_name",
    ] {
        assert_eq!(checked_name(name), Ok(name));
        let mut known = Fragments::default();
        known.insert(name, "[{{size}}]");
        for call in [
            format!("a {{{{> {name} size=\"s\"}}}} b"),
            format!("a {{{{fragment name=\"{name}\" size=\"s\"}}}} b"),
        ] {
            let parsed = Template::parse_with_fragments(&call, &ParseOptions::default(), &known);
            assert!(parsed.is_valid(), "{call}: {:?}", parsed.findings);
            assert_eq!(parsed.template.fragments().collect::<Vec<_>>(), [name]);
            assert_eq!(parsed.template.check(&Schema::empty()), [], "{call}");
            let rendered = parsed
                .template
                .render(&Scope::at(0), &RenderOptions::default())
                .unwrap();
            assert_eq!(rendered.text, "a [s] b", "{call}");
            assert_eq!(parsed.template.format(), call);
            let painted = highlight(&call);
            assert!(
                painted
                    .iter()
                    .any(|part| call[part.offset..][..part.length].trim_matches('"') == name),
                "{call}: {painted:?}"
            );
        }
        // While it is typed, at every letter of it.
        let offer = FragmentOffer {
            name: name.to_owned(),
            description: String::new(),
            arguments: Vec::new(),
        };
        for typed in (1..=name.len()).filter_map(|end| name.get(..end)) {
            let source = format!("{{{{> {typed}");
            let offered = complete_with(
                &source,
                source.len(),
                &Schema::empty(),
                std::slice::from_ref(&offer),
            );
            let made: Vec<_> = offered
                .iter()
                .map(|one| format!("{}{}", &source[..one.replace_from], one.insert))
                .collect();
            assert_eq!(made, [format!("{{{{> {name}")], "{source}");
        }
    }
    let parsed = parse("{{> my-nmae}}", &[("my-name", "x")]);
    only(
        &parsed.findings,
        FindingCode::UnknownFragment,
        (4, 7),
        "There is no fragment my-nmae; did you mean my-name?",
    );
}
