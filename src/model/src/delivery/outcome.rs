//! Every way in which an attempt to deliver can end: one table.
//!
//! Sources: Apple, "Handling notification responses from APNs"
//! (<https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns>); Google, "FCM
//! Error Codes" (<https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>) and "Best practices when sending FCM
//! messages at scale" (<https://firebase.google.com/docs/cloud-messaging/scale-fcm>).

use serde::{Deserialize, Serialize};

use super::Retry;
use crate::app_config::Platform;

/// What kind of thing an outcome is, and so what is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The provider took it.
    Accepted,
    /// It did not work this time and may the next.
    Retry,
    /// The device's address is dead or wrong.
    Retire,
    /// A setting or credential is wrong; somebody has to put it right.
    Configuration,
    /// The message itself can't be sent.
    Payload,
    /// It is held back: too much at once, or a rule.
    Throttled,
    /// Nobody knows whether it arrived.
    Unknown,
}

impl Class {
    /// As it is shown.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Retry => "Tried again",
            Self::Retire => "Address",
            Self::Configuration => "Configuration",
            Self::Payload => "Message",
            Self::Throttled => "Held back",
            Self::Unknown => "Unknown",
        }
    }
}

/// What is known of one outcome.
struct Row {
    code: &'static str,
    title: &'static str,
    class: Class,
    retry: Retry,
    words: &'static str,
    advice: &'static str,
}

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $class:ident, $retry:expr, $words:literal, $advice:literal;)*) => {
        /// How one attempt to deliver ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Outcome {
            $($(#[$doc])* $name,)*
        }

        impl Outcome {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn row(self) -> &'static Row {
                match self {
                    $(Self::$name => &Row {
                        code: $code,
                        title: $title,
                        class: Class::$class,
                        retry: $retry,
                        words: $words,
                        advice: $advice,
                    },)*
                }
            }
        }
    };
}

const APPLE_BUSY: Retry = Retry::Steps(&[15 * 60, 30 * 60, 60 * 60]);
/// Nothing reached the provider, so nothing is asked too often of it.
const NOT_REACHED: Retry = Retry::Steps(&[10, 60, 5 * 60]);
const ONE_DEVICE: Retry = Retry::Steps(&[60, 5 * 60, 15 * 60]);

