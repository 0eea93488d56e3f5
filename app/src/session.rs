//! Who is looking, and what they may do.

use heliograph_model::access::{Permission, Role, may};
use heliograph_model::ids::UserId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentUser {
    /// Their id.
    pub id: UserId,
    /// Their name, as they wrote it.
    pub name: String,
    /// The address that they sign in with.
    pub email: String,
    /// What they are in the console.
    pub role: Role,
}

impl CurrentUser {
    /// May this person do this?
    pub fn may(&self, permission: Permission) -> bool {
        may(self.role, permission)
    }

    /// This person as the audit log names them.
    #[cfg(feature = "ssr")]
    pub fn actor(&self) -> heliograph_store::audit::Actor {
        heliograph_store::audit::Actor {
            id: Some(self.id),
            name: self.name.clone(),
        }
    }

    /// Up to two letters that stand for the name.
    pub fn initials(&self) -> String {
        let mut words = self
            .name
            .split_whitespace()
            .filter_map(|word| word.chars().next());
        let first = words.next();
        let last = words.next_back();
        first
            .into_iter()
            .chain(last)
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// What the server knows about a request before the page is rendered, handed to the browser with the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The person who is signed in, if anyone is.
    pub user: Option<CurrentUser>,
    /// How the console should look.
    pub theme: Theme,
    /// The install's own name, shown in the rail.
    pub install: String,
    /// Does this server run the demo, with its phones?
    pub demo: bool,
    /// What was typed into a form that was sent without any script and came back with an error.
    pub typed: Option<Typed>,
}

/// What was typed into a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// Where the form was sent.
    pub address: String,
    /// The names of its fields, but for secrets, with what was typed.
    pub fields: Vec<(String, String)>,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Every choice, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];
    /// The cookie that keeps the choice.
    pub const COOKIE: &str = "heliograph_theme";

    /// As it is kept in the cookie and the form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Light => "Light",
            Self::Dark => "Dark",
        }
    }

    /// The value of `data-theme` on the root element; none follows the system.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light | Self::Dark => Some(self.as_str()),
        }
    }

    /// Reads the cookie's value; anything unknown follows the system.
    pub fn from_cookie(value: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|theme| theme.as_str() == value)
            .unwrap_or_default()
    }
}

/// The person who is signed in. A page inside the frame always has one.
pub fn use_current_user() -> Signal<Option<CurrentUser>> {
    let visit = expect_context::<RwSignal<Visit>>();
    Signal::derive(move || visit.with(|visit| visit.user.clone()))
}

/// May the person who is signed in do this? For showing and hiding controls; the server checks again.
pub fn use_may(permission: Permission) -> Signal<bool> {
    let visit = expect_context::<RwSignal<Visit>>();
    Signal::derive(move || visit.with(|visit| visit.user.as_ref().is_some_and(|user| user.may(permission))))
}

/// Makes what the server knows about this request available to every component, on both sides.
pub(crate) fn provide_visit() -> RwSignal<Visit> {
    let visit = SharedValue::new(|| use_context::<Visit>().unwrap_or_default()).into_inner();
    let visit = RwSignal::new(visit);
    provide_context(visit);
    visit
}

/// The person who calls a server function, if their role allows it. The first line of every server function.
///
/// # Errors
///
/// [`AppError::SignedOut`](crate::error::AppError::SignedOut) without a session,
/// [`AppError::Forbidden`](crate::error::AppError::Forbidden) where the role does not allow it.
#[cfg(feature = "ssr")]
pub fn require(permission: Permission) -> Result<CurrentUser, crate::error::AppError> {
    let user = require_user()?;
    if user.may(permission) {
        Ok(user)
    } else {
        Err(crate::error::AppError::Forbidden { permission })
    }
}

/// The person who calls a server function, whatever their role.
///
/// # Errors
///
/// [`AppError::SignedOut`](crate::error::AppError::SignedOut) without a session.
#[cfg(feature = "ssr")]
pub fn require_user() -> Result<CurrentUser, crate::error::AppError> {
    use_context::<Visit>()
        .and_then(|visit| visit.user)
        .ok_or(crate::error::AppError::SignedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> CurrentUser {
        CurrentUser {
            id: UserId(uuid::Uuid::nil()),
            name: name.to_owned(),
            email: String::new(),
            role: Role::Analyst,
        }
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name() {
        assert_eq!(named("Marta Lindqvist").initials(), "ML");
        assert_eq!(named("  jonas  van der okafor ").initials(), "JO");
        assert_eq!(named("Åsa").initials(), "Å");
        assert_eq!(named("").initials(), "");
    }

    #[test]
    fn an_unknown_theme_follows_the_system() {
        assert_eq!(Theme::from_cookie("dark"), Theme::Dark);
        assert_eq!(Theme::from_cookie("\"><script>"), Theme::System);
    }
}
