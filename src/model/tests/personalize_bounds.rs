//! Hostile templates and hostile data: an error or the documented fallback, never a panic, never a hang.

use std::time::{Duration, Instant};

use heliograph_model::personalize::functions::{self, Kind};
use heliograph_model::personalize::{
    Escape, FindingCode, ParseOptions, RenderError, RenderLimits, RenderOptions, Schema, Scope, Template,
    complete, highlight,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn options(limits: RenderLimits) -> RenderOptions {
    RenderOptions {
        limits,
        ..RenderOptions::default()
    }
}

#[track_caller]
fn stopped(source: &str, profile: &Value, limits: RenderLimits) -> RenderError {
    let parsed = Template::parse(source);
    assert!(parsed.is_valid(), "{:?}", parsed.findings);
    let started = Instant::now();
    let result = parsed
        .template
        .render(&Scope::at(0).profile(profile), &options(limits));
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    result.expect_err("a limit")
}

#[test]
fn loops_end() {
    let profile = json!({"list": vec![1; 200]});
    let source =
        "{{#each profile.list}}{{#each profile.list}}{{#each profile.list}}{{/each}}{{/each}}{{/each}}";
    let error = stopped(source, &profile, RenderLimits::default());
    assert_eq!(error, RenderError::TooManyTurns { limit: 10_000 });
}

#[test]
fn output_ends() {
    let profile = json!({"list": vec![1; 200], "text": "x".repeat(1_000)});
    let error = stopped(
        "{{#each profile.list}}{{profile.text}}{{/each}}",
        &profile,
        RenderLimits::default(),
    );
    assert_eq!(error, RenderError::OutputTooLong { limit: 65_536 });
    assert!(error.to_string().contains("65536 bytes"), "{error}");
}

#[test]
fn doubling_a_text_ends() {
    let profile = json!({"list": vec![1; 100]});
    for source in [
        "{% let s = \"x\" %}{{#each profile.list}}{% let s = concat(s, s) %}{{/each}}",
        "{% let s = \"x\" %}{{#each profile.list}}{% let s = s + s %}{{/each}}",
        "{% let s = \"x\" %}{{#each profile.list}}{% let s = [s, s] %}{{/each}}{%= toString(s) %}",
        "{% let s = \"xx\" %}{{#each profile.list}}{% let s = replace(s, \"x\", \"xx\") %}{{/each}}",
    ] {
        let error = stopped(source, &profile, RenderLimits::default());
        assert!(
            matches!(
                error,
                RenderError::TooMuchWork { .. } | RenderError::OutputTooLong { .. }
            ),
            "{source}: {error:?}"
        );
    }
}

#[test]
fn costly_expressions_end() {
    let profile = json!({
        "list": (0..5_000).collect::<Vec<i32>>(),
        "long": "a".repeat(60_000),
        "orders": vec![json!({"price": 1}); 50_000]
    });
    for source in [
        "{%= distinct(profile.list).count() %}",
        r#"{%= matches(profile.long, "(a{1,20}b){1,20}$") %}{%= matches(profile.long, "(a*)*b") %}"#,
        r#"{%= like(profile.long, "%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%a%b") %}"#,
        "{%= topN(profile.orders, price, 3).count() %}{%= topN(profile.orders, price, 3).count() %}{%= topN(profile.orders, price, 3).count() %}{%= topN(profile.orders, price, 3).count() %}{%= topN(profile.orders, price, 3).count() %}",
    ] {
        let error = stopped(source, &profile, RenderLimits::default());
        assert_eq!(error, RenderError::TooMuchWork { limit: 4_000_000 }, "{source}");
    }
}

/// Every function is fed a text of 400 kB, a list of 10,000 items and an object of 10,000 keys, ten thousand times.
#[test]
fn no_function_runs_long_on_long_data() {
    let long = "aÉ👩‍👧 ".repeat(25_000);
    let list: Vec<Value> = (0..10_000).map(|at| json!({"price": at, "name": "n"})).collect();
    let map: Value = Value::Object((0..10_000).map(|at| (at.to_string(), json!([at]))).collect());
    let profile = json!({"long": long, "list": list, "map": map, "digits": "0".repeat(400_000), "turns": vec![1; 10_000]});
    let scope = Scope::at(1_700_000_000_000).profile(&profile);
    let limits = RenderLimits {
        work: 100_000,
        ..RenderLimits::default()
    };
    for function in functions::all() {
        for fill in [
            "profile.long",
            "profile.digits",
            "profile.list",
            "profile.map",
            "profile.list.price",
        ] {
            let arguments: Vec<&str> = function
                .params
                .iter()
                .map(|param| match param.kind {
                    Kind::Property => "price",
                    Kind::Pattern => "\"(a|b)*c|É+\"",
                    Kind::Integer => "40000",
                    Kind::DatePattern => "\"yyyy\"",
                    Kind::Locale => "\"fr_FR\"",
                    Kind::Zone => "\"UTC\"",
                    _ => fill,
                })
                .collect();
            let call = format!("{}({})", function.name, arguments.join(", "));
            let source = format!("{{{{#each profile.turns}}}}{{%#if {call}%}}{{%/if%}}{{{{/each}}}}");
            let parsed = Template::parse(&source);
            assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
            let began = Instant::now();
            let _ = parsed.template.render(&scope, &options(limits));
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "{call}: {:?}",
                began.elapsed()
            );
        }
    }
}

