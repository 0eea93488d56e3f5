//! Reads a template into a program, and goes on after an error so that all of them are found at once.

mod block;
mod close;
mod cursor;
mod expression;
mod fragment;
mod literal;
mod path;
mod prefix;
mod tag;

use std::collections::HashMap;

use super::finding::{FindingCode, Findings, Fix, nearest};
use super::fragment::Fragments;
use super::lexer::{Token, Word};
use super::program::{Expr, ExprId, Op, PathId, Program, Region, Root, Slot, Span, Variable, VariableKind};
use super::scan::{Piece, Tag, scan};
use block::Block;
use fragment::Calls;
pub(crate) use fragment::is_call;

/// Limits on the size of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseOptions {
    /// Longest source in bytes; 262,144 unless told.
    pub max_bytes: usize,
    /// Most blocks inside one another; 64 unless told.
    pub max_blocks: usize,
    /// Most steps from an expression to its innermost part; 64 unless told.
    pub max_depth: usize,
    /// Most calls of fragments, those inside fragments among them; 100 unless told. The text of a fragment counts towards
    /// `max_bytes` with each call.
    pub max_fragments: usize,
    /// Most fragments inside one another; 8 unless told.
    pub max_fragment_depth: usize,
    /// Most regular expressions and date patterns written out, each of which is kept compiled; 200 unless told.
    pub max_patterns: usize,
}

impl Default for ParseOptions {
    fn default() -> ParseOptions {
        ParseOptions {
            max_bytes: 256 * 1024,
            max_blocks: 64,
            max_depth: 64,
            max_fragments: 100,
            max_fragment_depth: 8,
            max_patterns: 200,
        }
    }
}

/// Reads a source into a program; one with errors must not be run. `own` is the name of the fragment whose text the source
/// is, if it is one's.
pub(crate) fn parse(
    source: &str,
    options: &ParseOptions,
    fragments: &Fragments,
    own: Option<&str>,
) -> (Program, Findings) {
    let (whole, regions) = fragment::gather(source, fragments);
    match read(&whole, source.len(), (fragments, regions, own), options) {
        Ok(mut parser) => {
            parser.close_open_blocks();
            (parser.program, parser.findings)
        }
        Err(findings) => {
            let program = Program {
                pool: source.to_owned(),
                source_len: source.len(),
                ..Program::default()
            };
            (program, findings)
        }
    }
}

/// What can be named at the end of a source, whose blocks may be open.
pub(crate) struct Visible {
    /// The program up to there, with the frames of open blocks still on.
    pub(crate) program: Program,
    /// The variables, the innermost first.
    pub(crate) names: Vec<(String, Slot)>,
    /// The names of the open blocks, the innermost last.
    pub(crate) open_blocks: Vec<String>,
}

/// Reads the start of a template, for an editor that asks what could follow.
pub(crate) fn parse_visible(source: &str, options: &ParseOptions) -> Visible {
    let fragments = Fragments::default();
    let Ok(parser) = read(source, source.len(), (&fragments, Vec::new(), None), options) else {
        return Visible {
            program: Program::default(),
            names: Vec::new(),
            open_blocks: Vec::new(),
        };
    };
    let mut names: Vec<(String, Slot)> = Vec::new();
    for block in parser.names.iter().rev() {
        if !names.iter().any(|(known, _)| known == block.name) {
            names.push((block.name.to_owned(), block.slot));
        }
    }
    let hiding = names.len();
    let mut lets: Vec<(&str, Slot)> = parser.lets.iter().map(|(name, slot)| (*name, *slot)).collect();
    lets.sort_unstable();
    for (name, slot) in lets {
        if !names[..hiding].iter().any(|(known, _)| known == name) {
            names.push((name.to_owned(), slot));
        }
    }
    let open_blocks = parser
        .blocks
        .iter()
        .map(|block| block.name_in(source).to_owned())
        .collect();
    Visible {
        program: parser.program,
        names,
        open_blocks,
    }
}

/// Reads the first `own` bytes of a source, behind which the fragments stand.
fn read<'s>(
    source: &'s str,
    own: usize,
    (fragments, regions, own_fragment): (&'s Fragments, Vec<Region>, Option<&'s str>),
    options: &'s ParseOptions,
) -> Result<Parser<'s>, Findings> {
    let mut findings = Findings::default();
    // Offsets are kept in 32 bits, with room for unescaped texts behind the source.
    let limit = options.max_bytes.min(u32::MAX as usize / 2);
    if own > limit || source.len() > u32::MAX as usize / 2 {
        findings.error(
            FindingCode::TooLarge,
            Span::new(0, 0),
            format!("The template has {own} bytes; at most {limit} are allowed."),
        );
        return Err(findings);
    }
    let pieces = scan(&source[..own], &mut findings);
    let mut parser = Parser {
        source,
        options,
        program: Program {
            pool: source.to_owned(),
            source_len: own,
            regions,
            ..Program::default()
        },
        findings,
        words: Vec::new(),
        at: 0,
        depth: 0,
        depths: Vec::new(),
        blocks: Vec::new(),
        names: Vec::new(),
        lets: HashMap::new(),
        frames: 0,
        fragments,
        own_fragment,
        calls: Calls::default(),
    };
    for piece in pieces {
        match piece {
            Piece::Text(span) if span.len() == 0 => {}
            Piece::Text(span) => parser.program.ops.push(Op::Text(span)),
            Piece::Tag(tag) => parser.tag(tag),
        }
    }
    Ok(parser)
}

