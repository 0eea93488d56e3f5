//! The hour at which somebody opens pushes.

use std::{fmt, time::Duration};

use jiff::tz::TimeZone;

use super::{Lot, Window};
use crate::time::Timestamp;

/// At which hours of their day people opened pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Opens([u32; 24]);

/// Whose opens they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// The person's, by their name where it is known.
    Theirs(Option<String>),
    /// Everyone's of the app, as too few of this person's are known.
    Everyones,
}

/// The best moment for a push, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Best {
    /// When it goes.
    pub moment: Timestamp,
    /// The first of the two hours that the moment is reasoned with.
    pub hour: u8,
    /// How many pushes were opened in these two hours.
    pub opened: u32,
    /// Of how many that were opened at all.
    pub of: u32,
}

impl Opens {
    /// How far back opens tell something of a person's habits.
    pub const SINCE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
    /// Fewer of a person's own tell nothing.
    pub const ENOUGH: u32 = 3;

    /// Counts an open, at the hour that it was in this zone.
    pub fn add(&mut self, at: Timestamp, zone: &TimeZone) {
        self.0[hour_of(at, zone)] += 1;
    }

    /// How many there are.
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// Do they tell of habits?
    pub fn are_enough(&self) -> bool {
        self.total() >= Self::ENOUGH
    }

    /// An hour counts double, each of its neighbours once: who opens at five to six and at five past is no different.
    fn weight(&self, hour: usize) -> u32 {
        2 * self.0[hour] + self.0[(hour + 23) % 24] + self.0[(hour + 1) % 24]
    }

    /// The best moment of a window: within the hour of the most opens, drawn by lot; at its beginning where that is the hour
    /// it begins in. Of equal hours the earliest. None where nothing was opened at any of its hours, or near.
    pub fn best(&self, window: Window, zone: &TimeZone, lot: Lot) -> Option<Best> {
        let mut best: Option<(u32, usize, Window)> = None;
        let mut from = window.from;
        while from < window.until || from == window.from {
            let next = next_hour(from, zone);
            let hour = hour_of(from, zone);
            let weight = self.weight(hour);
            if weight > best.map_or(0, |(most, ..)| most) {
                let until = next.min(window.until).max(from);
                best = Some((weight, hour, Window { from, until }));
            }
            from = next;
        }
        let (_, hour, within) = best?;
        let (before, after) = (self.0[(hour + 23) % 24], self.0[(hour + 1) % 24]);
        let (first, neighbour) = if before > after {
            ((hour + 23) % 24, before)
        } else {
            (hour, after)
        };
        Some(Best {
            moment: if within.from == window.from {
                window.from
            } else {
                within.moment(lot)
            },
            // It is less than 24.
            hour: u8::try_from(first).unwrap_or_default(),
            opened: self.0[hour] + neighbour,
            of: self.total(),
        })
    }
}

fn hour_of(at: Timestamp, zone: &TimeZone) -> usize {
    let hour = zone.to_datetime(at.to_jiff()).hour();
    // From 0 to 23.
    usize::try_from(hour).unwrap_or_default()
}

/// When the next hour begins on this zone's clocks.
fn next_hour(at: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = zone.to_datetime(at.to_jiff());
    let into = i64::from(local.minute()) * 60_000
        + i64::from(local.second()) * 1000
        + i64::from(local.millisecond());
    let left = u64::try_from(3_600_000 - into).unwrap_or(1);
    at + Duration::from_millis(left)
}

impl Best {
    /// Why this moment, in a sentence without its stop.
    pub fn words(&self, whose: &Whose, zone: &TimeZone) -> impl fmt::Display {
        let (from, until) = (self.hour, (self.hour + 2) % 24);
        let zone = zone.iana_name().unwrap_or("their own time").to_owned();
        let Self { opened, of, .. } = *self;
        match whose {
            Whose::Theirs(name) => {
                let who = name.as_deref().unwrap_or("this person");
                format!(
                    "{who} opened {} in 90 days, {opened} of them between {from:02}:00 and {until:02}:00 {zone}",
                    pushes(of)
                )
            }
            Whose::Everyones => format!(
                "too few opens of this person are known; of the app's last {} that were opened, {opened} were opened between \
                 {from:02}:00 and {until:02}:00 of people's days",
                pushes(of)
            ),
        }
    }
}

