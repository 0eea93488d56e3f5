//! Names and the paths that start with them.

use super::{Parser, suggestion};
use crate::personalize::elsewhere;
use crate::personalize::finding::{FindingCode, Fix, nearest};
use crate::personalize::functions;
use crate::personalize::lexer::{Token, is_name_char};
use crate::personalize::program::{
    Expr, ExprId, Origin, Path, PathId, Root, Run, Segment, Slot, Span, VariableKind,
};

/// Names that Adobe's own examples use without the root in front.
const PROFILE_FIELDS: [&str; 8] = [
    "person",
    "homeAddress",
    "personalEmail",
    "mobilePhone",
    "loyalty",
    "identityMap",
    "segmentMembership",
    "consents",
];

impl<'s> Parser<'s> {
    /// A name: a literal, a call, or the start of a path.
    pub(super) fn named(&mut self, name: Span, quoted: bool) -> ExprId {
        let word = self.next();
        let text = &self.source[name.start()..name.end()];
        if !quoted {
            let literal = match text {
                "true" => Some(Expr::Bool(true)),
                "false" => Some(Expr::Bool(false)),
                "null" | "undefined" => Some(Expr::Null),
                _ => None,
            };
            if let Some(literal) = literal {
                return self.add(literal, word.span, &[]);
            }
            if self.peek().token == Token::Open {
                return self.call(name, word.span, Vec::new());
            }
        }
        let mut segments = Vec::new();
        let Some(origin) = self.origin(name, quoted, word.span, &mut segments) else {
            // The rest of the path belongs to the name that is wrong.
            self.path_tail(&mut Vec::new());
            return self.missing(word.span);
        };
        let bare = origin == Origin::This(0) && !segments.is_empty();
        let end = self.path_tail(&mut segments).unwrap_or(word.span);
        let path = self.path(origin, &segments, word.span.to(end));
        if bare && let Some(slot) = self.nearly_a_variable(text) {
            self.program.nearly.insert(path, slot);
        }
        self.add(Expr::Path(path), word.span.to(end), &[])
    }

    /// The variable that was meant by a name inside `each` or `with`, if it is a slip and not a field.
    fn nearly_a_variable(&self, text: &str) -> Option<Slot> {
        // In short names another letter is another name; where there are many variables, looking for one is costly.
        const SHORTEST: usize = 4;
        const MOST: usize = 100;
        if text.len() < SHORTEST || self.lets.len() > MOST || self.program.nearly.len() > MOST {
            return None;
        }
        let blocks = self.names.iter().rev().map(|block| block.name).take(MOST);
        let mut lets: Vec<&str> = self.lets.keys().copied().collect();
        lets.sort_unstable();
        let plural = |one: &str, other: &str| one.strip_suffix('s') == Some(other);
        let visible = blocks
            .chain(lets)
            .filter(|name| name.len() >= SHORTEST && !plural(name, text) && !plural(text, name));
        self.lookup(nearest(text, visible)?)
    }

    fn origin(
        &mut self,
        name: Span,
        quoted: bool,
        span: Span,
        segments: &mut Vec<Segment>,
    ) -> Option<Origin> {
        let text = &self.source[name.start()..name.end()];
        if let Some(slot) = self.lookup(text) {
            self.program.variables[slot.0 as usize].used = true;
            return Some(Origin::Variable(slot));
        }
        if !quoted && text == "this" {
            if self.frames == 0 {
                self.findings.error(
                    FindingCode::UnknownName,
                    span,
                    "this has a meaning only inside #each and #with.",
                );
                return None;
            }
            return Some(Origin::This(0));
        }
        if let Some(root) = Root::named(text) {
            if self.frames == 0 || root.is_reserved() {
                return Some(Origin::Root(root));
            }
            segments.push(self.segment(name));
            return Some(Origin::ThisOr(root));
        }
        if self.frames > 0 {
            segments.push(self.segment(name));
            return Some(Origin::This(0));
        }
        if self.leaves_open(text, name) {
            let slot = self.new_variable(name, VariableKind::Asked, None);
            self.program.variables[slot.0 as usize].used = true;
            self.lets.insert(text, slot);
            return Some(Origin::Variable(slot));
        }
        self.unknown_name(text, name);
        None
    }

