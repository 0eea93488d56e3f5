//! What the composer of messages and the editor of fragments share.

mod history;
mod people;
mod publish;
mod template;
mod viewer;
mod words;

pub(super) use history::{History, VersionView};
pub(super) use people::Tester;
#[cfg(feature = "ssr")]
pub(super) use people::test_profiles;
pub(super) use publish::{FindingBadges, LifeBadge, PublishDialog};
pub(super) use template::TemplateInput;
pub(super) use viewer::{Viewer, ViewerFields, use_viewer};
pub(super) use words::{Vocabulary, Words};
