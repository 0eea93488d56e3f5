//! Addresses that may be dead do not keep others waiting.

use heliograph_delivery::Options;
use heliograph_model::{delivery::State, profile::PushPlatform};
use heliograph_simulator as simulator;

use crate::world::in_each_world;

#[tokio::test]
async fn those_in_doubt_have_places_of_their_own() {
    in_each_world(|world| async move {
        let running = world.start_with(Options {
            in_flight: 4,
            doubtful: 2,
            ..Options::default()
        });
        let (ada, _) = world.person("Ada", PushPlatform::Apns).await;
        let first = world.queue(&world.content(), &[ada]).await[0];
        world.ended(first).await;

        let (mut silent, mut rules) = (Vec::new(), Vec::new());
        for n in 0..6 {
            let (person, token) = world.person(&format!("Silent {n}"), PushPlatform::Apns).await;
            rules.push(simulator::Rule {
                provider: None,
                token_prefix: token,
                one_in: None,
                times: None,
                outcome: simulator::Outcome::BlackHole,
            });
            silent.push(person);
        }
        world.simulator.set_faults(simulator::Faults {
            rules,
            ..simulator::Faults::default()
        });
        let unanswered = world.queue(&world.content(), &silent).await;
        let in_state = async |state| {
            let mut found = Vec::new();
            for id in &unanswered {
                let story = world.story(*id).await;
                if story.delivery.state == state {
                    found.push(story);
                }
            }
            found
        };
        let two_are_sent = async || in_state(State::Sending).await.len() == 2;
        world.until_so("two are not sent", two_are_sent).await;
        for _ in 0..6 {
            let id = world.queue(&world.content(), &[ada]).await[0];
            assert_eq!(world.ended(id).await.delivery.state, State::Accepted);
        }
        let others = in_state(State::Queued).await;
        assert_eq!(others.len(), 4);
        // Nothing is written of their waiting: they are in the queue as they were.
        assert!(others.iter().all(|story| story.hops.len() == 1));
        // Nobody answers those on the wire, and they are not waited for.
        drop(running);
    })
    .await;
}
