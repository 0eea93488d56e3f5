/// What a notification is, as the header `apns-push-type` names it.
///
/// Apple: "Sending notification requests to APNs", table of push types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PushType {
    /// Shows an alert, plays a sound or badges the icon.
    Alert,
    /// Wakes the app silently; priority 5 or 1 only.
    Background,
    /// Updates a watch complication.
    Complication,
    /// Reloads controls.
    Controls,
    /// Signals changes to a file provider.
    FileProvider,
    /// Starts, updates or ends a Live Activity.
    LiveActivity,
    /// Asks for the location.
    Location,
    /// Has a managed device contact its server.
    Mdm,
    /// Signals Push to Talk.
    PushToTalk,
    /// Announces a call.
    Voip,
    /// Reloads widgets.
    Widgets,
}

impl PushType {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alert => "alert",
            Self::Background => "background",
            Self::Complication => "complication",
            Self::Controls => "controls",
            Self::FileProvider => "fileprovider",
            Self::LiveActivity => "liveactivity",
            Self::Location => "location",
            Self::Mdm => "mdm",
            Self::PushToTalk => "pushtotalk",
            Self::Voip => "voip",
            Self::Widgets => "widgets",
        }
    }

    /// What follows the app's bundle identifier in the topic of such a notification.
    ///
    /// The topic of [`PushType::Mdm`] is no bundle identifier but comes from the MDM certificate.
    pub fn topic_suffix(self) -> &'static str {
        match self {
            Self::Alert | Self::Background | Self::Mdm => "",
            Self::Complication => ".complication",
            Self::Controls => ".push-type.controls",
            Self::FileProvider => ".pushkit.fileprovider",
            Self::LiveActivity => ".push-type.liveactivity",
            Self::Location => ".location-query",
            Self::PushToTalk => ".voip-ptt",
            Self::Voip => ".voip",
            Self::Widgets => ".push-type.widgets",
        }
    }

    /// The longest payload that Apple takes, in bytes.
    pub fn max_payload(self) -> usize {
        match self {
            Self::Voip => 5120,
            _ => 4096,
        }
    }
}
