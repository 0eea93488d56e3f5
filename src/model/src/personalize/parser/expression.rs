//! Expressions, by precedence climbing.
//!
//! From the loosest to the tightest: `?:`, `or`, `and`, `not`, comparisons, `+ -`, `* / %`, sign, then `.name`,
//! `[place]` and calls; the table is [`crate::personalize::operators`].

use super::{Parser, suggestion};
use crate::personalize::finding::FindingCode;
use crate::personalize::functions::{self, Arity, Function, Kind, LOOP_VALUES};
use crate::personalize::lexer::Token;
use crate::personalize::operators::rank;
use crate::personalize::program::{BinaryOp, Expr, ExprId, LoopValue, Run, Span};

impl<'s> Parser<'s> {
    pub(super) fn expression(&mut self) -> ExprId {
        let first = self.binary(rank::OR);
        if self.peek().token != Token::Fallback {
            return first;
        }
        let mut parts = vec![first];
        while self.eat(Token::Fallback) {
            parts.push(self.binary(rank::OR));
        }
        // The last fallback is the innermost: a ?: (b ?: c).
        let mut value = parts[parts.len() - 1];
        for part in parts.into_iter().rev().skip(1) {
            let span = self.program.span(part).to(self.program.span(value));
            value = self.add(Expr::Fallback(part, value), span, &[part, value]);
        }
        value
    }

    fn binary(&mut self, at_least: u8) -> ExprId {
        if !self.descend() {
            return self.skip_rest();
        }
        let mut left = self.prefix();
        while let Some(operator) = self.operator() {
            if operator.rank() < at_least {
                break;
            }
            self.next();
            let right = self.binary(operator.rank() + 1);
            let span = self.program.span(left).to(self.program.span(right));
            left = self.add(Expr::Binary(operator, left, right), span, &[left, right]);
        }
        self.depth -= 1;
        left
    }

    pub(super) fn descend(&mut self) -> bool {
        self.depth += 1;
        if self.depth <= self.options.max_depth {
            return true;
        }
        let span = self.peek().span;
        self.too_deep(span);
        self.depth -= 1;
        false
    }

    /// Gives up on the tag without a further finding.
    pub(super) fn skip_rest(&mut self) -> ExprId {
        let span = self.peek().span;
        self.at = self.words.len() - 1;
        self.missing(span)
    }

    fn operator(&self) -> Option<BinaryOp> {
        Some(match self.peek().token {
            Token::Name { quoted: false, .. } if self.at_keyword("or") => BinaryOp::Or,
            Token::Name { quoted: false, .. } if self.at_keyword("and") => BinaryOp::And,
            Token::Equal => BinaryOp::Equal,
            Token::NotEqual => BinaryOp::NotEqual,
            Token::Less => BinaryOp::Less,
            Token::LessOrEqual => BinaryOp::LessOrEqual,
            Token::Greater => BinaryOp::Greater,
            Token::GreaterOrEqual => BinaryOp::GreaterOrEqual,
            Token::Plus => BinaryOp::Add,
            Token::Minus => BinaryOp::Subtract,
            Token::Star => BinaryOp::Multiply,
            Token::Slash => BinaryOp::Divide,
            Token::Percent => BinaryOp::Remainder,
            _ => return None,
        })
    }

    pub(super) fn prefix(&mut self) -> ExprId {
        let start = self.peek().span;
        if self.peek().token == Token::Minus {
            self.next();
            let operand = self.binary(rank::SIGN);
            let span = start.to(self.program.span(operand));
            return match self.program.expr(operand) {
                Expr::Int(value) => {
                    let negative = value.wrapping_neg();
                    self.add(Expr::Int(negative), span, &[])
                }
                Expr::Float(value) => {
                    let negative = -value;
                    self.add(Expr::Float(negative), span, &[])
                }
                _ => self.add(Expr::Negate(operand), span, &[operand]),
            };
        }
        let bang = self.peek().token == Token::Bang;
        if bang || (self.at_keyword("not") && self.peek_at(1).token != Token::Dot) {
            self.next();
            let operand = self.binary(if bang { rank::SIGN } else { rank::COMPARISON });
            let span = start.to(self.program.span(operand));
            return self.add(Expr::Not(operand), span, &[operand]);
        }
        let value = self.primary();
        self.postfix(value)
    }

