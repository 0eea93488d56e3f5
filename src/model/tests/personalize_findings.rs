//! What authors are told: findings with their place and fix, checks against a schema, gaps.

use heliograph_model::personalize::{
    FieldType, Finding, FindingCode, RenderOptions, Root, Schema, Scope, Template, WarningKind,
};
use serde_json::json;

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

/// The source after the first fix that is offered.
#[track_caller]
fn fixed(source: &str, findings: &[Finding]) -> String {
    let fix = findings
        .iter()
        .find_map(|finding| finding.fix.as_ref())
        .expect("a fix");
    let mut text = source.to_owned();
    text.replace_range(fix.offset..fix.offset + fix.length, &fix.replacement);
    text
}

#[track_caller]
fn assert_error(source: &str, code: FindingCode, message: &str) {
    let parsed = Template::parse(source);
    let finding = parsed.findings.iter().find(|finding| finding.code == code);
    let finding = finding.unwrap_or_else(|| panic!("{source}: {:?}", parsed.findings));
    assert!(finding.message.contains(message), "{source}: {}", finding.message);
    assert!(!parsed.is_valid());
}

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
fn unknown_fields_are_errors_with_the_nearest_name() {
    let schema = Schema::standard();
    let source = "{{profile.person.name.fristName}}";
    let findings = Template::parse(source).template.check(&schema);
    let error = findings.iter().find(|finding| finding.is_error()).unwrap();
    assert_eq!(
        error.message,
        "profile.person.name.fristName is not a known field; did you mean firstName?"
    );
    assert_eq!(&source[error.offset..error.offset + error.length], "fristName");
    assert_eq!(
        fixed(source, std::slice::from_ref(error)),
        "{{profile.person.name.firstName}}"
    );
    let near = Template::parse("{{context.jorney.x ?: 0}}")
        .template
        .check(&schema);
    assert_eq!(
        near[0].message,
        "context.jorney is not a known field; did you mean journey?"
    );
    assert!(!near[0].is_error());
    // What an event carries is not known in advance.
    let open = Template::parse("{{context.journey.events.order.total ?: 0}}").template;
    assert_eq!(open.check(&schema), []);
}

#[test]
fn types_are_checked() {
    let schema = Schema::standard()
        .field("profile.cart[].price", FieldType::Number, "Price")
        .field("profile.vip", FieldType::Boolean, "VIP");
    for (source, code) in [
        (
            "{{#each profile.person.gender}}x{{/each}}",
            FindingCode::WrongType,
        ),
        ("{%= sum(profile.loyalty.points) ?: 0 %}", FindingCode::WrongType),
        (
            "{%= upperCase(profile.person.name) ?: 0 %}",
            FindingCode::WrongType,
        ),
        ("{%= profile.person.name + 1 ?: 0 %}", FindingCode::WrongType),
        ("{%= addDays(profile.vip, 1) ?: 0 %}", FindingCode::WrongType),
        ("{%#if profile.vip = \"true\"%}x{%/if%}", FindingCode::WrongType),
        ("{{profile.person.gender.x ?: 0}}", FindingCode::UnknownField),
        (
            "{{#each profile.cart as |x|}}{{x.prize ?: 0}}{{/each}}",
            FindingCode::UnknownField,
        ),
        (
            "{%= topN(profile.cart, prize, 2).count() %}",
            FindingCode::UnknownField,
        ),
        (
            "{%= head(topN(profile.cart, price, 2)).prize ?: 0 %}",
            FindingCode::UnknownField,
        ),
        ("{% let x = 1 %}", FindingCode::UnusedVariable),
        ("{%#if false%}x{%/if%}", FindingCode::UnreachableBranch),
        (
            "Hi {{profile.person.name.firstName}}",
            FindingCode::MissingFallback,
        ),
        // Whoever entered with an event entered with no audience.
        ("From {{audience.name}}", FindingCode::MissingFallback),
        // What no push is told is no field.
        ("{{device.model}}", FindingCode::UnknownField),
        (
            "{{context.journey.actions.weather.sky}}",
            FindingCode::UnknownField,
        ),
    ] {
        let parsed = Template::parse(source);
        assert_eq!(parsed.findings, [], "{source}");
        assert_eq!(codes(&parsed.template.check(&schema)), [code], "{source}");
    }
    for source in [
        "{%= sum(profile.cart.price) ?: 0 %}",
        "{{#each profile.cart as |x|}}{{x.price ?: 0}}{{/each}}",
        "{%= head(topN(profile.cart, price, 2)).price ?: 0 %}",
        "{%#if profile.person.gender%}{{profile.person.gender}}{%/if%}",
        "{%#if profile.loyalty.tier = \"gold\" and profile.vip%}{{profile.loyalty.tier}}{%/if%}",
        "{{#with profile.person.name}}{{firstName ?: \"you\"}}{{/with}}",
        "{{app.name}} {{device.platform}} {{context.journey.technicalProperties.journeyVersionName}}",
    ] {
        assert_eq!(
            codes(&Template::parse(source).template.check(&schema)),
            [],
            "{source}"
        );
    }
}

