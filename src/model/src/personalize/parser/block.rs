//! Blocks: `if`, `unless`, `each`, `with`.

use super::{BlockName, Parser, suggestion};
use crate::personalize::finding::FindingCode;
use crate::personalize::lexer::{Token, is_name_char};
use crate::personalize::program::{Expr, ExprId, Op, Slot, Span, VariableKind};
use crate::personalize::scan::{Style, Tag};

/// The block helpers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    If,
    Unless,
    Each,
    With,
    /// A field of a fragment that its caller may replace.
    Inline,
    /// A helper that does not exist, kept so that its closing tag finds it.
    Unknown,
}

const HELPERS: [(&str, BlockKind); 5] = [
    ("if", BlockKind::If),
    ("unless", BlockKind::Unless),
    ("each", BlockKind::Each),
    ("with", BlockKind::With),
    ("inline", BlockKind::Inline),
];

/// A block whose closing tag is still to come.
pub(super) struct Block {
    pub(super) kind: BlockKind,
    pub(super) name: Span,
    pub(super) tag: Span,
    pub(super) style: Style,
    /// The instruction that jumps past the part being read, if its target is still open.
    pub(super) pending: Option<usize>,
    /// Jumps to the end of the block.
    pub(super) ends: Vec<usize>,
    pub(super) has_else: bool,
    /// The variable that an `inline` block sets.
    pub(super) kept: Option<Slot>,
    /// How many block names were visible outside.
    pub(super) outer_names: usize,
}

impl Block {
    pub(super) fn name_in<'t>(&self, source: &'t str) -> &'t str {
        &source[self.name.start()..self.name.end()]
    }
}

impl<'s> Parser<'s> {
    pub(super) fn open_block(&mut self, tag: Tag, body: Span) {
        let name = self.helper_name(body);
        let text = &self.source[name.start()..name.end()];
        if matches!(text, "else" | "elseif" | "elif") {
            return self.else_with_sign(tag, name);
        }
        let kind = HELPERS
            .iter()
            .find(|(helper, _)| *helper == text)
            .map(|(_, kind)| *kind);
        if self.blocks.len() == self.options.max_blocks {
            self.findings.error(
                FindingCode::TooDeep,
                tag.span,
                format!("Blocks are nested more than {} deep.", self.options.max_blocks),
            );
        }
        let outer_names = self.names.len();
        let expression = Span::new(name.end(), body.end());
        let mut kept = None;
        let (kind, pending) = match kind {
            Some(BlockKind::Inline) => {
                let (pending, slot) = self.start_inline(tag, expression);
                kept = slot;
                (BlockKind::Inline, pending)
            }
            Some(kind) => (kind, self.start(kind, tag, expression)),
            None => {
                // What other languages call a loop.
                let wanted = match text {
                    "for" | "foreach" | "forEach" => "each",
                    other => other,
                };
                let (hint, fix) = suggestion(wanted, name, HELPERS.map(|(helper, _)| helper));
                self.findings.error_with_fix(
                    FindingCode::UnknownHelper,
                    name,
                    format!("There is no block #{text}{hint}"),
                    fix,
                );
                (BlockKind::Unknown, None)
            }
        };
        self.blocks.push(Block {
            kind,
            name,
            tag: tag.span,
            style: tag.style,
            pending,
            ends: Vec::new(),
            has_else: false,
            kept,
            outer_names,
        });
    }

    pub(super) fn helper_name(&self, body: Span) -> Span {
        let text = &self.source[body.start()..body.end()];
        let trimmed = text.trim_start();
        let start = body.end() - trimmed.len();
        let length = trimmed.find(|c: char| !is_name_char(c)).unwrap_or(trimmed.len());
        Span::new(start, start + length)
    }

    /// Writes a block's first instruction and gives its place.
    fn start(&mut self, kind: BlockKind, tag: Tag, expression: Span) -> Option<usize> {
        self.read(expression, tag.style);
        let value = self.expression();
        let at = self.program.ops.len();
        let op = match kind {
            BlockKind::If => Op::JumpIf {
                condition: value,
                when: false,
                to: 0,
            },
            BlockKind::Unless => Op::JumpIf {
                condition: value,
                when: true,
                to: 0,
            },
            BlockKind::Each => {
                let (item, index) = self.block_names();
                self.frames += 1;
                Op::Each {
                    list: value,
                    item,
                    index,
                    otherwise: 0,
                }
            }
            BlockKind::With => {
                let (item, _) = self.block_names();
                if let Some(slot) = item
                    && let Expr::Path(path) = self.program.expr(value)
                {
                    self.program.variables[slot.0 as usize].alias_of = Some(*path);
                }
                self.frames += 1;
                Op::With {
                    value,
                    item,
                    otherwise: 0,
                }
            }
            BlockKind::Inline | BlockKind::Unknown => return None,
        };
        self.expect_end();
        self.program.ops.push(op);
        Some(at)
    }

    /// `as |item|` or `as |item index|`, if it is there.
    fn block_names(&mut self) -> (Option<Slot>, Option<Slot>) {
        if !self.at_keyword("as") {
            return (None, None);
        }
        self.next();
        let pipe = self.peek();
        if !self.eat(Token::Pipe) {
            if pipe.token != Token::Bad {
                self.findings.error(
                    FindingCode::UnexpectedToken,
                    pipe.span,
                    "A name is given like this: as |item|.",
                );
            }
            self.at = self.words.len() - 1;
            return (None, None);
        }
        let item = self.block_name(VariableKind::BlockItem);
        let index = match self.peek().token {
            Token::Name { .. } => self.block_name(VariableKind::BlockIndex),
            _ => None,
        };
        let end = self.peek();
        if !self.eat(Token::Pipe) && end.token != Token::Bad {
            self.findings.error(
                FindingCode::UnexpectedToken,
                end.span,
                "A | is missing after the name.",
            );
            self.at = self.words.len() - 1;
        }
        (item, index)
    }

    fn block_name(&mut self, kind: VariableKind) -> Option<Slot> {
        let word = self.next();
        let Token::Name { name, .. } = word.token else {
            if word.token != Token::Bad {
                self.findings.error(
                    FindingCode::ExpectedExpression,
                    word.span,
                    "A name is expected between the | signs.",
                );
            }
            return None;
        };
        let text = &self.source[name.start()..name.end()];
        self.refuse_reserved(text, name);
        let slot = self.new_variable(name, kind, None);
        self.names.push(BlockName { name: text, slot });
        Some(slot)
    }

    /// The condition or list of a block, for those that come without one.
    pub(super) fn missing(&mut self, span: Span) -> ExprId {
        self.add(Expr::Invalid, span, &[])
    }
}
