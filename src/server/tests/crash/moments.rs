//! When something is killed: at random, and at the same moments again for the same seed.

use std::ops::Range;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::shop::EVENTS;

/// The variable with the seed of a run that is to be repeated.
const SEED: &str = "HELIOGRAPH_TEST_SEED";
/// How far the run is at the first moment and at the last, in events: something is on its way at each of them.
const SPAN: Range<usize> = EVENTS / 20..EVENTS * 4 / 5;

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    /// So many events have been taken in.
    Taken(usize),
    /// So many pushes have ended.
    Ended(usize),
}

/// The kill of one server at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kill {
    /// Which of the servers.
    pub(crate) server: usize,
    pub(crate) when: Moment,
}

/// Draws from the seed in the environment, or from a new one. It is printed, which is shown where the test fails.
pub(crate) struct Draw(StdRng);

impl Draw {
    #[expect(
        clippy::print_stderr,
        reason = "the test runner keeps it, and shows it where the test fails"
    )]
    pub(crate) fn new() -> Self {
        let told = std::env::var(SEED).ok();
        let seed = told.map_or_else(rand::random, |seed| {
            seed.parse().expect("the seed is a whole number")
        });
        eprintln!("to repeat this run: {SEED}={seed}");
        Self(StdRng::seed_from_u64(seed))
    }

    /// So many kills among these servers, one after another. Two may be so close that the second meets a server that is
    /// starting.
    pub(crate) fn kills(&mut self, servers: &Range<usize>, count: usize) -> Vec<Kill> {
        let mut places: Vec<usize> = (0..count).map(|_| self.0.random_range(SPAN)).collect();
        places.sort_unstable();
        let kill = |place| Kill {
            server: self.0.random_range(servers.clone()),
            when: match self.0.random() {
                true => Moment::Taken(place),
                false => Moment::Ended(place),
            },
        };
        places.into_iter().map(kill).collect()
    }
}