/// Journey Optimizer loops over `profile.homeAddress.city` on its page of helpers: a single value is a list of one.
#[test]
fn a_single_value_counts_as_a_list_of_one() {
    for (source, says) in [
        (
            "{{#each profile.homeAddress.city}}{{@index}} : {{this}}{{/each}}",
            "#each goes over a list, and this is a text: its part is there once.",
        ),
        (
            "{%= sum(profile.loyalty.points) ?: 0 %}",
            "sum takes a list here, and this is a number: it counts as a list of one.",
        ),
        (
            "{%= count(profile.loyalty.points) %}",
            "count takes a list here, and this is a number: it counts as a list of one.",
        ),
        (
            "{%= join(profile.homeAddress.city, \", \") ?: \"\" %}",
            "join takes a list here, and this is a text: it counts as a list of one.",
        ),
        (
            "{%= includes(profile.person.gender, \"f\") %}",
            "includes takes a list here, and this is a text: it counts as a list of one.",
        ),
    ] {
        let findings = Template::parse(source).template.check(&Schema::standard());
        let told: Vec<_> = findings
            .iter()
            .map(|finding| (finding.is_error(), finding.message.as_str()))
            .collect();
        assert_eq!(told, [(false, says)], "{source}");
    }
    // A text joins what stands beside it.
    let joined = Template::parse("{%= \"Tags: \" + profile.tags %}").template;
    let schema = Schema::empty().field("profile.tags[]", FieldType::Text, "Tags");
    assert!(
        joined
            .check(&schema)
            .iter()
            .all(|finding| finding.code == FindingCode::MissingFallback)
    );
}

#[test]
fn many_warnings_forbid_nothing_and_hide_no_error() {
    let warnings = "{%= formatDate(profile.x, \"dd/MM/YYYY\") %}".repeat(150);
    let parsed = Template::parse(&warnings);
    assert!(parsed.is_valid());
    assert_eq!(parsed.findings.len(), 101);
    let last = parsed.findings.last().unwrap();
    assert_eq!(last.code, FindingCode::TooManyFindings);
    assert!(!last.is_error(), "{}", last.message);
    let unknown = format!("{warnings}{{{{profil.x}}}}");
    let parsed = Template::parse(&unknown);
    assert!(!parsed.is_valid());
    let errors: Vec<_> = parsed
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].message, "profil is not known; did you mean profile?");
    let gaps = "{{profile.person.name.firstName}}".repeat(150);
    let found = Template::parse(&gaps).template.check(&Schema::standard());
    assert!(found.iter().all(|finding| !finding.is_error()));
    let errors = Template::parse(&"{{profil.x}}".repeat(150)).findings;
    assert!(errors.iter().all(Finding::is_error));
    assert_eq!(errors.len(), 101);
}

/// Journey Optimizer knows no `audience`, `device`, `app` or `now`, so that templates from there may name their own things so.
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
fn a_slip_in_the_name_of_a_variable_is_no_field() {
    let schema = Schema::standard().field("profile.cart[].produkt", FieldType::Text, "Product");
    let source = "{{#each context.journey.events.order.items as |product|}}{{prodcut.name ?: \"\"}}{{/each}}";
    let findings = Template::parse(source).template.check(&schema);
    assert_eq!(codes(&findings), [FindingCode::UnknownName]);
    assert!(!findings[0].is_error());
    assert_eq!(
        findings[0].message,
        "prodcut is taken as a field of the current item; did you mean the variable product?"
    );
    assert_eq!(fixed(source, &findings), source.replace("prodcut", "product"));
    for source in [
        // A field that is known, names that are not alike, one in the plural, and one that is nearly a root's.
        "{{#each profile.cart as |product|}}{{produkt ?: \"\"}}{{/each}}",
        "{{#each context.journey.events.order.items as |product|}}{{price ?: \"\"}}{{/each}}",
        "{{#each context.journey.events.order.items as |item|}}{{items ?: \"\"}}{{/each}}",
        "{{#each context.journey.events.order.items as |x|}}{{y ?: \"\"}}{{/each}}",
        "{{#each context.journey.events.order.items}}{{content.title ?: \"\"}}{{offer.price ?: \"\"}}{{/each}}",
    ] {
        assert_eq!(Template::parse(source).template.check(&schema), [], "{source}");
    }
}

