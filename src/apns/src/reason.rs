use std::fmt;

/// Longest text kept of a reason that is not known, in characters.
const MAX_UNKNOWN: usize = 200;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal $(| $other:literal)*,)*) => {
        /// Why Apple refused a notification.
        ///
        /// Apple: "Handling notification responses from APNs".
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name,)*
            /// A reason that was not known when this was written, as Apple wrote it.
            Unknown(String),
            /// The answer had no readable reason; go by its status.
            Missing,
        }

        impl Reason {
            /// Reads Apple's text.
            pub fn from_text(text: &str) -> Self {
                match text {
                    $($text $(| $other)* => Self::$name,)*
                    unknown => Self::Unknown(unknown.chars().take(MAX_UNKNOWN).collect()),
                }
            }

            /// Apple's text; empty if there was none.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)*
                    Self::Unknown(text) => text,
                    Self::Missing => "",
                }
            }

            /// Every reason that is known.
            pub fn all() -> &'static [Self] {
                &[$(Self::$name,)*]
            }
        }
    };
}

reasons! {
    /// 400: the collapse identifier is longer than 64 bytes.
    BadCollapseId = "BadCollapseId",
    /// 400: the device token is not valid, or belongs to the other environment.
    BadDeviceToken = "BadDeviceToken",
    /// 400: the expiration is not valid.
    BadExpirationDate = "BadExpirationDate",
    /// 400: `apns-id` is not a UUID.
    BadMessageId = "BadMessageId",
    /// 400: the priority is not valid for the push type.
    BadPriority = "BadPriority",
    /// 400: the topic is not valid.
    BadTopic = "BadTopic",
    /// 400: the device token belongs to another app.
    DeviceTokenNotForTopic = "DeviceTokenNotForTopic",
    /// 400: a header came twice.
    DuplicateHeaders = "DuplicateHeaders",
    /// 400: the connection was idle for too long.
    IdleTimeout = "IdleTimeout",
    /// 400: the push type is not valid.
    InvalidPushType = "InvalidPushType",
    /// 400: there is no device token in the path.
    MissingDeviceToken = "MissingDeviceToken",
    /// 400: there is no topic.
    MissingTopic = "MissingTopic",
    /// 400: the payload is empty.
    PayloadEmpty = "PayloadEmpty",
    /// 400: pushing to this topic is not allowed.
    TopicDisallowed = "TopicDisallowed",
    /// 403: the certificate is not valid.
    BadCertificate = "BadCertificate",
    /// 403: the certificate is for the other environment.
    BadCertificateEnvironment = "BadCertificateEnvironment",
    /// 403: the key is for the other environment.
    ///
    /// Apple's page writes `BadEnvironmentKeyIdInToken`, its servers `BadEnvironmentKeyInToken`.
    BadEnvironmentKeyInToken = "BadEnvironmentKeyInToken" | "BadEnvironmentKeyIdInToken",
    /// 403: the provider token is more than an hour old.
    ExpiredProviderToken = "ExpiredProviderToken",
    /// 403: the action is not allowed.
    Forbidden = "Forbidden",
    /// 403: the provider token or its signature is not valid.
    InvalidProviderToken = "InvalidProviderToken",
    /// 403: there is neither a provider token nor a certificate.
    MissingProviderToken = "MissingProviderToken",
    /// 403: the key is not related to the one first used on the connection.
    UnrelatedKeyIdInToken = "UnrelatedKeyIdInToken",
    /// 404: the path is not valid.
    BadPath = "BadPath",
    /// 405: the method is not POST.
    MethodNotAllowed = "MethodNotAllowed",
    /// 410: the device token has expired.
    ExpiredToken = "ExpiredToken",
    /// 410: the app was removed or its notifications were switched off.
    Unregistered = "Unregistered",
    /// 413: the payload is too large.
    PayloadTooLarge = "PayloadTooLarge",
    /// 429: the provider token is renewed too often on this connection.
    TooManyProviderTokenUpdates = "TooManyProviderTokenUpdates",
    /// 429: too many notifications to one device.
    TooManyRequests = "TooManyRequests",
    /// 500: an error inside Apple's service.
    InternalServerError = "InternalServerError",
    /// 503: the service is not available.
    ServiceUnavailable = "ServiceUnavailable",
    /// 503: the server is shutting down.
    Shutdown = "Shutdown",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("no reason given"),
            reason => f.write_str(reason.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_every_reason() {
        assert_eq!(Reason::all().len(), 32);
        for reason in Reason::all() {
            assert_eq!(&Reason::from_text(reason.as_str()), reason);
        }
    }

    #[test]
    fn accepts_both_spellings_of_the_wrong_environment() {
        for text in ["BadEnvironmentKeyInToken", "BadEnvironmentKeyIdInToken"] {
            assert_eq!(Reason::from_text(text), Reason::BadEnvironmentKeyInToken);
        }
    }

    #[test]
    fn keeps_the_text_of_an_unknown_reason() {
        assert_eq!(Reason::from_text("SolarFlare").to_string(), "SolarFlare");
        assert_eq!(Reason::from_text(&"é".repeat(1000)).as_str().chars().count(), 200);
    }
}