    /// Whether a name in a fragment that is read by itself is one that its callers give a value. What looks like a slip
    /// is none.
    fn leaves_open(&self, text: &str, name: Span) -> bool {
        self.own_fragment.is_some()
            && !PROFILE_FIELDS.contains(&text)
            && elsewhere::name(text).is_none()
            && functions::find(text).is_none()
            && nearest(text, Root::ALL.into_iter().map(Root::name)).is_none()
            && !self.source[..name.start()].ends_with('-')
    }

    fn unknown_name(&mut self, text: &str, name: Span) {
        // Looking for near names is costly, and nobody would see them.
        if self.findings.is_full() {
            return;
        }
        if self.hyphenated(name) || self.typographic(text, name) {
            return;
        }
        if let Some(says) = elsewhere::name(text) {
            let message = format!("{text} is not known: {says}");
            self.findings.error(FindingCode::UnknownName, name, message);
            return;
        }
        if let Some(function) = functions::find(text) {
            let message = format!(
                "{text} is a function; it is called like this: {}.",
                function.signature()
            );
            let before = self.findings.count();
            self.findings.error(FindingCode::UnknownName, name, message);
            self.findings.explain(before, function.name);
            return;
        }
        let (hint, fix) = if PROFILE_FIELDS.contains(&text) {
            (
                format!("; did you mean profile.{text}?"),
                Some(Fix {
                    offset: name.start(),
                    length: 0,
                    replacement: "profile.".to_owned(),
                    title: format!("Use profile.{text}"),
                }),
            )
        } else {
            let mut known: Vec<&str> = self.lets.keys().copied().collect();
            known.extend(self.names.iter().map(|block| block.name));
            for root in Root::ALL {
                known.push(root.name());
            }
            // The table of variables has no order of its own, and a suggestion must not change from run to run.
            known.sort_unstable();
            suggestion(text, name, known)
        };
        let message = match nearest(text, Root::ALL.into_iter().map(Root::name)) {
            None if fix.is_none() && self.program.region(name).is_some() => {
                format!("{text} has no value here; give it where the fragment is called: {text}=\"…\".")
            }
            None if fix.is_none() => {
                format!(
                    "{text} is not known; a field starts with profile or context, a variable is set with let."
                )
            }
            _ => format!("{text} is not known{hint}"),
        };
        self.findings
            .error_with_fix(FindingCode::UnknownName, name, message, fix);
    }

    /// Reports a text in the quotes of a word processor.
    fn typographic(&mut self, text: &str, name: Span) -> bool {
        const QUOTES: [char; 8] = ['“', '”', '„', '‟', '‘', '’', '«', '»'];
        if !text.starts_with(QUOTES) {
            return false;
        }
        let fix = text.ends_with(QUOTES).then(|| {
            let inside = text.trim_matches(QUOTES);
            Fix {
                offset: name.start(),
                length: name.len(),
                replacement: format!("\"{inside}\""),
                title: format!("Use \"{inside}\""),
            }
        });
        let message =
            "Texts stand in straight quotes: \"text\". These are typographic, as from a word processor.";
        self.findings
            .error_with_fix(FindingCode::UnknownName, name, message, fix);
        true
    }

    /// Reports a name that is unknown because a hyphen stands before it, as in `profile.my-field`.
    fn hyphenated(&mut self, name: Span) -> bool {
        let before = &self.source[..name.start()];
        let Some(left) = before.strip_suffix('-') else {
            return false;
        };
        let part = |c: char| is_name_char(c) || c == '-';
        let start = left.len()
            - left
                .chars()
                .rev()
                .take_while(|c| part(*c))
                .map(char::len_utf8)
                .sum::<usize>();
        if start == left.len() || !left[..start].ends_with('.') {
            return false;
        }
        let rest = &self.source[name.end()..];
        let end = name.end()
            + rest
                .chars()
                .take_while(|c| part(*c))
                .map(char::len_utf8)
                .sum::<usize>();
        let whole = &self.source[start..end];
        let fix = Fix {
            offset: start,
            length: end - start,
            replacement: format!("`{whole}`"),
            title: format!("Use `{whole}`"),
        };
        let message = format!("A name with a hyphen is written in backticks here: `{whole}`.");
        self.findings.error_with_fix(
            FindingCode::UnknownName,
            Span::new(start, end),
            message,
            Some(fix),
        );
        true
    }

