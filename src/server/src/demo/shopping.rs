//! The sample shoppers: they keep using their app, through the same HTTP door as any app.

use std::time::Duration;

use heliograph_simulator::{Fate, Phones, Token};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::sample::{Dice, Shopper, basket, basket_xdm, purchase_xdm, view_xdm};

/// How long a shopper pauses between two things, on average.
const PAUSE: Duration = Duration::from_secs(30);
/// How long a shopper takes to see a notification, at most.
const GLANCE: Duration = Duration::from_secs(8);

/// Lets the shoppers shop, and tap what they get, until told to stop.
pub(super) async fn keep_shopping(phones: Phones, shoppers: Vec<Shopper>, stop: CancellationToken) {
    if shoppers.is_empty() {
        return;
    }
    let taps = stop.child_token();
    let tokens: Vec<Token> = shoppers
        .iter()
        .filter_map(|shopper| Some(shopper.phones.first()?.token()))
        .collect();
    tokio::spawn(look_at_notifications(phones.clone(), tokens, taps));
    let mut dice = Dice::new(u64::from(std::process::id()));
    let pause = PAUSE / u32::try_from(shoppers.len()).unwrap_or(1);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let shopper = dice.pick(&shoppers).clone();
        let (phones, seed) = (phones.clone(), dice.below(u64::MAX));
        tokio::spawn(async move {
            if let Err(error) = shop(&phones, &shopper, Dice::new(seed)).await {
                tracing::debug!(%error, "a sample shopper's event did not arrive");
            }
        });
    }
}

/// One thing that a shopper does.
async fn shop(phones: &Phones, shopper: &Shopper, mut dice: Dice) -> Result<(), heliograph_simulator::Error> {
    let Some(phone) = shopper.phones.first() else {
        return Ok(());
    };
    let token = phone.token();
    let products = basket(&mut dice);
    match dice.below(100) {
        0..8 => {
            phones
                .send_event(&token, "application.launch", &json!({}))
                .await?;
            phones.sync_token(&token).await
        }
        8..60 => {
            phones
                .send_event(&token, "commerce.productViews", &view_xdm(&products))
                .await
        }
        60..88 => {
            phones
                .send_event(&token, "commerce.productListAdds", &basket_xdm(&products))
                .await
        }
        _ => {
            let order = format!("T{}", dice.digits(6));
            phones
                .send_event(&token, "commerce.purchases", &purchase_xdm(&products, &order))
                .await
        }
    }
}

/// Shoppers look at what they get: some tap it, some swipe it away, some leave it.
async fn look_at_notifications(phones: Phones, tokens: Vec<Token>, stop: CancellationToken) {
    let mut changes = phones.watch();
    let mut dice = Dice::new(u64::from(std::process::id()) + 1);
    loop {
        let changed = tokio::select! {
            () = stop.cancelled() => return,
            changed = changes.recv() => changed,
        };
        let token = match changed {
            Ok(changed) if tokens.contains(&changed.token) => changed.token,
            Ok(_) | Err(RecvError::Lagged(_)) => continue,
            Err(RecvError::Closed) => return,
        };
        let Ok(phone) = phones.get(&token) else { continue };
        // The same phone changes as well when something is tapped; only what has just come is looked at.
        let Some(newest) = phone.received.first().filter(|newest| newest.fate == Fate::Shown) else {
            continue;
        };
        let (id, mood) = (newest.id, dice.below(100));
        let wait =
            Duration::from_millis(1_000 + dice.below(u64::try_from(GLANCE.as_millis()).unwrap_or(8_000)));
        let phones = phones.clone();
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let done = match mood {
                0..45 => phones.tap(&token, Some(id), None).await,
                45..60 => phones.dismiss(&token, Some(id)).await,
                _ => Ok(()),
            };
            if let Err(error) = done {
                tracing::debug!(%error, "a sample shopper could not tap");
            }
        });
    }
}
