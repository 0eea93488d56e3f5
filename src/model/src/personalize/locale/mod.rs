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

/// How many columns the table has.
const COLUMNS: usize = Column::Region as usize + 1;

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let lines = LOCALES.lines().filter(|line| !line.starts_with('#'));
    let mut rows: Vec<Row> = lines
        .filter_map(|line| {
            let mut parts = line.split('\t');
            let (name, parent) = (parts.next()?, parts.next()?);
            let mut columns = [""; COLUMNS];
            for (column, found) in columns.iter_mut().zip(parts) {
                *column = found;
            }
            Some(Row {
                name,
                parent,
                columns,
            })
        })
        .collect();
    rows.sort_unstable_by_key(|row| row.name);
    let own: Vec<[&'static str; COLUMNS]> = rows.iter().map(|row| row.columns).collect();
    for at in 0..rows.len() {
        for column in 0..COLUMNS {
            // Of the symbols a row has only those that its parent lacks, and they are looked for one by one.
            if column != Column::Symbols as usize {
                rows[at].columns[column] = inherited(&rows, &own, at, column);
            }
        }
    }
    rows
});

/// What a column says once the parents are asked.
fn inherited(rows: &[Row], own: &[[&'static str; COLUMNS]], at: usize, column: usize) -> &'static str {
    let mut place = at;
    loop {
        match own[place][column] {
            "" => match rows.binary_search_by(|row| row.name.cmp(rows[place].parent)) {
                Ok(parent) if parent != place => place = parent,
                _ => return "",
            },
            // The same words inside a date, three columns to the left.
            "=" => return inherited(rows, own, place, column - 3),
            found => return found,
        }
    }
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    parent: &'static str,
    columns: [&'static str; COLUMNS],
}

/// What a region has.
#[derive(Debug, Clone, Copy)]
struct Region {
    name: &'static str,
    currency: &'static str,
    decimals: usize,
    weeks: Weeks,
}

static REGION_ROWS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    let lines = REGIONS.lines().filter(|line| !line.starts_with('#'));
    let mut regions: Vec<Region> = lines
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some(Region {
                name: columns.next()?,
                currency: columns.next()?,
                decimals: columns.next()?.parse().ok()?,
                weeks: Weeks {
                    first: columns.next()?.parse().ok()?,
                    least_days: columns.next()?.parse().ok()?,
                },
            })
        })
        .collect();
    regions.sort_unstable_by_key(|region| region.name);
    regions
});

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
    region: Option<&'static Region>,
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
        let region = find_region(region).or_else(|| find_region(row.columns[Column::Region as usize]));
        Some(Locale { row, region })
    }

    /// English of the United States, which is meant where no locale is given.
    pub(crate) fn english() -> Locale {
        // Asked for with each date and number, and looked for once.
        static ENGLISH: LazyLock<Locale> = LazyLock::new(|| {
            Locale::find("en_US").unwrap_or(Locale {
                row: &ROWS[0],
                region: None,
            })
        });
        *ENGLISH
    }

    /// A column.
    pub(crate) fn get(self, column: Column) -> &'static str {
        self.row.columns[column as usize]
    }

    /// An entry of a column of words, from 0.
    pub(crate) fn word(self, column: Column, place: usize) -> &'static str {
        self.get(column).split('|').nth(place).unwrap_or_default()
    }

    /// The region's currency and its decimals.
    pub(crate) fn currency(self) -> Option<(&'static str, usize)> {
        self.region.map(|region| (region.currency, region.decimals))
    }

    /// The sign of a currency here; its code where it has none.
    pub(crate) fn symbol(self, code: &'static str) -> &'static str {
        let mut row = Some(self.row);
        while let Some(here) = row {
            let symbols = here.columns[Column::Symbols as usize];
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
        // ISO 8601, where the region is not known.
        const ISO: Weeks = Weeks {
            first: 0,
            least_days: 4,
        };
        self.region.map_or(ISO, |region| region.weeks)
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

fn find_region(name: &str) -> Option<&'static Region> {
    let upper = || name.bytes().map(|byte| byte.to_ascii_uppercase());
    let found = REGION_ROWS.binary_search_by(|region| region.name.bytes().cmp(upper()));
    found.ok().map(|at| &REGION_ROWS[at])
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
            let missing = row.columns.iter().position(|column| column.is_empty());
            assert!(
                missing.is_none_or(|at| at == Column::Symbols as usize),
                "{}: {missing:?}",
                row.name
            );
        }
    }

    #[test]
    fn names_are_found_however_they_are_written() {
        let name = |name: &str| {
            Locale::find(name).map(|locale| (locale.row.name, locale.region.map_or("", |region| region.name)))
        };
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
