//! Calls of fragments, and the fields in them that a caller may replace.
//!
//! Journey Optimizer writes `{{fragment id='ajo:…' name='…' mode='inline' render=false field="value"}}`
//! (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/use-expression-fragments>)
//! and, in the fragment, `{{#inline "field"}}default{{/inline}}`; Handlebars `{{> name field="value"}}`.

use std::borrow::Cow;

use super::{BlockName, Parser, suggestion};
use crate::personalize::finding::{FindingCode, Findings};
use crate::personalize::fragment::Fragments;
use crate::personalize::lexer::{Token, is_name_char};
use crate::personalize::program::{Expr, ExprId, Op, Region, Slot, Span, VariableKind};
use crate::personalize::scan::{Piece, Tag, scan};

/// What is known of the calls so far.
#[derive(Default)]
pub(super) struct Calls {
    /// The fragments being read, the innermost last, each with the count of block names outside.
    open: Vec<(usize, usize)>,
    made: usize,
    /// The bytes of the fragments' texts, counted with each call.
    bytes: usize,
}

/// The source with the fragments behind it whose names stand in it or in one of those.
pub(super) fn gather<'s>(source: &'s str, fragments: &Fragments) -> (Cow<'s, str>, Vec<Region>) {
    let mut whole = Cow::Borrowed(source);
    let mut regions: Vec<Region> = Vec::new();
    let mut looked = 0;
    // What each round finds may name others; a fragment is taken once, so that this ends.
    while looked < whole.len() {
        let fresh: Vec<(&str, &str)> = fragments
            .mentioned(&whole[looked..])
            .filter(|(name, _)| !regions.iter().any(|known| known.name == *name))
            .collect();
        looked = whole.len();
        for (name, text) in fresh {
            // Apart, so that a place at the end of one is none at the start of the next.
            whole.to_mut().push('\n');
            let start = whole.len();
            whole.to_mut().push_str(text);
            regions.push(Region {
                name: name.to_owned(),
                text: Span::new(start, whole.len()),
                call: Span::default(),
            });
        }
    }
    (whole, regions)
}

/// Whether what follows the word `fragment` makes it a call: a name in quotes, or `name=`.
pub(crate) fn is_call(rest: &str) -> bool {
    let rest = rest.trim_start();
    let after = rest.trim_start_matches(is_name_char);
    rest.starts_with(['"', '\'']) || (after.len() < rest.len() && after.trim_start().starts_with('='))
}

/// A call as it was written.
#[derive(Default)]
struct Call<'s> {
    /// What may name it, in the order in which it is looked for.
    names: Vec<(String, Span)>,
    hidden: bool,
    arguments: Vec<(&'s str, Span, ExprId)>,
}

impl<'s> Parser<'s> {
    /// `{{fragment …}}` or `{{> …}}`, whose words behind the first are `body`.
    pub(super) fn call_fragment(&mut self, tag: Tag, body: Span) {
        self.read(body, tag.style);
        let Some(call) = self.read_call() else { return };
        let found = call.names.iter().find_map(|(name, _)| {
            let bare = name.strip_prefix("ajo:").unwrap_or(name);
            let regions = &self.program.regions;
            regions
                .iter()
                .position(|region| region.name == *name || region.name == bare)
        });
        let Some(at) = found else {
            self.unknown_fragment(&call, tag.span);
            return;
        };
        if !self.may_call(at, tag.span) {
            return;
        }
        self.expand(at, tag.span, &call);
    }

