use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// What is saved up while nothing is sent. More would be a peak at each beginning, which Google asks to avoid.
const BURST: Duration = Duration::from_millis(100);
/// How long the rate takes from its beginning to its full height. Google asks for at least a minute
/// (<https://firebase.google.com/docs/cloud-messaging/scale-fcm>, "Handle traffic spikes").
const RAMP: f64 = 60.0;
/// Share of the quota with which a rise begins.
const FLOOR: f64 = 0.1;
/// After so long without a message the rate rises anew.
const IDLE: Duration = Duration::from_secs(60);
/// What is left of the rate when Google says that it was too high.
const CUT: f64 = 0.8;
/// Share of the quota that a rate which was cut wins back in a second.
const REGAIN: f64 = 0.1 / 60.0;
/// How long nothing is sent where Google names no time: <https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode>.
const PAUSE: Duration = Duration::from_secs(60);

/// How fast one Firebase project may send, as one process keeps to it; cheap to clone, and shared by the clients of a project.
///
/// Turns are given out evenly over the minute, since Google counts by minutes whose beginning nobody knows
/// (<https://firebase.google.com/docs/cloud-messaging/throttling-and-quotas>). The rate rises over a minute, falls when Google
/// says that the quota is spent, and comes back slowly: so several processes find their shares by themselves.
#[derive(Clone)]
pub struct Quota(Arc<Mutex<State>>);

/// How fast a project may send at a moment, as one process keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// So many messages a minute; 0 while Google has asked for a pause.
    pub per_minute: u32,
    /// Of so many when nothing slows it.
    pub of: u32,
    /// How long ago Google called the quota spent; none when the pace has come back since.
    pub cut: Option<Duration>,
}

impl Quota {
    /// What Google allows a project, in messages a minute, unless it has agreed to more.
    pub const USUAL: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

    /// A quota of so many messages a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        Self(Arc::new(Mutex::new(State::new(per_minute, Instant::now()))))
    }

    /// Has it be another quota from now on. What Google has cut of the rate stays cut by the same share.
    pub fn change(&self, per_minute: NonZeroU32) {
        self.lock().full = f64::from(per_minute.get()) / 60.0;
    }

    /// Waits for a turn to send, for no longer than `patience`; how long it is away where it is further, and then it is not taken.
    pub(crate) async fn turn(&self, patience: Duration) -> Result<(), Duration> {
        let at = self.lock().turn(Instant::now(), patience)?;
        if let Some(at) = at {
            sleep_until(at).await;
        }
        Ok(())
    }

    /// Notes that Google called the quota spent, and for how long.
    pub(crate) fn spent(&self, pause: Option<Duration>) {
        self.lock().spent(Instant::now(), pause.unwrap_or(PAUSE));
    }

    /// How fast is sent now; none where nothing was sent for a minute.
    pub fn pace(&self) -> Option<Pace> {
        self.lock().pace(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Each change is complete before anything can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Quota {
    fn default() -> Self {
        Self::new(Self::USUAL)
    }
}

impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Quota").field(&*self.lock()).finish()
    }
}

#[derive(Debug)]
struct State {
    /// Messages a second when nothing slows it.
    full: f64,
    /// Share of it that Google has let pass, when that was last cut.
    ceiling: f64,
    cut_at: Instant,
    /// When Google last called the quota spent.
    told_at: Option<Instant>,
    /// When the rate began to rise.
    rising_since: Instant,
    /// Nothing is sent before.
    paused_until: Instant,
    /// When the next message may go, if there were no burst.
    next: Instant,
}

impl State {
    fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self {
            full: f64::from(per_minute.get()) / 60.0,
            ceiling: 1.0,
            cut_at: now,
            told_at: None,
            rising_since: now,
            paused_until: now,
            next: now,
        }
    }

    /// Messages a second at a moment.
    fn rate(&self, now: Instant) -> f64 {
        let risen = FLOOR + (1.0 - FLOOR) * seconds(self.rising_since, now) / RAMP;
        self.full * risen.min(self.ceiling(now))
    }

    /// What is left, or there again, of the full rate.
    fn ceiling(&self, now: Instant) -> f64 {
        (self.ceiling + seconds(self.cut_at, now) * REGAIN).min(1.0)
    }

    fn pace(&self, now: Instant) -> Option<Pace> {
        if now.saturating_duration_since(self.next) > IDLE {
            return None;
        }
        let paused = now < self.paused_until;
        let a_minute = |rate: f64| (rate * 60.0).round() as u32;
        Some(Pace {
            per_minute: if paused { 0 } else { a_minute(self.rate(now)) },
            of: a_minute(self.full),
            cut: self
                .told_at
                .filter(|_| paused || self.ceiling(now) < 1.0)
                .map(|told| now.saturating_duration_since(told)),
        })
    }

    /// When the next message may go, none where that is now; or how long that is from now, if it is too long.
    fn turn(&mut self, now: Instant, patience: Duration) -> Result<Option<Instant>, Duration> {
        if now.saturating_duration_since(self.next) > IDLE {
            self.rising_since = now;
        }
        let earliest = now.checked_sub(BURST).unwrap_or(now);
        let at = self.next.max(earliest).max(self.paused_until);
        let wait = at.saturating_duration_since(now);
        if wait > patience {
            return Err(wait);
        }
        self.next = at + Duration::from_secs_f64(1.0 / self.rate(at));
        Ok((wait > Duration::ZERO).then_some(at))
    }

    fn spent(&mut self, now: Instant, pause: Duration) {
        // Many that were on the wire together are told the same: the first has cut the rate.
        if now >= self.paused_until {
            self.ceiling = (self.rate(now) / self.full * CUT).max(FLOOR);
            self.told_at = Some(now);
        }
        // A day is more than Google would ask for, and an `Instant` can't hold just anything.
        let until = now + pause.min(Duration::from_secs(24 * 60 * 60));
        self.paused_until = self.paused_until.max(until);
        self.cut_at = self.paused_until;
        self.rising_since = self.paused_until;
        self.next = self.next.max(self.paused_until);
    }
}

