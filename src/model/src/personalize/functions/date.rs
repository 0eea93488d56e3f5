//! Functions of dates, times and zones.

use jiff::{Span, ToSpan, Unit, ZonedDateTime};

use super::args::Args;
use super::{Category, Function, Kind, Param, Run, param};
use crate::personalize::dates::format::{WeekRule, by_pattern};
use crate::personalize::dates::pattern::Pattern;
use crate::personalize::dates::{Moment, MomentKind, read, zone};
use crate::personalize::program::Compiled;
use crate::personalize::render::Fault;
use crate::personalize::value::Val;

type Answer<'a> = Result<Val<'a>, Fault>;

const DATE: Param = param("date", Kind::Date);
const COUNT: Param = param("count", Kind::Integer);
const START: Param = param("start", Kind::Date);
const END: Param = param("end", Kind::Date);
const PATTERN: Param = param("pattern", Kind::DatePattern);

const fn date(name: &'static str, params: &'static [Param], returns: Kind, run: Run) -> Function {
    Function::new(name, Category::Date, params, returns, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    date("addYears", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_years(count)))
        .docs("The date so many years later, or earlier for a negative number.")
        .example(r#"{%= addYears(stringToDate("2024-11-01T17:19:51Z"), 2) %}"#, "2026-11-01T17:19:51Z"),
    date("addMonths", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_months(count)))
        .docs("The date so many months later, or earlier for a negative number; a day that the month lacks becomes its last.")
        .example(r#"{%= addMonths(stringToDate("2024-11-01T17:19:51Z"), 2) %}"#, "2025-01-01T17:19:51Z"),
    date("addDays", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_days(count)))
        .docs("The date so many days later at the same time of day, or earlier for a negative number.")
        .example(r#"{%= addDays(stringToDate("2024-11-01T17:19:51Z"), 10) %}"#, "2024-11-11T17:19:51Z"),
    date("addHours", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_hours(count)))
        .docs("The date so many hours later, or earlier for a negative number.")
        .example(r#"{%= addHours(stringToDate("2024-11-01T17:19:51Z"), 1) %}"#, "2024-11-01T18:19:51Z"),
    date("addMinutes", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_minutes(count)))
        .docs("The date so many minutes later, or earlier for a negative number.")
        .example(r#"{%= addMinutes(stringToDate("2024-11-01T17:59:51Z"), 10) %}"#, "2024-11-01T18:09:51Z"),
    date("addSeconds", &[DATE, COUNT], Kind::Date, |args| add(args, |count| Span::new().try_seconds(count)))
        .docs("The date so many seconds later, or earlier for a negative number.")
        .example(r#"{%= addSeconds(stringToDate("2024-11-01T17:19:51Z"), 10) %}"#, "2024-11-01T17:20:01Z"),
    date("age", &[DATE], Kind::Integer, |args| since_now(args, Unit::Year))
        .docs("The whole years from a date until now.")
        .example(r#"{%= age("1990-01-08") %}"#, "34"),
    date("ageInMonths", &[DATE], Kind::Integer, |args| since_now(args, Unit::Month))
        .docs("The whole months from a date until now; negative for a date to come.")
        .example(r#"{%= ageInMonths(stringToDate("2024-01-01T00:00:00Z")) %}"#, "12"),
    date("ageInDays", &[DATE], Kind::Integer, |args| since_now(args, Unit::Day))
        .docs("The whole days from a date until now; negative for a date to come.")
        .example(r#"{%= ageInDays(stringToDate("2025-01-01T17:19:51Z")) %}"#, "5"),
    date("compareDates", &[DATE, param("other", Kind::Date)], Kind::Integer, |args| {
        let (date, other) = (args.date(0)?, args.date(1)?);
        Ok(Val::Int(date.compare(&other) as i64))
    })
    .docs("-1 if the first date is before the second, 1 if it is after, 0 if they are the same moment.")
    .example(r#"{%= compareDates("2024-12-02T00:00:00Z", "2024-12-03T00:00:00Z") %}"#, "-1"),
    date("convertZonedDateTime", &[DATE, param("zone", Kind::Zone)], Kind::Date, convert)
        .docs("The same moment in another time zone.")
        .example(
            r#"{%= convertZonedDateTime(stringToDate("2019-02-19T08:09:00Z"), "Asia/Tehran") %}"#,
            "2019-02-19T11:39+03:30[Asia/Tehran]",
        ),
    date("currentTimeInMillis", &[], Kind::Integer, |args| {
        Ok(Val::Int(args.context.scope.now().as_millisecond()))
    })
    .docs("The milliseconds from 1970 UTC until now.")
    .example("{%= currentTimeInMillis() %}", "1736232430000"),
    date("getCurrentZonedDateTime", &[], Kind::Date, |args| {
        let now = args.context.now();
        args.dated(now)
    })
        .docs("The current date and time in the profile's time zone.")
        .example("{%= getCurrentZonedDateTime() %}", "2025-01-07T06:47:10Z"),
    date("dateDiff", &[START, END], Kind::Integer, |args| between(args, 0, 1, Unit::Day))
        .docs("The whole days from the first date to the second; negative if the second is earlier. One of Adobe's pages has them the other way round.")
        .example(r#"{%= dateDiff("2024-11-01T00:00:00Z", "2024-11-08T12:00:00Z") %}"#, "7"),
    date("dateBetween", &[DATE, START, END], Kind::Boolean, |args| {
        let (date, start, end) = (args.date(0)?, args.date(1)?, args.date(2)?);
        Ok(Val::Bool(date.compare(&start).is_ge() && date.compare(&end).is_le()))
    })
    .docs("Whether a date is neither before the second nor after the third.")
    .example(r#"{%= dateBetween("2024-06-15", "2024-06-01", "2024-06-30") %}"#, "true"),
    date("dayOfMonth", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.day())))
        .docs("The day of the month, from 1.")
        .example(r#"{%= dayOfMonth(stringToDate("2024-11-05T17:19:51Z")) %}"#, "5"),
    date("dayOfWeek", &[DATE], Kind::Integer, |args| {
        calendar(args, |wall| i64::from(wall.weekday().to_monday_one_offset()))
    })
    .docs("The day of the week, from 1 for Monday to 7 for Sunday.")
    .example(r#"{%= dayOfWeek("2024-11-19") %}"#, "2"),
    date("dayOfYear", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.day_of_year())))
        .docs("The day of the year, from 1.")
        .example(r#"{%= dayOfYear(stringToDate("2024-03-15T00:00:00Z")) %}"#, "75"),
    date("weekOfYear", &[DATE], Kind::Integer, |args| calendar(args, |wall| WeekRule::ISO.week(wall.date()).1))
        .docs("The week of the year as ISO 8601 counts: from Monday, the first week holds 4 January.")
        .example(r#"{%= weekOfYear(stringToDate("2024-11-01T17:19:51Z")) %}"#, "44"),
    date("diffInSeconds", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Second))
        .docs("The whole seconds from the second date to the first.")
        .example(r#"{%= diffInSeconds("2024-11-01T17:19:51Z", "2024-11-01T17:19:01Z") %}"#, "50"),
    date("diffInMinutes", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Minute))
        .docs("The whole minutes from the second date to the first.")
        .example(r#"{%= diffInMinutes("2024-11-01T17:19:51Z", "2024-11-01T16:19:51Z") %}"#, "60"),
    date("diffInHours", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Hour))
        .docs("The whole hours from the second date to the first.")
        .example(r#"{%= diffInHours("2024-11-01T17:19:51Z", "2024-11-01T07:19:51Z") %}"#, "10"),
    // Adobe's table has no such row, but its page on emails in code names the function:
    // https://experienceleague.adobe.com/en/docs/journey-optimizer/using/channels/email/design-email/code-content
    date("diffInDays", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Day))
        .docs("The whole days from the second date to the first. dateDiff takes them the other way round.")
        .example(r#"{%= diffInDays("2024-11-10T17:19:51Z", "2024-11-01T17:19:51Z") %}"#, "9"),
    date("diffInMonths", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Month))
        .docs("The whole months from the second date to the first.")
        .example(r#"{%= diffInMonths("2024-11-01T17:19:51Z", "2024-08-01T17:19:51Z") %}"#, "3"),
    date("diffInYears", &[END, START], Kind::Integer, |args| between(args, 1, 0, Unit::Year))
        .docs("The whole years from the second date to the first.")
        .example(r#"{%= diffInYears("2024-11-01T17:19:51Z", "2019-10-01T17:19:51Z") %}"#, "5"),
    date("extractHours", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.hour())))
        .docs("The hour of the day, from 0 to 23, in the profile's time zone unless the date names one.")
        .example(r#"{%= extractHours(stringToDate("2024-11-01T17:19:51Z")) %}"#, "17"),
    date("extractMinutes", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.minute())))
        .docs("The minute of the hour.")
        .example(r#"{%= extractMinutes(stringToDate("2024-11-01T17:19:51Z")) %}"#, "19"),
    date("extractMonth", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.month())))
        .docs("The month of the year, from 1.")
        .example(r#"{%= extractMonth(stringToDate("2024-11-01T17:19:51Z")) %}"#, "11"),
    date("extractSeconds", &[DATE], Kind::Integer, |args| calendar(args, |wall| i64::from(wall.second())))
        .docs("The second of the minute.")
        .example(r#"{%= extractSeconds(stringToDate("2024-11-01T17:19:51Z")) %}"#, "51"),
    date("formatDate", &[DATE, PATTERN, param("locale", Kind::Locale).optional()], Kind::Text, format_date)
        .docs(
            "Prints a date by a pattern of Java's letters, in the profile's time zone unless the date names one. \
             A pattern that is not valid prints the date in ISO form. The locale (fr_FR) decides the words and how weeks are counted; without one it is English.",
        )
        .example(
            r#"{%= formatDate(stringToDate("2020-01-01T00:00:00Z"), "EEEE MMMM dd yyyy") %}"#,
            "Wednesday January 01 2020",
        ),
    date("setDays", &[DATE, param("day", Kind::Integer)], Kind::Date, |args| {
        set(args, |wall, day| wall.with().day(day).build())
    })
    .docs("The date on another day of its month.")
    .example(r#"{%= setDays(stringToDate("2024-11-15T17:19:51Z"), 1) %}"#, "2024-11-01T17:19:51Z"),
    date("setHours", &[DATE, param("hour", Kind::Integer)], Kind::Date, |args| {
        set(args, |wall, hour| wall.with().hour(hour).build())
    })
    .docs("The date at another hour of its day.")
    .example(r#"{%= setHours(stringToDate("2024-11-01T17:19:51Z"), 0) %}"#, "2024-11-01T00:19:51Z"),
    date("stringToDate", &[param("text", Kind::Any), PATTERN.optional()], Kind::Date, to_date)
        .docs("The date that a text says, in ISO form or by a pattern of Java's letters. Empty if it says none, so that a fallback applies.")
        .example(r#"{%= stringToDate("2023-01-10 23:13:26", "yyyy-MM-dd HH:mm:ss") %}"#, "2023-01-10T23:13:26Z"),
    date("toDateTime", &[param("value", Kind::Any), PATTERN.optional()], Kind::Date, to_date)
        .docs("The date that a text or a number of milliseconds says. Empty if it says none, so that a fallback applies.")
        .example(r#"{%= toDateTime("2024-11-01T17:19:51Z") %}"#, "2024-11-01T17:19:51Z"),
    date("toDateTimeOnly", &[param("value", Kind::Any)], Kind::Date, to_date_time_only)
        .docs("The date and time of day without a zone. Empty if the value is no date, so that a fallback applies.")
        .example(r#"{%= toDateTimeOnly("2024-11-01T17:19:51Z") %}"#, "2024-11-01T17:19:51"),
    date("toUTC", &[DATE], Kind::Date, |args| {
        let date = args.date(0)?;
        args.dated(Moment::zoned(date.at.with_time_zone(jiff::tz::TimeZone::UTC)))
    })
    .docs("The same moment in UTC.")
    .example(r#"{%= toUTC("2019-02-19T11:39+03:30") %}"#, "2019-02-19T08:09Z"),
    date("truncateToStartOfDay", &[DATE], Kind::Date, |args| truncate(args, |wall| wall.start_of_day()))
        .docs("The start of the date's day.")
        .example(r#"{%= truncateToStartOfDay(stringToDate("2024-11-01T17:19:51Z")) %}"#, "2024-11-01T00:00Z"),
    date("truncateToStartOfWeek", &[DATE], Kind::Date, |args| {
        truncate(args, |wall| {
            let back = i64::from(wall.weekday().to_monday_zero_offset());
            wall.checked_sub(back.days())?.start_of_day()
        })
    })
    .docs("The start of the Monday of the date's week.")
    .example(r#"{%= truncateToStartOfWeek(stringToDate("2024-11-19T17:19:51Z")) %}"#, "2024-11-18T00:00Z"),
    date("truncateToStartOfQuarter", &[DATE], Kind::Date, |args| {
        truncate(args, |wall| {
            let month = (wall.month() - 1) / 3 * 3 + 1;
            wall.with().month(month).day(1).build()?.start_of_day()
        })
    })
    .docs("The start of the date's quarter: 1 January, April, July or October.")
    .example(r#"{%= truncateToStartOfQuarter(stringToDate("2024-11-01T17:19:51Z")) %}"#, "2024-10-01T00:00Z"),
    date("truncateToStartOfYear", &[DATE], Kind::Date, |args| {
        truncate(args, |wall| wall.with().month(1).day(1).build()?.start_of_day())
    })
    .docs("The start of the date's year.")
    .example(r#"{%= truncateToStartOfYear(stringToDate("2024-11-01T17:19:51Z")) %}"#, "2024-01-01T00:00Z"),
];

fn too_far() -> Fault {
    Fault::Failed("the date is outside of the years -9999 to 9999".to_owned())
}

fn add<'a>(args: &mut Args<'_, 'a>, span: fn(i64) -> Result<Span, jiff::Error>) -> Answer<'a> {
    let (date, count) = (args.date(0)?, args.integer(1)?);
    let span = span(count).map_err(|_| too_far())?;
    let wall = date.wall(args.zone()).checked_add(span).map_err(|_| too_far())?;
    args.dated(date.with_wall(wall))
}

fn calendar<'a>(args: &mut Args<'_, 'a>, read: fn(&ZonedDateTime) -> i64) -> Answer<'a> {
    let date = args.date(0)?;
    Ok(Val::Int(read(&date.wall(args.zone()))))
}

fn truncate<'a>(
    args: &mut Args<'_, 'a>,
    start: fn(&ZonedDateTime) -> Result<ZonedDateTime, jiff::Error>,
) -> Answer<'a> {
    let date = args.date(0)?;
    let wall = start(&date.wall(args.zone())).map_err(|_| too_far())?;
    args.dated(date.with_wall(wall))
}

fn set<'a>(
    args: &mut Args<'_, 'a>,
    set: fn(&ZonedDateTime, i8) -> Result<ZonedDateTime, jiff::Error>,
) -> Answer<'a> {
    let (date, value) = (args.date(0)?, args.integer(1)?);
    let wall = date.wall(args.zone());
    let changed = i8::try_from(value).ok().and_then(|value| set(&wall, value).ok());
    match changed {
        Some(changed) => args.dated(date.with_wall(changed)),
        None => Err(Fault::Failed(format!("{value} does not exist on this date"))),
    }
}

/// The whole units from one date to another, by the calendar of the profile's zone.
fn whole_units(from: &Moment, to: &Moment, zone: &jiff::tz::TimeZone, unit: Unit) -> Result<i64, Fault> {
    let seconds = to.at.timestamp().as_second() - from.at.timestamp().as_second();
    let nanos = to.at.timestamp().subsec_nanosecond() - from.at.timestamp().subsec_nanosecond();
    let exact = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let length: i128 = match unit {
        Unit::Second => 1_000_000_000,
        Unit::Minute => 60_000_000_000,
        Unit::Hour => 3_600_000_000_000,
        _ => {
            // Days, months and years are counted by the calendar, so that a day of 23 hours is one.
            let start = from.wall(zone);
            let end = to.wall(zone).with_time_zone(start.time_zone().clone());
            let span = start.until((unit, &end)).map_err(|_| too_far())?;
            return Ok(match unit {
                Unit::Year => i64::from(span.get_years()),
                Unit::Month => i64::from(span.get_months()),
                _ => i64::from(span.get_days()),
            });
        }
    };
    i64::try_from(exact / length).map_err(|_| too_far())
}

fn between<'a>(args: &mut Args<'_, 'a>, from: usize, to: usize, unit: Unit) -> Answer<'a> {
    let (from, to) = (args.date(from)?, args.date(to)?);
    whole_units(&from, &to, args.zone(), unit).map(Val::Int)
}

fn since_now<'a>(args: &mut Args<'_, 'a>, unit: Unit) -> Answer<'a> {
    let date = args.date(0)?;
    let now = args.context.now();
    whole_units(&date, &now, args.zone(), unit).map(Val::Int)
}

fn convert<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let (date, name) = (args.date(0)?, args.text(1)?);
    match zone::find(name) {
        Some(zone) => args.dated(Moment::zoned(date.at.with_time_zone(zone))),
        None => {
            let short: String = name.chars().take(40).collect();
            Err(Fault::Failed(format!("{short} is not a time zone")))
        }
    }
}

fn format_date<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let date = args.date(0)?;
    let locale = args.locale(2)?;
    let wall = date.wall(args.zone());
    let mut out = args.context.text();
    let read;
    let pattern = match args.compiled {
        Some(Compiled::Date(pattern)) => pattern,
        _ => {
            let source = args.text(1)?;
            args.context.charge(source.len())?;
            match Pattern::parse(source) {
                Ok(pattern) => {
                    read = pattern;
                    &read
                }
                Err(reason) => {
                    args.warn(reason);
                    return args.written(format_args!("{date}"));
                }
            }
        }
    };
    // Writing to the arena cannot fail.
    let _ = by_pattern(&wall, pattern, locale, &mut out);
    args.made(out)
}

fn to_date<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    if args.is_null(1) {
        let date = args.date(0)?;
        return args.dated(date);
    }
    let (text, source) = (args.text(0)?, args.text(1)?);
    args.context.charge(text.len() + source.len())?;
    let read;
    let pattern = match args.compiled {
        Some(Compiled::Date(pattern)) => pattern,
        _ => {
            read = Pattern::parse(source).map_err(Fault::Failed)?;
            &read
        }
    };
    match read::by_pattern(text, pattern, Some(args.zone())) {
        Some(moment) => args.dated(moment),
        None => {
            let short: String = text.chars().take(40).collect();
            Err(Fault::Failed(format!(
                "\"{short}\" is not a date of the pattern {source}"
            )))
        }
    }
}

fn to_date_time_only<'a>(args: &mut Args<'_, 'a>) -> Answer<'a> {
    let date = args.date(0)?;
    let wall = date.wall(args.zone());
    args.dated(Moment {
        at: wall,
        kind: MomentKind::Local,
    })
}
