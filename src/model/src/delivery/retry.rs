//! When a delivery is tried again.

use std::time::Duration;

/// When a delivery that ended so is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Never.
    Never,
    /// After these seconds, one for each attempt, the last one again and again, each up to a fifth more, until the time to
    /// live ends.
    Steps(&'static [u64]),
    /// After 10 seconds, doubled with each attempt, up to a quarter more.
    Doubling,
    /// When the credential works again; until then it waits, and one delivery a minute tries.
    WhenCredentialWorks,
    /// When sending to the app goes on; until then it waits.
    WhenSentAgain,
    /// When the moment comes that it was given; no attempt was made before.
    AtItsMoment,
    /// As the message says: see [`crate::message::WhenUnknown`].
    AsMessageSays,
}

impl Retry {
    /// How long [`Retry::Doubling`] goes on: Google asks to drop what could not be sent for 60 minutes.
    pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(60 * 60);

    /// How long to wait after the attempt with this number, from 1; none where no attempt is to follow by itself.
    ///
    /// `asked` is the provider's `Retry-After`, which is never undercut. `chance`, from 0 to 1, spreads the attempts, and only
    /// ever to later: the pauses are the least that the providers ask for.
    pub fn after(self, attempt: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
        let spread = |seconds: u64, share: f64| {
            let factor = 1.0 + share * chance.clamp(0.0, 1.0);
            Duration::from_secs(seconds).mul_f64(factor)
        };
        let index = attempt.saturating_sub(1);
        let pause = match self {
            Self::Never | Self::WhenCredentialWorks | Self::WhenSentAgain | Self::AtItsMoment => return None,
            Self::Steps(seconds) => {
                let last = seconds.len().checked_sub(1)?;
                spread(seconds[last.min(index as usize)], 0.2)
            }
            Self::Doubling | Self::AsMessageSays => spread(10 << index.min(9), 0.25),
        };
        Some(asked.map_or(pause, |asked| pause.max(asked)))
    }

    /// The number, from 1, of the attempt that comes after so long a wait. It is for what counts no attempts: see
    /// [`Outcome::is_attempt`].
    pub fn attempt_after(self, waited: Duration) -> u32 {
        let (mut attempt, mut spent) = (1, Duration::ZERO);
        while let Some(pause) = self.after(attempt, None, 0.0) {
            spent += pause;
            if spent > waited || attempt == Self::ATTEMPTS_MAX {
                break;
            }
            attempt += 1;
        }
        attempt
    }

    /// Pauses do not grow any more after so many attempts.
    const ATTEMPTS_MAX: u32 = 10;

    /// When it is tried again, in a sentence.
    pub fn in_words(self) -> String {
        match self {
            Self::Never => "It is not tried again.".to_owned(),
            Self::Steps([seconds]) => format!(
                "It is tried again every {}, until its time to live ends.",
                span(*seconds)
            ),
            Self::Steps(seconds) => {
                let (last, first) = seconds
                    .split_last()
                    .map_or((0, &[][..]), |(last, first)| (*last, first));
                let first: Vec<String> = first
                    .iter()
                    .map(|seconds| match span(*seconds).as_str() {
                        "minute" => "a minute".to_owned(),
                        "hour" => "an hour".to_owned(),
                        several => several.to_owned(),
                    })
                    .collect();
                format!(
                    "It is tried again after {}, then every {}, until its time to live ends.",
                    first.join(" and "),
                    span(last)
                )
            }
            Self::Doubling => {
                "It is tried again after 10 seconds, then after twice as long each time, for an hour at most."
                    .to_owned()
            }
            Self::WhenCredentialWorks => {
                "It waits for a credential that works; one push a minute finds out.".to_owned()
            }
            Self::WhenSentAgain => "It waits until sending to the app goes on.".to_owned(),
            Self::AtItsMoment => "It goes out by itself when its moment comes.".to_owned(),
            Self::AsMessageSays => {
                "The message says whether it is sent once more; the phone shows one, not two.".to_owned()
            }
        }
    }

