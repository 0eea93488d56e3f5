//! The pattern letters of Java's `DateTimeFormatter`
//! (<https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html#patterns>).

use super::letters::LETTERS;

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    Literal(String),
    Field { letter: char, count: usize },
}

/// A pattern, cut into its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    items: Vec<Item>,
    /// From which part on the pattern is optional (`[`).
    optional_from: Option<usize>,
}

impl Pattern {
    /// Cuts a pattern into its parts, or says what is wrong with it.
    pub(crate) fn parse(source: &str) -> Result<Pattern, String> {
        if source.is_empty() {
            return Err("A date pattern is expected, such as dd/MM/yyyy".to_owned());
        }
        if source.len() > 256 {
            return Err("This date pattern is longer than 256 bytes".to_owned());
        }
        let mut pattern = Pattern {
            items: Vec::new(),
            optional_from: None,
        };
        let mut depth = 0_usize;
        let mut characters = source.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\'' => {
                    let mut literal = String::new();
                    if characters.next_if_eq(&'\'').is_some() {
                        literal.push('\'');
                    } else {
                        loop {
                            match characters.next() {
                                Some('\'') if characters.next_if_eq(&'\'').is_some() => literal.push('\''),
                                Some('\'') => break,
                                Some(other) => literal.push(other),
                                None => {
                                    return Err("A quote in this date pattern is not closed".to_owned());
                                }
                            }
                        }
                    }
                    pattern.literal(&literal);
                }
                '[' => {
                    depth += 1;
                    pattern.optional_from.get_or_insert(pattern.items.len());
                }
                ']' if depth > 0 => depth -= 1,
                ']' => return Err("A ] in this date pattern closes nothing".to_owned()),
                '{' | '}' | '#' => {
                    return Err(format!(
                        "{character} is reserved in date patterns; write '{character}'"
                    ));
                }
                letter if letter.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while characters.next_if_eq(&letter).is_some() {
                        count += 1;
                    }
                    check(letter, count)?;
                    pattern.items.push(Item::Field { letter, count });
                }
                other => pattern.literal(other.encode_utf8(&mut [0; 4])),
            }
        }
        Ok(pattern)
    }

    fn literal(&mut self, text: &str) {
        // An optional part must start a part of its own.
        let joins = self.optional_from != Some(self.items.len());
        match self.items.last_mut() {
            Some(Item::Literal(last)) if joins => last.push_str(text),
            _ => self.items.push(Item::Literal(text.to_owned())),
        }
    }

    pub(crate) fn items(&self) -> &[Item] {
        &self.items
    }

    pub(crate) fn is_optional(&self, at: usize) -> bool {
        self.optional_from.is_some_and(|from| at >= from)
    }

    fn has(&self, letters: &str) -> bool {
        self.items
            .iter()
            .any(|item| matches!(item, Item::Field { letter, .. } if letters.contains(*letter)))
    }

    /// Letters that are valid and probably not meant: what was found, what to write, and what the found ones mean.
    pub(crate) fn misleading(&self) -> Option<(&'static str, &'static str, &'static str)> {
        if self.has("Y") && self.has("Md") && !self.has("w") {
            return Some(("Y", "y", "the year of the week, which differs around New Year"));
        }
        if self.has("D") && self.has("M") && !self.has("d") {
            return Some(("D", "d", "the day of the year"));
        }
        None
    }

    /// Letters that print less here than in Java, and what that is.
    pub(crate) fn shortened(&self) -> Option<&'static str> {
        self.items.iter().find_map(|item| match item {
            Item::Field {
                letter: 'z',
                count: 4,
            } => {
                Some("zzzz prints the short name of the time zone here, as z does; Java prints the long one.")
            }
            Item::Field {
                letter: 'v',
                count: 4,
            } => {
                Some("vvvv prints the short name of the time zone here, as v does; Java prints the long one.")
            }
            _ => None,
        })
    }
}

/// Whether Java takes a letter so many times.
fn check(letter: char, count: usize) -> Result<(), String> {
    let Some(known) = LETTERS.iter().find(|known| known.letter == letter) else {
        return Err(match letter {
            'T' => "The letter T has no meaning in date patterns; write 'T'".to_owned(),
            'p' => "The letter p, which pads in Java, is not known here; HH or dd have two digits".to_owned(),
            _ => format!("The letter {letter} has no meaning in date patterns; text stands in '…'"),
        });
    };
    let refused = match letter {
        'O' | 'v' => !matches!(count, 1 | 4),
        'V' => count != 2,
        'c' => count == 2,
        _ => false,
    };
    if count > known.most || refused {
        let letters: String = std::iter::repeat_n(letter, count.min(12)).collect();
        return Err(format!("{letters} has no meaning in date patterns"));
    }
    Ok(())
}
