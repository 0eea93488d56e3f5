//! People and their phones, and what the stand-ins have counted of them.

use heliograph_model::{
    delivery::State,
    ids::{DeliveryId, ProfileId},
    profile::{Identity, PushPlatform},
};
use heliograph_simulator as simulator;
use heliograph_store::{devices, profiles};
use serde_json::json;
use simulator::{Faults, ProviderCounts, ProviderFaults};

use super::world::{APP, World};

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
    /// A person with a phone that the stand-in knows, and its token.
    pub(crate) async fn person(&self, name: &str, platform: PushPlatform) -> (ProfileId, String) {
        self.person_who_says(name, platform, platform).await
    }

    /// The same, whose app names another push service than its token is of.
    pub(crate) async fn person_who_says(
        &self,
        name: &str,
        platform: PushPlatform,
        said: PushPlatform,
    ) -> (ProfileId, String) {
        let phone = self
            .simulator
            .phones()
            .add(simulator::NewPhone {
                platform: match platform {
                    PushPlatform::Fcm => simulator::Platform::Fcm,
                    PushPlatform::Apns => simulator::Platform::Apns,
                    PushPlatform::ApnsSandbox => simulator::Platform::ApnsSandbox,
                },
                app: simulator::AppId::new(APP),
                token: None,
                ecid: None,
                identities: serde_json::Map::new(),
                label: name.into(),
            })
            .unwrap();
        let token = phone.token.as_str().to_owned();
        let mut tx = self.store.begin().await.unwrap();
        let upsert = profiles::Upsert {
            identities: vec![Identity::new("CRMID", name).unwrap()],
            attributes: json!({"person": {"name": {"firstName": name}}}),
        };
        let profile = profiles::upsert(&mut tx, &[upsert]).await.unwrap()[0].unwrap();
        let claim = devices::Claim {
            profile,
            ecid: Some(name.to_owned()),
            app: APP.into(),
            platform: said,
            token: token.clone(),
            wanted: devices::Wanted::Yes,
            at: self.store.now(),
        };
        devices::sync(&mut tx, &[claim]).await.unwrap();
        tx.commit().await.unwrap();
        (profile, token)
    }

    /// Makes the phone of one person a second one of another.
    pub(crate) async fn move_device(&self, from: ProfileId, to: ProfileId) {
        let mut tx = self.store.begin().await.unwrap();
        let device = devices::of_profile(&mut tx, from).await.unwrap().remove(0);
        let claim = devices::Claim {
            profile: to,
            ecid: device.ecid,
            app: device.app,
            platform: device.platform,
            token: device.token,
            wanted: devices::Wanted::Yes,
            at: self.store.now(),
        };
        devices::sync(&mut tx, &[claim]).await.unwrap();
        tx.commit().await.unwrap();
    }

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
