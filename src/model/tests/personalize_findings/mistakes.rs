//! Mistakes in a template, each with its place and, where there is one, its fix.

use super::*;

#[test]
fn mistakes_are_named() {
    for (source, code, message) in [
        ("Hi {{profile.name", FindingCode::UnclosedTag, "}} is missing"),
        ("{%= \"abc %}", FindingCode::UnclosedString, "\" is missing"),
        (
            "{{#if profile.x}}a",
            FindingCode::UnclosedBlock,
            "{{/if}} is missing",
        ),
        (
            "{%#if profile.x%}a",
            FindingCode::UnclosedBlock,
            "{%/if%} is missing",
        ),
        ("{{/if}}", FindingCode::UnexpectedClose, "no open #if"),
        (
            "{{#each profile.x}}{{#if profile.y}}{{/each}}",
            FindingCode::CrossedBlocks,
            "#if is not closed",
        ),
        (
            "{{#if profile.x}}{{/each}}{{/if}}",
            FindingCode::UnexpectedClose,
            "the open block is #if",
        ),
        ("{{else}}", FindingCode::UnexpectedElse, "outside a block"),
        (
            "{{#if profile.x}}{{else}}{{else}}{{/if}}",
            FindingCode::UnexpectedElse,
            "already had",
        ),
        (
            "{{#iff profile.x}}{{/iff}}",
            FindingCode::UnknownHelper,
            "did you mean if?",
        ),
        ("{% if profile.x %}", FindingCode::UnsupportedSyntax, "{%#if%}"),
        ("{% profile.x %}", FindingCode::UnsupportedSyntax, "{%= … %}"),
        ("{{}}", FindingCode::ExpectedExpression, "missing"),
        ("{%= 1 + %}", FindingCode::ExpectedExpression, "missing"),
        (
            "{%= profile. %}",
            FindingCode::ExpectedExpression,
            "after the dot",
        ),
        (
            "{%= profile.x profile.y %}",
            FindingCode::UnexpectedToken,
            "does not belong here",
        ),
        ("{%= profile.x == 1 %}", FindingCode::UnexpectedToken, "single ="),
        ("{%= true && false %}", FindingCode::UnexpectedToken, "and"),
        ("{%= (1 %}", FindingCode::UnexpectedToken, ") is missing"),
        ("{%= 1) %}", FindingCode::UnexpectedToken, "closes nothing"),
        ("{%= a ; b %}", FindingCode::InvalidCharacter, ";"),
        (r#"{%= "\d" %}"#, FindingCode::InvalidEscape, "twice"),
        (
            "{%= 99999999999999999999 %}",
            FindingCode::InvalidNumber,
            "too large",
        ),
        (
            "{%= uperCase(profile.x) %}",
            FindingCode::UnknownFunction,
            "did you mean upperCase?",
        ),
        (
            "{%= upperCase() %}",
            FindingCode::WrongArgumentCount,
            "takes 1 argument, not 0",
        ),
        (
            "{%= substr(\"a\") %}",
            FindingCode::WrongArgumentCount,
            "2 to 3 arguments",
        ),
        (
            "{{person.name}}",
            FindingCode::UnknownName,
            "did you mean profile.person?",
        ),
        (
            "{{profil.name}}",
            FindingCode::UnknownName,
            "did you mean profile?",
        ),
        ("{%= profile.my-field %}", FindingCode::UnknownName, "`my-field`"),
        (
            "{{upperCase profile.x}}",
            FindingCode::UnknownName,
            "upperCase(text)",
        ),
        (
            "{%= now() %}",
            FindingCode::UnknownFunction,
            "getCurrentZonedDateTime",
        ),
        (
            "{{fragment id='a' mode='inline'}}",
            FindingCode::UnknownFragment,
            "no fragment",
        ),
        ("{{this}}", FindingCode::UnknownName, "inside #each"),
        ("{{@index}}", FindingCode::UnknownName, "inside #each"),
        ("{% let profile = 1 %}", FindingCode::ReservedName, "another name"),
        (
            r#"{%= matches(profile.x, "(") %}"#,
            FindingCode::InvalidArgument,
            "not a regular expression",
        ),
        (
            r#"{%= matches(profile.x, "(?=a)") %}"#,
            FindingCode::InvalidArgument,
            "looking ahead",
        ),
        (
            r#"{%= formatDate(profile.x, "yyyy-MM-ddTHH:mm") %}"#,
            FindingCode::InvalidArgument,
            "'T'",
        ),
        (
            r#"{%= convertZonedDateTime(profile.x, "Mars/Base") %}"#,
            FindingCode::InvalidArgument,
            "not a time zone",
        ),
        (
            r#"{%= formatDate(profile.x, "pH:mm") %}"#,
            FindingCode::InvalidArgument,
            "The letter p, which pads",
        ),
        ("{{{profile.x}}", FindingCode::UnclosedTag, "only two braces"),
        (
            "{{offers.placement.title}}",
            FindingCode::UnknownName,
            "there are no offers and decisions here",
        ),
        (
            "{{profile.city|fragment id='ajo:footer'}}",
            FindingCode::UnexpectedToken,
            "{{fragment id='…' field=value}}",
        ),
        ("{{> header}}", FindingCode::UnknownFragment, "no fragment"),
    ] {
        assert_error(source, code, message);
    }
}

#[test]
fn what_other_languages_write_is_mended_by_its_fix() {
    for (source, mended) in [
        ("{% set x = 1 %}{{x}}", "{% let x = 1 %}{{x}}"),
        (
            "{%#if profile.a%}a{%#elseif profile.b%}b{%# else %}c{%/if%}",
            "{%#if profile.a%}a{%else if profile.b%}b{%else %}c{%/if%}",
        ),
        ("{%= profile.a ?: “x” %}", "{%= profile.a ?: \"x\" %}"),
        ("{%= profile.a = ‘x’ %}", "{%= profile.a = \"x\" %}"),
        ("{{#if profile.a == 1}}x{{/if}}", "{{#if profile.a = 1}}x{{/if}}"),
        (
            "{{#if (eq profile.a \"b\")}}x{{/if}}",
            "{{#if (profile.a = \"b\")}}x{{/if}}",
        ),
        (
            "{{#if (and (gte profile.a -1) (ne profile.b.c 'x'))}}x{{else if (lt profile.a 2)}}y{{/if}}",
            "{{#if ((profile.a >= -1) and (profile.b.c != 'x'))}}x{{else if (profile.a < 2)}}y{{/if}}",
        ),
        (
            "{{#unless (or profile.a profile.b profile.c)}}x{{/unless}}",
            "{{#unless (profile.a or profile.b or profile.c)}}x{{/unless}}",
        ),
        ("{%= (upperCase profile.a) %}", "{%= upperCase(profile.a) %}"),
        ("{{executionMetadata key=\"k\" value=profile.a}}Hi", "Hi"),
    ] {
        let mut text = source.to_owned();
        // A fix may bring the next one to light.
        for _ in 0..4 {
            let parsed = Template::parse(&text);
            let Some(fix) = parsed.findings.iter().find_map(|finding| finding.fix.as_ref()) else {
                break;
            };
            text = fix.apply(&text).unwrap();
        }
        assert_eq!(text, mended);
        assert!(Template::parse(&text).is_valid(), "{text}");
    }
    for (source, says) in [
        (
            "{{#foreach profile.list as |x|}}{{/foreach}}",
            "did you mean each?",
        ),
        (
            "{%= if(profile.a, 1, 2) %}",
            "if is a block, and no function: {%#if …%}…{%/if%}.",
        ),
        (
            "{{#if (eq profile.a \"b\")}}{{/if}}",
            "eq does not stand before its values here; write profile.a = \"b\".",
        ),
        ("{%= profile.a ? 1 : 2 %}", "A choice is written {%#if …%}"),
        ("{{profile.a | upcase}}", "a function around it: upperCase(…)"),
        (
            "{{datasetLookup datasetId=\"d\" id=\"i\" result=\"r\"}}",
            "There are no data sets to look up here",
        ),
        ("{{encrypt key=\"k\"}}", "belongs to emails"),
    ] {
        let found = &Template::parse(source).findings[0];
        assert!(found.message.contains(says), "{source}: {}", found.message);
    }
}

#[test]
fn a_long_name_of_a_zone_is_said_to_be_short() {
    for letters in ["zzzz", "vvvv"] {
        let parsed = Template::parse(&format!("{{%= formatDate(now, \"HH:mm {letters}\") %}}"));
        assert_eq!(codes(&parsed.findings), [FindingCode::MisleadingPattern]);
        assert!(parsed.is_valid());
        assert!(parsed.findings[0].message.contains("Java prints the long one"));
    }
}

#[test]
fn every_mistake_is_found_at_its_place() {
    let source = "Grüße {{profil.x}}\n{{#if profile.a}}{%= uper(1) %}\n{%= 1 + %}";
    let parsed = Template::parse(source);
    let found: Vec<_> = parsed
        .findings
        .iter()
        .map(|finding| (finding.line, finding.column, finding.code))
        .collect();
    assert_eq!(
        found,
        [
            (1, 9, FindingCode::UnknownName),
            (2, 1, FindingCode::UnclosedBlock),
            (2, 22, FindingCode::UnknownFunction),
            (3, 9, FindingCode::ExpectedExpression),
        ]
    );
    let name = &parsed.findings[0];
    assert_eq!(&source[name.offset..name.offset + name.length], "profil");
}

#[test]
fn fixes_put_things_right() {
    for (source, expected) in [
        ("{%= profile.x == 1 %}", "{%= profile.x = 1 %}"),
        ("{{profil.x}}", "{{profile.x}}"),
        ("{{person.name}}", "{{profile.person.name}}"),
        ("{{#if profile.x}}a", "{{#if profile.x}}a{{/if}}"),
        (r#"{%= "\d" %}"#, r#"{%= "\\d" %}"#),
        ("{% profile.x %}", "{%= profile.x %}"),
        ("{%= profile.my-own-field.x %}", "{%= profile.`my-own-field`.x %}"),
        ("{{{profile.x}}", "{{{profile.x}}}"),
        (
            r#"{%= formatDate(profile.x, "dd/MM/YYYY") %}"#,
            r#"{%= formatDate(profile.x, "dd/MM/yyyy") %}"#,
        ),
    ] {
        let repaired = fixed(source, &Template::parse(source).findings);
        assert_eq!(repaired, expected);
        assert_eq!(Template::parse(&repaired).findings, [], "{repaired}");
    }
}

#[test]
fn only_what_every_template_needs_is_reserved() {
    let profile = json!({"devices": [{"name": "Watch", "app": {"name": "Run"}}, {"name": "Phone"}]});
    let (device, app) = (json!({"platform": "ios"}), json!({"name": "Trailhead"}));
    let scope = Scope::at(0).profile(&profile).device(&device).app(&app);
    for (source, text) in [
        ("{% let now = \"later\" %}{{now}}", "later"),
        (
            "{% let audience = profile.devices %}{{audience.name}}",
            "Watch, Phone",
        ),
        (
            "{{#each profile.devices as |device|}}{{device.name}} {{/each}}{{device.platform}}",
            "Watch Phone ios",
        ),
        (
            "{{#each profile.devices as |app now|}}{{now}}{{app.name}} {{/each}}",
            "0Watch 1Phone ",
        ),
        // A field of the item is nearer than what the template is given.
        (
            "{{#each profile.devices}}{{app.name}} {{/each}}",
            "Run Trailhead ",
        ),
        (
            "{{#with profile.devices[0]}}{{name}} {{device.platform}}{{/with}}",
            "Watch ios",
        ),
    ] {
        let parsed = Template::parse(source);
        assert_eq!(parsed.findings, [], "{source}");
        let rendered = parsed.template.render(&scope, &RenderOptions::default()).unwrap();
        assert_eq!(rendered.text, text, "{source}");
        let schema = Schema::standard().learn(Root::Profile, &profile);
        let errors: Vec<_> = parsed
            .template
            .check(&schema)
            .into_iter()
            .filter(Finding::is_error)
            .collect();
        assert_eq!(errors, [], "{source}");
        let unknown = Schema::standard().open("profile");
        let errors: Vec<_> = parsed
            .template
            .check(&unknown)
            .into_iter()
            .filter(Finding::is_error)
            .collect();
        assert_eq!(errors, [], "{source}");
    }
    for name in ["profile", "context", "this"] {
        assert_error(
            &format!("{{% let {name} = 1 %}}"),
            FindingCode::ReservedName,
            "another name",
        );
        assert_error(
            &format!("{{{{#each profile.x as |{name}|}}}}{{{{/each}}}}"),
            FindingCode::ReservedName,
            "another name",
        );
    }
    let schema = Schema::standard().learn(Root::Profile, &profile);
    let source = "{{#each profile.devices}}{{device.platfrm}}{{app.nme}}{{/each}}";
    let found = Template::parse(source).template.check(&schema);
    let errors: Vec<_> = found
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(
        errors,
        [
            "device.platfrm is not a known field; did you mean platform?",
            "profile.devices.app.nme is not a known field; did you mean name?"
        ]
    );
}

#[test]
fn a_function_of_another_unit_is_not_what_was_meant() {
    let says = |source: &str| Template::parse(source).findings[0].message.clone();
    assert_eq!(
        says("{%= truncateToStartOfMonth(now) %}"),
        "There is no function truncateToStartOfMonth."
    );
    assert!(says("{%= diffInHour(now, now) %}").ends_with("did you mean diffInHours?"));
}