    /// `../` one or more times, then a name or nothing.
    pub(super) fn parent_path(&mut self) -> ExprId {
        let start = self.peek().span;
        let mut up = 0;
        let mut end = start;
        while self.peek().token == Token::Parent {
            end = self.next().span;
            up += 1;
        }
        let mut segments = Vec::new();
        let mut root = None;
        if let Token::Name { name, .. } = self.peek().token {
            end = self.next().span;
            let text = self.program.text(name);
            // Outside of every block stand the roots.
            root = Root::named(text).filter(|_| up == self.frames);
            if root.is_none() && text != "this" {
                segments.push(self.segment(name));
            }
            end = self.path_tail(&mut segments).unwrap_or(end);
        }
        if let Some(root) = root {
            let path = self.path(Origin::Root(root), &segments, start.to(end));
            return self.add(Expr::Path(path), start.to(end), &[]);
        }
        if up >= self.frames {
            self.findings.error(
                FindingCode::UnknownName,
                start.to(end),
                "../ leads out of the outermost block; name the field by its full path.",
            );
            return self.missing(start.to(end));
        }
        let path = self.path(Origin::This(up), &segments, start.to(end));
        self.add(Expr::Path(path), start.to(end), &[])
    }

    /// `.name` and `[3]` as often as they follow, unless the name is called.
    pub(super) fn path_tail(&mut self, segments: &mut Vec<Segment>) -> Option<Span> {
        let mut end = None;
        loop {
            let word = self.peek();
            match (word.token, self.peek_at(1).token) {
                (Token::Dot, Token::Name { name, .. }) if self.peek_at(2).token != Token::Open => {
                    self.next();
                    end = Some(self.next().span);
                    segments.push(self.segment(name));
                }
                (Token::OpenBracket, Token::Int(_)) if self.peek_at(2).token == Token::CloseBracket => {
                    self.next();
                    let place = self.next().span;
                    end = Some(self.next().span);
                    segments.push(self.segment(place));
                }
                (Token::Dot, next) if !matches!(next, Token::Name { .. } | Token::Bad) => {
                    self.next();
                    let span = self.peek().span;
                    self.findings.error(
                        FindingCode::ExpectedExpression,
                        Span {
                            start: word.span.start,
                            end: span.start.max(word.span.end),
                        },
                        "The name of a field is expected after the dot.",
                    );
                    self.at = self.words.len() - 1;
                    return end;
                }
                _ => return end,
            }
        }
    }

    fn segment(&self, name: Span) -> Segment {
        Segment {
            name,
            index: self.program.text(name).parse().ok(),
        }
    }

    fn path(&mut self, origin: Origin, segments: &[Segment], span: Span) -> PathId {
        if segments.len() > self.options.max_depth {
            self.too_deep(span);
        }
        let run = self.segment_run(segments);
        let id = PathId(self.program.paths.len() as u32);
        self.program.paths.push(Path {
            origin,
            segments: run,
            span,
        });
        id
    }

    pub(super) fn segment_run(&mut self, segments: &[Segment]) -> Run {
        let start = self.program.segments.len() as u32;
        self.program.segments.extend_from_slice(segments);
        Run {
            start,
            len: segments.len() as u32,
        }
    }

    /// A property of each item, by its bare name or in quotes.
    pub(super) fn property(&mut self) -> ExprId {
        let word = self.peek();
        let mut segments = Vec::new();
        let mut end = word.span;
        match word.token {
            Token::Name { name, .. } => {
                self.next();
                segments.push(self.segment(name));
                end = self.path_tail(&mut segments).unwrap_or(end);
            }
            Token::Text(span) => {
                self.next();
                let mut start = span.start();
                for part in self.program.text(span).split('.') {
                    segments.push(self.segment(Span::new(start, start + part.len())));
                    start += part.len() + 1;
                }
            }
            _ => {
                if word.token != Token::Bad {
                    self.findings.error(
                        FindingCode::ExpectedExpression,
                        word.span,
                        "The name of a property of the items is expected here.",
                    );
                }
                return self.skip_rest();
            }
        }
        let path = self.path(Origin::Item, &segments, word.span.to(end));
        self.add(Expr::Property(path), word.span.to(end), &[])
    }
}
