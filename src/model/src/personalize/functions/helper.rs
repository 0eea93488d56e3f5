//! What a template is built with beside functions: the other half of the reference.

use super::Example;

/// A block, a statement or a spelling of the language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Helper {
    /// The name by which it is found: `if`, `let`, `?:`.
    pub name: &'static str,
    /// Its anchor in the reference: its name, or a word for the signs of which that consists.
    pub id: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// What it does, in a sentence or two.
    pub docs: &'static str,
    /// One use of it.
    pub example: Example,
    /// Whether it is a block, opened by `{{#name}}` and closed by `{{/name}}`.
    pub block: bool,
}

pub(crate) const fn helper(
    name: &'static str,
    syntax: &'static str,
    docs: &'static str,
    source: &'static str,
    result: &'static str,
) -> Helper {
    Helper {
        name,
        id: name,
        syntax,
        docs,
        example: Example { source, result },
        block: false,
    }
}

impl Helper {
    pub(crate) const fn id(mut self, id: &'static str) -> Helper {
        self.id = id;
        self
    }

    const fn block(mut self) -> Helper {
        self.block = true;
        self
    }
}

/// Every helper, in the order of the reference. Blocks are written with `{{#` or `{%#`, alike in meaning.
pub const HELPERS: &[Helper] = &[
    helper(
        "value",
        "{{path}}",
        "Prints a field, a variable or a function's result. In a template for HTML, what HTML would read as markup is escaped.",
        r#"{{"Ada"}}"#,
        "Ada",
    ),
    helper(
        "raw value",
        "{{{path}}}",
        "Prints a value as it is, in a template for HTML too.",
        r#"{{{"a & b"}}}"#,
        "a & b",
    )
    .id("raw-value"),
    helper(
        "expression",
        "{%= expression %}",
        "Prints what an expression gives: operators, functions, fields. A name with a hyphen stands in backticks here.",
        "{%= 1 + 2 * 3 %}",
        "7",
    ),
    helper(
        "?:",
        "{%= path ?: other %}",
        "The value behind it stands in where the one before it is missing or empty. May be repeated.",
        r#"Hi {%= profile.person.name.courtesyTitle ?: profile.person.name.firstName ?: "there" %}"#,
        "Hi Ada",
    )
    .id("fallback"),
    helper(
        "if",
        "{%#if condition%} … {%else if condition%} … {%else%} … {%/if%}",
        "Shows its text if a condition holds.",
        "{%#if profile.loyalty.points >= 1000%}A gift for you{%else%}Keep collecting{%/if%}",
        "A gift for you",
    )
    .block(),
    helper(
        "unless",
        "{%#unless condition%} … {%else%} … {%/unless%}",
        "Shows its text if a condition does not hold.",
        r#"{%#unless profile.loyalty.tier = "gold"%}Join now{%else%}Thank you{%/unless%}"#,
        "Thank you",
    )
    .block(),
    helper(
        "each",
        "{{#each list as |item|}} … {{else}} … {{/each}}",
        "Repeats its text for each item of a list: item or this, with @index from 0, @first, @last, and @key over an object.",
        "{{#each [1, 2, 3] as |x|}}{{x}}{{#unless @last}}, {{/unless}}{{/each}}",
        "1, 2, 3",
    )
    .block(),
    helper(
        "with",
        "{{#with path as |name|}} … {{else}} … {{/with}}",
        "Makes a value the meaning of this, or gives it a shorter name.",
        r#"{{#with "Ada" as |name|}}Hi {{name}}{{/with}}"#,
        "Hi Ada",
    )
    .block(),
    helper(
        "inline",
        r#"{{#inline "field"}}default{{/inline}}"#,
        "In a fragment: a field that whoever calls it may replace. It prints nothing itself; {{{field}}} does.",
        r#"{{#inline "sport"}}all sports{{/inline}}For {{{sport}}}"#,
        "For all sports",
    )
    .block(),
    helper(
        "let",
        "{% let name = expression %}",
        "Sets a variable, or changes the one of that name: inside each and if as well. Only profile, context and this are taken.",
        "{% let sum = 0 %}{{#each [1, 2] as |x|}}{% let sum = sum + x %}{{/each}}{{sum}}",
        "3",
    ),
    helper(
        "fragment",
        r#"{{fragment name="footer" field="value"}}"#,
        "Puts a fragment in its place, by its name or id, with values for its fields. With render=false it only sets its variables.",
        r#"{{fragment name="more" sport="yoga"}}"#,
        "Don't miss our yoga collection.",
    ),
    helper(
        "comment",
        "{{! … }} or {{!-- … --}}",
        "Is not printed. With dashes it may hold braces.",
        "a{{!-- {{not printed}} --}}b",
        "ab",
    ),
    helper(
        "~",
        "{{~path~}}",
        "Takes away the white space on its side. A block's tag alone on a line takes the line with it by itself.",
        r#"a {{~"b"~}} c"#,
        "abc",
    )
    .id("white-space"),
];