    fn primary(&mut self) -> ExprId {
        let word = self.peek();
        match word.token {
            Token::Int(value) => self.literal(Expr::Int(value)),
            Token::Float(value) => self.literal(Expr::Float(value)),
            Token::Text(span) => self.literal(Expr::Text(span)),
            Token::At(name) => {
                self.next();
                self.loop_value(name, word.span)
            }
            Token::Parent => self.parent_path(),
            Token::Name { name, quoted } => self.named(name, quoted),
            Token::Open => {
                self.next();
                if let Some(value) = self.prefix_call(word.span) {
                    return value;
                }
                let value = self.expression();
                self.closing(Token::Close, word.span, "(", ")");
                value
            }
            Token::OpenBracket => {
                self.next();
                let items = self.items(Token::CloseBracket, None, &mut Vec::new());
                let end = self.closing(Token::CloseBracket, word.span, "[", "]");
                let run = self.list(&items);
                self.add(Expr::Array(run), word.span.to(end), &items)
            }
            Token::Bad => self.skip_rest(),
            Token::End => {
                self.findings.error(
                    FindingCode::ExpectedExpression,
                    word.span,
                    "A value is missing here.",
                );
                self.skip_rest()
            }
            _ => {
                let found = self.source[word.span.start()..word.span.end()].to_owned();
                self.findings.error(
                    FindingCode::ExpectedExpression,
                    word.span,
                    format!("A value is expected here, not {found}."),
                );
                self.skip_rest()
            }
        }
    }

    fn literal(&mut self, expr: Expr) -> ExprId {
        let span = self.next().span;
        self.add(expr, span, &[])
    }

    fn loop_value(&mut self, name: Span, span: Span) -> ExprId {
        let text = self.program.text(name).to_owned();
        let Some(value) = LoopValue::named(&text) else {
            let known = LOOP_VALUES.iter().map(|known| &known.name[1..]);
            let (hint, fix) = suggestion(&text, name, known);
            self.findings.error_with_fix(
                FindingCode::UnknownName,
                span,
                format!("There is no @{text}{hint}"),
                fix,
            );
            return self.missing(span);
        };
        if self.frames == 0 {
            self.findings.error(
                FindingCode::UnknownName,
                span,
                format!("@{text} has a meaning only inside #each."),
            );
        }
        self.add(Expr::Loop(value), span, &[])
    }

    /// Items up to a closing word, which is left for the caller.
    fn items(
        &mut self,
        close: Token,
        function: Option<&'static Function>,
        items: &mut Vec<ExprId>,
    ) -> Vec<ExprId> {
        if self.peek().token != close {
            loop {
                let kind = function.and_then(|function| function.kind(items.len()));
                let item = match kind {
                    Some(Kind::Property) => self.property(),
                    _ => self.expression(),
                };
                items.push(item);
                if !self.eat(Token::Comma) {
                    break;
                }
            }
        }
        std::mem::take(items)
    }

    fn closing(&mut self, token: Token, open: Span, name: &str, wanted: &str) -> Span {
        let word = self.peek();
        if self.eat(token) {
            return word.span;
        }
        // After an error in the tag the parser has skipped to its end, and said so already.
        let skipped = word.token == Token::End && self.gave_up();
        if !skipped && !self.words[self.at..].iter().any(|word| word.token == Token::Bad) {
            self.findings.error(
                FindingCode::UnexpectedToken,
                open,
                format!("This {name} is not closed; {wanted} is missing."),
            );
            self.at = self.words.len() - 1;
        }
        word.span
    }

    /// Whether the last expression read was an error.
    fn gave_up(&self) -> bool {
        matches!(self.program.exprs.last(), Some(Expr::Invalid))
    }

    pub(super) fn list(&mut self, items: &[ExprId]) -> Run {
        let start = self.program.lists.len() as u32;
        self.program.lists.extend_from_slice(items);
        Run {
            start,
            len: items.len() as u32,
        }
    }

    /// What may follow any value: `.method(…)`, `.field`, `[place]`.
    fn postfix(&mut self, value: ExprId) -> ExprId {
        let mut value = value;
        loop {
            let start = self.program.span(value);
            match (self.peek().token, self.peek_at(1).token) {
                (Token::Dot, Token::Name { name, .. }) if self.peek_at(2).token == Token::Open => {
                    self.next();
                    let word = self.next();
                    value = self.call(name, start.to(word.span), vec![value]);
                }
                (Token::Dot, _) => {
                    let mut segments = Vec::new();
                    let Some(end) = self.path_tail(&mut segments) else {
                        return value;
                    };
                    let run = self.segment_run(&segments);
                    value = self.add(
                        Expr::Member {
                            base: value,
                            segments: run,
                        },
                        start.to(end),
                        &[value],
                    );
                }
                (Token::OpenBracket, _) => {
                    let open = self.next().span;
                    let index = self.expression();
                    let end = self.closing(Token::CloseBracket, open, "[", "]");
                    value = self.add(Expr::Index { base: value, index }, start.to(end), &[value, index]);
                }
                _ => return value,
            }
        }
    }

