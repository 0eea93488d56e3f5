//! Many people at once, and what the stand-ins have counted of them.

use heliograph_model::{
    delivery::State,
    ids::{DeliveryId, ProfileId},
    profile::PushPlatform,
};
use heliograph_simulator::{Faults, ProviderCounts, ProviderFaults};

use super::world::World;

/// How many people a crowd has, half of them on each platform.
pub(crate) const PEOPLE: usize = 60;

/// The same faults at both providers.
pub(crate) fn everywhere(faults: ProviderFaults) -> Faults {
    Faults {
        apns: faults.clone(),
        fcm: faults,
        rules: Vec::new(),
    }
}

impl World {
    /// So many people with a phone each.
    pub(crate) async fn people(&self, count: usize, platform: PushPlatform) -> Vec<ProfileId> {
        let mut people = Vec::with_capacity(count);
        for n in 0..count {
            people.push(self.person(&format!("P{n}"), platform).await.0);
        }
        people
    }

    /// [`PEOPLE`], one with an iPhone, one with Android, and so on.
    pub(crate) async fn crowd(&self) -> Vec<ProfileId> {
        let mut people = Vec::with_capacity(PEOPLE);
        for n in 0..PEOPLE {
            let platform = [PushPlatform::Apns, PushPlatform::Fcm][n % 2];
            people.push(self.person(&format!("P{n}"), platform).await.0);
        }
        people
    }

    /// Lets one push through on each platform, so that the lines carry more than the first stream.
    pub(crate) async fn warm_up(&self) {
        for platform in [PushPlatform::Apns, PushPlatform::Fcm] {
            let (person, _) = self.person(&format!("{platform:?}"), platform).await;
            let id = self.queue(&self.content(), &[person]).await[0];
            assert_eq!(self.ended(id).await.delivery.state, State::Accepted);
        }
    }

    /// Waits until both stand-ins have accepted so many pushes.
    pub(crate) async fn accepted(&self, at_least: u64) {
        while self.totals()[0] < at_least {
            tokio::task::yield_now().await;
        }
    }

    /// Waits until all have ended, each in this state.
    pub(crate) async fn all_end(&self, ids: &[DeliveryId], state: State) {
        for id in ids {
            let story = self.ended(*id).await;
            assert_eq!(story.delivery.state, state, "{story:#?}");
        }
    }

    /// What both stand-ins have counted: accepted, distinct among them, doubled, shown twice, unanswered.
    pub(crate) fn totals(&self) -> [u64; 5] {
        let counts = self.simulator.counts();
        let of = |one: &ProviderCounts| {
            [
                one.accepted,
                one.accepted_distinct,
                one.doubled,
                one.shown_twice,
                one.unanswered,
            ]
        };
        let (apns, fcm) = (of(&counts.apns), of(&counts.fcm));
        std::array::from_fn(|which| apns[which] + fcm[which])
    }
}
