//! Once warm, a rendering asks the system for memory only for its text, and for its warnings where it has some.
//!
//! What a regular expression's engine keeps for `regexGroup`, and patterns that are only known while rendering, are the
//! exception: their crate and their reading have memory of their own.

#![allow(unsafe_code, reason = "an allocator cannot be written without it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use heliograph_model::personalize::{RenderOptions, Scope, Template};
use serde_json::json;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call goes on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ASKED.with(|asked| asked.set(asked.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often memory is asked for while a warm template is rendered.
fn asked(source: &str) -> usize {
    // The text starts with room for as much as the template has; a comment keeps it from having to grow.
    let source = &format!("{source}{{{{! {} }}}}", "-".repeat(400));
    let parsed = Template::parse(source);
    assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
    let profile = json!({
        "name": "Zoë 👩‍👧", "city": "ΟΔΟΣ", "price": 1234.5, "url": "https://example.com/p?a=1#x", "born": "1990-01-08T10:00:00Z",
        "list": [{"name": "a", "price": 2}, {"name": "b", "price": 7.25}, {"name": "c"}], "words": ["x", "y", "x"],
        "map": {"one": 1, "two": "2"}, "big": 18_446_744_073_709_551_615_u64
    });
    let scope = Scope::at(1_736_232_430_000)
        .profile(&profile)
        .time_zone("Europe/Paris");
    let options = RenderOptions::default();
    for _ in 0..3 {
        let rendered = parsed.template.render(&scope, &options).unwrap();
        assert_eq!(rendered.warnings, [], "{source}");
    }
    let before = ASKED.with(Cell::get);
    let rendered = parsed.template.render(&scope, &options).unwrap();
    let asked = ASKED.with(Cell::get) - before;
    assert!(!rendered.text.is_empty(), "{source}");
    asked
}

#[test]
fn a_rendering_asks_for_memory_only_for_its_text() {
    for source in [
        "Hi {{profile.name}} from {%= profile.city ?: \"nowhere\" %} {{profile.big}}, your template is long enough for its text",
        "{%#if profile.price > 100 and not(profile.name = \"x\")%}rich{%else%}poor{%/if%}",
        "{{#each profile.list as |x i|}}{{i}}{{x.name}}{{#if @last}}.{{else}}, {{/if}}{{/each}}",
        "{{#each profile.map}}{{@key}}={{this}};{{/each}}{{#with profile.list}}{{this.name}}{{/with}}",
        "{% let sum = 0 %}{{#each profile.list as |x|}}{% let sum = sum + (x.price ?: 0) %}{{/each}}{{sum}} and some more text",
        "{%= upperCase(profile.name) %}{%= lowerCase(profile.city) %}{%= titleCase(\"a b\") %}{%= replace(profile.name, \"Z\", \"S\") %}",
        "{%= mask(\"123456789\", 1, 2) %}{%= substr(profile.name, 1, 3) %}{%= length(profile.name) %}{%= trim(\" a \") %}{%= concat(\"a\", \"b\", \"c\", \"d\", \"e\") %}",
        "{%= join(split(\"a-b-c\", \"-\"), \"+\") %}{%= distinct(profile.words).count() %}{%= sum([1, 2, 3.5]) %}{%= max(profile.list.price) %}",
        "{%= topN(profile.list, price, 2).name %}{%= includes(profile.words, \"y\") %}{%= average([1, 2]) %}{%= keys(profile.map) %}",
        "{%= urlEncode(\"a b\") %}{%= urlDecode(\"a%20b\") %}{%= encode64(\"hello\") %}{%= decode64(\"aGVsbG8=\") %}{%= appendQueryParams(profile.url, \"a\", \"2\") %}",
        "{%= md5(\"hello\") %}{%= sha256(\"hello\") %}{%= matches(profile.name, \"^Z\") %}{%= replaceAll(\"J0hn\", \"[0-9]\", \"o\") %}{%= like(profile.name, \"Z%\") %}",
        "{%= formatDate(profile.born, \"EEEE d MMMM yyyy HH:mm z\", \"fr_FR\") %}{%= addDays(profile.born, 3) %}{%= dateDiff(profile.born, now) %}{%= age(profile.born) %}",
        "{%= stringToDate(\"2023-01-10 23:13\", \"yyyy-MM-dd HH:mm\") %}{%= convertZonedDateTime(profile.born, \"Asia/Tehran\") %}{{now}}",
        "{%= formatNumber(profile.price, \"ar_EG\") %}{%= formatCurrency(profile.price, \"de_CH\") %}{%= toPrecision(profile.price, 1) %}{%= 0.1 + 0.2 %}{%= toPercentage(0.25) %}",
    ] {
        assert_eq!(asked(source), 1, "{source}");
    }
}
