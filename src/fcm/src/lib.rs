//! A client of Firebase Cloud Messaging (FCM), HTTP v1.
//!
//! A [`Client`] signs in with a [`ServiceAccount`], keeps its access token fresh, sends each [`Message`] over a few
//! HTTP/2 connections, and reads what FCM answers: [`Response`] if it took the message, [`Error::Refused`] with
//! everything its `details` say if not. The HTTP status alone does not tell an app that was removed from a mistake
//! in the message, so [`Refusal`] keeps FCM's own code, the code of Apple behind it, and the fields at fault.
//!
//! Sources of the rules: Google's pages "Send a message using FCM HTTP v1 API", "REST Resource:
//! projects.messages", "FCM Error Codes" and "Using OAuth 2.0 for Server to Server Applications".
//!
//! ```no_run
//! use heliograph_fcm::{Client, Config, Message, Mode, Notification, ServiceAccount, Target};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let account = ServiceAccount::from_json(&std::fs::read_to_string("service-account.json")?)?;
//! let client = Client::new(Config::new(account))?;
//!
//! let mut message = Message::new(Target::Token("bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1".to_owned()));
//! message.notification = Some(Notification { title: Some("The gates open".to_owned()), ..Notification::default() });
//! let response = client.send(&message, Mode::Deliver).await?;
//! assert!(response.name.starts_with("projects/"));
//! # Ok(())
//! # }
//! ```

mod access_token;
mod account;
mod client;
mod error;
mod message;
mod quota;
mod refusal;
#[cfg(feature = "testing")]
pub mod testing;

pub use account::{ServiceAccount, ServiceAccountError};
pub use client::{Client, Config, Mode, Response};
pub use error::{Error, SignInError};
pub use heliograph_transport::{
    Clock, Config as TransportConfig, Endpoint, Error as TransportError, ExtraRoots,
};
pub use message::{
    AndroidConfig, AndroidNotification, ApnsConfig, ApnsOptions, Color, FcmOptions, LightSettings, Message,
    MessagePriority, Notification, NotificationPriority, ProtoDuration, Proxy, Target, Visibility,
    WebpushConfig, WebpushOptions,
};
pub use quota::{Pace, Quota};
pub use refusal::{ApnsRefusal, ErrorCode, FieldViolation, QuotaViolation, Refusal};
