//! The limits of the language, in words.

use super::super::functions::MAX_PATTERN_SIZE;
use super::super::{ParseOptions, RenderLimits};
use crate::number::grouped;

/// A limit that no template can exceed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Its anchor in the reference.
    pub id: &'static str,
    /// What is limited.
    pub title: &'static str,
    /// To how much.
    pub limit: String,
    /// What happens there.
    pub docs: &'static str,
}

fn bound(id: &'static str, title: &'static str, limit: usize, unit: &str, docs: &'static str) -> Bound {
    Bound {
        id,
        title,
        limit: format!("{} {unit}", grouped(limit as u64)),
        docs,
    }
}

/// Every limit, as a template is read and rendered unless told otherwise.
pub fn bounds() -> Vec<Bound> {
    let ParseOptions {
        max_bytes,
        max_blocks,
        max_depth,
        max_fragments,
        max_fragment_depth,
        max_patterns,
    } = ParseOptions::default();
    let RenderLimits {
        output_bytes,
        loop_turns,
        work,
    } = RenderLimits::default();
    let units = usize::try_from(work).unwrap_or(usize::MAX);
    vec![
        bound(
            "bound-template",
            "Length of a template",
            max_bytes,
            "bytes",
            "A longer one has an error, its fragments counted.",
        ),
        bound(
            "bound-blocks",
            "Blocks inside one another",
            max_blocks,
            "deep",
            "Deeper ones are an error.",
        ),
        bound(
            "bound-depth",
            "Steps inside an expression",
            max_depth,
            "deep",
            "Deeper brackets and longer paths are an error.",
        ),
        bound(
            "bound-fragments",
            "Calls of fragments",
            max_fragments,
            "in one template",
            "Those inside of fragments are counted.",
        ),
        bound(
            "bound-fragment-depth",
            "Fragments inside one another",
            max_fragment_depth,
            "deep",
            "A deeper call is an error.",
        ),
        bound(
            "bound-patterns",
            "Patterns written out",
            max_patterns,
            "in one template",
            "Regular expressions and patterns of dates; more are an error.",
        ),
        bound(
            "bound-regex",
            "Size of a regular expression",
            MAX_PATTERN_SIZE,
            "bytes when compiled",
            "A larger one is an error.",
        ),
        bound(
            "bound-output",
            "Length of the text",
            output_bytes,
            "bytes",
            "A push that would be longer fails for that person, and says so. Apple and Google take far less.",
        ),
        bound(
            "bound-turns",
            "Turns of all loops together",
            loop_turns as usize,
            "turns",
            "A push that needs more fails for that person, and says so.",
        ),
        bound(
            "bound-work",
            "Work for one text",
            units,
            "units",
            "About one for each step, item looked at and byte made.",
        ),
    ]
}
