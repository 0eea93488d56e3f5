//! The language in which messages are personalised.
//!
//! A compatible superset of Journey Optimizer's
//! (<https://experienceleague.adobe.com/en/docs/journey-optimizer/using/content-management/personalization/personalize>):
//! `{{profile.person.name.firstName}}`, `{{{raw}}}`, `{%= expression ?: "fallback" %}`, the blocks `if`, `unless`, `each`
//! and `with` in both spellings, `let`, fragments, comments and white space control. It runs alike in server and browser, reads no
//! clock but the one passed in, and keeps limits that no template and no data can exceed.
//!
//! ```
//! use heliograph_model::personalize::{RenderOptions, Scope, Template};
//!
//! let parsed = Template::parse(r#"Hi {%= profile.person.name.firstName ?: "there" %}"#);
//! assert!(parsed.is_valid());
//! let profile = serde_json::json!({"person": {"name": {"firstName": "Ada"}}});
//! let scope = Scope::at(0).profile(&profile);
//! let rendered = parsed.template.render(&scope, &RenderOptions::default()).expect("within the limits");
//! assert_eq!(rendered.text, "Hi Ada");
//! ```

mod asks;
mod check;
mod complete;
mod dates;
mod elsewhere;
mod explain;
mod finding;
mod fragment;
pub mod functions;
mod highlight;
mod layout;
mod lexer;
mod locale;
mod near;
mod operate;
mod operators;
mod parser;
mod program;
pub mod reference;
mod render;
mod scan;
mod schema;
mod scope;
mod template;
mod types;
mod value;
mod words;

pub(crate) use asks::NAMESPACE;
pub use asks::{AskedAudiences, Asks};
pub use complete::{Completion, CompletionKind, FragmentOffer, complete, complete_with};
pub use dates::learned as zones;
pub(crate) use dates::zone;
pub use explain::{Explanation, FieldValue, Step, StepKind, StoodIn};
pub use finding::{Finding, FindingCode, Fix, Severity};
pub use fragment::{Argument, Fragments, Need, call};
pub use highlight::{Highlight, TokenKind, highlight};
pub(crate) use lexer::is_fragment_char;
pub use locale::languages;
pub use parser::ParseOptions;
pub use program::Root;
pub use render::{RenderWarning, Rendered, WarningKind};
pub use schema::{Field, FieldType, Schema};
pub use scope::{Escape, RenderError, RenderLimits, RenderOptions, Scope};
pub use template::{Parsed, Template};
pub use value::is_empty;
pub use words::{Because, StepWords};