#[test]
fn comparing_deep_data_ends() {
    let mut wide = json!([1, 2, 3]);
    for _ in 0..10 {
        wide = json!([wide, wide, wide]);
    }
    let profile = json!({"a": {"x": wide.clone()}, "b": {"x": wide}});
    let source = "{{#each [1,2,3,4,5,6,7,8,9]}}{{#each [1,2,3,4,5,6,7,8,9]}}{%= profile.a = profile.b %}{{/each}}{{/each}}";
    assert_eq!(
        stopped(source, &profile, RenderLimits::default()),
        RenderError::TooMuchWork { limit: 4_000_000 }
    );
}

#[test]
fn huge_and_deep_templates_are_refused_at_once() {
    let started = Instant::now();
    let large = Template::parse(&"x".repeat(10_000_000));
    assert!(large.findings[0].message.contains("10000000 bytes"));
    for source in [
        "{{#if profile.x}}".repeat(100_000),
        "{{".repeat(100_000),
        "{%".repeat(100_000),
        "{{{".repeat(80_000),
        "{{!--".repeat(50_000),
        "{{\"}}{{' ".repeat(20_000),
        "{{a \"}}\" {{".repeat(20_000),
        format!("{{%= {} %}}", "(".repeat(200_000)),
        format!("{{%= {} %}}", "(eq ".repeat(100_000)),
        format!("{{%= {} %}}", "1+".repeat(100_000)),
        format!("{{%= {} %}}", "not ".repeat(50_000)),
        format!("{{%= {} %}}", "a ?: ".repeat(50_000)),
        format!("{{%= profile{} %}}", ".x()".repeat(50_000)),
        format!("{{%= profile.a{} %}}", "[1]".repeat(50_000)),
        format!("{{%= {}1 %}}", "-".repeat(100_000)),
        format!("{{%= {} %}}", "[".repeat(100_000)),
        format!("{{%= \"{}\" %}}", "\\q".repeat(100_000)),
        "{% let a = 1 %}".repeat(15_000),
        (0..10_000).map(|at| format!("{{% let v{at} = 1 %}}")).collect(),
    ] {
        let options = ParseOptions {
            max_bytes: usize::MAX,
            ..ParseOptions::default()
        };
        let began = Instant::now();
        let parsed = Template::parse_with(&source, &options);
        assert!(parsed.findings.len() <= 101);
        let _ = parsed.template.check(&Schema::standard());
        let head: String = source.chars().take(20).collect();
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "{head}: {:?}",
            began.elapsed()
        );
    }
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn deep_data_is_cut() {
    let mut deep = json!("end");
    for _ in 0..5_000 {
        deep = Value::Array(vec![deep]);
    }
    let mut map = json!("end");
    for _ in 0..5_000 {
        map = Value::Object([("a".to_owned(), map)].into_iter().collect());
    }
    let profile = Value::Object(
        [("deep".to_owned(), deep), ("map".to_owned(), map)]
            .into_iter()
            .collect(),
    );
    let source = "{{profile.deep}}{{profile.map}}{%= profile.deep = profile.deep %}{%= profile.map = profile.map %}{%= profile.deep.a %}{%= distinct(profile.deep) %}";
    let template = Template::parse(source).template;
    let rendered = template
        .render(&Scope::at(0).profile(&profile), &RenderOptions::default())
        .unwrap();
    assert!(rendered.text.len() < 1_000);
    // Such data cannot be dropped without recursion.
    std::mem::forget(profile);
}

