//! How a text came about, and the canonical layout.

use heliograph_model::personalize::{Because, RenderOptions, Root, Schema, Scope, StepKind, Template};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn each_value_and_each_branch_is_explained() {
    let source = "{% let name = profile.name ?: \"you\" %}{%#if profile.tier = \"gold\" and profile.points > 5%}A{%else%}Hi {{name}}{%/if%}{{#each profile.cart as |x|}}{{x.label}}{{/each}}";
    let profile = json!({"tier": "silver", "points": 9, "cart": [{"label": "Boots"}]});
    let template = Template::parse(source).template;
    let scope = Scope::at(0).profile(&profile);
    let explanation = template.explain(&scope, &RenderOptions::default()).unwrap();
    assert_eq!(
        explanation.rendered,
        template.render(&scope, &RenderOptions::default()).unwrap()
    );
    let steps: Vec<_> = explanation
        .steps
        .iter()
        .map(|step| {
            let fields: Vec<_> = step
                .fields
                .iter()
                .map(|field| format!("{}={}", field.field, field.value))
                .collect();
            (
                step.kind.clone(),
                step.expression.as_str(),
                step.value.as_str(),
                fields.join(" "),
            )
        })
        .collect();
    let condition = "profile.tier = \"gold\" and profile.points > 5";
    assert_eq!(
        steps,
        [
            (
                StepKind::Variable {
                    name: "name".to_owned()
                },
                "profile.name ?: \"you\"",
                "you",
                "profile.name=".to_owned()
            ),
            (
                StepKind::Condition {
                    holds: false,
                    shown: false
                },
                condition,
                "false",
                "profile.tier=silver profile.points=9".to_owned()
            ),
            (StepKind::Printed, "name", "you", "name=you".to_owned()),
            (
                StepKind::Loop { items: 1 },
                "profile.cart",
                "{\"label\":\"Boots\"}",
                "profile.cart={\"label\":\"Boots\"}".to_owned()
            ),
            (StepKind::Printed, "x.label", "Boots", "x.label=Boots".to_owned()),
        ]
    );
    assert!(explanation.steps[0].fields[0].empty);
}

#[test]
fn what_failed_is_said_in_its_step() {
    let source = "{{profile.name}}{% let due = stringToDate(profile.due) %}{%#if profile.points * 2 > 5%}A{%/if%}\
        {{#each profile.prices as |price|}}{%= price + 1 %}{{/each}}{{profile.name}}";
    let profile = json!({"name": "Ada", "due": "soon", "points": {}, "prices": [1, true, [2]]});
    let explanation = Template::parse(source)
        .template
        .explain(&Scope::at(0).profile(&profile), &RenderOptions::default())
        .unwrap();
    let steps: Vec<_> = explanation
        .steps
        .iter()
        .map(|step| {
            (
                step.expression.as_str(),
                step.value.as_str(),
                step.failures.join(" "),
            )
        })
        .collect();
    assert_eq!(
        steps,
        [
            ("profile.name", "Ada", String::new()),
            (
                "stringToDate(profile.due)",
                "",
                "stringToDate(profile.due): \"soon\" is not a date.".to_owned()
            ),
            (
                "profile.points * 2 > 5",
                "false",
                "profile.points * 2: an object is not a number.".to_owned()
            ),
            ("profile.prices", "1, true, 2", String::new()),
            ("price + 1", "2", String::new()),
            ("price + 1", "2", String::new()),
            ("price + 1", "", "price + 1: a list is not a number.".to_owned()),
            ("profile.name", "Ada", String::new()),
        ]
    );
    let failures = explanation.steps.iter().flat_map(|step| &step.failures);
    let warnings = explanation.rendered.warnings.iter();
    assert!(failures.eq(warnings.map(|warning| &warning.message)));
}

#[test]
fn each_step_is_told_in_plain_words() {
    let source = "{% let name = profile.name ?: profile.nick ?: \"you\" %}{{name}}{%#if profile.points > 5%}A{%/if%}\
        {%#unless profile.vip%}B{%/unless%}{%#if profile.tier%}C{%/if%}{{#each profile.cart as |x|}}D{{/each}}\
        {{#each profile.gone as |x|}}E{{/each}}{{profile.gone}}{%= profile.name ?: profile.gone %}\
        {%= formatDate(stringToDate(profile.tier), \"yyyy\") ?: \"soon\" %}";
    let profile = json!({"tier": "silver", "points": 9, "cart": [1, 2]});
    let explanation = Template::parse(source)
        .template
        .explain(&Scope::at(0).profile(&profile), &RenderOptions::default())
        .unwrap();
    let told: Vec<String> = explanation
        .steps
        .iter()
        .map(|step| {
            let words = step.in_words();
            let because = words.because.iter().map(|one| match one {
                Because::Of { about, says } => format!(" {about} {says}"),
                Because::Failed(sentence) => format!(" Failed: {sentence}"),
            });
            format!("{} {}", words.about, words.says) + &because.collect::<String>()
        })
        .collect();
    assert_eq!(explanation.rendered.text, "youABCDDsoon");
    assert_eq!(
        told,
        [
            "name is set to “you”. profile.name ?: profile.nick ?: \"you\" gives it. \
             profile.nick is empty, so “you” stands in. profile.name is empty, so “you” stands in.",
            "name gives “you”.",
            "profile.points > 5 holds, so its part is shown. profile.points is “9”.",
            "profile.vip is empty, so its part is shown.",
            "profile.tier is “silver”, so its part is shown.",
            "profile.cart has 2 items: its part is there for each.",
            "profile.gone has no items, so its part is left out.",
            "profile.gone is empty: nothing is printed.",
            "profile.name ?: profile.gone gives nothing. profile.name is empty. profile.gone is empty.",
            "formatDate(stringToDate(profile.tier), \"yyyy\") ?: \"soon\" gives “soon”. profile.tier is “silver”. \
             Failed: stringToDate(profile.tier): \"silver\" is not a date. \
             formatDate(stringToDate(profile.tier), \"yyyy\") is empty, so “soon” stands in.",
        ]
    );
}

