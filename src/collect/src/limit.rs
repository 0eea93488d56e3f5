//! How many events a second are taken: of a datastream, and from one client. Token buckets in this process's memory.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    sync::Mutex,
};

use heliograph_model::time::Timestamp;

/// Most buckets that are kept; beyond it those that are full again are forgotten, which changes nothing.
const KEPT: usize = 100_000;

/// The buckets. A full one holds a second's events.
#[derive(Debug)]
pub(crate) struct Limits<K>(Mutex<HashMap<K, Bucket>>);

impl<K> Default for Limits<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Timestamp,
}

impl Bucket {
    /// What is in it at this time.
    fn level(&self, rate: f64, now: Timestamp) -> f64 {
        let refill = now.since(self.filled_at).as_secs_f64() * rate;
        (self.tokens + refill).min(rate)
    }
}

impl<K: Eq + Hash> Limits<K> {
    /// Takes `events` from a bucket that refills with `rate` a second; where there is not enough, the seconds until there
    /// will be, at least one. A request with more events than the bucket ever holds passes when it is full, and leaves a
    /// debt.
    pub(crate) fn take(&self, key: K, rate: u32, events: usize, now: Timestamp) -> Result<(), u64> {
        let rate = f64::from(rate.max(1));
        // Counts of events are far below the 2^52 that a float holds exactly.
        let events = events as f64;
        // A panic while it was held can't have left a bucket half changed.
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= KEPT && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.level(rate, now) < rate);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: rate,
            filled_at: now,
        });
        bucket.tokens = bucket.level(rate, now);
        bucket.filled_at = bucket.filled_at.max(now);
        let needed = events.min(rate);
        if bucket.tokens < needed {
            let wait = ((needed - bucket.tokens) / rate).ceil();
            return Err((wait as u64).max(1));
        }
        bucket.tokens -= events;
        Ok(())
    }
}

/// What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, all of which one household or host
/// has. None for this machine itself: what comes from there is its owner's, or came through a proxy that was not named.
pub(crate) fn client(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        address if address.is_loopback() => None,
        IpAddr::V6(address) => Some(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into()),
        address => Some(address),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_refills_with_time_and_says_how_long_it_takes() {
        let limits = Limits::default();
        let start = Timestamp::from_millis(0);
        assert_eq!(limits.take(7, 10, 10, start), Ok(()));
        assert_eq!(limits.take(7, 10, 1, start), Err(1));
        let later = start + Duration::from_millis(500);
        assert_eq!(limits.take(7, 10, 5, later), Ok(()));
        assert_eq!(limits.take(7, 10, 1, later), Err(1));
        // A full bucket lets a larger request pass, and the debt is paid back first.
        let later = later + Duration::from_secs(1);
        assert_eq!(limits.take(7, 10, 40, later), Ok(()));
        assert_eq!(limits.take(7, 10, 10, later), Err(4));
    }

    #[test]
    fn only_buckets_that_are_full_again_are_forgotten() {
        let limits = Limits::default();
        let start = Timestamp::from_millis(0);
        for key in 0..KEPT {
            assert_eq!(limits.take(key, 10, 1, start), Ok(()));
        }
        assert_eq!(limits.take(0, 10, 9, start), Ok(()));
        let later = start + Duration::from_millis(200);
        assert_eq!(limits.take(KEPT, 10, 1, later), Ok(()));
        assert_eq!(limits.0.lock().unwrap().len(), 2);
        assert_eq!(limits.take(0, 10, 9, later), Err(1), "its debt is remembered");
    }

    #[test]
    fn a_client_is_an_address_or_a_network_of_addresses() {
        let of = |text: &str| client(text.parse().unwrap()).map(|client| client.to_string());
        assert_eq!(of("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(of("::ffff:203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(of("2001:db8:1:2:a:b:c:d").as_deref(), Some("2001:db8:1:2::"));
        assert_eq!((of("127.0.0.1"), of("::1")), (None, None));
    }
}
