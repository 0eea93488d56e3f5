//! What pages are made of. Each component has its style in `style/components/`, in a file of its name.

mod empty_state;
mod icon;
mod mark;
mod page;
mod tabs;

pub use empty_state::EmptyState;
pub use icon::{Icon, IconName};
pub use mark::Mark;
pub use page::{Page, PageHead, PageTitle, SectionHead};
pub use tabs::{TabLink, Tabs};
