//! Words, numbers and amounts of money by locale.
//!
//! The data are Unicode's, of the languages that [`languages`] gives and all their regions, made by
//! `cargo xtask locales`: a table of 90 kB (26 kB compressed), in which a regional variant holds only what differs from
//! its parent. Looking something up makes no copy of it.
//!
//! ICU4X would be the ready-made way. Measured as wasm, its numbers and one form of date take 800 kB (240 kB compressed);
//! it has no stable currency formats, and Java's pattern letters need the bare words, which are what is here.

mod number;

use std::sync::LazyLock;

pub(crate) use number::{money, number};

/// Locale, parent and columns, a line for each.
const LOCALES: &str = include_str!("locales.tsv");
/// Region, currency, its decimals, first day of the week, days of a first week.
const REGIONS: &str = include_str!("regions.tsv");

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = LOCALES.lines().filter(|line| !line.starts_with('#'));
    let mut rows: Vec<Row> = lines
        .filter_map(|line| {
            let (name, rest) = line.split_once('\t')?;
            let (parent, columns) = rest.split_once('\t').unwrap_or((rest, ""));
            Some(Row {
                name,
                parent,
                columns,
            })
        })
        .collect();
    rows.sort_unstable_by_key(|row| row.name);
    rows
});

#[derive(Debug)]
struct Row {
    name: &'static str,
    parent: &'static str,
    columns: &'static str,
}

/// A column of the table, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    Months = 0,
    ShortMonths = 1,
    NarrowMonths = 2,
    MonthsAlone = 3,
    ShortMonthsAlone = 4,
    NarrowMonthsAlone = 5,
    Days = 6,
    ShortDays = 7,
    NarrowDays = 8,
    DaysAlone = 9,
    ShortDaysAlone = 10,
    NarrowDaysAlone = 11,
    Quarters = 12,
    ShortQuarters = 13,
    Halves = 14,
    Eras = 15,
    ShortEras = 16,
    NarrowEras = 17,
    Zero = 18,
    Decimal = 19,
    Group = 20,
    Minus = 21,
    NumberPattern = 22,
    MoneyPattern = 23,
    MoneyDecimal = 24,
    MoneyGroup = 25,
    Symbols = 26,
    Region = 27,
}

impl Column {
    /// The column of the same words inside a date, for words that stand alone.
    fn inside(self) -> Option<Column> {
        Some(match self {
            Column::MonthsAlone => Column::Months,
            Column::ShortMonthsAlone => Column::ShortMonths,
            Column::NarrowMonthsAlone => Column::NarrowMonths,
            Column::DaysAlone => Column::Days,
            Column::ShortDaysAlone => Column::ShortDays,
            Column::NarrowDaysAlone => Column::NarrowDays,
            _ => return None,
        })
    }
}

/// How a region counts weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Weeks {
    /// The first day of the week, from 0 for Monday.
    pub(crate) first: i8,
    /// Days of January that make a week the year's first.
    pub(crate) least_days: i8,
}

/// A locale that is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Locale {
    row: &'static Row,
    region: &'static str,
}

impl Locale {
    /// The locale of a name such as `fr_FR`, `pt-br`, `zh_Hant_HK` or `de`, if its language is known.
    pub(crate) fn find(name: &str) -> Option<Locale> {
        let mut parts = name.trim().split(['_', '-']);
        let language = match parts.next()? {
            // What Java and older systems still call them.
            "iw" => "he",
            "in" => "id",
            "no" => "nb",
            "tl" => "fil",
            other => other,
        };
        if !(2..=3).contains(&language.len()) || !language.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
        let (mut script, mut region) = ("", "");
        for part in parts {
            match part.len() {
                4 if script.is_empty() && region.is_empty() => script = part,
                2 | 3 if region.is_empty() => region = part,
                // Variants and extensions change nothing here.
                _ => break,
            }
        }
        if language.eq_ignore_ascii_case("zh")
            && script.is_empty()
            && ["TW", "HK", "MO"]
                .iter()
                .any(|traditional| region.eq_ignore_ascii_case(traditional))
        {
            script = "Hant";
        }
        let row = [
            [language, script, region],
            [language, region, ""],
            [language, script, ""],
            [language, "", ""],
        ]
        .into_iter()
        .find_map(|wanted| row(&wanted))?;
        let known = find_region(region).map(|line| line.split('\t').next().unwrap_or_default());
        let locale = Locale { row, region: "" };
        Some(Locale {
            region: known.unwrap_or_else(|| locale.get(Column::Region)),
            ..locale
        })
    }

