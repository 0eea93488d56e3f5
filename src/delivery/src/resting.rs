//! Phones that Apple or Google takes no more for at present ([`Outcome::TooManyToDevice`]): what else is due for one waits with
//! the push that was refused, for each further one would be refused as well and counted against us.
//!
//! Each process keeps its own: the other ones hear it from the provider. Nothing is kept of phones that take their pushes.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use heliograph_model::{delivery::Outcome, ids::DeviceId, time::Timestamp};

/// Most phones that are kept in mind. With more, all are forgotten, and the provider says it anew.
const MOST: usize = 10_000;
/// So long after its last rest a phone's refusals are counted anew.
const ANEW: Duration = Duration::from_secs(60 * 60);

/// One phone.
#[derive(Debug)]
struct Rest {
    until: Timestamp,
    /// How often it was refused in a row; those that were on the wire together count once.
    refusals: u32,
}

/// The phones that rest.
#[derive(Debug, Default)]
pub(crate) struct Resting {
    phones: Mutex<HashMap<DeviceId, Rest>>,
    /// Is there any? It spares each push the lock, as there hardly ever is.
    any: AtomicBool,
}

impl Resting {
    fn phones(&self) -> MutexGuard<'_, HashMap<DeviceId, Rest>> {
        self.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when nothing goes to the phone; none where it does not rest.
    pub(crate) fn until(&self, device: DeviceId, now: Timestamp) -> Option<Timestamp> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let until = self.phones().get(&device)?.until;
        (until > now).then_some(until)
    }

    /// Notes that the provider refused a push for the phone; when the next may go. `asked` and `chance` are as in
    /// [`heliograph_model::delivery::Retry::after`].
    pub(crate) fn refused(
        &self,
        device: DeviceId,
        now: Timestamp,
        asked: Option<Duration>,
        chance: f64,
    ) -> Timestamp {
        let mut phones = self.phones();
        if phones.len() >= MOST && !phones.contains_key(&device) {
            phones.clear();
        }
        let rest = phones.entry(device).or_insert(Rest {
            until: now,
            refusals: 0,
        });
        if rest.until <= now {
            rest.refusals = if rest.until + ANEW < now {
                1
            } else {
                rest.refusals + 1
            };
            let pause = Outcome::TooManyToDevice
                .retry()
                .after(rest.refusals, asked, chance);
            rest.until = now + pause.unwrap_or_default();
        } else if let Some(asked) = asked {
            rest.until = rest.until.max(now + asked);
        }
        self.any.store(true, Ordering::Relaxed);
        rest.until
    }

    /// Notes that the provider took a push for the phone.
    pub(crate) fn accepted(&self, device: DeviceId) {
        if self.any.load(Ordering::Relaxed) {
            let mut phones = self.phones();
            phones.remove(&device);
            self.any.store(!phones.is_empty(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn phone(number: u128) -> DeviceId {
        DeviceId(Uuid::from_u128(number))
    }

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    #[test]
    fn a_phone_rests_for_one_five_and_fifteen_minutes_until_it_takes_a_push() {
        let resting = Resting::default();
        let refused = |at| resting.refused(phone(1), minute(at), None, 0.0);
        assert_eq!(resting.until(phone(1), minute(0)), None);
        assert_eq!(refused(0), minute(1));
        assert_eq!(refused(0), minute(1), "it was on the wire with the first");
        assert_eq!(resting.until(phone(1), minute(0)), Some(minute(1)));
        assert_eq!(resting.until(phone(2), minute(0)), None);
        assert_eq!(resting.until(phone(1), minute(1)), None);
        assert_eq!(refused(1), minute(6));
        assert_eq!(refused(6), minute(21));
        assert_eq!(refused(21), minute(36));
        resting.accepted(phone(1));
        assert_eq!(refused(36), minute(37));
        assert_eq!(refused(1000), minute(1001), "what was long ago does not count");
    }

    #[test]
    fn what_the_provider_asks_for_is_never_undercut() {
        let resting = Resting::default();
        let asked = Some(Duration::from_secs(120));
        assert_eq!(resting.refused(phone(1), minute(0), asked, 0.0), minute(2));
        let more = Some(Duration::from_secs(600));
        assert_eq!(resting.refused(phone(1), minute(1), more, 0.0), minute(11));
    }

    #[test]
    fn no_more_are_kept_in_mind_than_there_is_room_for() {
        let resting = Resting::default();
        for number in 0..=MOST as u128 {
            resting.refused(phone(number), minute(0), None, 0.0);
        }
        assert!(resting.phones().len() <= MOST);
        assert!(resting.until(phone(MOST as u128), minute(0)).is_some());
    }
}
