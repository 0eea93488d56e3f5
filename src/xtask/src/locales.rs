//! Makes the locale tables of the personalisation language out of Unicode's CLDR.
//!
//! Only what dates, numbers and amounts of money need, of the languages below, and of a regional variant only what
//! differs from its parent: everything that the browser loads counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::say;

/// The languages, with all their regions. Those of Java's own list of supported locales
/// (<https://www.oracle.com/java/technologies/javase/jdk11-suported-locales.html>), which Journey Optimizer's pages name, and
/// the others that CLDR calls modern and that more than a few million people read.
const LANGUAGES: &[&str] = &[
    "af", "am", "ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et",
    "eu", "fa", "fi", "fil", "fr", "ga", "gl", "gu", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja",
    "ka", "kk", "km", "kn", "ko", "lo", "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne",
    "nl", "nn", "pa", "pl", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th",
    "tr", "uk", "ur", "uz", "vi", "zh", "zu",
];

/// The columns behind the name and the parent of a locale.
const COLUMNS: &str = "months, short, narrow; months alone, short, narrow; days, short, narrow; days alone, short, narrow; \
    quarters, short; halves of the day; eras, short, narrow; zero; decimal; group; minus; number pattern; \
    money pattern; money decimal; money group; currency symbols; likely region";

