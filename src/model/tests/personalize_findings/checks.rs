//! What a template is told against the fields that exist: unknown fields, types, branches, gaps.

use super::*;

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
