//! Sending a message to oneself, to try it out.

use std::time::Duration;

use heliograph_model::{
    ids::{DeviceId, MessageId, ProfileId},
    message::Content,
};
use heliograph_store::{
    Store,
    counters::Counts,
    deliveries::{self, Proof, Purpose, Queued, Request},
};

use crate::Error;

/// A message to try out.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRequest {
    /// To whom.
    pub profile: ProfileId,
    /// Only to this device; none for all of the profile's.
    pub device: Option<DeviceId>,
    /// Which message.
    pub message: MessageId,
    /// What it says now; it need not have been published.
    pub content: Content,
    /// The root `context` of its templates.
    pub context: serde_json::Value,
}

/// Queues a message for a device of one's own. It is sent as any other, really, and never counted.
///
/// # Errors
/// Where the database fails.
pub async fn send_proof(store: &Store, proof: ProofRequest) -> Result<Queued, Error> {
    let request = Request {
        profile: proof.profile,
        message: proof.message,
        version: 0,
        apps: proof.content.apps.clone(),
        ttl: Duration::from_secs(proof.content.ttl.into()),
        rank: proof.content.rank,
        journey: None,
        cause: format!("proof:{}", store.ids().next()),
        context: proof.context,
        purpose: Purpose::Proof(Box::new(Proof {
            content: proof.content,
            device: proof.device,
        })),
    };
    let mut tx = store.begin().await?;
    let mut counts = Counts::new();
    let queued = deliveries::queue(&mut tx, &[request], &mut counts).await?;
    counts.write(&mut tx).await?;
    tx.commit().await?;
    // One request has one answer.
    Ok(queued
        .into_iter()
        .next()
        .unwrap_or_else(|| Queued::Deliveries(Vec::new())))
}