/// A variable that a block named, and the name by which it is found.
struct BlockName<'s> {
    name: &'s str,
    slot: Slot,
}

struct Parser<'s> {
    source: &'s str,
    options: &'s ParseOptions,
    program: Program,
    findings: Findings,
    /// The words of the tag being read.
    words: Vec<Word>,
    at: usize,
    /// How deep the expression being read is nested.
    depth: usize,
    /// The height of each expression's tree, so that a chain without brackets is bounded as well.
    depths: Vec<u16>,
    blocks: Vec<Block>,
    names: Vec<BlockName<'s>>,
    lets: HashMap<&'s str, Slot>,
    /// How many values of `this` enclose the current place.
    frames: u32,
    /// Every fragment there is; those that may be called are in the program.
    fragments: &'s Fragments,
    /// The name of the fragment whose text this is: what it leaves open is for its callers to give.
    own_fragment: Option<&'s str>,
    calls: Calls,
}

impl<'s> Parser<'s> {
    fn let_tag(&mut self, tag: Tag, body: Span) {
        self.read(body, tag.style);
        let word = self.next();
        let Token::Name { name, .. } = word.token else {
            if word.token != Token::Bad {
                self.findings.error(
                    FindingCode::ExpectedExpression,
                    word.span,
                    "A variable is set like this: {% let total = 0 %}.",
                );
            }
            return;
        };
        if self.peek().token != Token::Equal {
            let span = self.peek().span;
            self.findings.error(
                FindingCode::UnexpectedToken,
                span,
                "An = is expected after the name of the variable.",
            );
            return;
        }
        self.next();
        let value = self.expression();
        self.expect_end();
        let text = &self.source[name.start()..name.end()];
        self.refuse_reserved(text, name);
        let alias = match self.program.expr(value) {
            Expr::Path(path) => Some(*path),
            _ => None,
        };
        let known = self.lookup(text);
        let slot = match known {
            Some(slot) => {
                self.program.variables[slot.0 as usize].alias_of = None;
                slot
            }
            None => {
                let slot = self.new_variable(name, VariableKind::Let, alias);
                self.lets.insert(text, slot);
                slot
            }
        };
        self.program.ops.push(Op::Let { slot, value });
    }

    fn new_variable(&mut self, name: Span, kind: VariableKind, alias_of: Option<PathId>) -> Slot {
        let slot = Slot(self.program.variables.len() as u32);
        self.program.variables.push(Variable {
            name,
            kind,
            used: false,
            alias_of,
        });
        slot
    }

    fn refuse_reserved(&mut self, name: &str, span: Span) {
        if name == "this" || Root::named(name).is_some_and(Root::is_reserved) {
            self.findings.error(
                FindingCode::ReservedName,
                span,
                format!("{name} already has a meaning; give the variable another name."),
            );
        }
    }

    /// The variable of that name that is visible here.
    fn lookup(&self, name: &str) -> Option<Slot> {
        let block = self.names.iter().rev().find(|block| block.name == name);
        block
            .map(|block| block.slot)
            .or_else(|| self.lets.get(name).copied())
    }

    /// Adds an expression whose parts are `children`.
    fn add(&mut self, expr: Expr, span: Span, children: &[ExprId]) -> ExprId {
        let below = children
            .iter()
            .map(|child| self.depths[child.0 as usize])
            .max()
            .unwrap_or(0);
        let height = below.saturating_add(1);
        let id = ExprId(self.program.exprs.len() as u32);
        let expr = if usize::from(height) > self.options.max_depth {
            // Said once for a chain: what is built on it starts anew.
            self.depths.push(0);
            self.too_deep(span);
            Expr::Invalid
        } else {
            self.depths.push(height);
            expr
        };
        self.program.exprs.push(expr);
        self.program.spans.push(span);
        id
    }

    fn too_deep(&mut self, span: Span) {
        self.findings.error(
            FindingCode::TooDeep,
            span,
            format!(
                "This expression is nested more than {} deep; split it with {{% let %}}.",
                self.options.max_depth
            ),
        );
    }
}

/// "did you mean x?" for a name, with the edit.
fn suggestion<'c>(
    found: &str,
    span: Span,
    candidates: impl IntoIterator<Item = &'c str>,
) -> (String, Option<Fix>) {
    match nearest(found, candidates) {
        Some(near) => (
            format!("; did you mean {near}?"),
            Some(Fix {
                offset: span.start(),
                length: span.len(),
                replacement: near.to_owned(),
                title: format!("Use {near}"),
            }),
        ),
        None => (".".to_owned(), None),
    }
}
