//! Telling other parts that something has changed, so that nobody polls.

use tokio::sync::watch;

/// Kinds of change that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Events or refusals were written.
    Collected,
    /// There is work for the journey engine: an event to judge, an instance that is due, an audience to read, a journey
    /// published or stopped.
    Journeys,
    /// There are deliveries to send, or credentials have changed.
    Deliveries,
    /// Counters have changed.
    Counters,
    /// A datastream was made, changed or deleted.
    Datastreams,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Collected,
        Self::Journeys,
        Self::Deliveries,
        Self::Counters,
        Self::Datastreams,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Journeys => "journeys",
            Self::Deliveries => "deliveries",
            Self::Counters => "counters",
            Self::Datastreams => "datastreams",
        }
    }

    const fn index(self) -> usize {
        self as usize
    }
}

/// The signals of one process. Between processes they travel by PostgreSQL's `NOTIFY`.
#[derive(Debug)]
pub struct Signals {
    channels: [watch::Sender<u64>; Topic::ALL.len()],
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            channels: std::array::from_fn(|_| watch::Sender::new(0)),
        }
    }
}

impl Signals {
    /// Wakes whoever listens to the topic.
    pub fn raise(&self, topic: Topic) {
        self.channels[topic.index()].send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A listener to one topic. What is raised from now on will wake it.
    pub fn listen(&self, topic: Topic) -> Listener {
        Listener(self.channels[topic.index()].subscribe())
    }
}

/// Waits for changes of one topic. A change between two waits is not missed.
#[derive(Debug, Clone)]
pub struct Listener(watch::Receiver<u64>);

impl Listener {
    /// Waits for a change since the last call. Several changes may wake it once.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The store is gone; whoever waits is about to be stopped.
            std::future::pending::<()>().await;
        }
    }
}