outcomes! {
    /// APNs 200.
    AcceptedByApple = "accepted_by_apple", "Accepted by Apple", Accepted, Retry::Never,
        "Apple took it.", "Whether it is shown depends on the phone.";
    /// FCM 200 with the message's name.
    AcceptedByGoogle = "accepted_by_google", "Accepted by Google", Accepted, Retry::Never,
        "Google took it.", "Whether it is shown depends on the phone.";
    /// APNs 410 `Unregistered`.
    AppRemoved = "app_removed", "App removed", Retire, Retry::Never,
        "The app was removed from the phone, or its notifications were switched off.",
        "The device is retired. It comes back by itself when the app is opened and allowed to notify.";
    /// APNs 410 `ExpiredToken`.
    AddressExpired = "address_expired", "Address expired", Retire, Retry::Never,
        "The push token is too old.", "The device is retired. A new token comes when the app is opened.";
    /// FCM 404 `UNREGISTERED`.
    AppRemovedAndroid = "app_removed_android", "App removed", Retire, Retry::Never,
        "The app was removed from the phone, or was not used for 270 days.",
        "The device is retired. It comes back by itself when the app is opened.";
    /// FCM 400 with Apple's 410 behind it.
    AppRemovedViaFirebase = "app_removed_via_firebase", "App removed", Retire, Retry::Never,
        "Apple told Firebase that the app was removed from the iPhone.",
        "The device is retired. It comes back by itself when the app is opened.";
    /// APNs 400 `BadDeviceToken`.
    AddressNotValid = "address_not_valid", "Address not valid", Retire, Retry::Never,
        "Apple does not know this push token: it is damaged, or belongs to Apple's other environment.",
        "Check that the app's builds and its property's “sandbox” setting agree. If the key is for both environments, say so where \
         it is uploaded: each token is then tried in the other one. The device is retired the second time.";
    /// FCM 400 that blames the token.
    AddressNotValidAndroid = "address_not_valid_android", "Address not valid", Retire, Retry::Never,
        "Google calls the push token malformed.",
        "Check what the app sends as its token. The device is retired the second time.";
    /// APNs 400 `DeviceTokenNotForTopic`.
    AddressOfOtherApp = "address_of_other_app", "Address of another app", Retire, Retry::Never,
        "The push token belongs to another app than this configuration's bundle id.",
        "Check the bundle id of the app configuration. The device is retired the second time.";
    /// FCM 403 `SENDER_ID_MISMATCH`.
    AddressOfOtherProject = "address_of_other_project", "Address of another Firebase project", Retire, Retry::Never,
        "The push token belongs to another Firebase project than this configuration's.",
        "Upload the service account of the project that the app is built with. The device is retired the second time.";
    /// APNs 403 `ExpiredProviderToken`.
    AppleSignInExpired = "apple_sign_in_expired", "Apple sign-in renewed", Retry, Retry::Doubling,
        "Apple found our sign-in too old, and it was renewed.",
        "It mends itself. If it keeps happening, this server's clock is wrong.";
    /// APNs 403 `InvalidProviderToken`, `MissingProviderToken`, `Forbidden`, `BadCertificate`.
    AppleKeyRejected = "apple_key_rejected", "Apple key rejected", Configuration, Retry::WhenCredentialWorks,
        "Apple does not accept the key.",
        "Check key id and team id against Apple's developer account, that the key was not revoked, and that this server's clock is right; then upload the .p8 again.";
    /// APNs 403 `BadEnvironmentKeyInToken`, `BadCertificateEnvironment`.
    AppleKeyOtherEnvironment = "apple_key_other_environment", "Key is for the other environment", Configuration,
        Retry::WhenCredentialWorks,
        "The key is for Apple's other environment: a sandbox key for production, or the reverse.",
        "Upload a key for this environment, or choose the other environment in the app configuration.";
    /// APNs 403 `UnrelatedKeyIdInToken`.
    AppleKeyChanged = "apple_key_changed", "Key changed on an open line", Retry, Retry::Doubling,
        "The connection was made with another key, and was made anew.", "It mends itself.";
    /// APNs 400 `TopicDisallowed`, `BadTopic`, `MissingTopic`.
    AppNotAllowed = "app_not_allowed", "App id not allowed for this key", Configuration, Retry::WhenCredentialWorks,
        "Apple does not let this key push to this bundle id.",
        "Check the bundle id of the app configuration; if the key is limited to some apps, add this one at Apple.";
    /// FCM 401 `THIRD_PARTY_AUTH_ERROR`. It holds nothing else: our own credential was let in, and Android phones get theirs.
    FirebaseKeyRejected = "firebase_key_rejected", "Firebase’s own key for Apple or the web is bad", Configuration,
        Retry::Never,
        "The push token is of an iPhone or a browser, and Firebase could not sign in to Apple or to the browser's push service \
         with the key that it was given.",
        "The push is given up. Put the key right in the Firebase console, for the next ones. Android phones get theirs.";
    /// FCM 401, 403 or 404 without FCM's own code, and a refused sign-in.
    GoogleSignInRejected = "google_sign_in_rejected", "Google sign-in or project wrong", Configuration,
        Retry::WhenCredentialWorks,
        "Google does not let this service account send in this project.",
        "Check that the key was not deleted, that the account has the role “Firebase Cloud Messaging API Admin”, that the \
         API is switched on in the project, and that this server's clock is right; then upload the service account again.";
    /// 413, or ours before sending.
    TooLarge = "too_large", "Message too large", Payload, Retry::Never,
        "The payload has more than 4,096 bytes for this person.", "Shorten the text or the custom data.";
    /// 400 for any other field.
    NotValid = "not_valid", "Message not valid", Payload, Retry::Never,
        "The provider refused a field of the message.", "The provider's own words name the field.";
    /// APNs 429 `TooManyRequests`; FCM 429 `QUOTA_EXCEEDED` of the device.
    TooManyToDevice = "too_many_to_device", "Too many to this phone", Throttled, ONE_DEVICE,
        "Apple or Google finds that this phone gets too many pushes.", "It is sent a little later. Send this person less.";
    /// APNs 429 `TooManyProviderTokenUpdates`.
    AppleSignInTooOften = "apple_sign_in_too_often", "Key renewed too often", Throttled, Retry::Steps(&[20 * 60]),
        "Apple finds that the sign-in with this key is renewed too often.",
        "It mends itself in 20 minutes. If it keeps happening, another server uses the same key.";
    /// FCM 429 `QUOTA_EXCEEDED` of the project, or where Google doesn't say whose quota it is.
    GoogleQuota = "google_quota", "Google’s quota reached", Throttled, Retry::Steps(&[60]),
        "The Firebase project has sent as many messages as Google allows in a minute.",
        "It is sent a little later. If it keeps happening, ask Google for a higher quota, and enter it on the page of the app \
         configuration.";
    /// FCM 500 and 503.
    GoogleBusy = "google_busy", "Google busy", Retry, Retry::Doubling,
        "Google could not take it just now.", "It is tried again by itself.";
    /// APNs 500 and 503.
    AppleBusy = "apple_busy", "Apple busy", Retry, APPLE_BUSY,
        "Apple could not take it just now.", "It is tried again by itself in 15 minutes, as Apple asks.";
    /// The provider surely did not process it, several times over.
    LineRenewed = "line_renewed", "Line renewed", Retry, NOT_REACHED,
        "The provider closed the line before it took the push.", "It is tried again by itself.";
    /// No answer after sending.
    AnswerLost = "answer_lost", "Answer lost", Unknown, Retry::AsMessageSays,
        "It was sent, and the provider's answer was lost: it may have arrived.",
        "The message says what happens then: sent again so that the phone shows one, or left.";
    /// The time to live ended first.
    TooLate = "too_late", "Too late, not sent", Throttled, Retry::Never,
        "Its time to live ended before it could be sent.", "Allow a longer time to live, or see what held it up.";
    /// A rule of the team's keeps it back.
    HeldByRule = "held_by_rule", "Held by your rules", Throttled, Retry::AtItsMoment,
        "A rule of yours keeps it back.", "The rule is named with the delivery.";
    /// Ours: see [`crate::timing::Timing::Spread`].
    SpreadOut = "spread_out", "Spread over a window", Throttled, Retry::AtItsMoment,
        "The message's pushes are spread over a window of time, and the moment of this one is still to come.",
        "It goes out by itself at its moment. The window is chosen in the message, under “When it goes out”.";
    /// Ours: see [`crate::timing::Timing::BestTime`].
    BestTime = "best_time", "Waits for its best time", Throttled, Retry::AtItsMoment,
        "The message goes to each person at the hour at which they open the most pushes.",
        "It goes out by itself at that hour; why it is that hour is told with the delivery.";
    /// Ours: somebody has stopped sending to the app.
    SendingStopped = "sending_stopped", "Sending is stopped", Throttled, Retry::WhenSentAgain,
        "Somebody has stopped sending to this app.", "Choose “Send again” on the page of the app configuration.";
    /// Ours: see the mass-retire guard.
    ManyNotValid = "many_not_valid", "Too many phones refused at once", Configuration, Retry::WhenSentAgain,
        "So many push tokens of this app were refused within a minute that a setting must be wrong, and not the phones.",
        "Nothing was retired for it. Check the bundle id, and that the credential is of the project or environment that the \
         app is built for; then choose “Send again” on the page of the app configuration.";
    /// Ours: the app has no credential.
    CredentialMissing = "credential_missing", "No credential", Configuration, Retry::WhenCredentialWorks,
        "The app configuration has no credential.", "Upload the app's key; what waits is sent then.";
    /// Ours: the credential can't be opened or read.
    CredentialUnreadable = "credential_unreadable", "Credential can’t be read", Configuration,
        Retry::WhenCredentialWorks,
        "The app's credential was sealed with another key file, or is damaged.",
        "Start the server with the key file that it was sealed with, or upload the credential again.";
    /// Ours: no connection could be made.
    ProviderUnreachable = "provider_unreachable", "Provider not reached", Retry, NOT_REACHED,
        "No connection to the provider could be made.",
        "It is tried again by itself. Check this server's network, firewall and the provider's address.";
    /// Ours: the provider takes only so many at a time, and its turn did not come.
    ProviderFull = "provider_full", "Provider busy", Retry, NOT_REACHED,
        "The provider was busy with other pushes, and this one's turn did not come in time. It was not sent.",
        "It is tried again by itself.";
    /// Ours: a template could not be rendered for this person.
    NotPersonalised = "not_personalised", "Could not be personalised", Payload, Retry::Never,
        "A text of the message could not be made for this person.", "The field and the reason are with the delivery.";
    /// An answer that fits nothing above.
    Other = "other", "Refused for another reason", Payload, Retry::Never,
        "The provider refused it for a reason that this version of Heliograph does not know.",
        "The provider's own words are with the delivery.";
}

