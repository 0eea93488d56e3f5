//! What all of the simulator's services work with.

use std::sync::{Arc, RwLock};

use crate::clock::{Chance, Clock};
use crate::counts::Tally;
use crate::faults::FaultBook;
use crate::phones::Phones;
use crate::registry::{Registry, Strangers};

pub(crate) struct Shared {
    pub(crate) registry: Arc<RwLock<Registry>>,
    pub(crate) unknown: Strangers,
    pub(crate) phones: Phones,
    pub(crate) faults: FaultBook,
    pub(crate) tally: Tally,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
}

#[cfg(test)]
impl Shared {
    /// What the simulator works with where it knows these credentials and no others.
    pub(crate) fn of(registry: Registry) -> Self {
        let registry = Arc::new(RwLock::new(registry));
        let clock: Arc<dyn Clock> = Arc::new(crate::clock::SystemClock);
        let chance = Arc::new(Chance::new(Some(1)));
        let unknown = Strangers::default();
        Self {
            phones: Phones::new(
                Arc::clone(&registry),
                unknown,
                Arc::clone(&clock),
                Arc::clone(&chance),
            ),
            registry,
            unknown,
            faults: FaultBook::new(Default::default()),
            tally: Tally::new(),
            clock,
            chance,
        }
    }
}
