use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderMap;
use http::header::RETRY_AFTER;

/// How long an answer asks to wait by its header `Retry-After` (RFC 9110, section 10.2.3); none where it does not say.
///
/// Google asks its senders to honour it with the statuses 429 and 503: "Best practices when sending FCM messages at scale"
/// (<https://firebase.google.com/docs/cloud-messaging/scale-fcm>). Apple's pages do not mention it.
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    read(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Reads seconds, or a date.
fn read(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(text.trim())
        .ok()?;
    let until = UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(until.as_second()).ok()?))?;
    // A date that has passed asks for no pause at all.
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_retry_after() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777 - 90);
        assert_eq!(read("120", now), Some(Duration::from_secs(120)));
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(read(date, now), Some(Duration::from_secs(90)));
        assert_eq!(read(date, now + Duration::from_secs(3600)), Some(Duration::ZERO));
        assert_eq!(read("soon", now), None);
    }
}
