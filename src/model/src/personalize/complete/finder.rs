//! Gathers what could be typed.

use super::{Completion, CompletionKind, FragmentOffer, fragment};
use crate::personalize::functions;
use crate::personalize::lexer::is_name_char;
use crate::personalize::operators::OPERATORS;
use crate::personalize::parser::Visible;
use crate::personalize::program::Root;
use crate::personalize::schema::{Field, Schema};
use crate::personalize::types::{Known, Type, Walk, Watch, field_of, fields_of, step};

struct Ignore;
impl Watch<'_> for Ignore {}

pub(super) struct Finder<'s> {
    schema: &'s Schema,
    visible: Visible,
    /// The part of the name that was typed.
    pub(super) partial: &'s str,
    pub(super) replace_from: usize,
    found: Vec<Completion>,
}

impl<'s> Finder<'s> {
    pub(super) fn new(schema: &'s Schema, visible: Visible, replace_from: usize) -> Finder<'s> {
        Finder {
            schema,
            visible,
            partial: "",
            replace_from,
            found: Vec::new(),
        }
    }

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

    pub(super) fn fields_under(&mut self, path: &str) {
        let mut steps = path.split(['.', '[']).map(|step| step.trim_matches(['`', ']']));
        let first = steps.next().unwrap_or_default();
        let (variables, this) = self.knowledge();
        let variable = variables
            .into_iter()
            .find(|(name, _)| name == first)
            .map(|(_, known)| known.ty);
        let field = this.as_ref().and_then(|this| field_of(&this.ty, first));
        let start = match (variable, Root::named(first), this) {
            (Some(ty), _, _) => Some(ty),
            (None, Some(root), _) if !root.is_reserved() && field.is_some() => field.map(Type::of),
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

    pub(super) fn names(&mut self) {
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
    pub(super) fn blocks(&mut self, sign: bool) {
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
    pub(super) fn fragments(&mut self, fragments: &[FragmentOffer]) {
        let word = !self.partial.is_empty() && "fragment".starts_with(self.partial);
        let partial = self.partial.to_lowercase();
        for fragment in fragments {
            if word || fragment.name.to_lowercase().contains(&partial) {
                self.found.push(fragment::whole_call(fragment, self.replace_from));
            }
        }
    }

    /// The closing of the innermost open block.
    pub(super) fn closings(&mut self) {
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
    pub(super) fn sorted(mut self) -> Vec<Completion> {
        let partial = self.partial.to_lowercase();
        self.found.sort_by_cached_key(|completion| {
            let label = completion.label.to_lowercase();
            (!label.starts_with(&partial), completion.kind, label)
        });
        self.found
    }
}
