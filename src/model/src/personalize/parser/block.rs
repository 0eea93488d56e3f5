//! Blocks: `if`, `unless`, `each`, `with`.

use super::{BlockName, Parser, suggestion};
use crate::personalize::finding::{FindingCode, Fix};
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
    kind: BlockKind,
    name: Span,
    tag: Span,
    style: Style,
    /// The instruction that jumps past the part being read, if its target is still open.
    pending: Option<usize>,
    /// Jumps to the end of the block.
    ends: Vec<usize>,
    has_else: bool,
    /// The variable that an `inline` block sets.
    kept: Option<Slot>,
    /// How many block names were visible outside.
    outer_names: usize,
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

    fn helper_name(&self, body: Span) -> Span {
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

    /// `else`, or `else if` when `condition` holds more than space.
    pub(super) fn otherwise(&mut self, tag: Tag, condition: Span) {
        let text = &self.source[condition.start()..condition.end()];
        let word = text.trim();
        let chained = match word.strip_prefix("if") {
            _ if word.is_empty() => None,
            Some(rest) if !rest.starts_with(is_name_char) => Some(Span::new(
                condition.start() + text.find("if").unwrap_or(0) + 2,
                condition.end(),
            )),
            _ => {
                self.findings.error(
                    FindingCode::UnexpectedToken,
                    condition,
                    "After else comes if, or the end of the tag.",
                );
                None
            }
        };
        let Some(block) = self.blocks.last() else {
            self.findings.error(
                FindingCode::UnexpectedElse,
                tag.span,
                "This else stands outside a block.",
            );
            return;
        };
        let name = &self.source[block.name.start()..block.name.end()];
        if block.kind == BlockKind::Inline {
            let message = "#inline takes no else.";
            self.findings
                .error(FindingCode::UnexpectedElse, tag.span, message);
            return;
        }
        let looping = matches!(block.kind, BlockKind::Each | BlockKind::With);
        if block.has_else {
            let message = format!("#{name} already had its else.");
            self.findings
                .error(FindingCode::UnexpectedElse, tag.span, message);
            return;
        }
        if looping && chained.is_some() {
            let message = format!("#{name} takes else, not else if.");
            self.findings
                .error(FindingCode::UnexpectedElse, tag.span, message);
            return;
        }
        self.leave_part(true);
        let mut pending = None;
        if let Some(span) = chained {
            self.read(span, tag.style);
            let condition = self.expression();
            self.expect_end();
            pending = Some(self.program.ops.len());
            self.program.ops.push(Op::JumpIf {
                condition,
                when: false,
                to: 0,
            });
        }
        if let Some(block) = self.blocks.last_mut() {
            block.pending = pending;
            block.has_else = chained.is_none();
        }
    }

    /// Ends the part of the innermost block that is being read; `more` if another part follows.
    fn leave_part(&mut self, more: bool) {
        let Some(block) = self.blocks.last_mut() else {
            return;
        };
        let pending = block.pending.take();
        if let (Some(first), BlockKind::Each | BlockKind::With) = (pending, block.kind) {
            let op = match block.kind {
                BlockKind::Each => Op::Next {
                    body: first as u32 + 1,
                },
                _ => Op::EndWith,
            };
            self.program.ops.push(op);
            self.frames -= 1;
            self.names.truncate(block.outer_names);
        }
        if let Some(slot) = block.kept.take() {
            self.program.ops.push(Op::EndCapture { slot: Some(slot) });
        }
        if more {
            block.ends.push(self.program.ops.len());
            self.program.ops.push(Op::Jump(0));
        }
        if let Some(first) = pending {
            self.target(first);
        }
    }

    /// Makes the jump at `op` go to the next instruction.
    fn target(&mut self, op: usize) {
        let here = self.program.ops.len() as u32;
        match &mut self.program.ops[op] {
            Op::JumpIf { to, .. } | Op::Jump(to) => *to = here,
            Op::Each { otherwise, .. } | Op::With { otherwise, .. } => *otherwise = here,
            Op::Text(_)
            | Op::Emit { .. }
            | Op::Next { .. }
            | Op::EndWith
            | Op::Let { .. }
            | Op::Capture
            | Op::EndCapture { .. } => {}
        }
    }

    pub(super) fn close_block(&mut self, tag: Tag, body: Span) {
        let name = self.helper_name(body);
        let text = &self.source[name.start()..name.end()];
        let opener = |block: &Block| &self.source[block.name.start()..block.name.end()] == text;
        let Some(at) = self.blocks.iter().rposition(opener) else {
            let (message, fix) = match self.blocks.last() {
                Some(open) => {
                    let wanted = &self.source[open.name.start()..open.name.end()];
                    let fix = Fix {
                        offset: name.start(),
                        length: name.len(),
                        replacement: wanted.to_owned(),
                        title: format!("Close #{wanted}"),
                    };
                    (
                        format!("There is no open #{text} here; the open block is #{wanted}."),
                        Some(fix),
                    )
                }
                None => (format!("There is no open #{text} to close."), None),
            };
            self.findings
                .error_with_fix(FindingCode::UnexpectedClose, tag.span, message, fix);
            return;
        };
        while self.blocks.len() > at + 1 {
            self.report_unclosed(FindingCode::CrossedBlocks, Some(tag.span.start()));
            self.end_block();
        }
        self.end_block();
    }

    fn end_block(&mut self) {
        self.leave_part(false);
        let Some(block) = self.blocks.pop() else { return };
        for end in block.ends {
            self.target(end);
        }
        self.names.truncate(block.outer_names);
    }

    pub(super) fn close_open_blocks(&mut self) {
        while !self.blocks.is_empty() {
            self.report_unclosed(FindingCode::UnclosedBlock, None);
            self.end_block();
        }
    }

    fn report_unclosed(&mut self, code: FindingCode, before: Option<usize>) {
        let Some(block) = self.blocks.last() else { return };
        let name = self.source[block.name.start()..block.name.end()].to_owned();
        let closing = match block.style {
            Style::Mustache => format!("{{{{/{name}}}}}"),
            Style::Percent => format!("{{%/{name}%}}"),
        };
        let message = match before {
            Some(_) => {
                format!("#{name} is not closed before the block around it ends; {closing} is missing.")
            }
            None => format!("#{name} is not closed; {closing} is missing."),
        };
        let fix = Fix {
            offset: before.unwrap_or(self.program.source_len),
            length: 0,
            title: format!("Add {closing}"),
            replacement: closing,
        };
        let span = block.tag;
        self.findings.error_with_fix(code, span, message, Some(fix));
    }

    /// The condition or list of a block, for those that come without one.
    pub(super) fn missing(&mut self, span: Span) -> ExprId {
        self.add(Expr::Invalid, span, &[])
    }
}
