//! What must hold before a push is sent, and making its payload.

use std::sync::Arc;

use heliograph_model::{
    app_config::{Stop, WhyStopped},
    delivery::{Exclusion, Outcome},
    ids::DeliveryId,
    message::Content,
    payload::{Correlation, Recipient, Target},
    profile::{Consent, Device, DeviceStatus},
};
use heliograph_store::{
    deliveries::{Claimed, ClaimedApp, Credential, End},
    profiles::Profile,
};

use super::{Early, Errand, Ready, Written, write};
use crate::{interrupted, rules::Restraint, service::Inner};

/// What a delivery that is admitted has.
pub(crate) struct Admitted<'a> {
    content: &'a Arc<Content>,
    profile: &'a Profile,
    device: &'a Device,
    app: &'a Arc<ClaimedApp>,
    credential: &'a Credential,
}

/// Checks what must hold, in the order of the design, before the rule sets are asked.
pub(crate) fn admit<'a>(inner: &Inner, claimed: &'a Claimed, errand: Errand) -> Result<Admitted<'a>, Early> {
    let now = inner.store.now();
    let content = claimed.content.as_ref().ok_or_else(|| {
        Early::new(
            End::Failed {
                outcome: Outcome::NotPersonalised,
            },
            "the message has no such version",
        )
    })?;
    if interrupted::is_left(claimed) {
        let outcome = Outcome::AnswerLost;
        return Err(Early::new(End::Unknown { outcome }, interrupted::WORDS));
    }
    // Stopped when it was claimed, or since then.
    if claimed.stopped || inner.guard.has_stopped(&claimed.place) {
        return Err(Exclusion::Stopped.into());
    }
    let profile = claimed.profile.as_ref().ok_or(Exclusion::NoDevice)?;
    if !claimed.place.proof && Consent::push(&profile.attributes) == Consent::Refused {
        return Err(Exclusion::ConsentRefused.into());
    }
    let device = claimed.device.as_ref().ok_or_else(|| {
        Early::new(
            End::Excluded(Exclusion::DeviceRetired),
            "the device is gone, or somebody else has signed in on it",
        )
    })?;
    if device.status != DeviceStatus::Active {
        return Err(Exclusion::DeviceRetired.into());
    }
    let app = claimed.app.as_ref().ok_or(Exclusion::AppGone)?;
    if now >= claimed.expires_at {
        return Err(Exclusion::TooLate.into());
    }
    // Stopped when it was claimed, or since then.
    if let Some(stop) = app.stop.clone().or_else(|| inner.guard.stop_of(app.id)) {
        return Err(stopped(&stop));
    }
    let credential = usable(inner, claimed, app, errand)?;
    if let Some(until) = inner.resting.until(device.id, now) {
        let outcome = Outcome::TooManyToDevice;
        return Err(Early::new(
            End::Waiting { until, outcome },
            format!(
                "nothing was sent: {} has refused another push to this phone",
                app.platform.provider()
            ),
        ));
    }
    Ok(Admitted {
        content,
        profile,
        device,
        app,
        credential,
    })
}

/// The end of an attempt on an app that nothing is sent to.
pub(super) fn stopped(stop: &Stop) -> Early {
    let outcome = stop.outcome();
    Early {
        end: End::Held { outcome },
        detail: match &stop.why {
            WhyStopped::Person { name } => Some(format!("stopped by {name}")),
            WhyStopped::ManyNotValid { .. } => None,
        },
        news: None,
    }
}

/// Checks what must hold, and makes the payload.
pub(super) fn prepare<'a>(
    inner: &Inner,
    claimed: &'a Claimed,
    errand: Errand,
    restraint: Option<Restraint>,
) -> Result<Ready<'a>, Early> {
    let Admitted {
        content,
        profile,
        device,
        app,
        credential,
    } = admit(inner, claimed, errand)?;
    if let Some(Restraint { end, words }) = restraint {
        return Err(Early::new(end, words));
    }
    let now = inner.store.now();
    let compiled = inner.compiled(claimed, content);
    let recipient = Recipient::new(
        &profile.attributes,
        &claimed.context,
        app.platform,
        &app.app,
        &app.name,
    )
    .journey_time_zone(claimed.time_zone.as_deref());
    let correlation = Correlation {
        delivery: claimed.place.id,
        message: claimed.place.message_id,
        journey_version: claimed.place.journey_version_id,
        instance: claimed.instance,
    };
    let left = claimed.expires_at.since(now).as_secs();
    let target = Target {
        platform: app.platform,
        style: app.style,
        token: &device.token,
        ttl: u32::try_from(left)
            .unwrap_or(u32::MAX)
            .min(heliograph_model::message::TTL_MAX),
    };
    let scope = recipient.scope(now, seed(claimed.place.id));
    let Written { rendered, payload } = write(&compiled, &scope, &correlation, target)?;
    Ok(Ready {
        claimed,
        app,
        device,
        credential,
        compiled,
        rendered,
        payload,
    })
}

/// What decides what is random in a text: the same for each attempt, so that it does not change between two.
pub(crate) fn seed(delivery: DeliveryId) -> u64 {
    delivery.0.as_u64_pair().1
}

/// The app's credential, unless it is known not to work.
fn usable<'a>(
    inner: &Inner,
    claimed: &Claimed,
    app: &'a ClaimedApp,
    errand: Errand,
) -> Result<&'a Credential, Early> {
    let credential = app.credential.as_ref().ok_or(Early {
        end: End::Held {
            outcome: Outcome::CredentialMissing,
        },
        detail: None,
        news: None,
    })?;
    if errand == Errand::Probe {
        return Ok(credential);
    }
    let refused = match credential.state.refusal(app.platform) {
        Some((outcome, reason)) => Some((outcome, reason.to_owned())),
        // Refused since this was claimed; what is claimed from now on knows it from the database.
        None => inner.refused_since(app.id, credential.revision, claimed.lease_until),
    };
    match refused {
        Some((outcome, reason)) => Err(Early::new(End::Held { outcome }, reason)),
        None => Ok(credential),
    }
}

#[cfg(test)]
mod tests {
    use heliograph_model::{app_config::Platform, payload};

    use super::*;

    #[test]
    fn a_payload_for_google_is_one_that_its_client_would_write() {
        let content = heliograph_model::message::Content {
            title: "Hi “Ada” \u{1f44b}".into(),
            body: "<b>&".into(),
            image: "https://img.example/a.png".into(),
            badge: "2".into(),
            channel: "news".into(),
            data: vec![("z".into(), "1".into()), ("Ä".into(), "2".into())],
            ..Default::default()
        };
        let scope = heliograph_model::personalize::Scope::at(0);
        let rendered = payload::render_content(&content, &scope).unwrap();
        let correlation = Correlation {
            delivery: uuid::Uuid::from_u128(1).into(),
            message: uuid::Uuid::from_u128(2).into(),
            journey_version: None,
            instance: None,
        };
        for style in [
            heliograph_model::app_config::PayloadStyle::AdobeMessaging,
            heliograph_model::app_config::PayloadStyle::Standard,
        ] {
            let target = Target {
                platform: Platform::Android,
                style,
                token: "token",
                ttl: 600,
            };
            let payload = payload::build(&rendered, &correlation, target);
            // Google's client knows every field by its name, and writes them in the same order.
            let mut request: serde_json::Value = serde_json::from_str(&payload.json).unwrap();
            let message: heliograph_fcm::Message = serde_json::from_value(request["message"].take()).unwrap();
            let again = serde_json::to_string(&message).unwrap();
            assert_eq!(format!(r#"{{"message":{again}}}"#), payload.json);
        }
    }
}
