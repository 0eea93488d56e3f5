use std::fmt;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration as Protocol Buffers write it in JSON: seconds with up to nine decimals and an `s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtoDuration(pub Duration);

impl fmt::Display for ProtoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:09}", self.0.subsec_nanos());
        match decimals.trim_end_matches('0') {
            "" => write!(f, "{}s", self.0.as_secs()),
            decimals => write!(f, "{}.{decimals}s", self.0.as_secs()),
        }
    }
}

impl ProtoDuration {
    fn parse(text: &str) -> Option<Self> {
        let number = text.strip_suffix('s')?;
        let (seconds, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(seconds) || !digits(decimals) || decimals.len() > 9 {
            return None;
        }
        let nanoseconds = format!("{decimals:0<9}").parse().ok()?;
        Some(Self(Duration::new(seconds.parse().ok()?, nanoseconds)))
    }
}

impl Serialize for ProtoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProtoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("expected a duration such as 3.5s"))
    }
}

/// A colour; each part from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Color {
    /// Red.
    pub red: f32,
    /// Green.
    pub green: f32,
    /// Blue.
    pub blue: f32,
    /// Opacity.
    pub alpha: f32,
}

/// Writes a moment as RFC 3339.
pub(super) mod moment {
    use jiff::Timestamp;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::message) fn serialize<S: Serializer>(
        moment: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match moment {
            Some(moment) => serializer.collect_str(moment),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::message) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_as_protocol_buffers_do() {
        for (duration, text) in [
            (Duration::from_secs(3600), "3600s"),
            (Duration::from_millis(500), "0.5s"),
            (Duration::new(1, 20), "1.00000002s"),
            (Duration::ZERO, "0s"),
        ] {
            assert_eq!(ProtoDuration(duration).to_string(), text);
            assert_eq!(ProtoDuration::parse(text), Some(ProtoDuration(duration)));
        }
        for wrong in ["", "s", "1", "1.s", "-1s", "1.0000000001s", "1e3s"] {
            assert_eq!(ProtoDuration::parse(wrong), None, "{wrong}");
        }
    }
}