    fn read_call(&mut self) -> Option<Call<'s>> {
        let mut call = Call::default();
        let (mut by_name, mut by_id) = (Vec::new(), Vec::new());
        // {{> name}} and {{fragment "name"}} name it without a key.
        if self.peek_at(1).token != Token::Equal {
            let word = self.peek();
            if let Token::Name { name, .. } | Token::Text(name) = word.token {
                self.next();
                by_name.push((self.program.text(name).to_owned(), word.span));
            }
        }
        while let Token::Name { name, .. } = self.peek().token {
            let place = self.next().span;
            let key = &self.source[name.start()..name.end()];
            if !self.eat(Token::Equal) {
                let message = format!("A value is given like this: {key}=\"text\".");
                self.findings.error(FindingCode::UnexpectedToken, place, message);
                return None;
            }
            let value = self.prefix();
            let text = match *self.program.expr(value) {
                Expr::Text(span) => Some(self.program.text(span).to_owned()),
                Expr::Invalid => return None,
                _ => None,
            };
            let place = self.program.span(value);
            match (key, text) {
                ("name", Some(text)) => by_name.push((text, place)),
                ("id", Some(text)) => by_id.push((text, place)),
                ("mode", Some(_)) => {}
                ("render", _) => call.hidden = matches!(self.program.expr(value), Expr::Bool(false)),
                _ => call.arguments.push((key, name, value)),
            }
        }
        self.expect_end();
        call.names = by_name;
        call.names.extend(by_id);
        Some(call)
    }

    fn unknown_fragment(&mut self, call: &Call<'_>, tag: Span) {
        let Some((name, place)) = call.names.first() else {
            let message = "A fragment is called by its name: {{fragment name=\"footer\"}}.";
            self.findings.error(FindingCode::ExpectedExpression, tag, message);
            return;
        };
        let bare = name.strip_prefix("ajo:").unwrap_or(name);
        if let Some(there) = [name.as_str(), bare]
            .into_iter()
            .find(|name| self.fragments.is_unpublished(name))
        {
            let message = format!(
                "The fragment {there} has not been published yet. Publish it first: Messages, Fragments."
            );
            self.findings
                .error(FindingCode::UnpublishedFragment, *place, message);
            return;
        }
        let quoted = self.source[place.start()..].starts_with(['"', '\'', '`']);
        let edge = usize::from(quoted);
        let inside = Span::new(place.start() + edge, place.end() - edge);
        let (hint, fix) = suggestion(name, inside, self.fragments.iter().map(|(name, _)| name));
        let message = format!("There is no fragment {name}{hint}");
        self.findings
            .error_with_fix(FindingCode::UnknownFragment, *place, message, fix);
    }

    /// The way from a fragment back to itself, where it is being read already.
    fn chain_to(&self, name: &str) -> Option<String> {
        let regions = &self.program.regions;
        let read = self.calls.open.iter().map(|(at, _)| regions[*at].name.as_str());
        let mut chain: Vec<&str> = self.own_fragment.into_iter().chain(read).collect();
        let from = chain.iter().position(|open| *open == name)?;
        chain.push(name);
        Some(chain[from..].join(" → "))
    }

    /// Whether a fragment may be called here, or says why not.
    fn may_call(&mut self, at: usize, tag: Span) -> bool {
        let region = &self.program.regions[at];
        let (code, message) = if let Some(chain) = self.chain_to(&region.name) {
            let message = format!("The fragment {} calls itself: {chain}.", region.name);
            (FindingCode::RecursiveFragment, message)
        } else if self.calls.open.len() == self.options.max_fragment_depth {
            let most = self.options.max_fragment_depth;
            let message = format!("Fragments call one another more than {most} deep.");
            (FindingCode::TooDeep, message)
        } else if self.calls.made == self.options.max_fragments {
            let most = self.options.max_fragments;
            let message = format!("Fragments are called more than {most} times.");
            (FindingCode::TooLarge, message)
        } else if self.calls.bytes + region.text.len() > self.options.max_bytes {
            let most = self.options.max_bytes;
            let message = format!("With its fragments the template has more than {most} bytes.");
            (FindingCode::TooLarge, message)
        } else {
            self.calls.made += 1;
            self.calls.bytes += region.text.len();
            return true;
        };
        self.findings.error(code, tag, message);
        false
    }

    /// Reads a fragment as if it stood here.
    fn expand(&mut self, at: usize, tag: Span, call: &Call<'s>) {
        let outer_names = self.names.len();
        for (name, place, value) in &call.arguments {
            self.refuse_reserved(name, *place);
            let slot = self.new_variable(*place, VariableKind::Argument, None);
            self.program.ops.push(Op::Let { slot, value: *value });
            self.names.push(BlockName { name, slot });
        }
        let region = &mut self.program.regions[at];
        if region.call == Span::default() {
            region.call = tag;
        }
        let text = region.text;
        self.calls.open.push((at, outer_names));
        // A tag in the fragment closes no block around it.
        let outer_blocks = std::mem::take(&mut self.blocks);
        if call.hidden {
            self.program.ops.push(Op::Capture);
        }
        let mut findings = Findings::default();
        let shift = |span: Span| Span::new(span.start() + text.start(), span.end() + text.start());
        for piece in scan(&self.source[text.start()..text.end()], &mut findings) {
            match piece {
                Piece::Text(span) if span.len() == 0 => {}
                Piece::Text(span) => self.program.ops.push(Op::Text(shift(span))),
                Piece::Tag(tag) => self.tag(Tag {
                    span: shift(tag.span),
                    body: shift(tag.body),
                    ..tag
                }),
            }
        }
        self.findings.absorb(findings, text.start());
        self.close_open_blocks();
        if call.hidden {
            self.program.ops.push(Op::EndCapture { slot: None });
        }
        self.blocks = outer_blocks;
        self.calls.open.pop();
        self.names.truncate(outer_names);
    }

    /// `#inline "field"`: gives the place of the jump past it where the caller has given the field, and else the variable
    /// that its text is the value of.
    pub(super) fn start_inline(&mut self, tag: Tag, body: Span) -> (Option<usize>, Option<Slot>) {
        self.read(body, tag.style);
        let word = self.next();
        let name = match word.token {
            Token::Text(name) | Token::Name { name, .. } => name,
            _ => Span::default(),
        };
        let text = self.source.get(name.start()..name.end()).unwrap_or_default();
        if text.is_empty() || !text.chars().all(is_name_char) {
            let message = "The name of the field is expected here: {{#inline \"sport\"}}.";
            self.findings
                .error(FindingCode::ExpectedExpression, word.span, message);
            return (None, None);
        }
        // What follows tells an editor how to show the field.
        while let Token::Name { .. } = self.peek().token {
            self.next();
            if self.eat(Token::Equal) {
                self.prefix();
            }
        }
        self.expect_end();
        self.refuse_reserved(text, name);
        let given = self.calls.open.last().is_some_and(|(_, outer)| {
            let inside = self.names.get(*outer..).unwrap_or_default();
            inside.iter().any(|block| block.name == text)
        });
        if given {
            self.program.ops.push(Op::Jump(0));
            return (Some(self.program.ops.len() - 1), None);
        }
        let slot = match self.lookup(text) {
            Some(slot) => slot,
            None => {
                let slot = self.new_variable(name, VariableKind::Inline, None);
                self.lets.insert(text, slot);
                slot
            }
        };
        self.program.ops.push(Op::Capture);
        (None, Some(slot))
    }
}
