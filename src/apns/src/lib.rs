//! A client of the Apple Push Notification service (APNs).
//!
//! A [`Client`] signs in with a team's key (token authentication), sends [`Notification`]s over a few HTTP/2
//! connections, and reads each answer: [`Response`] if Apple took the notification, [`Error::Refused`] with
//! Apple's own [`Reason`] if not. It repairs by itself what has a known cure and costs nothing (an expired
//! provider token, a connection that Apple wants replaced); everything else is for the caller to decide.
//!
//! Broadcast channels (`/4/broadcasts`, `apns-channel-id`) are left out: they are for Live Activities alone, which reach whoever
//! has subscribed to a channel, and have no device whose answer could be read. Live Activities of one device can be sent.
//!
//! Sources of the rules are Apple's pages, called by their titles where a rule is followed:
//!
//! - "Sending notification requests to APNs"
//!   (<https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>)
//! - "Establishing a token-based connection to APNs"
//!   (<https://developer.apple.com/documentation/usernotifications/establishing-a-token-based-connection-to-apns>)
//! - "Handling notification responses from APNs"
//!   (<https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns>)
//!
//! ```no_run
//! use heliograph_apns::{
//!     Client, Config, DeviceToken, Environment, KeyId, Lane, Notification, ProviderTokens, SigningKey, TeamId,
//!     Topic,
//! };
//! use uuid::Uuid;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let key = SigningKey::from_pem(&std::fs::read_to_string("AuthKey_ABC123DEFG.p8")?)?;
//! let tokens = ProviderTokens::new(key, KeyId::new("ABC123DEFG")?, TeamId::new("DEF123GHIJ")?);
//! let client = Client::new(Config::new(Environment::Sandbox, tokens))?;
//!
//! let token = DeviceToken::new("00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0")?;
//! let topic = Topic::new("org.example.festival")?;
//! let notification = Notification::alert(Uuid::from_u128(7), token, topic, r#"{"aps":{"alert":"The gates open"}}"#);
//! let response = client.send(Lane::Main, &notification).await?;
//! assert_eq!(response.apns_id.as_deref(), Some(notification.id.to_string().as_str()));
//! # Ok(())
//! # }
//! ```

mod client;
mod config;
mod error;
mod key;
mod notification;
mod provider_token;
mod push_type;
mod reason;

pub use client::{Client, Response};
pub use config::{Config, Environment};
pub use error::Error;
pub use heliograph_transport::{
    Clock, Config as TransportConfig, Endpoint, EndpointError, Error as TransportError, ExtraRoots, Lane,
};
pub use key::{IdentifierError, KeyId, SigningKey, SigningKeyError, TeamId};
pub use notification::{CollapseId, DeviceToken, Expiration, FieldError, Notification, Priority, Topic};
pub use provider_token::ProviderTokens;
pub use push_type::PushType;
pub use reason::Reason;
