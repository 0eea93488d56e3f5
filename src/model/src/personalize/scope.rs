//! The data that a template is rendered with, and the limits that rendering keeps.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::dates::zone;
use super::program::Root;

static NOTHING: Value = Value::Null;

/// The data that a template can reach, by reference; roots that are not set are empty.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    profile: &'a Value,
    context: &'a Value,
    audience: &'a Value,
    device: &'a Value,
    app: &'a Value,
    now_millis: i64,
    time_zone: &'a str,
    seed: u64,
}

impl<'a> Scope<'a> {
    /// An empty scope at a moment, in milliseconds since 1970 UTC, in the time zone UTC.
    pub fn at(now_millis: i64) -> Scope<'a> {
        Scope {
            profile: &NOTHING,
            context: &NOTHING,
            audience: &NOTHING,
            device: &NOTHING,
            app: &NOTHING,
            now_millis,
            time_zone: "UTC",
            seed: 0,
        }
    }

    /// The profile's attributes.
    pub fn profile(mut self, profile: &'a Value) -> Scope<'a> {
        self.profile = profile;
        self
    }

    /// The journey's data: `journey.events`, `journey.technicalProperties`.
    pub fn context(mut self, context: &'a Value) -> Scope<'a> {
        self.context = context;
        self
    }

    /// The audience with which the profile entered the journey.
    pub fn audience(mut self, audience: &'a Value) -> Scope<'a> {
        self.audience = audience;
        self
    }

    /// The device that the push goes to.
    pub fn device(mut self, device: &'a Value) -> Scope<'a> {
        self.device = device;
        self
    }

    /// The app that the push goes to.
    pub fn app(mut self, app: &'a Value) -> Scope<'a> {
        self.app = app;
        self
    }

    /// The profile's time zone by its IANA name (`Europe/Paris`) or as an offset (`+02:00`).
    pub fn time_zone(mut self, name: &'a str) -> Scope<'a> {
        self.time_zone = name;
        self
    }

    /// The number from which `random()` draws, so that a send and its preview can agree.
    pub fn seed(mut self, seed: u64) -> Scope<'a> {
        self.seed = seed;
        self
    }

    /// The data under a root; `now` has none.
    pub(crate) fn root(&self, root: Root) -> Option<&'a Value> {
        Some(match root {
            Root::Profile => self.profile,
            Root::Context => self.context,
            Root::Audience => self.audience,
            Root::Device => self.device,
            Root::App => self.app,
            Root::Now => return None,
        })
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_millis).unwrap_or(if self.now_millis < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    pub(crate) fn zone(&self) -> Result<TimeZone, &'a str> {
        zone::find(self.time_zone).ok_or(self.time_zone)
    }

    pub(crate) fn first_random(&self) -> u64 {
        self.seed
    }
}

/// How printed values are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// Values are printed as they are: a push title is not HTML.
    #[default]
    None,
    /// `{{ }}` and `{%= %}` escape what HTML would read as markup; `{{{ }}}` does not.
    Html,
}

/// Limits that no template and no data can exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RenderLimits {
    /// Longest output in bytes; 65,536 unless told.
    pub output_bytes: usize,
    /// Most turns of all loops together; 10,000 unless told.
    pub loop_turns: u32,
    /// Most work: about one unit for each instruction, item looked at and byte made; 4,000,000 unless told. It bounds
    /// memory as well: a unit stands for at most some twenty bytes, which are given back when the rendering ends.
    pub work: u64,
}

impl Default for RenderLimits {
    fn default() -> RenderLimits {
        RenderLimits {
            output_bytes: 64 * 1024,
            loop_turns: 10_000,
            work: 4_000_000,
        }
    }
}

/// How a template is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RenderOptions {
    /// How printed values are protected.
    pub escape: Escape,
    /// The limits to keep.
    pub limits: RenderLimits,
}

/// Why a template gave no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenderError {
    /// The template has errors and was run all the same.
    #[error("the template has errors; put them right before it is used")]
    InvalidTemplate,
    /// The text grew past the limit.
    #[error("the text is longer than {limit} bytes; shorten it, or the list it repeats")]
    OutputTooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The loops took more turns than the limit.
    #[error("the loops of the template take more than {limit} turns; loop over a shorter list")]
    TooManyTurns {
        /// The limit, over all loops.
        limit: u32,
    },
    /// The expressions need more work than the limit.
    #[error("the template needs more work than is allowed ({limit}); use smaller texts and lists")]
    TooMuchWork {
        /// The limit, in units of [`RenderLimits::work`].
        limit: u64,
    },
}
