use std::time::Duration;

use crate::{Endpoint, ExtraRoots};

/// How a [`Channel`](crate::Channel) reaches its provider.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where the provider listens.
    pub endpoint: Endpoint,
    /// Certificate authorities trusted besides the public ones.
    pub roots: ExtraRoots,
    /// Most connections of the main lane, at least 1.
    pub max_connections: usize,
    /// Most connections of the probe lane, at least 1.
    pub max_probe_connections: usize,
    /// Most streams used at a time on one connection, whatever the provider allows; at least 1.
    pub max_streams: usize,
    /// How long one try at a connection may take: name, TCP, TLS and preface together.
    pub connect_timeout: Duration,
    /// How long a request may wait for a stream, over all its resends.
    pub wait_timeout: Duration,
    /// How long the whole answer may take once the request has its stream.
    pub answer_timeout: Duration,
    /// How long a connection may be unused before it is pinged.
    ///
    /// Apple asks for a PING after an hour: "Sending notification requests to APNs",
    /// section "Follow best practices while sending push notifications with APNs".
    pub ping_after: Duration,
    /// Longest body of an answer that is read, in bytes.
    pub max_body: usize,
}

impl Config {
    /// The settings that fit both providers.
    pub fn new(endpoint: Endpoint) -> Self {
        Self {
            endpoint,
            roots: ExtraRoots::none(),
            max_connections: 4,
            max_probe_connections: 2,
            max_streams: 1000,
            connect_timeout: Duration::from_secs(10),
            wait_timeout: Duration::from_secs(20),
            answer_timeout: Duration::from_secs(20),
            ping_after: Duration::from_secs(60 * 60),
            max_body: 64 * 1024,
        }
    }
}
