//! What follows from addresses that are called not valid: nothing at once, and nothing at all where there are too many.

use heliograph_model::app_config::WhyStopped;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

impl Shop {
    /// Sends to as many phones, of which the first are refused as not valid and the others accepted; all of them.
    async fn send(&self, cause: &str, phones: usize, refused: usize) -> Vec<DeviceId> {
        let mut requests = Vec::new();
        for number in 0..phones {
            let name = format!("p{number}");
            let profile = self.person(&name, &[&name]).await;
            requests.push(self.request(profile, cause));
        }
        self.queue(&requests).await;
        let claimed = self.claim(u32::try_from(phones).unwrap()).await;
        assert_eq!(claimed.len(), phones);
        let now = self.store.now();
        let mut of_devices = Vec::new();
        let settlements: Vec<Settlement> = claimed
            .iter()
            .enumerate()
            .map(|(index, one)| {
                let device = one.device.as_ref().unwrap().id;
                of_devices.push(device);
                let (mut settlement, change) = if index < refused {
                    let outcome = Outcome::AddressNotValidAndroid;
                    (ended(one, now, End::Failed { outcome }), DeviceChange::NotValid)
                } else {
                    (accepted(one, now), DeviceChange::Accepted)
                };
                settlement.device = Some((device, change));
                settlement
            })
            .collect();
        // In several transactions, as they come.
        for some in settlements.chunks(7) {
            self.settle(some).await;
        }
        of_devices
    }

    async fn judge(&self) -> usize {
        let mut tx = self.store.begin().await.unwrap();
        let judged = judge(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        judged
    }

    /// How many devices are retired.
    async fn retired(&self, ids: &[DeviceId]) -> usize {
        let mut conn = self.store.read().await.unwrap();
        let found = devices::load(&mut conn, ids).await.unwrap();
        found
            .iter()
            .filter(|device| device.status == DeviceStatus::Retired)
            .count()
    }
}

#[tokio::test]
async fn an_address_is_retired_the_second_time_and_not_before_the_minute_is_over() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        clock.advance(MINUTE);
        // Twice within the minute is once.
        let ids = shop.send("1", 3, 1).await;
        shop.send("2", 3, 1).await;
        assert_eq!(shop.judge().await, 0);
        let mut conn = store.read().await.unwrap();
        assert_eq!(
            next_judgement(&mut conn).await.unwrap(),
            Some(store.now() + MINUTE)
        );
        drop(conn);
        clock.advance(MINUTE);
        assert_eq!(shop.judge().await, 1);
        assert_eq!(shop.retired(&ids).await, 0);

        shop.send("3", 3, 1).await;
        assert_eq!((shop.judge().await, shop.retired(&ids).await), (0, 0));
        clock.advance(MINUTE);
        assert_eq!((shop.judge().await, shop.retired(&ids).await), (1, 1));
        assert_eq!(shop.judge().await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_address_that_is_accepted_or_registered_since_is_believed_again() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        clock.advance(MINUTE);
        let ids = shop.send("1", 1, 1).await;
        clock.advance(MINUTE);
        shop.judge().await;
        shop.send("2", 1, 1).await;
        clock.advance(MINUTE / 2);
        shop.send("3", 1, 0).await;
        clock.advance(MINUTE / 2);
        assert_eq!((shop.judge().await, shop.retired(&ids).await), (1, 0));
        // From the beginning again: this is the first time.
        shop.send("4", 1, 1).await;
        clock.advance(MINUTE);
        assert_eq!((shop.judge().await, shop.retired(&ids).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn where_many_are_refused_at_once_none_is_retired_not_even_the_first_and_sending_stops() {
    on_each_engine(|store, clock| async move {
        let shop = Shop::new(&store).await;
        clock.advance(MINUTE);
        // Each has been called not valid once before, long ago and one by one: the next time would retire it.
        let ids = shop.send("1", 400, 0).await;
        let mut tx = store.begin().await.unwrap();
        execute!(&mut tx, "UPDATE device SET suspected_at = 0, accepted_at = NULL").unwrap();
        tx.commit().await.unwrap();
        clock.advance(2 * MINUTE);
        // 20 in 400 may be chance.
        shop.send("2", 400, 20).await;
        let stops_now = async || stops(&mut store.read().await.unwrap()).await.unwrap();
        assert_eq!(stops_now().await, []);
        clock.advance(2 * MINUTE);
        assert_eq!(shop.judge().await, 20);
        assert_eq!(shop.retired(&ids).await, 20);

        // All of them can't be.
        let mut tx = store.begin().await.unwrap();
        execute!(
            &mut tx,
            "UPDATE device SET suspected_at = 0, accepted_at = NULL, status = 'active'"
        )
        .unwrap();
        tx.commit().await.unwrap();
        clock.advance(2 * MINUTE);
        shop.send("3", 200, 100).await;
        let stopped = stops_now().await;
        assert_eq!(stopped.len(), 1);
        assert_eq!(stopped[0].0, shop.android);
        let WhyStopped::ManyNotValid {
            refused,
            answers,
            until,
        } = stopped[0].1.why
        else {
            panic!("{stopped:?}")
        };
        assert_eq!((refused, answers), (21, 21));
        let app = apps::get(&mut store.read().await.unwrap(), shop.android)
            .await
            .unwrap();
        assert_eq!(app.stop.as_ref(), Some(&stopped[0].1));
        // Not even where somebody goes on sending at once.
        let mut tx = store.begin().await.unwrap();
        assert!(send_again(&mut tx, shop.android).await.unwrap());
        tx.commit().await.unwrap();
        clock.advance(MINUTE);
        assert_eq!(shop.judge().await, 100);
        assert_eq!(shop.retired(&ids).await, 0);

        // It ends by itself after a while.
        shop.send("4", 30, 30).await;
        assert_eq!(stops_now().await.len(), 1);
        clock.advance(until.since(store.now()) + 2 * MINUTE);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(end_stop(&mut tx).await.unwrap(), Some(shop.android));
        assert_eq!(end_stop(&mut tx).await.unwrap(), None);
        tx.commit().await.unwrap();
        assert_eq!(stops_now().await, []);
    })
    .await;
}
