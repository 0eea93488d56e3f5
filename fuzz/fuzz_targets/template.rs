//! Any text is read, checked, laid out, completed, painted, rendered and explained without a panic, within its limits.
//!
//! `cargo fuzz run template` from the checkout's root. What stands behind the first NUL is the data: JSON, where it is
//! that, and else one text.

#![no_main]

use heliograph_model::personalize::{
    Escape, Fragments, ParseOptions, RenderLimits, RenderOptions, Schema, Scope, Template, complete,
    highlight,
};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|input: &str| {
    let (source, data) = input.split_once('\0').unwrap_or((input, "{}"));
    let profile: Value =
        serde_json::from_str(data).unwrap_or_else(|_| json!({"name": data, "list": [data, null]}));
    let mut fragments = Fragments::default();
    fragments.insert("f", "{{#inline \"x\"}}d{{/inline}}{{x}}{{> g}}");
    fragments.insert("g", source);
    fragments.insert("2-a", "{{y}}-");
    fragments.note_unpublished("u");
    let parsed = Template::parse_with_fragments(source, &ParseOptions::default(), &fragments);
    for finding in &parsed.findings {
        assert!(
            source
                .get(finding.offset..finding.offset + finding.length)
                .is_some()
        );
    }
    let schema = Schema::standard();
    for finding in parsed.template.check(&schema) {
        assert!(
            source
                .get(finding.offset..finding.offset + finding.length)
                .is_some()
        );
    }
    for part in highlight(source) {
        assert!(source.get(part.offset..part.offset + part.length).is_some());
    }
    let _ = complete(source, source.len() / 2, &schema);
    let _ = parsed.template.paths();
    let limits = RenderLimits {
        output_bytes: 10_000,
        loop_turns: 200,
        work: 200_000,
    };
    let options = RenderOptions {
        escape: Escape::Html,
        limits,
    };
    let scope = Scope::at(1_736_232_430_000)
        .profile(&profile)
        .time_zone("Europe/Paris");
    let first = parsed.template.render(&scope, &options);
    assert_eq!(first, parsed.template.render(&scope, &options));
    let explained = parsed.template.explain(&scope, &options);
    assert_eq!(explained.map(|explained| explained.rendered), first);
    let formatted = parsed.template.format();
    let again = Template::parse_with_fragments(&formatted, &ParseOptions::default(), &fragments);
    if parsed.is_valid() {
        assert!(again.is_valid(), "{formatted}");
        assert_eq!(again.template.format(), formatted);
    }
    if let (Ok(before), Ok(after)) = (first, again.template.render(&scope, &options)) {
        // The fragment that is the source itself stays as it was written.
        assert_eq!(before.text, after.text, "{formatted}");
    }
});