/// Writes `locales.tsv` and `regions.tsv` into the model, from a folder with CLDR's JSON packages
/// (<https://github.com/unicode-org/cldr-json>, folder `cldr-json`).
pub fn write(cldr: &Path) -> Result<()> {
    let core = cldr.join("cldr-core");
    let version = read(&core.join("package.json"))?["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let regions = Regions::read(&core)?;
    let parents = &read(&core.join("supplemental/parentLocales.json"))?["supplemental"]["parentLocales"]["parentLocale"];
    let likely = &read(&core.join("supplemental/likelySubtags.json"))?["supplemental"]["likelySubtags"];
    let mut rows: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(cldr.join("cldr-dates-full/main"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let language = name.split('-').next().unwrap_or_default();
        let variant = name.split('-').any(|part| part.len() > 4);
        if name != "und" && (!LANGUAGES.contains(&language) || variant) {
            continue;
        }
        let mut row = columns(cldr, &name, &regions.currencies())?;
        let region = likely[name.as_str()]
            .as_str()
            .and_then(|full| full.rsplit('-').next());
        row.push(region.unwrap_or_default().to_owned());
        rows.insert(name, row);
    }
    let mut out = format!(
        "# Made by `cargo xtask locales` from Unicode CLDR {version} (https://cldr.unicode.org), Unicode License v3.\n\
         # Locale, parent, then: {COLUMNS}.\n\
         # An empty column is the parent's; = is the column that the same words have inside a date.\n"
    );
    for (name, row) in &rows {
        let parent = parent_of(name, parents, &rows);
        let above = rows.get(&parent);
        let mut shown = Vec::with_capacity(row.len());
        for (at, column) in row.iter().enumerate() {
            let inside = ALONE
                .iter()
                .find(|(alone, _)| *alone == at)
                .map(|(_, inside)| &row[*inside]);
            shown.push(match above {
                Some(above) if above[at] == *column => String::new(),
                _ if inside == Some(column) => "=".to_owned(),
                Some(above) if at == SYMBOLS => difference(column, &above[at]),
                _ => column.clone(),
            });
        }
        let line = format!("{name}\t{parent}\t{}", shown.join("\t"));
        out.push_str(line.trim_end_matches('\t'));
        out.push('\n');
    }
    let folder = Path::new("src/model/src/personalize/locale");
    fs::create_dir_all(folder)?;
    fs::write(folder.join("locales.tsv"), &out)?;
    fs::write(folder.join("regions.tsv"), regions.table(&version))?;
    say(&format!("{} locales, {} bytes", rows.len(), out.len()));
    Ok(())
}

/// Columns of words that stand alone, and those of the same words inside a date.
const ALONE: [(usize, usize); 6] = [(3, 0), (4, 1), (5, 2), (9, 6), (10, 7), (11, 8)];
/// The column of the currency symbols.
const SYMBOLS: usize = 26;

fn read(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", path.display()))
}

fn parent_of(name: &str, parents: &Value, rows: &BTreeMap<String, Vec<String>>) -> String {
    let mut name = name;
    loop {
        name = match parents[name].as_str() {
            Some(parent) => parent,
            None => match name.rsplit_once('-') {
                Some((parent, _)) => parent,
                None if name == "und" => return String::new(),
                None => "und",
            },
        };
        if rows.contains_key(name) {
            return name.to_owned();
        }
    }
}

/// The symbols that a list does not share with another, currencies that have none there among them.
fn difference(list: &str, of: &str) -> String {
    let known: BTreeSet<&str> = of.split('|').collect();
    let here: BTreeSet<&str> = list
        .split('|')
        .filter_map(|entry| entry.split('=').next())
        .collect();
    let fresh = list
        .split('|')
        .filter(|entry| !known.contains(entry))
        .map(str::to_owned);
    let lost = of
        .split('|')
        .filter_map(|entry| entry.split('=').next())
        .filter(|code| !here.contains(code));
    let all: Vec<String> = fresh.chain(lost.map(|code| format!("{code}={code}"))).collect();
    all.join("|")
}

fn columns(cldr: &Path, name: &str, currencies: &BTreeSet<String>) -> Result<Vec<String>> {
    let calendar = read(&cldr.join(format!("cldr-dates-full/main/{name}/ca-gregorian.json")))?;
    let calendar = &calendar["main"][name]["dates"]["calendars"]["gregorian"];
    let months: Vec<String> = (1..=12).map(|month| month.to_string()).collect();
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(str::to_owned);
    let quarters: Vec<String> = (1..=4).map(|quarter| quarter.to_string()).collect();
    let mut row = Vec::new();
    for (what, keys) in [("months", &months[..]), ("days", &days[..])] {
        for form in ["format", "stand-alone"] {
            for width in ["wide", "abbreviated", "narrow"] {
                row.push(joined(&calendar[what][form][width], keys));
            }
        }
    }
    for width in ["wide", "abbreviated"] {
        row.push(joined(&calendar["quarters"]["format"][width], &quarters));
    }
    let halves = ["am", "pm"].map(str::to_owned);
    row.push(joined(&calendar["dayPeriods"]["format"]["abbreviated"], &halves));
    let eras = ["0", "1"].map(str::to_owned);
    for width in ["eraNames", "eraAbbr", "eraNarrow"] {
        row.push(joined(&calendar["eras"][width], &eras));
    }
    let numbers = read(&cldr.join(format!("cldr-numbers-full/main/{name}/numbers.json")))?;
    let numbers = &numbers["main"][name]["numbers"];
    let system = numbers["defaultNumberingSystem"].as_str().unwrap_or("latn");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let symbols = &numbers[format!("symbols-numberSystem-{system}")];
    let systems = read(&cldr.join("cldr-core/supplemental/numberingSystems.json"))?;
    let digits = text(&systems["supplemental"]["numberingSystems"][system]["_digits"]);
    row.push(digits.chars().take(1).collect());
    for symbol in ["decimal", "group", "minusSign"] {
        row.push(text(&symbols[symbol]));
    }
    row.push(text(
        &numbers[format!("decimalFormats-numberSystem-{system}")]["standard"],
    ));
    row.push(text(
        &numbers[format!("currencyFormats-numberSystem-{system}")]["standard"],
    ));
    for (symbol, plain) in [("currencyDecimal", "decimal"), ("currencyGroup", "group")] {
        row.push(text(symbols.get(symbol).unwrap_or(&symbols[plain])));
    }
    let money = read(&cldr.join(format!("cldr-numbers-full/main/{name}/currencies.json")))?;
    let money = &money["main"][name]["numbers"]["currencies"];
    let symbols: Vec<String> = currencies
        .iter()
        .filter_map(|code| {
            Some(format!(
                "{code}={}",
                money[code]["symbol"].as_str().filter(|symbol| symbol != code)?
            ))
        })
        .collect();
    row.push(symbols.join("|"));
    Ok(row)
}

fn joined(words: &Value, keys: &[String]) -> String {
    let words: Vec<&str> = keys
        .iter()
        .map(|key| words[key].as_str().unwrap_or_default())
        .collect();
    words.join("|")
}

/// What a region has: its money and how it counts weeks.
struct Regions(BTreeMap<String, (String, String, usize, u64)>);

impl Regions {
    fn read(core: &Path) -> Result<Regions> {
        let money = read(&core.join("supplemental/currencyData.json"))?;
        let money = &money["supplemental"]["currencyData"];
        let weeks = read(&core.join("supplemental/weekData.json"))?;
        let weeks = &weeks["supplemental"]["weekData"];
        let mut regions = BTreeMap::new();
        for (region, history) in money["region"].as_object().into_iter().flatten() {
            let mut current = history.as_array().into_iter().flatten().filter_map(|entry| {
                let (code, dates) = entry.as_object()?.iter().next()?;
                (dates.get("_to").is_none() && dates.get("_tender").is_none()).then(|| code.clone())
            });
            let Some(code) = current.next_back() else { continue };
            let digits = |code: &str| money["fractions"][code]["_digits"].as_str().map(str::to_owned);
            let digits = digits(&code)
                .or_else(|| digits("DEFAULT"))
                .unwrap_or_else(|| "2".to_owned());
            let of = |what: &str| {
                weeks[what][region.as_str()]
                    .as_str()
                    .or_else(|| weeks[what]["001"].as_str())
                    .unwrap_or_default()
            };
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let first = days.iter().position(|day| *day == of("firstDay")).unwrap_or(0);
            let least = of("minDays").parse().unwrap_or(1);
            regions.insert(region.clone(), (code, digits, first, least));
        }
        Ok(Regions(regions))
    }

    fn currencies(&self) -> BTreeSet<String> {
        self.0.values().map(|(code, ..)| code.clone()).collect()
    }

    fn table(&self, version: &str) -> String {
        let mut out = format!(
            "# Made by `cargo xtask locales` from Unicode CLDR {version} (https://cldr.unicode.org), Unicode License v3.\n\
             # Region, currency, its decimals, first day of the week from 0 for Monday, days that make a year's first week.\n"
        );
        for (region, (code, digits, first, least)) in &self.0 {
            out.push_str(&format!("{region}\t{code}\t{digits}\t{first}\t{least}\n"));
        }
        out
    }
}
