//! How many events a second a datastream takes: a token bucket for each, in this process's memory.

use std::{collections::HashMap, sync::Mutex};

use heliograph_model::{ids::DatastreamId, time::Timestamp};

/// The buckets. A full one holds a second's events.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<DatastreamId, Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled_at: Timestamp,
}

impl Limits {
    /// Takes `events` from the bucket of a datastream that refills with `rate` a second; where there is not enough, the
    /// seconds until there will be, at least one. A request with more events than the bucket ever holds passes when it
    /// is full, and leaves a debt.
    pub(crate) fn take(&self, id: DatastreamId, rate: u32, events: usize, now: Timestamp) -> Result<(), u64> {
        let rate = f64::from(rate.max(1));
        // Counts of events are far below the 2^52 that a float holds exactly.
        let events = events as f64;
        // A panic while it was held can't have left a bucket half changed.
        let mut buckets = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let bucket = buckets.entry(id).or_insert(Bucket {
            tokens: rate,
            filled_at: now,
        });
        let refill = now.since(bucket.filled_at).as_secs_f64() * rate;
        bucket.tokens = (bucket.tokens + refill).min(rate);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_refills_with_time_and_says_how_long_it_takes() {
        let limits = Limits::default();
        let id = DatastreamId(uuid::Uuid::nil());
        let start = Timestamp::from_millis(0);
        assert_eq!(limits.take(id, 10, 10, start), Ok(()));
        assert_eq!(limits.take(id, 10, 1, start), Err(1));
        let later = start + Duration::from_millis(500);
        assert_eq!(limits.take(id, 10, 5, later), Ok(()));
        assert_eq!(limits.take(id, 10, 1, later), Err(1));
        // A full bucket lets a larger request pass, and the debt is paid back first.
        let later = later + Duration::from_secs(1);
        assert_eq!(limits.take(id, 10, 40, later), Ok(()));
        assert_eq!(limits.take(id, 10, 10, later), Err(4));
    }
}