/// The seconds between two moments; none where the first is still to come.
fn seconds(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// How many get a turn in the second that begins at `from`, when there is always somebody who wants one.
    fn in_a_second(state: &mut State, from: Instant) -> usize {
        let mut sent = 0;
        for millisecond in 0..1000 {
            let now = from + Duration::from_millis(millisecond);
            while state.next <= now {
                assert_eq!(state.turn(now, SECOND), Ok(None));
                sent += 1;
            }
        }
        sent
    }

    fn state(per_minute: u32) -> (State, Instant) {
        let now = Instant::now();
        (State::new(NonZeroU32::new(per_minute).unwrap(), now), now)
    }

    #[test]
    fn a_minute_holds_no_more_than_the_quota_and_no_second_more_than_its_share() {
        let (mut state, start) = state(600_000);
        let seconds: Vec<usize> = (0..180)
            .map(|second| in_a_second(&mut state, start + SECOND * second))
            .collect();
        assert!((900..1200).contains(&seconds[0]), "it begins low: {}", seconds[0]);
        assert!((5000..6500).contains(&seconds[30]), "and rises: {}", seconds[30]);
        for second in &seconds[61..] {
            assert!((9990..=10_010).contains(second), "{second}");
        }
        assert!(seconds[61..121].iter().sum::<usize>() <= 600_010);
    }

    #[test]
    fn it_slows_down_where_google_says_so_and_comes_back() {
        let (mut state, start) = state(60_000);
        let later = start + SECOND * 100;
        state.rising_since = start;
        state.next = later;
        assert!((995..1005).contains(&in_a_second(&mut state, later)));
        let told = later + SECOND;
        for _ in 0..500 {
            state.spent(told, Duration::from_secs(30));
        }
        let wait = state.turn(told + SECOND, SECOND).unwrap_err();
        assert!(wait > SECOND * 28 && wait <= SECOND * 30, "{wait:?}");
        let again = told + SECOND * 30;
        assert!(
            (90..130).contains(&in_a_second(&mut state, again)),
            "it rises anew"
        );
        for second in 1..60 {
            in_a_second(&mut state, again + SECOND * second);
        }
        let cut = in_a_second(&mut state, again + SECOND * 60);
        assert!((880..920).contains(&cut), "cut once, and a tenth won back: {cut}");
        for second in 61..140 {
            in_a_second(&mut state, again + SECOND * second);
        }
        assert!((995..1005).contains(&in_a_second(&mut state, again + SECOND * 140)));
    }

    #[tokio::test]
    async fn another_quota_is_kept_to_from_now_on() {
        let quota = Quota::new(NonZeroU32::new(600).unwrap());
        quota.turn(SECOND).await.unwrap();
        quota.spent(Some(Duration::ZERO));
        quota.change(NonZeroU32::new(1_200_000).unwrap());
        let pace = quota.pace().unwrap();
        assert_eq!(pace.of, 1_200_000);
        assert!(
            (100_000..130_000).contains(&pace.per_minute),
            "it was cut: {pace:?}"
        );
    }

    #[test]
    fn the_pace_is_told_with_the_time_of_its_cut_until_it_is_back() {
        let (mut state, start) = state(60_000);
        let pace = |state: &mut State, second: u32| {
            let now = start + SECOND * second;
            // Somebody sends all the time.
            state.next = state.next.max(now);
            state.pace(now).map(|pace| (pace.per_minute, pace.cut))
        };
        assert_eq!(pace(&mut state, 0), Some((6_000, None)));
        assert_eq!(pace(&mut state, 30), Some((33_000, None)));
        assert_eq!(pace(&mut state, 60), Some((60_000, None)));
        state.spent(start + SECOND * 100, SECOND * 20);
        assert_eq!(pace(&mut state, 110), Some((0, Some(SECOND * 10))));
        assert_eq!(pace(&mut state, 180), Some((54_000, Some(SECOND * 80))));
        assert_eq!(pace(&mut state, 250), Some((60_000, None)));
        assert_eq!(state.pace(start + SECOND * 311), None);
        assert_eq!(state.pace(start + SECOND * 250).map(|pace| pace.of), Some(60_000));
    }

    #[test]
    fn who_would_wait_for_long_takes_no_turn() {
        let (mut state, start) = state(60);
        assert_eq!(state.turn(start, SECOND), Ok(None));
        let wait = state.turn(start, SECOND).unwrap_err();
        assert!(wait > SECOND * 9, "a tenth of one a second: {wait:?}");
        assert_eq!(
            state.turn(start, SECOND).unwrap_err(),
            wait,
            "and it is still there"
        );
        assert!(state.turn(start + wait, SECOND).is_ok());
    }

    #[test]
    fn after_a_rest_it_rises_anew() {
        let (mut state, start) = state(600_000);
        in_a_second(&mut state, start + SECOND * 59);
        let rested = start + SECOND * 600;
        state.next = rested - IDLE - SECOND;
        assert!((900..1200).contains(&in_a_second_from_rest(&mut state, rested)));
    }

    fn in_a_second_from_rest(state: &mut State, from: Instant) -> usize {
        assert_eq!(state.turn(from, SECOND), Ok(None));
        in_a_second(state, from)
    }
}
