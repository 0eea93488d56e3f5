//! The time and the chance that the simulator works with, both passed in so that tests can fix them.

use std::sync::Mutex;

use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The current moment.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The one source of random values: tokens, ids and latencies are drawn from it.
pub(crate) struct Chance(Mutex<StdRng>);

const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Chance {
    /// Draws the same values for the same seed, and others on each start without one.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(
            seed.map_or_else(rand::make_rng, StdRng::seed_from_u64),
        ))
    }

    fn with<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    pub(crate) fn uuid(&self) -> Uuid {
        self.with(|rng| {
            let mut bytes = [0; 16];
            rng.fill_bytes(&mut bytes);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        })
    }

    pub(crate) fn number(&self) -> u64 {
        self.with(|rng| rng.random())
    }

    /// Uniform in (0, 1]: the logarithm of it is finite.
    pub(crate) fn unit(&self) -> f64 {
        1.0 - self.with(|rng| rng.random::<f64>())
    }

    pub(crate) fn upper_hex(&self, bytes: usize) -> String {
        use std::fmt::Write;
        self.with(|rng| {
            (0..bytes).fold(String::with_capacity(bytes * 2), |mut text, _| {
                // Writing to a String cannot fail.
                let _ = write!(text, "{:02X}", rng.random::<u8>());
                text
            })
        })
    }

    pub(crate) fn base64_url_text(&self, length: usize) -> String {
        self.with(|rng| {
            (0..length)
                .map(|_| char::from(BASE64_URL[rng.random_range(0..64)]))
                .collect()
        })
    }
}
