//! A phone that its provider takes no more for.

use std::time::Duration;

use heliograph_model::{
    delivery::{Outcome, State},
    profile::PushPlatform,
};
use heliograph_simulator::{Faults, Outcome as Fault};

use super::world::in_each_world;

#[tokio::test]
async fn what_is_due_for_a_phone_that_apple_takes_no_more_for_waits_without_being_sent() {
    waits_without_being_sent(PushPlatform::Apns).await;
}

#[tokio::test]
async fn what_is_due_for_a_phone_that_google_takes_no_more_for_waits_without_being_sent() {
    waits_without_being_sent(PushPlatform::Fcm).await;
}

async fn waits_without_being_sent(platform: PushPlatform) {
    in_each_world(|world| async move {
        let (ada, phone) = world.person("Ada", platform).await;
        let (bo, _) = world.person("Bo", platform).await;
        let running = world.start();
        let provider = match platform {
            PushPlatform::Fcm => "Google",
            PushPlatform::Apns | PushPlatform::ApnsSandbox => "Apple",
        };
        let asked = || {
            let counts = world.simulator.counts();
            counts.apns.requests + counts.fcm.requests
        };
        world.fault(&phone, None, Fault::DeviceThrottled { retry_after: None });
        let mut queued = world.queue(&world.content(), &[ada]).await;
        // Refused for more than an hour, after which Google's own failures are given up.
        let pauses = [60, 300, 900, 900, 900, 900];
        for (refusals, pause) in pauses.into_iter().enumerate() {
            let until = world.store.now() + Duration::from_secs(pause);
            let rests = async |id| {
                let story = world.until(id, |story| story.delivery.due_at == until).await;
                assert_eq!(
                    (story.delivery.state, story.delivery.reason.as_deref()),
                    (State::Waiting, Some(Outcome::TooManyToDevice.as_str()))
                );
                story.delivery.attempts
            };
            for id in &queued {
                rests(*id).await;
            }
            let before = asked();
            let late = world.queue(&world.content(), &[ada]).await[0];
            assert_eq!((rests(late).await, asked()), (0, before), "it was sent");
            let story = world.story(late).await;
            let words = story.hops.last().and_then(|hop| hop.detail.words.as_deref());
            assert_eq!(
                words,
                Some(format!("nothing was sent: {provider} has refused another push to this phone").as_str())
            );
            queued.push(late);
            if refusals + 1 < pauses.len() {
                world.later(Duration::from_secs(pause));
            }
        }
        world.simulator.set_faults(Faults::default());
        // Other phones get theirs.
        let other = world.queue(&world.content(), &[bo]).await[0];
        assert_eq!(world.ended(other).await.delivery.state, State::Accepted);
        world.later(Duration::from_secs(900));
        for id in queued {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        assert_eq!(world.shown(&phone).len(), pauses.len() + 1);
        running.stop().await;
    })
    .await;
}