#[test]
fn inside_a_loop_a_slip_in_a_root_and_what_is_not_here_are_no_fields() {
    let schema = Schema::standard();
    let inside =
        |text: &str| format!("{{{{#each context.journey.events.cart.items as |o|}}}}{text}{{{{/each}}}}");
    let source = inside("{{profle.person.name.firstName ?: \"\"}}");
    let findings = Template::parse(&source).template.check(&schema);
    assert_eq!(
        findings[0].message,
        "profle is taken as a field of the current item; did you mean profile?"
    );
    assert_eq!(fixed(&source, &findings), source.replace("profle", "profile"));
    for path in ["offers.text.x", "decisionPolicy.p1.items"] {
        let source = inside(&format!("{{{{{path} ?: \"\"}}}}"));
        let findings = Template::parse(&source).template.check(&schema);
        assert_eq!(codes(&findings), [FindingCode::UnknownName], "{source}");
        assert!(
            findings[0]
                .message
                .contains("there are no offers and decisions here")
        );
    }
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

#[test]
fn branches_that_are_never_taken_are_named() {
    for (source, message) in [
        (
            "{%#if 1 > 2%}a{%/if%}",
            "This is always false; the branch is never taken.",
        ),
        (
            "{%#if not(\"a\" = \"a\")%}a{%else%}b{%/if%}",
            "This is always false; the branch is never taken.",
        ),
        (
            "{%#if profile.a or true%}a{%else%}b{%/if%}",
            "This is always true; the else is never taken.",
        ),
        (
            "{%#if profile.a and false%}a{%/if%}",
            "This is always false; the branch is never taken.",
        ),
        (
            "{%#if profile.a = 1%}a{%else if profile.b%}b{%else if profile.a  = 1%}c{%/if%}",
            "This was asked before in the same chain; the branch is never taken.",
        ),
        (
            "{{#each [] as |x|}}{{x}}{{/each}}",
            "This list is always empty; the loop is never entered.",
        ),
    ] {
        let parsed = Template::parse(source);
        let findings = parsed.template.check(&Schema::any());
        assert_eq!(
            codes(&findings),
            [FindingCode::UnreachableBranch],
            "{source}: {findings:?}"
        );
        assert_eq!(findings[0].message, message, "{source}");
    }
    for source in [
        "{%#if profile.a = 1%}a{%/if%}{%#if profile.a = 1%}b{%/if%}",
        "{%#if random() < 0.5%}a{%else if random() < 0.5%}b{%else%}c{%/if%}",
        "{%#if profile.a%}a{%else if profile.b%}b{%else%}{%#if profile.c%}c{%/if%}{%/if%}",
    ] {
        let findings = Template::parse(source).template.check(&Schema::any());
        assert_eq!(findings, [], "{source}");
    }
}

#[test]
fn a_missing_fallback_is_one_edit_away() {
    let source = "Hi {{profile.person.name.firstName}}";
    let findings = Template::parse(source).template.check(&Schema::standard());
    let repaired = fixed(source, &findings);
    assert_eq!(repaired, "Hi {{profile.person.name.firstName ?: \"\"}}");
    assert_eq!(Template::parse(&repaired).template.check(&Schema::standard()), []);
}

#[test]
fn gaps_are_reported() {
    let profile = json!({"name": "", "city": "Bonn", "bad": "soon"});
    let scope = Scope::at(0).profile(&profile);
    let fields = |source: &str| {
        let rendered = Template::parse(source)
            .template
            .render(&scope, &RenderOptions::default())
            .unwrap();
        rendered
            .warnings
            .into_iter()
            .map(|warning| (warning.kind, warning.field))
            .collect::<Vec<_>>()
    };
    let empty = |field: &str| (WarningKind::EmptyField, field.to_owned());
    assert_eq!(
        fields("{{profile.name}} {{profile.name}}"),
        [empty("profile.name"), empty("profile.name")]
    );
    assert_eq!(fields("{{profile.first ?: profile.city}}"), []);
    assert_eq!(
        fields("{{profile.first ?: profile.last}}"),
        [empty("profile.last")]
    );
    assert_eq!(fields("{%#if profile.first = null%}{{profile.city}}{%/if%}"), []);
    assert_eq!(
        fields("{%= concat(profile.city, profile.first) %}"),
        [empty("profile.first")]
    );
    assert_eq!(
        fields("{% let n = profile.first %}{{n ?: 1}}{{n}}"),
        [empty("profile.first")]
    );
    assert_eq!(fields("{%= isEmpty(profile.first) %}"), []);
    assert_eq!(fields("{%= toBool(profile.first) %}"), []);
    assert_eq!(
        fields("{%= addDays(profile.bad, 1) ?: \"\" %}"),
        [(
            WarningKind::FailedConversion,
            "addDays(profile.bad, 1)".to_owned()
        )]
    );
}