fn pushes(count: u32) -> String {
    if count == 1 {
        "1 push".to_owned()
    } else {
        format!("{count} pushes")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    /// Midnight in UTC.
    const MIDNIGHT: Timestamp = Timestamp::from_millis(1_789_948_800_000);

    fn opens(hours: &[(usize, u32)]) -> Opens {
        let mut opens = Opens::default();
        for (hour, count) in hours {
            opens.0[*hour] = *count;
        }
        opens
    }

    fn window(from: u32, hours: u32) -> Window {
        let from = MIDNIGHT + from * HOUR;
        Window {
            from,
            until: from + hours * HOUR,
        }
    }

    fn best(opens: Opens, window: Window) -> Option<Best> {
        opens.best(window, &TimeZone::UTC, Lot::of_cause("a"))
    }

    #[test]
    fn the_hour_of_the_most_opens_is_chosen_and_told() {
        let habits = opens(&[(8, 2), (18, 3), (19, 2), (22, 1)]);
        let found = best(habits, window(9, 24)).unwrap();
        let after = found.moment.since(MIDNIGHT);
        assert!(after >= 18 * HOUR && after < 19 * HOUR, "{after:?}");
        assert_eq!((found.hour, found.opened, found.of), (18, 5, 8));
        let rome = TimeZone::get("Europe/Rome").unwrap();
        assert_eq!(
            found
                .words(&Whose::Theirs(Some("Anna".into())), &rome)
                .to_string(),
            "Anna opened 8 pushes in 90 days, 5 of them between 18:00 and 20:00 Europe/Rome"
        );
        assert_eq!(
            found.words(&Whose::Everyones, &rome).to_string(),
            "too few opens of this person are known; of the app's last 8 pushes that were opened, 5 were opened \
             between 18:00 and 20:00 of people's days"
        );
    }

    #[test]
    fn hours_are_smoothed_over_their_neighbours_and_midnight_is_no_border() {
        // 23 has one open, but its neighbours have five.
        let habits = opens(&[(22, 2), (23, 1), (0, 3), (12, 3)]);
        let found = best(habits, window(10, 24)).unwrap();
        let after = found.moment.since(MIDNIGHT);
        assert!(after >= 23 * HOUR && after < 24 * HOUR, "{after:?}");
        assert_eq!((found.hour, found.opened), (23, 4));
    }

    #[test]
    fn who_is_in_the_best_hour_already_does_not_wait() {
        let habits = opens(&[(9, 4)]);
        let soon = Window {
            from: MIDNIGHT + 9 * HOUR + Duration::from_secs(600),
            until: MIDNIGHT + 33 * HOUR,
        };
        assert_eq!(best(habits, soon).unwrap().moment, soon.from);
    }

    #[test]
    fn of_a_short_window_the_best_hour_in_it_counts_and_where_there_is_none_nothing_does() {
        let habits = opens(&[(18, 9), (11, 1)]);
        let after = best(habits, window(9, 4)).unwrap().moment.since(MIDNIGHT);
        assert!(after >= 11 * HOUR && after < 12 * HOUR, "{after:?}");
        assert_eq!(best(habits, window(13, 3)), None);
        assert_eq!(best(Opens::default(), window(0, 24)), None);
    }

    #[test]
    fn an_hour_is_one_of_the_persons_clock() {
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let mut habits = Opens::default();
        for day in 0..3 {
            // 20:30 in Kolkata.
            habits.add(MIDNIGHT + day * 24 * HOUR + 15 * HOUR, &kolkata);
        }
        assert!(habits.are_enough());
        let found = habits.best(window(0, 24), &kolkata, Lot::of_cause("b")).unwrap();
        let after = found
            .moment
            .since(MIDNIGHT + Duration::from_secs(14 * 3600 + 1800));
        assert!(after < HOUR && found.hour == 20, "{found:?}");
    }

    proptest! {
        #[test]
        fn the_best_moment_lies_in_the_window_and_within_an_hour_near_opens(
            hours in proptest::collection::vec(0_u32..5, 24),
            from in 0_u64..200 * 3600,
            length in 0_u64..=24 * 3600,
            cause in ".{0,20}",
            zone in prop_oneof![Just("UTC"), Just("America/New_York"), Just("Asia/Kathmandu"), Just("Australia/Lord_Howe")],
        ) {
            let zone = TimeZone::get(zone).unwrap();
            let habits = Opens(hours.try_into().unwrap());
            let from = MIDNIGHT + Duration::from_secs(from);
            let window = Window { from, until: from + Duration::from_secs(length) };
            if let Some(best) = habits.best(window, &zone, Lot::of_cause(&cause)) {
                prop_assert!(best.moment >= window.from);
                prop_assert!(best.moment == window.from || best.moment < window.until);
                prop_assert!(habits.weight(hour_of(best.moment, &zone)) > 0);
                prop_assert!(best.opened <= best.of);
            }
        }
    }
}
