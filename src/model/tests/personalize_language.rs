//! The syntax of the language: each case with the public page that it comes from.

use heliograph_model::personalize::{RenderOptions, Scope, Template};
use serde_json::{Value, json};

/// A page of Adobe's documentation, under `help/using/personalization/` of its public source.
type Page = &'static str;

const SYNTAX: Page = "personalization-syntax.md";
const HELPERS: Page = "functions/helpers.md";
const ARRAYS: Page = "functions/arrays-list.md";
const DATES: Page = "functions/dates.md";
const OPERATORS: Page = "functions/operators.md";
const ARITHMETIC: Page = "functions/arithmetic-functions.md";
const ITERATE: Page = "iterate-contextual-data.md";
/// Not Adobe's: <https://handlebarsjs.com/guide/>, on which Adobe's page says the syntax is based.
const HANDLEBARS: Page = "handlebarsjs.com/guide";

fn profile() -> Value {
    json!({
        "person": {
            "name": {"firstName": "Ada", "lastName": "Lovelace"},
            "gender": "female", "birthYear": 1985, "age": 35, "nickname": ""
        },
        "personalEmail": {"address": "ada@school.edu"},
        "homeAddress": {"city": "London", "country": "France", "countryCode": "FR"},
        "productsInCart": [
            {"name": "Boots", "price": 120},
            {"name": "Socks", "price": 9.5},
            {"name": "Coat", "price": 450.25}
        ],
        "products": [{"productName": "Boots", "productRating": 4}, {"productName": "Coat", "productRating": 5}],
        "preferences": {"languages": ["English", "French", "Spanish"]},
        "orders": [{"id": 7, "status": "pending"}, {"id": 8, "status": "done"}],
        "purchases": {"items": [
            {"name": "Running shoes", "price": 89}, {"name": "Water bottle", "price": 15}, {"name": "Gym bag", "price": 45}
        ]},
        "segmentMembership": {"ups": {"5fd513d7-d6cf-4ea2-856a-585150041a8b": {"status": "existing"}}},
        "company": "Babbage & Co", "empty": []
    })
}

fn context() -> Value {
    json!({"journey": {
        "events": {
            "1697323153": {"timestamp": "2026-03-18T14:30:00Z", "fieldName": "value"},
            "event_ID": {
                "productListItems": [{"name": "Boots", "quantity": 1, "priceTotal": 120}],
                "categories": [{"name": "Shoes", "items": [{"title": "Boots"}, {"title": "Clogs"}]}],
                "bookingList": [
                    {"bookingInfo": {"bookingNum": "B1", "bookingCountry": "Peru"}},
                    {"bookingInfo": {"bookingNum": "B2", "bookingCountry": "Chile"}}
                ]
            }
        },
        "actions": {
            "GetProducts": {"responses": [{"productIDs": [1111, 2222]}, {"productIDs": [4444]}]},
            "GetLoyaltyInfo": {"loyaltyTier": "gold", "benefits": [{"name": "Free shipping"}]},
            "GetRecommendations": {"items": []}
        },
        "datasetLookup": {"3709000": {"entities": [
            {"name": "Pan", "category": "household", "price": 30}, {"name": "Ball", "category": "toys", "price": 5}
        ]}},
        "technicalProperties": {"journeyUID": "j-1", "supplementalId": "B2"}
    }})
}

#[track_caller]
fn assert_renders(page: Page, source: &str, expected: &str) {
    let parsed = Template::parse(source);
    let errors: Vec<_> = parsed
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .collect();
    assert!(errors.is_empty(), "{page}: {source}: {errors:?}");
    let (profile, context) = (profile(), context());
    let scope = Scope::at(1_736_232_430_000).profile(&profile).context(&context);
    let rendered = parsed.template.render(&scope, &RenderOptions::default());
    let rendered = rendered.unwrap_or_else(|error| panic!("{page}: {source}: {error}"));
    assert_eq!(rendered.text, expected, "{page}: {source}");
}

