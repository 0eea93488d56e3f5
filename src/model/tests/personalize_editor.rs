//! What an editor asks: the fields that there are and that a template needs, its parts, and what could be typed.

use heliograph_model::personalize::{
    Completion, FieldType, Root, Schema, Template, TokenKind, complete, highlight,
};
use serde_json::json;

#[test]
fn a_schema_is_learned_from_samples() {
    let sample = json!({"pet": {"name": "Rex", "toys": [{"label": "ball", "price": 2.5}]}});
    let schema = Schema::standard().learn(Root::Profile, &sample);
    let template = Template::parse("{%= profile.pet.toys.prise ?: 1 %}").template;
    let message = &template.check(&schema)[0].message;
    assert_eq!(
        message,
        "profile.pet.toys.prise is not a known field; did you mean price?"
    );
    let paths: Vec<String> = schema.leaves().into_iter().map(|(path, _)| path).collect();
    assert!(paths.contains(&"profile.pet.toys[].label".to_owned()));
}

#[test]
fn the_fields_that_a_template_needs() {
    let source = "{{profile.person.name.firstName}} {%#if context.journey.events.order.total > 5%}{{#each profile.cart as |x|}}{{x.name}}{{this.price}}{{/each}}{%/if%}{%let city = profile.homeAddress%}{{city.city}}{{profile.list[0].a}}{%= topN(profile.orders, price, 1).count() %}{{now}}";
    assert_eq!(
        Template::parse(source).template.paths(),
        [
            "context.journey.events.order.total",
            "profile.cart",
            "profile.cart.name",
            "profile.cart.price",
            "profile.homeAddress",
            "profile.homeAddress.city",
            "profile.list.a",
            "profile.orders",
            "profile.orders.price",
            "profile.person.name.firstName",
        ]
    );
}

#[test]
fn parts_are_told_apart() {
    use TokenKind::{Brace, Comment, Field, Function, Keyword, Literal, Name, Operator, Text};
    let source = "Hi {%#if profile.a and x > 1%}{{upperCase(\"é\")}}{%else%}{{! c }}{%/if%}";
    let found: Vec<_> = highlight(source)
        .into_iter()
        .map(|part| (part.kind, &source[part.offset..part.offset + part.length]))
        .collect();
    assert_eq!(
        found,
        [
            (Brace, "{%#"),
            (Keyword, "if"),
            (Field, "profile"),
            (Field, "."),
            (Field, "a"),
            (Keyword, "and"),
            (Name, "x"),
            (Operator, ">"),
            (Literal, "1"),
            (Brace, "%}"),
            (Brace, "{{"),
            (Function, "upperCase"),
            (Operator, "("),
            (Text, "\"é\""),
            (Operator, ")"),
            (Brace, "}}"),
            (Brace, "{%"),
            (Keyword, "else"),
            (Brace, "%}"),
            (Comment, "{{! c }}"),
            (Brace, "{%/"),
            (Keyword, "if"),
            (Brace, "%}"),
        ]
    );
}

fn labels(source: &str) -> Vec<String> {
    offers(source)
        .into_iter()
        .map(|completion| completion.label)
        .collect()
}

/// What is offered at the | of a source.
fn offers(source: &str) -> Vec<Completion> {
    let at = source.find('¦').expect("a cursor");
    let schema = Schema::standard().field("profile.cart[].price", FieldType::Number, "Price");
    complete(&source.replace('¦', ""), at, &schema)
}

#[test]
fn completion_offers_what_fits() {
    assert_eq!(labels("{{profile.person.name.fi¦}}"), ["firstName"]);
    assert_eq!(labels("{{prof¦"), ["profile"]);
    assert_eq!(labels("{{profile.homeAddress.count¦"), ["country", "countryCode"]);
    assert_eq!(labels("{%= upperC¦ %}"), ["upperCase"]);
    assert_eq!(
        labels("{{#each profile.cart as |item|}}{{item.¦}}{{/each}}"),
        ["price"]
    );
    assert_eq!(labels("{{#each profile.cart}}{{this.pr¦}}"), ["price"]);
    assert_eq!(labels("{% let total = 1 %}{{tot¦}}")[0], "total");
    assert_eq!(labels("{{#un¦"), ["#unless"]);
    assert_eq!(labels("{{#if profile.x}}a{{/¦"), ["if"]);
    assert!(labels("{{¦").contains(&"profile".to_owned()));
    for nothing in ["pro¦", "{{x}} pro¦", "{%= \"pro¦", "{{profile.nothing.¦"] {
        assert_eq!(labels(nothing), Vec::<String>::new(), "{nothing}");
    }
    let first = &offers("{{profile.person.name.fi¦}}")[0];
    assert_eq!((first.replace_from, first.insert.as_str()), (22, "firstName"));
    assert_eq!(
        (first.detail.as_str(), first.documentation.as_str()),
        ("text", "First name")
    );
}
