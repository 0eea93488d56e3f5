//! Keeping to what Google allows a project.

use std::num::NonZeroU32;

use heliograph_model::{
    delivery::{Outcome, State},
    profile::PushPlatform,
};
use heliograph_simulator::{Faults, ProviderFaults};
use heliograph_store::google_pace;

use super::world::*;

#[tokio::test]
async fn where_googles_quota_is_spent_nothing_more_is_sent_and_nothing_counts_as_tried() {
    in_each_world(|world| async move {
        world.simulator.set_faults(Faults {
            fcm: ProviderFaults {
                quota_per_minute: NonZeroU32::new(10),
                ..ProviderFaults::default()
            },
            ..Faults::default()
        });
        let running = world.start();
        let first = world.people(20, PushPlatform::Fcm).await;
        let first = world.queue(&world.content(), &first).await;
        let mut accepted = 0;
        for id in first {
            let story = world
                .until(id, |story| {
                    matches!(story.delivery.state, State::Accepted | State::Waiting)
                })
                .await;
            if story.delivery.state == State::Accepted {
                accepted += 1;
            } else {
                assert_eq!(
                    story.delivery.reason.as_deref(),
                    Some(Outcome::GoogleQuota.as_str())
                );
                assert_eq!(story.delivery.attempts, 0, "Google does not count it either");
            }
        }
        assert!((1..20).contains(&accepted), "{accepted}");
        // The console can tell how fast it still goes, and since when.
        let pace = async || {
            let mut conn = world.store.read().await.unwrap();
            google_pace::in_force(&mut conn, "shop-1", world.store.now())
                .await
                .unwrap()
        };
        let cut = async || pace().await.is_some_and(|pace| pace.cut_at.is_some());
        world.until_so("nothing tells that it was cut", cut).await;
        let pace = pace().await.unwrap();
        assert_eq!(
            (pace.per_minute, pace.of),
            (0, 600_000),
            "it rests, as Google asks"
        );
        let asked = world.simulator.counts().fcm.requests;
        let second = world.people(20, PushPlatform::Fcm).await;
        for id in world.queue(&world.content(), &second).await {
            let story = world.waiting(id).await;
            assert_eq!(
                story.delivery.reason.as_deref(),
                Some(Outcome::GoogleQuota.as_str())
            );
            let words = story
                .hops
                .last()
                .and_then(|hop| hop.detail.words.clone())
                .unwrap_or_default();
            assert!(words.contains("nothing was sent"), "{words}");
        }
        assert_eq!(world.simulator.counts().fcm.requests, asked);
        running.stop().await;
    })
    .await;
}