#[test]
fn what_follows_a_long_loop_is_explained() {
    let source = "{{#each profile.list}}{{b}}{%#if b > 1%}!{%/if%}{{/each}}{{profile.name ?: \"you\"}}{{profile.list[0].b}}";
    let list: Vec<_> = (0..2_000).map(|b| json!({"b": b})).collect();
    let profile = json!({"list": list});
    let explanation = Template::parse(source)
        .template
        .explain(&Scope::at(0).profile(&profile), &RenderOptions::default())
        .unwrap();
    let count = |expression: &str| {
        explanation
            .steps
            .iter()
            .filter(|step| step.expression == expression)
            .count()
    };
    assert_eq!((count("profile.list"), count("b"), count("b > 1")), (1, 10, 10));
    let last: Vec<_> = explanation
        .steps
        .iter()
        .rev()
        .take(2)
        .map(|step| step.value.as_str())
        .collect();
    assert_eq!(last, ["0", "you"]);
    assert_eq!(explanation.steps[21].stood_in.len(), 1);
    assert_eq!(explanation.left_out, 2 * 1_990);
    // A template without loops is explained up to a bound.
    let long = "{{profile.name ?: 1}}".repeat(600);
    let explanation = Template::parse(&long)
        .template
        .explain(&Scope::at(0), &RenderOptions::default())
        .unwrap();
    assert_eq!((explanation.steps.len(), explanation.left_out), (500, 100));
}

#[test]
fn explaining_stops_no_text() {
    let source = "{{#each [1, 2, 3, 4, 5]}}{%= count(profile.list.b) %}{{/each}}";
    let list: Vec<_> = (0..1_000).map(|b| json!({"b": b})).collect();
    let profile = json!({"list": list});
    let scope = Scope::at(0).profile(&profile);
    let template = Template::parse(source).template;
    let mut options = RenderOptions::default();
    // The least work with which the text can be made.
    let (mut too_little, mut enough) = (0, options.limits.work);
    while enough - too_little > 1 {
        options.limits.work = (too_little + enough) / 2;
        match template.render(&scope, &options) {
            Ok(_) => enough = options.limits.work,
            Err(_) => too_little = options.limits.work,
        }
    }
    options.limits.work = enough;
    let explanation = template.explain(&scope, &options).unwrap();
    assert_eq!(explanation.rendered, template.render(&scope, &options).unwrap());
    assert_eq!(explanation.steps.len() + explanation.left_out, 6);
}

#[test]
fn a_bare_property_is_among_the_fields() {
    let profile = json!({"cart": [{"price": 3, "n": "a"}, {"price": 5, "n": "b"}]});
    let explanation = Template::parse("{%= topN(profile.cart, price, 1)[0].n %}")
        .template
        .explain(&Scope::at(0).profile(&profile), &RenderOptions::default())
        .unwrap();
    let fields: Vec<_> = explanation.steps[0]
        .fields
        .iter()
        .map(|field| (field.field.as_str(), field.value.as_str()))
        .collect();
    assert_eq!(fields[1], ("profile.cart.price", "3, 5"));
    assert_eq!(fields.len(), 2);
}

