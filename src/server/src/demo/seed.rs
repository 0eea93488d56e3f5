//! Filling the demo's database, once.

use std::time::Duration;

use heliograph_model::access::Role;
use heliograph_model::app_config::{ApnsEnvironment, CredentialSummary, PayloadStyle, Platform};
use heliograph_model::collection::{DatastreamStatus, EventKey, PropertySettings};
use heliograph_model::ids::{AppId, DatastreamId, ProfileId};
use heliograph_model::profile::{ECID, Identity};
use heliograph_model::time::Timestamp;
use heliograph_simulator::{DemoCredentials, NewPhone, Phones};
use heliograph_store::{
    Store, Tx, apps, audiences,
    audit::Actor,
    datastreams, devices, events, fragments, journeys, messages, people,
    profiles::{self, Upsert},
    properties,
};
use serde_json::{Value, json};

use super::PASSWORD;
use super::sample::{self, APP, Dice, Refs, Shopper, basket, basket_xdm, purchase_xdm, view_xdm};
use crate::error::Error;

/// How many people the sample shop knows.
pub(super) const SHOPPERS: usize = 1_000;
/// How many of them are offered for previews.
const TEST_PROFILES: usize = 3;
/// How far back their history reaches, in days.
const HISTORY: u64 = 45;
/// The name by which the sample's datastream is found again.
const DATASTREAM: &str = "Trailhead app";

/// Who has written the shop's messages.
const MARKETER: &str = "Marta Lindqvist";

/// One person for each role.
pub(super) async fn people(store: &Store) -> Result<(), Error> {
    if people::any(&mut store.read().await?).await? {
        return Ok(());
    }
    let hash = heliograph_app::auth::hash_password(PASSWORD.to_owned())
        .await
        .map_err(|error| Error::Sample(error.to_string()))?;
    let mut tx = store.begin().await?;
    for (role, name) in [
        (Role::Admin, "Ada Okafor"),
        (Role::Developer, "Dev Lindholm"),
        (Role::Marketer, MARKETER),
        (Role::Analyst, "Ana Ferreira"),
    ] {
        let email = format!("{}@heliograph.demo", role.as_str());
        let person = people::NewPerson {
            email: &email,
            name,
            role,
            password_hash: &hash,
        };
        people::add(&mut tx, person).await?;
    }
    Ok(tx.commit().await?)
}

/// The shop with its apps, people, messages and journeys; the datastream of its app.
pub(super) async fn shop(
    store: &Store,
    sealer: &heliograph_delivery::Sealer,
    credentials: &DemoCredentials,
    shoppers: &[Shopper],
) -> Result<DatastreamId, Error> {
    let known = datastreams::list(&mut store.read().await?).await?;
    if let Some(found) = known.into_iter().find(|datastream| datastream.name == DATASTREAM) {
        return Ok(found.id);
    }
    let mut tx = store.begin().await?;
    let apps = register_apps(&mut tx, sealer, credentials).await?;
    let datastream = datastreams::create(
        &mut tx,
        &datastreams::Settings {
            name: DATASTREAM.to_owned(),
            status: DatastreamStatus::Active,
            events_per_second: 10_000,
            body_limit: 1 << 20,
        },
    )
    .await?;
    let settings = PropertySettings::default();
    let property = properties::create(&mut tx, "Trailhead", datastream, &settings).await?;
    if let Some(property) = properties::get(&mut tx, property).await? {
        for environment in property.environments {
            properties::publish(&mut tx, environment.id, "localhost:3000").await?;
        }
    }
    customers(&mut tx, shoppers, datastream).await?;
    let mut refs = Refs {
        apps,
        audiences: Vec::new(),
        messages: Vec::new(),
    };
    for (name, description, rule) in sample::audiences() {
        let draft = audiences::Draft {
            name: name.to_owned(),
            description: description.to_owned(),
            rule,
        };
        refs.audiences.push(audiences::create(&mut tx, &draft).await?.id);
    }
    for (name, draft) in sample::fragments() {
        let id = fragments::create(&mut tx, name, &draft, MARKETER).await?;
        fragments::publish(&mut tx, id, 1, MARKETER).await?;
    }
    for (name, content) in sample::messages(&refs) {
        let id = messages::create(&mut tx, name, &content).await?;
        messages::publish(&mut tx, id, 1, MARKETER).await?;
        refs.messages.push(id);
    }
    let mut live = Vec::new();
    for journey in sample::journeys(&refs) {
        let id = journeys::create(&mut tx, journey.name, &journey.document).await?;
        if journey.live {
            live.push(id);
        }
    }
    tx.commit().await?;
    for id in live {
        heliograph_journey::publishing::publish(store, id, 1, &Actor::system())
            .await
            .map_err(|error| Error::Sample(error.to_string()))?;
    }
    Ok(datastream)
}

async fn register_apps(
    tx: &mut Tx,
    sealer: &heliograph_delivery::Sealer,
    credentials: &DemoCredentials,
) -> Result<Vec<AppId>, Error> {
    let apple = CredentialSummary::Apns {
        key_id: credentials.apns_key_id.clone(),
        team_id: credentials.apns_team_id.clone(),
        environment: ApnsEnvironment::Production,
    };
    let google = google_summary(credentials)?;
    let mut made = Vec::new();
    for (name, platform, summary, secret) in [
        ("Trailhead for iPhone", Platform::Ios, apple, &credentials.apns_p8),
        (
            "Trailhead for Android",
            Platform::Android,
            google,
            &credentials.service_account_json,
        ),
    ] {
        let new = apps::NewApp {
            name,
            platform,
            app: APP,
            style: PayloadStyle::AdobeMessaging,
        };
        let id = apps::create(tx, &new).await?;
        seal(tx, sealer, id, &summary, secret).await?;
        made.push(id);
    }
    Ok(made)
}

