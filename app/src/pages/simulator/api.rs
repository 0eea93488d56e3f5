//! Server functions of the demo's phones.

use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::AppError;

/// A phone, as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PhoneCard {
    /// Its push token.
    pub token: String,
    /// Whose it is.
    pub label: String,
    /// Its operating system.
    pub system: String,
    /// Is the app on it?
    pub installed: bool,
    /// Are notifications switched off?
    pub muted: bool,
    /// The newest of what it got.
    pub pushes: Vec<Push>,
}

/// A notification on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Push {
    /// Its name on the phone.
    pub id: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Its buttons.
    pub buttons: Vec<String>,
    /// When it came.
    pub received_at: Timestamp,
    /// Is it still on the screen?
    pub open: bool,
    /// What became of it.
    pub fate: String,
}

/// What can be done on a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// The notification is tapped.
    Tap,
    /// A button of it is pressed, counted from 0.
    Press(usize),
    /// It is swiped away.
    Dismiss,
    /// The app is removed.
    RemoveApp,
    /// The app is installed again.
    Reinstall,
    /// Notifications are switched off.
    Mute,
    /// Notifications are switched on.
    Unmute,
}

/// Most phones that are shown.
#[cfg(feature = "ssr")]
const SHOWN: usize = 24;
/// Most notifications that are shown of each.
#[cfg(feature = "ssr")]
const PUSHES: usize = 3;

#[cfg(feature = "ssr")]
fn demo_phones() -> Result<heliograph_simulator::Phones, AppError> {
    crate::session::require_user()?;
    use_context().ok_or(AppError::NotFound {
        what: "The simulator".to_owned(),
    })
}

/// The phones that got something last come first.
#[server]
pub async fn phones(search: String) -> Result<Vec<PhoneCard>, AppError> {
    use heliograph_simulator::{AppState, Fate, Notifications, Platform};

    let search = search.to_lowercase();
    let mut found = demo_phones()?.list();
    found.retain(|phone| {
        phone.label.to_lowercase().contains(&search) || phone.token.as_str().to_lowercase().contains(&search)
    });
    found.sort_by(|a, b| {
        let newest =
            |phone: &heliograph_simulator::Phone| phone.received.first().map(|push| push.received_at);
        newest(b).cmp(&newest(a)).then_with(|| a.label.cmp(&b.label))
    });
    found.truncate(SHOWN);
    Ok(found
        .into_iter()
        .map(|phone| PhoneCard {
            token: phone.token.as_str().to_owned(),
            label: phone.label,
            system: match phone.platform {
                Platform::Fcm => "Android",
                Platform::Apns | Platform::ApnsSandbox => "iOS",
            }
            .to_owned(),
            installed: phone.state == AppState::Installed,
            muted: phone.notifications == Notifications::Muted,
            pushes: phone
                .received
                .into_iter()
                .take(PUSHES)
                .map(|push| Push {
                    id: push.id.0,
                    title: push.view.title,
                    body: push.view.body,
                    buttons: push.view.buttons.into_iter().map(|button| button.label).collect(),
                    received_at: Timestamp::from_millis(push.received_at.as_millisecond()),
                    open: push.fate == Fate::Shown,
                    fate: match push.fate {
                        Fate::Shown => "On the screen",
                        Fate::NotShown => "Not shown",
                        Fate::Opened => "Opened",
                        Fate::Dismissed => "Dismissed",
                    }
                    .to_owned(),
                })
                .collect(),
        })
        .collect())
}

/// Does something on a phone.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn touch(token: String, push: Option<u64>, what: Act) -> Result<(), AppError> {
    use heliograph_simulator::{NotificationId, Notifications, Token};

    let phones = demo_phones()?;
    let (token, push) = (Token::from_text(token), push.map(NotificationId));
    match what {
        Act::Tap => phones.tap(&token, push, None).await,
        Act::Press(button) => phones.tap(&token, push, Some(button)).await,
        Act::Dismiss => phones.dismiss(&token, push).await,
        Act::RemoveApp => phones.remove_app(&token),
        Act::Reinstall => phones.reinstall(&token),
        Act::Mute => phones.set_notifications(&token, Notifications::Muted),
        Act::Unmute => phones.set_notifications(&token, Notifications::Allowed),
    }
    .map_err(|error| AppError::invalid(format!("{error}.")))
}