    /// Would the pause after the attempt with this number, from 1, end later than [`Retry::GIVEN_UP_AFTER`] after the first?
    ///
    /// What counts is the time of trying, as the pauses are meant. How long a delivery was held back before, for want of a
    /// working credential or of a running server, does not use it up.
    pub fn is_spent(self, attempt: u32) -> bool {
        let mut spent = Duration::ZERO;
        for attempt in 1..=attempt {
            let Some(pause) = self.after(attempt, None, 0.0) else {
                return true;
            };
            spent += pause;
            if spent > Self::GIVEN_UP_AFTER {
                return true;
            }
        }
        false
    }
}

/// A time that is less than a minute, or whole minutes or hours, in words.
fn span(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60) {
        (1, _) => "hour".to_owned(),
        (0, 0) => format!("{seconds} seconds"),
        (0, 1) => "minute".to_owned(),
        (0, minutes) => format!("{minutes} minutes"),
        (hours, _) => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Outcome;

    #[test]
    fn each_retry_reads_as_a_sentence() {
        let words = |outcome: Outcome| outcome.retry().in_words();
        assert_eq!(
            words(Outcome::AppleBusy),
            "It is tried again after 15 minutes and 30 minutes, then every hour, until its time to live ends."
        );
        assert_eq!(
            words(Outcome::TooManyToDevice),
            "It is tried again after a minute and 5 minutes, then every 15 minutes, until its time to live ends."
        );
        assert_eq!(
            words(Outcome::GoogleQuota),
            "It is tried again every minute, until its time to live ends."
        );
        assert_eq!(
            words(Outcome::ProviderUnreachable),
            "It is tried again after 10 seconds and a minute, then every 5 minutes, until its time to live ends."
        );
        for outcome in Outcome::ALL {
            assert!(words(*outcome).ends_with('.'), "{outcome:?}");
        }
    }

    #[test]
    fn apple_is_asked_again_after_a_quarter_of_an_hour_and_google_after_ten_seconds_doubled() {
        let apple = |attempt| {
            Outcome::AppleBusy
                .retry()
                .after(attempt, None, 0.0)
                .unwrap()
                .as_secs()
        };
        assert_eq!([apple(1), apple(2), apple(3), apple(9)], [900, 1800, 3600, 3600]);
        let google = |attempt| {
            Outcome::GoogleBusy
                .retry()
                .after(attempt, None, 0.0)
                .unwrap()
                .as_secs()
        };
        assert_eq!([google(1), google(2), google(5)], [10, 20, 160]);
        assert!(google(u32::MAX) > 0);
    }

    #[test]
    fn an_hour_of_trying_is_nine_attempts_at_a_busy_google_and_sixty_at_its_quota() {
        let last = |outcome: Outcome| (1..100).find(|attempt| outcome.retry().is_spent(*attempt));
        assert_eq!(last(Outcome::GoogleBusy), Some(9));
        assert_eq!(last(Outcome::GoogleQuota), Some(61));
        assert_eq!(last(Outcome::NotValid), Some(1));
    }

    #[test]
    fn a_provider_that_is_not_reached_is_tried_less_and_less_often() {
        let retry = Outcome::ProviderUnreachable.retry();
        let pause = |waited| {
            let attempt = retry.attempt_after(Duration::from_secs(waited));
            retry.after(attempt, None, 0.0).unwrap().as_secs()
        };
        assert_eq!(
            [
                pause(0),
                pause(9),
                pause(10),
                pause(69),
                pause(70),
                pause(1_000_000)
            ],
            [10, 10, 60, 60, 300, 300]
        );
        assert_eq!(Outcome::NotValid.retry().attempt_after(Duration::ZERO), 1);
    }

    #[test]
    fn attempts_are_spread_to_later_and_never_to_sooner_than_a_provider_asks_for() {
        for (outcome, least, most) in [
            (Outcome::GoogleBusy, 10_000, 12_500),
            (Outcome::GoogleQuota, 60_000, 72_000),
            (Outcome::AppleBusy, 900_000, 1_080_000),
        ] {
            let pause = |chance| outcome.retry().after(1, None, chance).unwrap().as_millis();
            assert_eq!((pause(0.0), pause(1.0)), (least, most), "{outcome:?}");
        }
    }

    #[test]
    fn the_providers_wish_is_never_undercut() {
        let asked = Some(Duration::from_secs(120));
        for chance in [0.0, 1.0] {
            assert!(Outcome::GoogleBusy.retry().after(1, asked, chance) >= asked);
        }
        assert_eq!(Outcome::AppRemoved.retry().after(1, asked, 0.0), None);
    }
}
