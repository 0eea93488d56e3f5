//! What the functions give: each case with the public page that it comes from.
//!
//! The examples of the function table are tested beside it; here are the other documented results, and those where a
//! page leaves room or contradicts itself, marked [`OURS`].

use heliograph_model::personalize::{RenderOptions, Scope, Template};
use serde_json::{Value, json};

/// A page of Adobe's documentation, under `help/using/personalization/functions/` of its public source.
type Page = &'static str;

const STRINGS: Page = "string.md";
const DATES: Page = "dates.md";
const ARRAYS: Page = "arrays-list.md";
const AGGREGATION: Page = "aggregation.md";
const MAPS: Page = "maps.md";
const MATHS: Page = "math.md";
const OBJECTS: Page = "objects.md";
const OPERATORS: Page = "operators.md";
/// Java's own page, which Adobe's refers to:
/// <https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html>.
const JAVA: Page = "DateTimeFormatter";
/// Not documented, or in contradiction; what the function's own documentation says here.
const OURS: Page = "the function table";

fn profile() -> Value {
    json!({
        "person": {
            "name": {"firstName": "Ada Maria", "lastName": "Lovelace"}, "emailAddress": "ada2010@gmail.com",
            "birthMonth": 6, "birthDateTime": "2020-01-01T00:00:00Z",
            "favoriteColors": ["red", "green"], "eatenFoods": ["sushi", "soup", "pizza"],
            "favoriteCities": ["Rome"], "visitedCities": ["Rome", "Oslo"]
        },
        "homeAddress": {"city": "Los Angeles", "street": "washington high street"},
        "orders": [
            {"name": "A", "storeId": 1, "order": {"price": 10}, "price": 10},
            {"name": "B", "storeId": 2, "order": {"price": 30}, "price": 30},
            {"name": "C", "storeId": 1, "order": {"price": 20.5}, "price": 20.5},
            {"name": "D", "storeId": 3}
        ],
        "identityMap": {"ECID": [{"id": "1"}], "Email": [{"id": "ada@example.com"}]},
        "segmentMembership": {"ups": {"s-1": {"status": "realized"}, "s-2": {"status": "exited"}}},
        "mixed": [1, null, "2", "x"], "empty": ""
    })
}

#[track_caller]
fn assert_gives(zone: &str, page: Page, expression: &str, expected: &str) {
    let source = format!("{{%= {expression} %}}");
    let parsed = Template::parse(&source);
    let errors: Vec<_> = parsed
        .findings
        .iter()
        .filter(|finding| finding.is_error())
        .collect();
    assert!(errors.is_empty(), "{page}: {source}: {errors:?}");
    let profile = profile();
    // 2025-01-07T06:47:10Z, which Adobe's examples of `ageInDays` have as the current moment.
    let scope = Scope::at(1_736_232_430_000).profile(&profile).time_zone(zone);
    let rendered = parsed.template.render(&scope, &RenderOptions::default());
    let rendered = rendered.unwrap_or_else(|error| panic!("{page}: {source}: {error}"));
    assert_eq!(rendered.text, expected, "{page}: {source}");
}

