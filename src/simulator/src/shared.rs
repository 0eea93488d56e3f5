//! What all of the simulator's services work with.

use std::sync::{Arc, RwLock};

use crate::clock::{Chance, Clock};
use crate::counts::Tally;
use crate::faults::FaultBook;
use crate::phones::Phones;
use crate::registry::{Registry, UnknownKeys};

pub(crate) struct Shared {
    pub(crate) registry: Arc<RwLock<Registry>>,
    pub(crate) unknown: UnknownKeys,
    pub(crate) phones: Phones,
    pub(crate) faults: FaultBook,
    pub(crate) tally: Tally,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) chance: Arc<Chance>,
}
