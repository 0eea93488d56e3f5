//! How values are written: the parts of the reference about literals, paths and what a loop knows.

use super::Helper;
use super::helper::helper;

/// Every way to write a value out.
pub const LITERALS: &[Helper] = &[
    helper(
        "text",
        r#""text" or 'text'"#,
        r#"A text. In it \" is a quote, \n a new line, \\ a backslash and \u00e9 a character by its code."#,
        r#"{%= "say \"hi\"" %} {%= 'or "so"' %}"#,
        r#"say "hi" or "so""#,
    )
    .id("text-literal"),
    helper(
        "number",
        "42, 4.5 or 56L",
        "A number, with a point before its decimals. An L behind it changes nothing. A whole one is printed as 4, not as 4.0.",
        "{%= 42 %} {%= 4.5 %} {%= 56L %}",
        "42 4.5 56",
    )
    .id("number-literal"),
    helper(
        "true",
        "true",
        "A condition that holds.",
        "{%= true and 2 > 1 %}",
        "true",
    ),
    helper(
        "false",
        "false",
        "A condition that does not hold. So do 0, an empty text, an empty list and what is missing.",
        "{%= false or 2 > 1 %}",
        "true",
    ),
    helper(
        "null",
        "null",
        "Nothing: what a field is that the person does not have.",
        r#"{%= profile.workEmail.address = null %}"#,
        "true",
    ),
    helper(
        "list",
        "[a, b, c]",
        "A list of values.",
        r#"{%= join(["red", "green"], " or ") %}"#,
        "red or green",
    )
    .id("list-literal"),
];

/// Every way to name a value.
pub const PATHS: &[Helper] = &[
    helper(
        "profile",
        "profile.field.field",
        "What is known of the person. A field that is missing is empty, however deep the path.",
        r#"{{profile.homeAddress.city}}"#,
        "Turin",
    ),
    helper(
        "profile.identityMap",
        "profile.identityMap.namespace[place].id",
        "The person's identities by their namespaces, the oldest first. One of them all is the primary.",
        "{{profile.identityMap.Email[0].id}}",
        "ada@example.com",
    )
    .id("identities"),
    helper(
        "profile.segmentMembership",
        "profile.segmentMembership.ups.audience.status",
        "The audiences that the person is in when the text is made, by the identifiers that their pages show. The status is \
         existing; audiences that the person is not in have no entry. inAudience asks the same.",
        r#"{%#if profile.segmentMembership.get("ups").get("5fd513d7").status = "existing"%}Hello, hiker{%/if%}"#,
        "Hello, hiker",
    )
    .id("memberships"),
    helper(
        "context",
        "context.journey.events.name.field",
        "What the journey knows: the event that the person entered with, by its name, and the journey itself.",
        r#"{%= formatDate(context.journey.events.order.deliveryAt, "d MMMM") %}"#,
        "10 January",
    ),
    helper(
        "audience",
        "audience.name",
        "The audience with which the person entered the journey. It is empty for whoever entered with an event.",
        "{{audience.name}}",
        "Hikers",
    ),
    helper(
        "device",
        "device.platform",
        "The device that the push goes to.",
        "{{device.platform}}",
        "ios",
    ),
    helper(
        "app",
        "app.name",
        "The app that the push goes to.",
        "{{app.name}}",
        "Trailhead",
    ),
    helper(
        "now",
        "now",
        "The moment at which the text is made, in the person's time zone.",
        r#"{%= formatDate(now, "d MMMM yyyy, HH:mm") %}"#,
        "7 January 2025, 06:47",
    ),
    helper(
        "[0]",
        "list[place]",
        "An item of a list, counted from 0; the place may be computed.",
        "{{profile.productsInCart[0].name}}",
        "Trail shoes",
    )
    .id("place"),
    helper(
        "list.field",
        "list.field",
        "That field of each item, as a list.",
        r#"{%= join(profile.productsInCart.name, ", ") %}"#,
        "Trail shoes, Wool socks",
    )
    .id("list-field"),
    helper(
        "`name`",
        "path.`name-with-hyphen` or path.[name with spaces]",
        "A name with a hyphen, a space or another sign stands in backticks or square brackets.",
        "{%= profile.`shoe-size` %} {{profile.[shoe-size]}}",
        "38 38",
    )
    .id("backticks"),
    helper(
        ".function()",
        "value.function(…)",
        "A function may stand behind its first argument.",
        "{%= profile.homeAddress.city.upperCase() %}",
        "TURIN",
    )
    .id("method"),
    helper(
        "this",
        "this or this.field",
        "The current item of each, or the value of with. Its fields can be named without this in front, and come before audience, device, app and now.",
        "{{#each profile.productsInCart}}{{this.name}}: {{price}}; {{/each}}",
        "Trail shoes: 129.9; Wool socks: 14.5; ",
    ),
    helper(
        "../",
        "../this or ../field",
        "The item of the block around this one.",
        r#"{{#each ["S", "M"] as |size|}}{{#each ["red", "blue"]}}{{../this}} {{this}}; {{/each}}{{/each}}"#,
        "S red; S blue; M red; M blue; ",
    )
    .id("parent"),
];

/// What a loop knows beside its item.
pub const LOOP_VALUES: &[Helper] = &[
    helper(
        "@index",
        "@index",
        "The place of the current item, from 0.",
        r#"{{#each ["a", "b"]}}{%= @index + 1 %}{{this}} {{/each}}"#,
        "1a 2b ",
    )
    .id("index"),
    helper(
        "@first",
        "@first",
        "Whether the current item is the first.",
        r#"{{#each ["a", "b"]}}{{#unless @first}}, {{/unless}}{{this}}{{/each}}"#,
        "a, b",
    )
    .id("first"),
    helper(
        "@last",
        "@last",
        "Whether the current item is the last.",
        r#"{{#each ["a", "b"]}}{{this}}{{#unless @last}} and {{/unless}}{{/each}}"#,
        "a and b",
    )
    .id("last"),
    helper(
        "@key",
        "@key",
        "The key of the current item, in a loop over an object.",
        "{{#each profile.identityMap}}{{@key}} {{/each}}",
        "CRM Email ",
    )
    .id("key"),
];
