//! How blocks go on and end.

use super::Parser;
use super::block::{Block, BlockKind};
use crate::personalize::finding::{FindingCode, Fix};
use crate::personalize::lexer::is_name_char;
use crate::personalize::program::{Op, Span};
use crate::personalize::scan::{Style, Tag};

impl Parser<'_> {
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
}