impl Outcome {
    /// As it is kept in the database and in counters.
    pub const fn as_str(self) -> &'static str {
        self.row().code
    }

    /// From the database's spelling.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|outcome| outcome.as_str() == text)
    }

    /// As it is shown.
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// What happened, in a sentence.
    pub const fn words(self) -> &'static str {
        self.row().words
    }

    /// What to do about it.
    pub const fn advice(self) -> &'static str {
        self.row().advice
    }

    /// What kind of thing it is.
    pub const fn class(self) -> Class {
        self.row().class
    }

    /// When it is tried again.
    pub const fn retry(self) -> Retry {
        self.row().retry
    }

    /// Does the provider call the address wrong, though a setting of ours may be what is wrong? One such answer retires
    /// nothing, and many at once say that it is the setting.
    pub const fn doubts_address(self) -> bool {
        matches!(
            self,
            Self::AddressNotValid
                | Self::AddressNotValidAndroid
                | Self::AddressOfOtherApp
                | Self::AddressOfOtherProject
        )
    }

    /// Did the provider take the push up, so that it counts as tried? How often a provider can't be reached, or takes no more,
    /// uses up nothing, least of all the hour that Google gives.
    pub const fn is_attempt(self) -> bool {
        !matches!(
            self,
            Self::LineRenewed | Self::ProviderUnreachable | Self::ProviderFull | Self::GoogleQuota
        )
    }

    /// That the provider of a platform took it.
    pub const fn accepted(platform: Platform) -> Self {
        match platform {
            Platform::Ios => Self::AcceptedByApple,
            Platform::Android => Self::AcceptedByGoogle,
        }
    }
}

/// Why a delivery failed, waits or was kept back, by the code that is with it: title, words and advice.
pub fn explain(code: &str) -> Option<(&'static str, &'static str, &'static str)> {
    if let Some(outcome) = Outcome::parse(code) {
        return Some((outcome.title(), outcome.words(), outcome.advice()));
    }
    let exclusion = super::Exclusion::parse(code)?;
    Some((exclusion.title(), exclusion.title(), exclusion.advice()))
}

keyword!(Outcome);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::parse(outcome.as_str()), Some(*outcome));
            assert!(outcome.words().ends_with('.') && outcome.advice().ends_with('.'));
        }
    }

    #[test]
    fn what_waits_for_no_setting_to_be_put_right_says_so() {
        let of_settings = |outcome: &&Outcome| outcome.class() == Class::Configuration;
        for outcome in Outcome::ALL.iter().filter(of_settings) {
            let waits = matches!(outcome.retry(), Retry::WhenCredentialWorks | Retry::WhenSentAgain);
            assert_eq!(outcome.advice().contains("given up"), !waits, "{outcome:?}");
        }
    }
}