async fn seal(
    tx: &mut Tx,
    sealer: &heliograph_delivery::Sealer,
    id: AppId,
    summary: &CredentialSummary,
    secret: &str,
) -> Result<(), Error> {
    let mut failed = None;
    apps::replace_credential(tx, id, summary, |revision| {
        sealer
            .seal(id, revision, secret.as_bytes())
            .unwrap_or_else(|error| {
                failed = Some(error);
                Vec::new()
            })
    })
    .await?;
    failed.map_or(Ok(()), |error| Err(error.into()))
}

fn google_summary(credentials: &DemoCredentials) -> Result<CredentialSummary, Error> {
    let account: Value = serde_json::from_str(&credentials.service_account_json)
        .map_err(|error| Error::Sample(error.to_string()))?;
    let text = |name: &str| {
        account
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Ok(CredentialSummary::Fcm {
        project_id: text("project_id"),
        client_email: text("client_email"),
    })
}

async fn customers(tx: &mut Tx, shoppers: &[Shopper], datastream: DatastreamId) -> Result<(), Error> {
    let invalid = |error: heliograph_model::profile::InvalidIdentity| Error::Sample(error.to_string());
    let mut upserts = Vec::with_capacity(shoppers.len());
    for shopper in shoppers {
        let mut identities = vec![Identity::new("Email", &shopper.email).map_err(invalid)?];
        for phone in &shopper.phones {
            identities.push(Identity::new(ECID, &phone.ecid).map_err(invalid)?);
        }
        upserts.push(Upsert {
            identities,
            attributes: shopper.attributes.clone(),
        });
    }
    let found = profiles::upsert(tx, &upserts).await?;
    let known: Vec<(ProfileId, &Shopper)> = found
        .into_iter()
        .zip(shoppers)
        .filter_map(|(id, shopper)| Some((id?, shopper)))
        .collect();
    let now = tx.store().now();
    let claims: Vec<devices::Claim> = known
        .iter()
        .flat_map(|(profile, shopper)| {
            shopper.phones.iter().map(|phone| devices::Claim {
                profile: *profile,
                ecid: Some(phone.ecid.clone()),
                app: APP.to_owned(),
                platform: phone.platform,
                token: phone.token().as_str().to_owned(),
                wanted: devices::Wanted::Yes,
                at: now,
            })
        })
        .collect();
    devices::sync(tx, &claims).await?;
    let testers = known
        .iter()
        .filter(|(_, shopper)| !shopper.phones.is_empty())
        .take(TEST_PROFILES);
    for (profile, _) in testers {
        profiles::set_test(tx, *profile, true).await?;
    }
    history(tx, &known, datastream, now).await
}

/// What a shopper did in the past.
struct Past {
    profile: ProfileId,
    email: String,
    key: EventKey,
    event_type: &'static str,
    at: Timestamp,
    xdm: Value,
}

async fn history(
    tx: &mut Tx,
    known: &[(ProfileId, &Shopper)],
    datastream: DatastreamId,
    now: Timestamp,
) -> Result<(), Error> {
    let mut dice = Dice::new(0x0068_6973);
    let mut past = Vec::new();
    for (profile, shopper) in known {
        for _ in 0..dice.below(9) {
            let ago = Duration::from_secs(3_600 + dice.below(HISTORY * 86_400));
            let at = now - ago;
            let products = basket(&mut dice);
            let (event_type, mut xdm) = match dice.below(100) {
                0..55 => ("commerce.productViews", view_xdm(&products)),
                55..80 => ("commerce.productListAdds", basket_xdm(&products)),
                _ => {
                    let order = format!("T{}", dice.digits(6));
                    ("commerce.purchases", purchase_xdm(&products, &order))
                }
            };
            let key = format!("sample-{}", past.len());
            xdm["_id"] = json!(key);
            xdm["eventType"] = json!(event_type);
            xdm["timestamp"] = json!(at);
            let key =
                EventKey::new(&key).ok_or_else(|| Error::Sample("an event without a key".to_owned()))?;
            past.push(Past {
                profile: *profile,
                email: shopper.email.clone(),
                key,
                event_type,
                at,
                xdm,
            });
        }
    }
    past.sort_by_key(|event| event.at);
    let none = Value::Null;
    let rows: Vec<events::NewEvent<'_>> = past
        .iter()
        .map(|event| events::NewEvent {
            key: &event.key,
            datastream,
            profile: event.profile,
            event_type: event.event_type,
            timestamp: event.at,
            received_at: event.at,
            identity: &event.email,
            xdm: &event.xdm,
            data: &none,
            bytes: u32::try_from(event.xdm.to_string().len()).unwrap_or(0),
        })
        .collect();
    for chunk in rows.chunks(1_000) {
        events::insert(tx, chunk).await?;
    }
    Ok(())
}

/// The shoppers' phones, with the tokens that the database knows.
pub(super) fn phones(phones: &Phones, shoppers: &[Shopper]) -> Result<(), Error> {
    for shopper in shoppers {
        for phone in &shopper.phones {
            phones.add(NewPhone {
                platform: phone.simulated(),
                app: heliograph_simulator::AppId::new(APP),
                token: Some(phone.token()),
                ecid: Some(phone.ecid.clone()),
                identities: shopper.identities(),
                label: format!("{} {}", shopper.first_name, shopper.last_name),
            })?;
        }
    }
    Ok(())
}
