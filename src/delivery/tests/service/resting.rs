//! A phone that Apple takes no more for.

use std::time::Duration;

use heliograph_model::{
    delivery::{Outcome, State},
    profile::PushPlatform,
};
use heliograph_simulator::{Faults, Outcome as Fault};

use super::world::in_each_world;

#[tokio::test]
async fn what_is_due_for_a_phone_that_takes_no_more_waits_without_being_sent() {
    in_each_world(|world| async move {
        let (ada, phone) = world.person("Ada", PushPlatform::Apns).await;
        let (bo, _) = world.person("Bo", PushPlatform::Apns).await;
        let running = world.start();
        let asked = || world.simulator.counts().apns.requests;
        world.fault(&phone, None, Fault::Throttled { retry_after: None });
        let mut queued = world.queue(&world.content(), &[ada]).await;
        // Refused twice, with a minute and five between.
        for pause in [60, 300] {
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
            queued.push(late);
            if pause == 60 {
                world.later(Duration::from_secs(pause));
            }
        }
        world.simulator.set_faults(Faults::default());
        // Other phones get theirs.
        let other = world.queue(&world.content(), &[bo]).await[0];
        assert_eq!(world.ended(other).await.delivery.state, State::Accepted);
        world.later(Duration::from_secs(300));
        for id in queued {
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        assert_eq!(world.shown(&phone).len(), 3);
        running.stop().await;
    })
    .await;
}