#[test]
fn strange_data_falls_back() {
    let profile = json!({
        "far": "+300000-01-01T00:00:00Z", "millis": 9_000_000_000_000_000_000_i64, "id": 18_446_744_073_709_551_615_u64,
        "huge": 1e308, "nul": "a\u{0}b", "rtl": "שלום 👩‍👩‍👧 x", "null": null, "zero": 0,
        "nan": "NaN", "inf": "Infinity", "notANumber": f64::NAN
    });
    for (source, expected) in [
        (
            r#"{%= formatDate(profile.far, "yyyy") ?: "some day" %}"#,
            "some day",
        ),
        (
            r#"{%= formatDate(toDateTime(profile.millis), "yyyy") ?: "some day" %}"#,
            "some day",
        ),
        (
            r#"{%= addYears("2024-01-01", 99999999999) ?: "never" %}"#,
            "never",
        ),
        (r#"{%= addMonths("2024-01-31", 1) %}"#, "2024-02-29T00:00Z"),
        (r#"{%= setDays("2024-02-01", 31) ?: "none" %}"#, "none"),
        ("{{profile.id}}", "18446744073709551615"),
        ("{%= profile.huge * 10 ?: \"much\" %}", "much"),
        ("{%= 1 / profile.zero ?: \"none\" %}", "none"),
        ("{%= 1 % 0 ?: \"none\" %}", "none"),
        ("{%= 9223372036854775807 + 1 %}", "9223372036854776000"),
        ("{%= -9223372036854775807 - 2 %}", "-9223372036854776000"),
        ("{{profile.nul}}", "a\u{0}b"),
        ("{%= substr(profile.rtl, 5, 6) %}", "👩‍👩‍👧"),
        ("{%= length(profile.rtl) %}", "8"),
        ("{%= upperCase(profile.null) ?: \"x\" %}", "x"),
        ("{%= profile.zero.a.b[3] ?: \"x\" %}", "x"),
        (
            "{%= substr(\"abc\", -5, 99) %}{%= substr(\"abc\", 2, 1) %}",
            "abc",
        ),
        ("{%= mask(\"ab\", 5, 5) %}{%= mask(\"ab\", -1, -1) %}", "abXX"),
        ("{%= toPrecision(1.005, 99) ?: \"x\" %}", "x"),
        ("{%= toInt(profile.nan) ?: \"x\" %}", "x"),
        ("{%= profile.nan * 2 ?: \"x\" %}", "x"),
        ("{%= sum([profile.nan, 1, profile.inf]) %}", "1"),
        ("{%= average([profile.nan]) ?: \"x\" %}", "x"),
        (
            "{%= max([profile.huge, profile.nan, profile.inf]) = profile.nan %}",
            "false",
        ),
        ("{%= stringToNumber(profile.nan) %}", "NaN"),
        ("{%= formatNumber(profile.nan, \"en_US\") ?: \"x\" %}", "x"),
        (
            "{%= sum([profile.huge, profile.huge, profile.huge]) ?: \"much\" %}",
            "much",
        ),
        ("{%= profile.nan < 1 %} {%= profile.nan > 1 %}", "false false"),
        ("{{profile.notANumber ?: \"x\"}}", "x"),
        ("{%= toPercentage(profile.huge) ?: \"x\" %}", "x"),
    ] {
        let parsed = Template::parse(source);
        assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
        let rendered = parsed
            .template
            .render(&Scope::at(0).profile(&profile), &RenderOptions::default());
        assert_eq!(rendered.unwrap().text, expected, "{source}");
    }
}

#[test]
fn a_value_of_ten_megabytes_stops_one_text_with_a_reason() {
    let profile = json!({"big": "aé ".repeat(2_500_000), "tags": vec!["x".repeat(1_000_000); 10]});
    let scope = Scope::at(0).profile(&profile);
    let rendered = |source: &str| {
        let parsed = Template::parse(source);
        assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
        parsed.template.render(&scope, &RenderOptions::default())
    };
    for source in [
        "{{profile.big}}",
        "{{profile.tags}}",
        "{{{profile}}}",
        "a{{#with profile.big}}{{this}}{{/with}}",
    ] {
        assert_eq!(
            rendered(source),
            Err(RenderError::OutputTooLong { limit: 65_536 }),
            "{source}"
        );
    }
    for source in [
        "{%= upperCase(profile.big) %}",
        "{%= replaceAll(profile.big, \"a\", \"b\") %}",
        "{%= concat(profile.big, profile.big) %}",
        "{%= join(split(profile.big, \" \"), \"-\") %}",
        "{%= sha256(profile.big) %}",
        "{%= length(profile.big) %}",
        "{%#if profile.big + \"x\" = profile.big%}{%/if%}",
    ] {
        assert_eq!(
            rendered(source),
            Err(RenderError::TooMuchWork { limit: 4_000_000 }),
            "{source}"
        );
    }
    for (source, text) in [
        ("{%#if profile.big%}yes{%/if%}", "yes"),
        ("{%= isEmpty(profile.big) %}", "false"),
        ("{%= toInt(profile.big) ?: \"none\" %}", "none"),
        ("{%= profile.big * 2 ?: \"none\" %}", "none"),
        ("{%= formatDate(profile.big, \"yyyy\") ?: \"none\" %}", "none"),
        (
            "{%= profile.big = \"a\" %} {%= profile.big < \"b\" %}",
            "false true",
        ),
        ("{%= count(profile.tags) %}", "10"),
    ] {
        assert_eq!(
            rendered(source).map(|rendered| rendered.text),
            Ok(text.to_owned()),
            "{source}"
        );
    }
    // Explaining shows the start of it.
    let explained = Template::parse("{%= isEmpty(profile.big) %}")
        .template
        .explain(&scope, &RenderOptions::default())
        .unwrap();
    assert_eq!(explained.steps[0].fields[0].value.chars().count(), 201);
}

#[test]
fn markup_is_escaped_where_the_text_is_html() {
    let profile = json!({"x": "<b>\"T&C's\"</b>"});
    let template = Template::parse("{{profile.x}}|{{{profile.x}}}|{%= profile.x %}").template;
    let html = RenderOptions {
        escape: Escape::Html,
        ..RenderOptions::default()
    };
    let rendered = template.render(&Scope::at(0).profile(&profile), &html).unwrap();
    let escaped = "&lt;b&gt;&quot;T&amp;C&#x27;s&quot;&lt;/b&gt;";
    assert_eq!(rendered.text, format!("{escaped}|<b>\"T&C's\"</b>|{escaped}"));
}

/// Pieces that templates are made of, so that random ones reach deep into the parser.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "{{",
        "}}",
        "{{{",
        "}}}",
        "{%",
        "%}",
        "{%=",
        "#if ",
        "#each ",
        "#with ",
        "#unless ",
        "/if",
        "/each",
        "else",
        "else if ",
        "let x = ",
        "as |x|",
        "profile",
        ".",
        "name",
        "list",
        "[0]",
        "`",
        "\"",
        "'",
        "\\",
        "(",
        ")",
        ",",
        "?:",
        "=",
        "!=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "and ",
        "not ",
        "1",
        "2.5",
        "56L",
        "true",
        "null",
        "x",
        "this",
        "@index",
        "../",
        "upperCase",
        "sum",
        "topN",
        "formatDate",
        "toDateTime",
        "é",
        "👩‍👧",
        "\n",
        " ",
        "~",
        "{{!--",
        "--}}",
        "!",
        "^",
        "&",
        "now",
        "matches",
        "\"dd/MM/yyyy\"",
        "split",
        "replaceAll",
        "{{#each profile.list as |x|}}",
        "{{/each}}",
        "{{x.name}}",
        "{%= ",
        " %}",
        "(eq ",
        "(and ",
        "\"[^\\\\p{Lu}-]\"",
        "device",
        "as |device now|",
        "offers",
        "{{namme.x}}",
    ];
    prop_oneof![8 => prop::sample::select(words.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_template_is_read_checked_and_rendered_alike_twice(
        pieces in prop::collection::vec(fragment(), 0..40),
        cursor in 0_usize..400,
    ) {
        let source: String = pieces.concat();
        let profile = json!({"name": "Ada", "list": [{"name": "a", "price": 2}, {"name": "b"}], "x": 3});
        let parsed = Template::parse(&source);
        for finding in &parsed.findings {
            prop_assert!(source.is_char_boundary(finding.offset));
            prop_assert!(source.is_char_boundary(finding.offset + finding.length));
            if let Some(fix) = &finding.fix {
                prop_assert!(source.is_char_boundary(fix.offset) && source.is_char_boundary(fix.offset + fix.length));
            }
        }
        let _ = parsed.template.check(&Schema::standard());
        let _ = parsed.template.paths();
        for part in highlight(&source) {
            prop_assert!(source.get(part.offset..part.offset + part.length).is_some());
        }
        let formatted = parsed.template.format();
        prop_assert_eq!(Template::parse(&formatted).is_valid(), parsed.is_valid(), "{}", formatted);
        let _ = complete(&source, cursor, &Schema::standard());
        let scope = Scope::at(1_700_000_000_000).profile(&profile).time_zone("Europe/Paris");
        let limits = RenderLimits { output_bytes: 10_000, loop_turns: 100, work: 100_000 };
        let first = parsed.template.render(&scope, &options(limits));
        prop_assert_eq!(&first, &parsed.template.render(&scope, &options(limits)));
        if let Ok(rendered) = first {
            prop_assert!(rendered.text.len() <= 10_000);
        }
    }
}

#[test]
fn patterns_are_counted_for_each_is_kept_compiled() {
    let most = ParseOptions::default().max_patterns;
    let call = |at: usize| {
        format!("{{%= matches(profile.x, \"\\\\p{{L}}{at}\") %}}{{%= formatDate(now, \"yyyy'{at}'\") %}}")
    };
    let within: String = (0..most / 2).map(call).collect();
    let parsed = Template::parse(&within);
    assert!(parsed.is_valid(), "{:?}", parsed.findings.first());
    let beyond = Template::parse(&(within + &call(most)));
    let codes: Vec<_> = beyond.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, [FindingCode::TooLarge; 2]);
}