#[test]
fn tags_are_laid_out_alike() {
    for (source, expected) in [
        ("a {{  profile.x  }} b", "a {{profile.x}} b"),
        ("{%=profile.x?:\"there\"%}", "{%= profile.x ?: \"there\" %}"),
        (
            "{%let sum=sum(profile.a)+ -1 %}{{ sum }}",
            "{% let sum = sum(profile.a) + -1 %}{{sum}}",
        ),
        (
            "{%# if  profile.a>1 and not(profile.b) %}x{% else  if true%}y{% else %}z{%/ if %}",
            "{%#if profile.a > 1 and not (profile.b)%}x{%else if true%}y{%else%}z{%/if%}",
        ),
        (
            "{{# each profile.a  as | x  i | }}{{x . b [ 0 ]}}{{/ each}}",
            "{{#each profile.a as |x i|}}{{x.b[0]}}{{/each}}",
        ),
        ("{%= in (profile.a,[ 1,2 ]) %}", "{%= in(profile.a, [1, 2]) %}"),
        (
            "{{{ profile.a }}}{{& profile.b}}",
            "{{{profile.a}}}{{{profile.b}}}",
        ),
        (
            "a {{~ profile.a ~}} b{{! as  it is }}",
            "a {{~profile.a~}} b{{! as  it is }}",
        ),
        (
            "{%= !profile.a - - 3 * ( 1-2 )%4 %}",
            "{%= !profile.a - -3 * (1 - 2) % 4 %}",
        ),
        (r"\{{raw}} {{ profile.a }}", r"\{{raw}} {{profile.a}}"),
        (
            "{{profile.a-b}}{%= profile.`a b` . get( \"x\" ) %}",
            "{{profile.a-b}}{%= profile.`a b`.get(\"x\") %}",
        ),
        ("{{ profile", "{{ profile"),
        ("{%= 3 *4 .5 %}", "{%= 3 * 4 .5 %}"),
    ] {
        let formatted = Template::parse(source).template.format();
        assert_eq!(formatted, expected);
        assert_eq!(Template::parse(&formatted).template.format(), expected);
    }
}

/// Small templates that have no errors.
fn template() -> impl Strategy<Value = String> {
    let value = prop::sample::select(vec![
        "profile.a",
        "profile.list[0].b",
        "1+2*3",
        "-profile.n - -1",
        "profile.a?:\"x y\"",
        "not(profile.n>1)",
        "upperCase( profile.a )",
        "[1,2 , 3]",
        "profile.list . count( )",
        "head(profile.list).b",
        "profile.n%2=0 or true",
        "in (1,[1])",
        "!true",
        "concat(\"a\",'b',profile.`a`)",
        "topN(profile.list,b,1).b",
        "now",
        "sum(profile.n)",
        "count( profile.a )",
        "join(profile.a,\"/\")",
        "includes(profile.a,\"Ada\")",
        "in(3, profile.n)",
        "head(profile.a)",
        "max(profile.n)+1",
        "\"list \"+profile.list",
    ]);
    let tag = value.prop_flat_map(|value| {
        prop::sample::select(vec![
            format!("{{{{ {value} }}}}"),
            format!("{{%={value}%}}"),
            format!("{{{{{{{value} }}}}}}"),
            format!("{{% let v={value} %}}{{{{ v }}}}"),
            format!("{{%#if {value} %}}yes{{% else%}}no{{%/if %}}"),
            format!(" {{{{~ {value} ~}}}} "),
            format!("{{{{#each profile.list as |x| }}}}{{{{x.b}}}}{{{{ {value} }}}}\n{{{{/each}}}}"),
            format!("{{{{#each profile.a}}}}{{{{@index}}}}{{{{this}}}}{{{{ {value} }}}}{{{{/each}}}}"),
            format!("{{{{#with profile.list}}}}{{{{ {value} }}}}{{{{else}}}}none{{{{/with}}}}"),
        ])
    });
    let text = prop::sample::select(vec![
        "",
        " ",
        "\n",
        "text\n",
        "  \n",
        "é 👩‍👧",
        "\\{{x}}",
        "{{! c }}",
    ])
    .prop_map(str::to_owned);
    prop::collection::vec(prop_oneof![tag, text], 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn layout_changes_nothing_that_is_printed(source in template()) {
        let parsed = Template::parse(&source);
        prop_assert!(parsed.is_valid(), "{source}: {:?}", parsed.findings);
        let formatted = parsed.template.format();
        let again = Template::parse(&formatted);
        prop_assert!(again.is_valid(), "{source} -> {formatted}: {:?}", again.findings);
        prop_assert_eq!(again.template.format(), formatted.clone());
        let profile = json!({"a": "Ada", "n": 3, "list": [{"b": 1}, {"b": 2}]});
        let scope = Scope::at(0).profile(&profile);
        let before = parsed.template.render(&scope, &RenderOptions::default()).map(|rendered| rendered.text);
        let after = again.template.render(&scope, &RenderOptions::default()).map(|rendered| rendered.text);
        prop_assert_eq!(before, after, "{} -> {}", source, formatted);
    }

    #[test]
    fn what_renders_without_a_warning_has_no_error_of_its_own(source in template()) {
        let parsed = Template::parse(&source);
        let profile = json!({"a": "Ada", "n": 3, "list": [{"b": 1}, {"b": 2}]});
        let rendered = parsed.template.render(&Scope::at(0).profile(&profile), &RenderOptions::default());
        let schema = Schema::empty().learn(Root::Profile, &profile);
        let errors: Vec<_> =
            parsed.template.check(&schema).into_iter().filter(|finding| finding.is_error()).collect();
        if rendered.is_ok_and(|rendered| rendered.warnings.is_empty()) {
            prop_assert_eq!(errors, [], "{}", source);
        }
    }

    #[test]
    fn any_text_is_laid_out_alike_twice(source in any::<String>()) {
        let formatted = Template::parse(&source).template.format();
        prop_assert_eq!(Template::parse(&formatted).template.format(), formatted);
    }
}
