//! Who is in which audience: what the console does with audiences, beyond keeping them.
//!
//! The rules themselves are judged in [`heliograph_model::audience`] and [`heliograph_store::audiences`].

mod edit;
mod error;
mod look;

pub use edit::{DESCRIPTION_MAX, NAME_MAX, create, delete, update};
pub use error::{Error, Result};
pub use look::{Listed, PREVIEW_LIMIT, SAMPLE, list, of_profile, preview, sentence};
