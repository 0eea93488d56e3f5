//! What an editor offers while a template is typed.

mod finder;
mod fragment;

use serde::{Deserialize, Serialize};

use super::fragment::Argument;
use super::lexer::is_name_char;
use super::parser::{self, ParseOptions};
use super::schema::Schema;
use finder::Finder;

/// What a completion stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// A variable, or a name that a block gave.
    Variable,
    /// A field.
    Field,
    /// A root such as `profile`.
    Root,
    /// A block such as `#if`.
    Block,
    /// A function.
    Function,
    /// A word of the language, such as `and` or `true`.
    Word,
    /// A fragment.
    Fragment,
    /// What a fragment lets its callers give.
    Argument,
}

/// A fragment that may be called, as an editor offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FragmentOffer {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its callers may give.
    pub arguments: Vec<Argument>,
}

/// One thing that could be typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completion {
    /// What it stands for.
    pub kind: CompletionKind,
    /// What to show.
    pub label: String,
    /// What to insert in place of the text from `replace_from` to the cursor.
    pub insert: String,
    /// Start of the replaced text in bytes.
    pub replace_from: usize,
    /// The type, or the signature of a function.
    pub detail: String,
    /// The field's title, or what the function does.
    pub documentation: String,
}

impl Completion {
    /// The anchor of the entry of the reference that says more.
    pub fn entry(&self) -> Option<&str> {
        match self.kind {
            CompletionKind::Function => Some(&self.label),
            CompletionKind::Block => self.label.strip_prefix('#'),
            CompletionKind::Word => Some(&self.label),
            CompletionKind::Variable
            | CompletionKind::Field
            | CompletionKind::Root
            | CompletionKind::Fragment
            | CompletionKind::Argument => None,
        }
    }
}

/// What could be typed at `offset` (in bytes) of a source; nothing where text is written.
pub fn complete(source: &str, offset: usize, schema: &Schema) -> Vec<Completion> {
    complete_with(source, offset, schema, &[])
}

/// As [`complete`], with fragments that may be called.
pub fn complete_with(
    source: &str,
    offset: usize,
    schema: &Schema,
    fragments: &[FragmentOffer],
) -> Vec<Completion> {
    let mut offset = offset.min(source.len());
    while !source.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &source[..offset];
    let Some(open) = before.rfind("{{").max(before.rfind("{%")) else {
        return Vec::new();
    };
    let close = if before[open..].starts_with("{%") {
        "%}"
    } else {
        "}}"
    };
    let body = &before[open + 2..];
    if body.contains(close) {
        return Vec::new();
    }
    if close == "}}"
        && let Some(found) = fragment::inside_call(body, offset, fragments)
    {
        return found;
    }
    if in_quotes(body) {
        return Vec::new();
    }
    let word_start = offset - word_length(body);
    let word = &before[word_start..];
    let ahead = before[open + 2..word_start].trim_end();
    let visible = parser::parse_visible(&source[..open], &ParseOptions::default());
    let mut finder = Finder::new(schema, visible, word_start);
    match word.rfind('.') {
        _ if ahead.ends_with('#') => {
            finder.partial = word;
            finder.blocks(false);
        }
        _ if ahead.ends_with('/') && ahead.trim_matches(['{', '~', '/']).is_empty() => {
            finder.partial = word;
            finder.closings();
        }
        Some(dot) => {
            finder.partial = word[dot + 1..].trim_start_matches('`');
            finder.replace_from = word_start + dot + 1;
            finder.fields_under(&word[..dot]);
        }
        None => {
            finder.partial = word.trim_start_matches('`');
            finder.names();
            if ahead.trim_matches(['{', '~']).is_empty() {
                finder.blocks(true);
                if close == "}}" {
                    finder.fragments(fragments);
                }
            }
        }
    }
    finder.sorted()
}

/// Whether a part of a tag ends inside quotes.
fn in_quotes(body: &str) -> bool {
    let mut quote = None;
    let mut escaped = false;
    for character in body.chars() {
        match quote {
            _ if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if character == open => quote = None,
            None if matches!(character, '"' | '\'') => quote = Some(character),
            _ => {}
        }
    }
    quote.is_some()
}

/// How many bytes at the end of a tag's text belong to the path being typed.
fn word_length(body: &str) -> usize {
    let part = |c: char| is_name_char(c) || matches!(c, '.' | '`' | '[' | ']' | '-' | '@');
    let start = body
        .char_indices()
        .rev()
        .take_while(|(_, c)| part(*c))
        .last()
        .map_or(body.len(), |(at, _)| at);
    body.len() - start
}