#[test]
fn texts() {
    for (page, expression, expected) in [
        (
            STRINGS,
            "camelCase(profile.homeAddress.street)",
            "Washington High Street",
        ),
        (
            STRINGS,
            r#"contains(profile.person.name.firstName, "A", false)"#,
            "true",
        ),
        (
            STRINGS,
            r#"contains(profile.person.emailAddress,"2010@gm")"#,
            "true",
        ),
        (
            STRINGS,
            r#"doesNotContain(profile.person.emailAddress,"2010@gm")"#,
            "false",
        ),
        (
            STRINGS,
            r#"doesNotEndWith(profile.person.emailAddress,".com")"#,
            "false",
        ),
        (
            STRINGS,
            r#"doesNotStartWith(profile.person.name.lastName,"Joe")"#,
            "true",
        ),
        (STRINGS, r#"endsWith(profile.person.emailAddress,".com")"#, "true"),
        (
            STRINGS,
            r#"startsWith(profile.person.name.firstName,"ada")"#,
            "false",
        ),
        (
            STRINGS,
            r#"equals(profile.person.name.lastName,"Lovelace")"#,
            "true",
        ),
        (
            STRINGS,
            r#"equalsIgnoreCase(profile.person.name.lastName,"lovelace")"#,
            "true",
        ),
        (STRINGS, r#"decode64("%%%")"#, "%%%"),
        (
            STRINGS,
            "extractEmailDomain(profile.person.emailAddress)",
            "gmail.com",
        ),
        (
            STRINGS,
            r#"getUrlHost("https://www.myurl.com/contact")"#,
            "www.myurl.com",
        ),
        (
            STRINGS,
            r#"appendQueryParams("https://example.com/p?a=1&b=2#top", "a", "x y")"#,
            "https://example.com/p?a=x%20y&b=2#top",
        ),
        (STRINGS, r#"indexOf("hello", "z")"#, "-1"),
        (STRINGS, r#"lastIndexOf("hello", "z")"#, "-1"),
        (STRINGS, "isEmpty(profile.empty)", "true"),
        (STRINGS, "isNotEmpty(profile.mobilePhone.number)", "false"),
        (STRINGS, "length(profile.homeAddress.city)", "11"),
        (STRINGS, r#"like(profile.homeAddress.city, "%es%")"#, "true"),
        (STRINGS, r#"like("cat", "c_t")"#, "true"),
        (STRINGS, r#"like("cart", "c_t")"#, "false"),
        (STRINGS, r#"like("", "%")"#, "true"),
        (
            STRINGS,
            r#"matches(profile.person.name.firstName, "(?i)^ada")"#,
            "true",
        ),
        (STRINGS, r#"replaceAll("aaa", "aa", "b")"#, "ba"),
        (STRINGS, r#"replaceAll("a.b.c", "\\.", "$1")"#, "a$1b$1c"),
        (STRINGS, r#"replaceAll("Hello World","World","AJO")"#, "Hello AJO"),
        (
            STRINGS,
            r#"replace("Hello John, here is your monthly newsletter!","John","Mark")"#,
            "Hello Mark, here is your monthly newsletter!",
        ),
        (STRINGS, r#"stringToNumber("abc")"#, "abc"),
        (STRINGS, r#"split("a,b", ",")"#, "a, b"),
        (
            STRINGS,
            r#"stringToDate("2023-01-10 23:13:26", "yyyy-MM-dd HH:mm:ss")"#,
            "2023-01-10T23:13:26Z",
        ),
        (OPERATORS, r#"ampSubstr("Hello World", 0, 5)"#, "Hello"),
        (OPERATORS, r#"compareTo("b", "a")"#, "1"),
        (OPERATORS, r#"compareTo("a", "a")"#, "0"),
        (OURS, r#"upperCase("ǆ ß")"#, "Ǆ SS"),
        (OURS, r#"titleCase("élan  vital")"#, "Élan  Vital"),
        (OURS, r#"substr("👩‍👩‍👧ab", 0, 2)"#, "👩‍👩‍👧a"),
        (OURS, r#"upperCase(profile.nothing) ?: "none""#, "none"),
        (OURS, r#"concat("a", profile.nothing, 1, true)"#, "a1true"),
        (OURS, r#"getUrlHost("https://me@[::1]:80/x")"#, "[::1]"),
        (OURS, r#"getUrlPath("mailto:a@b.c")"#, "a@b.c"),
        (OURS, r#"urlDecode("%ff") ?: "bad""#, "bad"),
        (OURS, r#"toBool("0")"#, "false"),
        (OURS, r#"toBool("no")"#, "false"),
        (OURS, r#"string_to_integer("x") ?: 0"#, "0"),
        (OURS, r#"regexGroup("abc", "(x)", 1) ?: "none""#, "none"),
        (OURS, r#"matches("abc", concat("^", "a"))"#, "true"),
    ] {
        assert_gives("UTC", page, expression, expected);
    }
}

#[test]
fn lists_and_maps() {
    for (page, expression, expected) in [
        (ARRAYS, "distinct(profile.orders.storeId).count() > 1", "true"),
        (ARRAYS, "head(topN(profile.orders, price, 5)).name", "B"),
        (ARRAYS, "topN(profile.orders, price, 2).name", "B, C"),
        (ARRAYS, "bottomN(profile.orders, price, 2).name", "A, C"),
        (ARRAYS, r#"topN(profile.orders, "order.price", 1).name"#, "B"),
        (ARRAYS, "topN(profile.orders, price, 9).name", "B, C, A, D"),
        (ARRAYS, "in (profile.person.birthMonth, [3, 6, 9])", "true"),
        (ARRAYS, "notIn(profile.person.birthMonth ,[3, 6, 9])", "false"),
        (ARRAYS, "notIn(profile.nothing, [3])", "false"),
        (ARRAYS, r#"includes(profile.person.favoriteColors,"red")"#, "true"),
        (
            ARRAYS,
            r#"intersects(profile.person.favoriteColors,["blue", "green"])"#,
            "true",
        ),
        (
            ARRAYS,
            "subsetOf(profile.person.favoriteCities,profile.person.visitedCities)",
            "true",
        ),
        (
            ARRAYS,
            r#"supersetOf(profile.person.eatenFoods,["sushi", "pizza"])"#,
            "true",
        ),
        (
            AGGREGATION,
            "average(profile.orders.order.price)",
            "20.1666666666667",
        ),
        (AGGREGATION, "count(profile.orders)", "4"),
        (AGGREGATION, "max(profile.orders.order.price)", "30"),
        (AGGREGATION, "min(profile.orders.order.price)", "10"),
        (AGGREGATION, "sum(profile.orders.order.price)", "60.5"),
        (OURS, "sum(profile.mixed)", "3"),
        (OURS, "count(profile.nothing)", "0"),
        (OURS, "max(profile.nothing) ?: 0", "0"),
        (
            MAPS,
            r#"get(profile.identityMap, "Email")[0].id"#,
            "ada@example.com",
        ),
        (MAPS, "keys(profile.identityMap)", "ECID, Email"),
        (MAPS, "values(profile.identityMap).id", "1, ada@example.com"),
        (OBJECTS, "isNull(profile.workAddress)", "true"),
        (OBJECTS, "isNotNull(profile.homeAddress)", "true"),
        (OURS, r#"inAudience("s-1")"#, "true"),
        (OURS, r#"inAudience("s-2")"#, "false"),
    ] {
        assert_gives("UTC", page, expression, expected);
    }
}

#[test]
fn numbers() {
    for (page, expression, expected) in [
        (MATHS, "toHexString(158)", "9e"),
        (MATHS, "toInt(42.6)", "42"),
        (MATHS, "toString(12)", "12"),
        (MATHS, "absolute(-5)", "5"),
        (MATHS, "random() >= 0 and random() < 1", "true"),
        (OURS, "roundDown(-4.2)", "-5"),
        (OURS, "roundUp(-4.7)", "-4"),
        (OURS, "toPercentage(0.125)", "12.5%"),
        (OURS, "toPrecision(2, 2)", "2.00"),
        (OURS, "toInt(\"x\") ?: 7", "7"),
        (
            OURS,
            "ampCompare(1, 1, 1) and ampCompare(1, 2, 2) and ampCompare(1, 2, 5)",
            "true",
        ),
    ] {
        assert_gives("UTC", page, expression, expected);
    }
}

#[test]
fn dates() {
    for (page, expression, expected) in [
        (
            DATES,
            r#"dayOfWeek(getCurrentZonedDateTime()) = 6 or dayOfWeek(getCurrentZonedDateTime()) = 7"#,
            "false",
        ),
        (
            DATES,
            r#"dateDiff(getCurrentZonedDateTime(), stringToDate("2025-01-14T12:00:00Z"))"#,
            "7",
        ),
        (
            DATES,
            r#"formatDate(toDateTime("2026-03-18T14:30:00Z"), "dd/MM/yyyy HH:mm")"#,
            "18/03/2026 14:30",
        ),
        (
            DATES,
            r#"formatDate(profile.person.birthDateTime, "EEEE MMMM dd yyyy")"#,
            "Wednesday January 01 2020",
        ),
        (
            DATES,
            r#"formatDate(stringToDate("2026-01-30T08:00:00Z"), "MM/dd/YYYY")"#,
            "01/30/2026",
        ),
        (
            DATES,
            r#"lowerCase(formatDate(stringToDate("2026-02-01"), "EEE"))"#,
            "sun",
        ),
        (
            DATES,
            r#"formatDate(stringToDate("2023-12-31T10:15:30Z"), "y Y M m d D")"#,
            "2023 2024 12 15 31 365",
        ),
        (
            DATES,
            r#"setHours(addDays(stringToDate("2024-11-01T17:19:51Z"), -7), 9)"#,
            "2024-10-25T09:19:51Z",
        ),
        (
            DATES,
            r#"dateBetween(stringToDate("2024-06-30T00:00:00Z"), stringToDate("2024-06-01T00:00:00Z"), stringToDate("2024-06-30T00:00:00Z"))"#,
            "true",
        ),
        (
            DATES,
            r#"diffInMonths("2024-08-01T00:00:00Z", "2024-11-01T00:00:00Z")"#,
            "-3",
        ),
        (DATES, "ageInDays(addDays(getCurrentZonedDateTime(), 3))", "-3"),
        (OURS, r#"toDateTime("no date") ?: "none""#, "none"),
        (
            OURS,
            r#"dateDiff("2024-11-08T12:00:00Z", "2024-11-01T00:00:00Z")"#,
            "-7",
        ),
        (
            JAVA,
            r#"formatDate("2011-12-03T10:15:30.123456Z", "yyyy.MM.dd G 'at' HH:mm:ss z")"#,
            "2011.12.03 AD at 10:15:30 UTC",
        ),
        (
            JAVA,
            r#"formatDate("2011-12-03T22:05:30.12Z", "h:mm a, K:mm, k, SSS")"#,
            "10:05 PM, 10:05, 22, 120",
        ),
        (
            JAVA,
            r#"formatDate("2011-12-03T10:15:30+01:00", "XXX xx O Z ZZZZZ")"#,
            "+01:00 +0100 GMT+1 +0100 +01:00",
        ),
        (
            JAVA,
            r#"formatDate("2011-12-03", "yy QQQ QQQQ MMM MMMMM E EEEEE d. '' e")"#,
            "11 Q4 4th quarter Dec D Sat S 3. ' 7",
        ),
        (
            JAVA,
            r#"formatDate("2021-01-03", "w YYYY", "en_US") + " " + formatDate("2021-01-03", "w YYYY", "fr_FR")"#,
            "2 2021 53 2020",
        ),
        (
            JAVA,
            r#"stringToDate("3 Dec 2011 10:15 PM", "d MMM yyyy hh:mm a")"#,
            "2011-12-03T22:15Z",
        ),
        (
            JAVA,
            r#"stringToDate("20111203", "yyyyMMdd")"#,
            "2011-12-03T00:00Z",
        ),
        (
            JAVA,
            r#"stringToDate("2011-12-03", "yyyy-MM-dd[ HH:mm]")"#,
            "2011-12-03T00:00Z",
        ),
        (
            JAVA,
            r#"stringToDate("03/12/11 +02:00", "dd/MM/yy XXX")"#,
            "2011-12-03T00:00+02:00",
        ),
        (
            JAVA,
            r#"stringToDate("30/02/2011", "dd/MM/yyyy") ?: "none""#,
            "none",
        ),
    ] {
        assert_gives("UTC", page, expression, expected);
    }
}

#[test]
fn dates_are_shown_in_the_profiles_zone_and_arithmetic_respects_it() {
    for (page, expression, expected) in [
        (
            OURS,
            r#"formatDate("2024-07-01T22:30:00Z", "dd HH:mm z VV")"#,
            "02 00:30 CEST Europe/Paris",
        ),
        (OURS, r#"extractHours("2024-07-01T22:30:00Z")"#, "0"),
        (
            OURS,
            r#"stringToDate("2024-07-01T22:30:00Z")"#,
            "2024-07-01T22:30Z",
        ),
        (
            OURS,
            r#"truncateToStartOfDay("2024-07-01T22:30:00Z")"#,
            "2024-07-01T22:00Z",
        ),
        // The clocks go forward on 31 March 2024 at 2:00.
        (
            OURS,
            r#"addDays(stringToDate("2024-03-30T12:00"), 1)"#,
            "2024-03-31T12:00+02:00[Europe/Paris]",
        ),
        (
            OURS,
            r#"addHours(stringToDate("2024-03-30T12:00"), 24)"#,
            "2024-03-31T13:00+02:00[Europe/Paris]",
        ),
        (
            OURS,
            r#"addHours(stringToDate("2024-03-31T01:30"), 1)"#,
            "2024-03-31T03:30+02:00[Europe/Paris]",
        ),
        (OURS, r#"dateDiff("2024-03-31", "2024-04-01")"#, "1"),
        (OURS, r#"diffInHours("2024-04-01", "2024-03-31")"#, "23"),
        (
            DATES,
            "getCurrentZonedDateTime()",
            "2025-01-07T07:47:10+01:00[Europe/Paris]",
        ),
        (
            OURS,
            r#"toUTC(stringToDate("2024-07-01T12:00"))"#,
            "2024-07-01T10:00Z",
        ),
        (
            OURS,
            r#"formatDate(convertZonedDateTime("2024-07-01T12:00:00Z", "America/New_York"), "HH:mm")"#,
            "08:00",
        ),
        (OURS, r#"formatDate(now, "HH:mm")"#, "07:47"),
        (
            JAVA,
            r#"stringToDate("2024-07-01T12:00+05:00[Europe/Paris]")"#,
            "2024-07-01T09:00+02:00[Europe/Paris]",
        ),
        (
            OURS,
            r#"toDateTimeOnly("2024-07-01T12:00:00Z")"#,
            "2024-07-01T14:00",
        ),
    ] {
        assert_gives("Europe/Paris", page, expression, expected);
    }
}

#[test]
fn an_unknown_zone_is_said_and_utc_is_used() {
    let template = Template::parse(r#"{%= formatDate(now, "HH:mm") %}"#).template;
    let scope = Scope::at(0).time_zone("Mars/Base");
    let rendered = template.render(&scope, &RenderOptions::default()).unwrap();
    assert_eq!(rendered.text, "00:00");
    assert_eq!(
        rendered.warnings[0].message,
        "The time zone Mars/Base is not known; dates are shown in UTC."
    );
}
