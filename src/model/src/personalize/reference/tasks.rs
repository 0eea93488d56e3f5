//! What people most often want to do, each with one way to do it.

use super::super::functions::Example;

/// A thing to do, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Task {
    /// Its anchor in the reference.
    pub id: &'static str,
    /// What is done, as it follows "How do I …".
    pub title: &'static str,
    /// How, in a sentence or two.
    pub docs: &'static str,
    /// The way.
    pub example: Example,
    /// The time zone of the person for whom it is shown.
    pub zone: &'static str,
}

const fn task(
    id: &'static str,
    title: &'static str,
    docs: &'static str,
    source: &'static str,
    result: &'static str,
) -> Task {
    Task {
        id,
        title,
        docs,
        example: Example { source, result },
        zone: super::ZONE,
    }
}

impl Task {
    const fn in_zone(mut self, zone: &'static str) -> Task {
        self.zone = zone;
        self
    }
}

/// The ten commonest.
pub const TASKS: &[Task] = &[
    task(
        "how-first-name",
        "greet by first name, with a fallback",
        "What stands behind ?: is printed for those whose name is not known.",
        r#"Hi {%= profile.person.name.firstName ?: "there" %}"#,
        "Hi Ada",
    ),
    task(
        "how-date",
        "print a date in the person's time zone",
        "formatDate uses the person's time zone by itself; the locale decides the words.",
        r#"Arrives {%= formatDate(context.journey.events.order.deliveryAt, "EEEE d MMMM, HH:mm", "en_GB") %}"#,
        "Arrives Friday 10 January, 17:30",
    )
    .in_zone("+09:00"),
    task(
        "how-price",
        "print a price in their currency",
        "The region of the locale decides the currency. It does not convert the amount.",
        r#"{%= formatCurrency(profile.productsInCart[0].price, profile.preferredLanguage ?: "en_US") %}"#,
        "129,90\u{a0}€",
    ),
    task(
        "how-list",
        "list the products in the cart",
        "each repeats its text for every item; @last leaves the comma out behind the last.",
        "{{#each profile.productsInCart as |product|}}{{product.name}}{{#unless @last}}, {{/unless}}{{/each}}",
        "Trail shoes, Wool socks",
    ),
    task(
        "how-plural",
        "choose between singular and plural",
        "Count first, then ask for exactly one.",
        "{% let items = count(profile.productsInCart) %}{{items}} {%#if items = 1%}item{%else%}items{%/if%} in your cart",
        "2 items in your cart",
    ),
    task(
        "how-days-until",
        "count the days until a date",
        "dateDiff counts whole days from the first date to the second; truncateToStartOfDay makes it count midnights.",
        "Your tier ends in {%= dateDiff(truncateToStartOfDay(now), profile.loyalty.tierExpiryDate) %} days",
        "Your tier ends in 24 days",
    ),
    task(
        "how-upper-case",
        "write in capitals",
        "A field in a function needs a fallback as well, outside of the function.",
        r#"{%= upperCase(profile.homeAddress.city) ?: "YOUR TOWN" %}"#,
        "TURIN",
    ),
    task(
        "how-link",
        "add a parameter to a link",
        "appendQueryParams encodes what it adds, and replaces a parameter of that name.",
        r#"{%= appendQueryParams("https://example.com/sale", "city", profile.homeAddress.city ?: "none") %}"#,
        "https://example.com/sale?city=Turin",
    ),
    task(
        "how-random",
        "show one of two texts to half of the people",
        "A digest of something that stays the same gives each person the same text every time. random() would draw anew with each push.",
        r#"{%#if matches(md5(profile.personalEmail.address), "^[0-7]")%}Free delivery today{%else%}10% off today{%/if%}"#,
        "Free delivery today",
    ),
    task(
        "how-else-if",
        "write a text for each loyalty tier",
        "The first condition that holds decides; else is for everyone else.",
        r#"{%#if profile.loyalty.tier = "platinum"%}Your lounge is open{%else if profile.loyalty.tier = "gold"%}Double points today{%else%}Join and save{%/if%}"#,
        "Double points today",
    ),
];