#[test]
fn paths_and_literals() {
    for (page, source, expected) in [
        (SYNTAX, "{{profile.person.name.firstName}}", "Ada"),
        (SYNTAX, "{{ profile.homeAddress.city }}", "London"),
        (SYNTAX, "{{{profile.company}}}", "Babbage & Co"),
        (SYNTAX, "{{profile.company}}", "Babbage & Co"),
        (SYNTAX, "{{&profile.company}}", "Babbage & Co"),
        (SYNTAX, "{{profile.faxPhone.number}}", ""),
        (SYNTAX, r#"{%= "prospect" %}"#, "prospect"),
        (SYNTAX, "{%= true %}", "true"),
        (SYNTAX, "{%= -201 %}{%= 0 %}{%= 412 %}", "-2010412"),
        (SYNTAX, r#"{%= ["US", "FR"] %}"#, "US, FR"),
        (SYNTAX, r#"{%= "a\\b \"quoted\" \u00e9" %}"#, r#"a\b "quoted" é"#),
        (
            DATES,
            "{%= context.journey.events.`1697323153`.fieldName %}",
            "value",
        ),
        (
            ITERATE,
            "{{context.journey.events.1697323153.fieldName}}",
            "value",
        ),
        (SYNTAX, "{{profile.preferences.languages[1]}}", "French"),
        (HANDLEBARS, "{{profile.preferences.languages.[2]}}", "Spanish"),
        (ARRAYS, "{{profile.orders.id}}", "7, 8"),
        (DATES, "{%= 56L %}", "56"),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn fallbacks() {
    for (page, source, expected) in [
        (
            HELPERS,
            r#"Hello {%=profile.person.name.firstName ?: "there" %}!"#,
            "Hello Ada!",
        ),
        (
            HELPERS,
            r#"Hello {%=profile.personalEmail.name.firstName ?: "there" %}!"#,
            "Hello there!",
        ),
        (HELPERS, r#"{%= profile.person.nickname ?: "there" %}"#, "there"),
        (HELPERS, r#"{%= profile.a ?: profile.b ?: "c" %}"#, "c"),
        (HELPERS, r#"{{profile.a ?: "c"}}"#, "c"),
        (HELPERS, r#"{%= 0 ?: "c" %}"#, "0"),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn conditions() {
    for (page, source, expected) in [
        (
            HELPERS,
            r#"{%#if profile.homeAddress.countryCode = "FR"%}Consultez{%else%}Checkout{%/if%}"#,
            "Consultez",
        ),
        (
            HELPERS,
            r#"{%#if contains(profile.personalEmail.address, ".org")%}org{%else if contains(profile.personalEmail.address, ".edu")%}edu{%else%}other{%/if%}"#,
            "edu",
        ),
        (
            HELPERS,
            r#"{%#if profile.segmentMembership.get("ups").get("5fd513d7-d6cf-4ea2-856a-585150041a8b").status = "existing"%}gold{%/if%}"#,
            "gold",
        ),
        (
            HELPERS,
            r#"{%#unless contains(profile.personalEmail.address, ".edu")%}Normal{%else%}edu{%/unless%}"#,
            "edu",
        ),
        (
            HELPERS,
            "{%#if profile.nothing%}a{%elseif profile.company%}b{%/if%}",
            "b",
        ),
        (
            ITERATE,
            r#"{{#if profile.company = "x"}}a{{else if profile.person.age > 30}}b{{else}}c{{/if}}"#,
            "b",
        ),
        (HANDLEBARS, "{{#if profile.empty}}a{{else}}b{{/if}}", "b"),
        (HANDLEBARS, "{{#if profile.person.nickname}}a{{^}}b{{/if}}", "b"),
        (HANDLEBARS, "{{#if 0}}a{{else}}b{{/if}}", "b"),
        (HANDLEBARS, "{{#if profile.company}}a{%/if%}", "a"),
        (HANDLEBARS, "{{#if profile.else.x}}a{{else}}b{{/if}}", "b"),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn loops() {
    for (page, source, expected) in [
        (
            HELPERS,
            "{{#each profile.productsInCart}}<li>{{this.name}}</li>{{/each}}",
            "<li>Boots</li><li>Socks</li><li>Coat</li>",
        ),
        (
            HELPERS,
            "{{#each profile.homeAddress.city}}{{@index}} : {{this}}{{/each}}",
            "0 : London",
        ),
        (
            HELPERS,
            "{{#each profile.products as |product|}}{{product.productName}} {{product.productRating}};{{/each}}",
            "Boots 4;Coat 5;",
        ),
        (
            ARRAYS,
            "{{#each profile.purchases.items}}\n  - {{this.name}}: {{this.price}}€\n{{/each}}\n",
            "  - Running shoes: 89€\n  - Water bottle: 15€\n  - Gym bag: 45€\n",
        ),
        (
            ARRAYS,
            "{{#each profile.preferences.languages}}\n{{@index}}: {{this}}\n{{/each}}",
            "0: English\n1: French\n2: Spanish\n",
        ),
        (
            ARRAYS,
            r#"{{#each profile.orders as |order|}}{%#if order.status = "pending"%}Your order {{order.id}}{%/if%}{{/each}}"#,
            "Your order 7",
        ),
        (
            ITERATE,
            "{{#each context.journey.events.event_ID.categories as |category|}}{{category.name}}:{{#each category.items as |item|}} {{item.title}}{{/each}}{{/each}}",
            "Shoes: Boots Clogs",
        ),
        (
            ITERATE,
            "{{#each context.journey.actions.GetProducts.responses as |response|}}{{#each response.productIDs as |productID|}}{{productID}} {{/each}}{{/each}}",
            "1111 2222 4444 ",
        ),
        (
            ITERATE,
            r#"{{#each context.journey.datasetLookup.3709000.entities as |product|}}{{#if product.category = "household"}}{{product.name}}: ${{product.price}}{{/if}}{{/each}}"#,
            "Pan: $30",
        ),
        (
            ITERATE,
            r#"{{#each context.journey.events.event_ID.bookingList as |booking|}}{%#if booking.bookingInfo.bookingNum = context.journey.technicalProperties.supplementalId%}{{booking.bookingInfo.bookingCountry}}{%/if%}{{/each}}"#,
            "Chile",
        ),
        (
            ITERATE,
            "{{#each context.journey.actions.GetRecommendations.items as |item|}}{{item.name}}{{else}}None{{/each}}",
            "None",
        ),
        (
            HANDLEBARS,
            "{{#each profile.orders}}{{id}}{{#unless @last}}, {{/unless}}{{/each}}",
            "7, 8",
        ),
        (
            HANDLEBARS,
            "{{#each profile.orders}}{{#if @first}}>{{/if}}{{status}} {{/each}}",
            ">pending done ",
        ),
        (
            HANDLEBARS,
            "{{#each profile.person.name}}{{@key}}={{this}} {{/each}}",
            "firstName=Ada lastName=Lovelace ",
        ),
        (
            HANDLEBARS,
            "{{#each profile.orders as |order place|}}{{place}}{{order.id}} {{/each}}",
            "07 18 ",
        ),
        (
            HANDLEBARS,
            "{{#with profile}}{{#each orders}}{{../company}} {{id}};{{/each}}{{/with}}",
            "Babbage & Co 7;Babbage & Co 8;",
        ),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn with_and_let() {
    for (page, source, expected) in [
        (
            HELPERS,
            "{{#with profile.person.name}}\n{{this.firstName}} {{this.lastName}}\n{{/with}}",
            "Ada Lovelace\n",
        ),
        (
            HELPERS,
            "{{#with profile.person.name as |name|}}Hi {{name.firstName}} {{name.lastName}}!{{/with}}",
            "Hi Ada Lovelace!",
        ),
        (HANDLEBARS, "{{#with profile.nothing}}a{{else}}b{{/with}}", "b"),
        (HELPERS, r#"{% let variable = "x" %} {{variable}}"#, " x"),
        (
            HELPERS,
            "{% let sum = 0%}\n    {{#each profile.productsInCart as |p|}}\n        {%#if p.price>100 and p.price<1000%}\n            {%let sum = sum + p.price %}\n        {%/if%}\n    {{/each}}\n{{sum}}",
            "570.25",
        ),
        (
            ITERATE,
            r#"{% let householdTotal = 0 %}{{#each context.journey.datasetLookup.3709000.entities as |product|}}{%#if product.category = "household"%}{% let householdTotal = householdTotal + product.price %}{%/if%}{{/each}}${{householdTotal}}"#,
            "$30",
        ),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn operators() {
    for (page, source, expected) in [
        (
            OPERATORS,
            r#"{%= profile.homeAddress.country = "France" and profile.person.birthYear = 1985 %}"#,
            "true",
        ),
        (
            OPERATORS,
            r#"{%= profile.homeAddress.country = "Spain" or profile.person.birthYear = 1985 %}"#,
            "true",
        ),
        (
            OPERATORS,
            r#"{%= not (profile.homeAddress.country = "CA") %}"#,
            "true",
        ),
        (
            OPERATORS,
            r#"{%= !(profile.homeAddress.country = "France") %}"#,
            "false",
        ),
        (
            OPERATORS,
            r#"{%= profile.homeAddress.country != "France" %}"#,
            "false",
        ),
        (OPERATORS, "{%= profile.person.birthYear > 1970 %}", "true"),
        (OPERATORS, "{%= profile.person.birthYear >= 1985 %}", "true"),
        (OPERATORS, "{%= profile.person.birthYear < 2000 %}", "true"),
        (OPERATORS, "{%= profile.person.birthYear <= 1984 %}", "false"),
        (
            OPERATORS,
            "{%= profile.nothing > 1 %}{%= profile.nothing = null %}",
            "falsetrue",
        ),
        (ARITHMETIC, "{%= 120 + 9.5 %}", "129.5"),
        (ARITHMETIC, "{%= 3 * 4.5 %}", "13.5"),
        (ARITHMETIC, "{%= 120 - 9.5 %}", "110.5"),
        (ARITHMETIC, "{%= 10 / 4 %} {%= 10 / 5 %}", "2.5 2"),
        (ARITHMETIC, "{%= profile.person.age % 5 = 0 %}", "true"),
        (ARITHMETIC, "{%= 1 + 2 * 3 - 4 / 2 %}", "5"),
        (ARITHMETIC, "{%= (1 + 2) * -3 %}", "-9"),
        (ARITHMETIC, "{%= 0.1 + 0.2 %}", "0.3"),
        (ARITHMETIC, r#"{%= "a" + "b" + 1 %}"#, "ab1"),
        (OPERATORS, "{%= 1 < 2 and not 3 = 4 or false %}", "true"),
    ] {
        assert_renders(page, source, expected);
    }
}

#[test]
fn comments_and_white_space() {
    for (page, source, expected) in [
        (HANDLEBARS, "a{{! not shown }}b{{!-- {{nor}} this --}}c", "abc"),
        (HANDLEBARS, "a\n  {{! alone }}\nb", "a\nb"),
        (HANDLEBARS, "a  {{~ profile.person.name.firstName ~}}  b", "aAdab"),
        (HANDLEBARS, r"\{{raw}} {{profile.person.age}}", "{{raw}} 35"),
        (HANDLEBARS, "{ } %} }} { {", "{ } %} }} { {"),
        (DATES, "12:{%#if 5 < 10%}0{%/if%}5", "12:05"),
    ] {
        assert_renders(page, source, expected);
    }
}