    /// English of the United States, which is meant where no locale is given.
    pub(crate) fn english() -> Locale {
        Locale::find("en_US").unwrap_or(Locale {
            row: &ROWS[0],
            region: "US",
        })
    }

    /// A column; that of the parent where the locale has none of its own.
    pub(crate) fn get(self, column: Column) -> &'static str {
        let mut row = self.row;
        loop {
            match row.columns.split('\t').nth(column as usize) {
                Some("=") => match column.inside() {
                    Some(inside) => return self.get(inside),
                    None => return "",
                },
                Some("") | None => {}
                Some(found) => return found,
            }
            match find_row(row.parent) {
                Some(parent) => row = parent,
                None => return "",
            }
        }
    }

    /// An entry of a column of words, from 0.
    pub(crate) fn word(self, column: Column, place: usize) -> &'static str {
        self.get(column).split('|').nth(place).unwrap_or_default()
    }

    /// The region's currency and its decimals.
    pub(crate) fn currency(self) -> Option<(&'static str, usize)> {
        let mut columns = find_region(self.region)?.split('\t').skip(1);
        Some((columns.next()?, columns.next()?.parse().ok()?))
    }

    /// The sign of a currency here; its code where it has none.
    pub(crate) fn symbol(self, code: &'static str) -> &'static str {
        let mut row = Some(self.row);
        while let Some(here) = row {
            let symbols = here
                .columns
                .split('\t')
                .nth(Column::Symbols as usize)
                .unwrap_or_default();
            let found = symbols
                .split('|')
                .find_map(|entry| entry.strip_prefix(code)?.strip_prefix('='));
            if let Some(found) = found {
                return found;
            }
            row = find_row(here.parent);
        }
        code
    }

    pub(crate) fn weeks(self) -> Weeks {
        let mut columns = find_region(self.region)
            .into_iter()
            .flat_map(|line| line.split('\t'))
            .skip(3);
        let mut next = |otherwise| {
            columns
                .next()
                .and_then(|column| column.parse().ok())
                .unwrap_or(otherwise)
        };
        Weeks {
            first: next(0),
            least_days: next(1),
        }
    }
}

/// The languages whose words and numbers are known, by their codes.
pub fn languages() -> impl Iterator<Item = &'static str> {
    ROWS.iter()
        .map(|row| row.name)
        .filter(|name| !name.contains('-') && *name != "und")
}

/// The row of a name in parts, letter case aside.
fn row(parts: &[&str; 3]) -> Option<&'static Row> {
    let wanted = || {
        parts
            .iter()
            .filter(|part| !part.is_empty())
            .enumerate()
            .flat_map(|(at, part)| (at > 0).then_some(b'-').into_iter().chain(part.bytes()))
    };
    let language = parts[0];
    let start = ROWS.partition_point(|row| {
        row.name
            .bytes()
            .cmp(language.bytes().map(|byte| byte.to_ascii_lowercase()))
            .is_lt()
    });
    ROWS[start..]
        .iter()
        .take_while(|row| {
            row.name
                .get(..language.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(language))
        })
        .find(|row| {
            let lower = |byte: u8| byte.to_ascii_lowercase();
            row.name.bytes().map(lower).eq(wanted().map(lower))
        })
}

fn find_row(name: &str) -> Option<&'static Row> {
    let found = ROWS.binary_search_by(|row| row.name.cmp(name)).ok();
    found.map(|at| &ROWS[at])
}

fn find_region(name: &str) -> Option<&'static str> {
    REGIONS.lines().find(|line| {
        line.split('\t')
            .next()
            .is_some_and(|region| region.eq_ignore_ascii_case(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_parent_and_no_column_too_many() {
        for row in ROWS.iter() {
            assert!(
                row.name == "und" || find_row(row.parent).is_some(),
                "{}",
                row.name
            );
            assert!(
                row.columns.split('\t').count() <= Column::Region as usize + 1,
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let name = |name: &str| Locale::find(name).map(|locale| (locale.row.name, locale.region));
        assert_eq!(name("fr_FR"), Some(("fr", "FR")));
        assert_eq!(name("pt-br"), Some(("pt", "BR")));
        assert_eq!(name("zh_TW"), Some(("zh-Hant", "TW")));
        assert_eq!(name("de"), Some(("de", "DE")));
        assert_eq!(name("sr_Latn_RS"), Some(("sr-Latn", "RS")));
        assert_eq!(name("no_NO"), Some(("nb", "NO")));
        assert_eq!(name("xx_YY"), None);
        assert_eq!(name("und"), Some(("und", "US")));
        assert_eq!(name(""), None);
    }
}