    /// A call whose name has been read and whose `(` is next.
    pub(super) fn call(&mut self, name: Span, start: Span, mut args: Vec<ExprId>) -> ExprId {
        let open = self.next().span;
        let text = &self.source[name.start()..name.end()];
        let function = functions::find(text);
        let block = functions::HELPERS
            .iter()
            .any(|helper| helper.block && helper.name == text);
        if block {
            self.findings.error(
                FindingCode::UnknownFunction,
                name,
                format!("{text} is a block, and no function: {{%#{text} …%}}…{{%/{text}%}}."),
            );
        } else if function.is_none() && !self.findings.is_full() {
            // Adobe's page on dates says that `now()` is not available, and what to use instead.
            let wanted = if text == "now" {
                "getCurrentZonedDateTime"
            } else {
                text
            };
            let candidates = functions::all().map(|function| function.name);
            let (hint, fix) = suggestion(wanted, name, candidates.filter(|near| unit(near) == unit(wanted)));
            let near = fix.as_ref().and_then(|fix| functions::find(&fix.replacement));
            let before = self.findings.count();
            self.findings.error_with_fix(
                FindingCode::UnknownFunction,
                name,
                format!("There is no function {text}{hint}"),
                fix,
            );
            if let Some(near) = near {
                self.findings.explain(before, near.name);
            }
        }
        let args = self.items(Token::Close, function, &mut args);
        let end = self.closing(Token::Close, open, "(", ")");
        let span = start.to(end);
        let Some(function) = function else {
            return self.missing(span);
        };
        if args
            .iter()
            .any(|arg| matches!(self.program.expr(*arg), Expr::Invalid))
        {
            return self.missing(span);
        }
        let (least, most) = function.arity();
        if args.len() < least || most.is_some_and(|most| args.len() > most) {
            let wanted = match most {
                Some(most) if most == least => plural(least),
                Some(most) => format!("{least} to {}", plural(most)),
                None => format!("at least {}", plural(least)),
            };
            let before = self.findings.count();
            self.findings.error(
                FindingCode::WrongArgumentCount,
                name,
                format!(
                    "{} takes {wanted}, not {}: {}.",
                    function.name,
                    args.len(),
                    function.signature()
                ),
            );
            self.findings.explain(before, function.name);
            return self.missing(span);
        }
        let before = self.findings.count();
        let compiled = self.check_literals(function, &args);
        self.findings.explain(before, function.name);
        let run = self.list(&args);
        self.add(
            Expr::Call {
                function,
                args: run,
                compiled,
            },
            span,
            &args,
        )
    }
}

/// The unit of time in a function's name: a function of another one is not what was meant.
fn unit(name: &str) -> Option<&'static str> {
    const UNITS: [&str; 8] = [
        "milli", "second", "minute", "hour", "day", "week", "month", "year",
    ];
    let name = name.to_lowercase();
    // The last one counts: dayOfYear is of days in a year, and so is what is nearly written so.
    UNITS
        .into_iter()
        .max_by_key(|unit| name.rfind(unit))
        .filter(|unit| name.contains(unit))
}

fn plural(count: usize) -> String {
    match count {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}

impl Function {
    /// The kind of the argument at a place.
    pub(crate) fn kind(&self, place: usize) -> Option<Kind> {
        let last = self.params.last().filter(|param| param.arity == Arity::Repeated);
        self.params.get(place).or(last).map(|param| param.kind)
    }

    /// The least and the most arguments; no most where the last may be repeated without end.
    pub(crate) fn arity(&self) -> (usize, Option<usize>) {
        let least = self
            .params
            .iter()
            .filter(|param| param.arity != Arity::Optional)
            .count();
        let repeated = self.params.iter().any(|param| param.arity == Arity::Repeated);
        (
            least,
            if repeated {
                self.most
            } else {
                Some(self.params.len())
            },
        )
    }
}
