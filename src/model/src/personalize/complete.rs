//! What an editor offers while a template is typed.

use serde::{Deserialize, Serialize};

use super::fragment::Argument;
use super::lexer::is_name_char;
use super::operators::OPERATORS;
use super::parser::{self, ParseOptions, Visible};
use super::program::Root;
use super::schema::{Field, Schema};
use super::types::{Known, Type, Walk, Watch, fields_of, step};
use super::{complete_fragment, functions};

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
        && let Some(found) = complete_fragment::inside_call(body, offset, fragments)
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
    let mut finder = Finder {
        schema,
        visible,
        partial: "",
        replace_from: word_start,
        found: Vec::new(),
    };
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

struct Ignore;
impl Watch<'_> for Ignore {}

struct Finder<'s> {
    schema: &'s Schema,
    visible: Visible,
    partial: &'s str,
    replace_from: usize,
    found: Vec<Completion>,
}

impl<'s> Finder<'s> {
    /// What is known of the variables and of `this` at the cursor.
    fn knowledge(&self) -> (Vec<(String, Known<'s>)>, Option<Known<'s>>) {
        let mut walk = Walk::new(&self.visible.program, self.schema);
        walk.run(&mut Ignore);
        let variables = self.visible.names.iter();
        let known = variables
            .map(|(name, slot)| (name.clone(), walk.slots[slot.0 as usize].clone()))
            .collect();
        (known, walk.frames.last().cloned())
    }

    /// Does a label have what has been typed in it?
    fn is_meant(&self, label: &str) -> bool {
        let partial = self.partial.trim_start_matches(['@', '#']);
        label.to_lowercase().contains(&partial.to_lowercase())
    }

    fn add(
        &mut self,
        kind: CompletionKind,
        label: &str,
        insert: String,
        detail: String,
        documentation: &str,
    ) {
        if !self.is_meant(label) {
            return;
        }
        self.found.push(Completion {
            kind,
            label: label.to_owned(),
            insert,
            replace_from: self.replace_from,
            detail,
            documentation: documentation.to_owned(),
        });
    }

    fn fields(&mut self, field: &'s Field) {
        for (name, inner) in &field.fields {
            let plain = name.chars().all(is_name_char) && !name.starts_with(|c: char| c.is_ascii_digit());
            let insert = if plain { name.clone() } else { format!("`{name}`") };
            self.add(
                CompletionKind::Field,
                name,
                insert,
                inner.type_name(),
                &inner.title,
            );
        }
    }

    fn fields_under(&mut self, path: &str) {
        let mut steps = path.split(['.', '[']).map(|step| step.trim_matches(['`', ']']));
        let first = steps.next().unwrap_or_default();
        let (variables, this) = self.knowledge();
        let variable = variables
            .into_iter()
            .find(|(name, _)| name == first)
            .map(|(_, known)| known.ty);
        let start = match (variable, Root::named(first), this) {
            (Some(ty), _, _) => Some(ty),
            (None, Some(root), _) => self.schema.root(root).map(Type::of),
            (None, None, Some(this)) if first == "this" => Some(this.ty),
            (None, None, Some(this)) => step(&this.ty, first),
            (None, None, None) => None,
        };
        let end = steps.try_fold(start, |ty, name| {
            let ty = ty?;
            let place = name.bytes().all(|byte| byte.is_ascii_digit()) && matches!(ty, Type::List(_));
            Some(if place { Some(ty.item()) } else { step(&ty, name) })
        });
        if let Some(field) = end.flatten().as_ref().and_then(fields_of) {
            self.fields(field);
        }
    }

    fn names(&mut self) {
        let (variables, this) = self.knowledge();
        for (name, known) in variables {
            let documentation = known.path.unwrap_or_default();
            self.add(
                CompletionKind::Variable,
                &name,
                name.clone(),
                known.ty.short_name(),
                &documentation,
            );
        }
        if let Some(this) = this {
            if let Some(field) = fields_of(&this.ty) {
                self.fields(field);
            }
            let item = this.ty.short_name();
            self.add(
                CompletionKind::Variable,
                "this",
                "this".to_owned(),
                item,
                "The current item.",
            );
            for value in functions::LOOP_VALUES {
                self.add(
                    CompletionKind::Variable,
                    value.name,
                    value.name.to_owned(),
                    String::new(),
                    value.docs,
                );
            }
        }
        for root in Root::ALL {
            let (detail, title) = self
                .schema
                .root(root)
                .map(|field| (field.type_name(), field.title.as_str()))
                .unwrap_or_default();
            self.add(
                CompletionKind::Root,
                root.name(),
                root.name().to_owned(),
                detail,
                title,
            );
        }
        for function in functions::all() {
            // There are many, and most are not meant.
            if !self.is_meant(function.name) {
                continue;
            }
            let insert = format!("{}(", function.name);
            self.add(
                CompletionKind::Function,
                function.name,
                insert,
                function.signature(),
                function.docs,
            );
        }
        // A word of three letters is typed sooner than it is found in a list of everything.
        if !self.partial.is_empty() {
            self.words();
        }
    }

    /// Literals and operators that are words.
    fn words(&mut self) {
        let operators = OPERATORS.iter().map(|operator| &operator.helper);
        for word in functions::LITERALS.iter().chain(operators) {
            // The others are signs, or explained under another name.
            if word.id == word.name {
                let insert = word.name.to_owned();
                self.add(
                    CompletionKind::Word,
                    word.name,
                    insert,
                    word.syntax.to_owned(),
                    word.docs,
                );
            }
        }
    }

    /// The block helpers, with their sign if it has not been typed.
    fn blocks(&mut self, sign: bool) {
        for helper in functions::HELPERS.iter().filter(|helper| helper.block) {
            let (name, documentation) = (helper.name, helper.docs);
            let insert = if sign {
                format!("#{name} ")
            } else {
                format!("{name} ")
            };
            self.add(
                CompletionKind::Block,
                &format!("#{name}"),
                insert,
                "block".to_owned(),
                documentation,
            );
        }
    }

    /// Calls of fragments, found by the fragment's name or by the word itself.
    fn fragments(&mut self, fragments: &[FragmentOffer]) {
        let word = !self.partial.is_empty() && "fragment".starts_with(self.partial);
        let partial = self.partial.to_lowercase();
        for fragment in fragments {
            if word || fragment.name.to_lowercase().contains(&partial) {
                self.found
                    .push(complete_fragment::whole_call(fragment, self.replace_from));
            }
        }
    }

    /// The closing of the innermost open block.
    fn closings(&mut self) {
        if let Some(name) = self.visible.open_blocks.last().cloned() {
            self.add(
                CompletionKind::Block,
                &name,
                name.clone(),
                "block".to_owned(),
                "Closes the block.",
            );
        }
    }

    /// What was found, best first: what starts as typed, then nearer things, then by name.
    fn sorted(mut self) -> Vec<Completion> {
        let partial = self.partial.to_lowercase();
        self.found.sort_by_cached_key(|completion| {
            let label = completion.label.to_lowercase();
            (!label.starts_with(&partial), completion.kind, label)
        });
        self.found
    }
}
