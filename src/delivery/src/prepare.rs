//! Before a push is sent: may it be, and what does it say?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use heliograph_model::app_config::CredentialState;
use heliograph_model::delivery::{Exclusion, Outcome};
use heliograph_model::ids::{AppId, MessageId};
use heliograph_model::message::{Content, Priority, WhenEmpty, WhenUnknown};
use heliograph_model::payload::{self, CompiledContent, Correlation, Target};
use heliograph_model::personalize::Scope;
use heliograph_model::profile::{Consent, Device, DeviceStatus};
use heliograph_model::time::Timestamp;
use heliograph_store::deliveries::{Claimed, End};
use serde_json::{Value, json};

/// Most message versions whose templates are kept read.
const KEPT: usize = 512;

/// A push that is ready to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Ready {
    pub(crate) app: AppId,
    pub(crate) bundle: String,
    pub(crate) revision: i64,
    pub(crate) device: Device,
    pub(crate) payload: String,
    pub(crate) collapse_id: String,
    pub(crate) priority: Priority,
    /// Is the address in doubt, so that it must not choke the main line?
    pub(crate) doubtful: bool,
}

/// Why a push is not sent now: how it is settled, and the words for it.
pub(crate) type NotNow = (End, Option<String>);

/// Whether the delivery is the one that tries out a refused credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Normal,
    Probe,
}

/// Makes pushes from claimed deliveries; keeps the templates of messages read.
#[derive(Debug, Default)]
pub(crate) struct Preparer(Mutex<HashMap<(MessageId, i64), Arc<CompiledContent>>>);

impl Preparer {
    fn compiled(&self, claimed: &Claimed, content: &Arc<Content>) -> Arc<CompiledContent> {
        // A draft that is tried out (version 0) may change from one time to the next.
        if claimed.version == 0 {
            return Arc::new(CompiledContent::new(Content::clone(content)));
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        let key = (claimed.message, claimed.version);
        Arc::clone(
            kept.entry(key)
                .or_insert_with(|| Arc::new(CompiledContent::new(Content::clone(content)))),
        )
    }

    /// Makes the push, or says why it is not sent now.
    pub(crate) fn prepare(
        &self,
        claimed: &Claimed,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Ready, NotNow> {
        let excluded = |why| (End::Excluded(why), None);
        let failed = |outcome, words: String| (End::Failed { outcome }, Some(words));
        if claimed.stopped {
            return Err(excluded(Exclusion::Stopped));
        }
        let profile = claimed
            .profile
            .as_deref()
            .ok_or_else(|| excluded(Exclusion::NoDevice))?;
        if !claimed.proof && Consent::push(&profile.attributes) == Consent::Refused {
            return Err(excluded(Exclusion::ConsentRefused));
        }
        let device = claimed
            .device
            .as_ref()
            .ok_or_else(|| excluded(Exclusion::NoDevice))?;
        if device.status != DeviceStatus::Active {
            return Err(excluded(Exclusion::DeviceRetired));
        }
        let app = claimed
            .app
            .as_deref()
            .ok_or_else(|| excluded(Exclusion::AppGone))?;
        if now >= claimed.expires_at {
            return Err(excluded(Exclusion::TooLate));
        }
        let content = claimed
            .content
            .as_ref()
            .ok_or_else(|| failed(Outcome::NotPersonalised, "The message's version is gone.".into()))?;
        if claimed.interrupted && content.when_unknown == WhenUnknown::RatherNever {
            let words = "The server stopped while it was being sent.".to_owned();
            return Err((
                End::Unknown {
                    outcome: Outcome::AnswerLost,
                },
                Some(words),
            ));
        }
        let Some(credential) = &app.credential else {
            return Err((
                End::Held {
                    outcome: Outcome::CredentialMissing,
                },
                None,
            ));
        };
        if let (CredentialState::Refused { reason, .. }, Purpose::Normal) = (&credential.state, purpose) {
            let outcome = match app.platform {
                heliograph_model::app_config::Platform::Ios => Outcome::AppleKeyRejected,
                heliograph_model::app_config::Platform::Android => Outcome::GoogleSignInRejected,
            };
            return Err((End::Held { outcome }, Some(reason.clone())));
        }
        let compiled = self.compiled(claimed, content);
        let zone = profile
            .attributes
            .get("timeZone")
            .and_then(Value::as_str)
            .or(claimed.time_zone.as_deref())
            .unwrap_or("UTC");
        let device_root = json!({ "platform": device.platform.as_str(), "app": device.app });
        let app_root = json!({ "name": app.name, "id": app.app });
        let scope = Scope::at(now.as_millis())
            .profile(&profile.attributes)
            .context(&claimed.context)
            .device(&device_root)
            .app(&app_root)
            .time_zone(zone);
        let rendered = compiled
            .render(&scope)
            .map_err(|fault| failed(Outcome::NotPersonalised, fault.to_string()))?;
        let empty = rendered.empty_fields();
        if content.when_empty == WhenEmpty::DoNotSend && !empty.is_empty() {
            let words = format!("Empty: {}.", empty.join(", "));
            return Err((End::Excluded(Exclusion::FieldEmpty), Some(words)));
        }
        let correlation = Correlation {
            delivery: claimed.id,
            message: claimed.message,
            journey_version: claimed.journey_version,
            instance: claimed.instance,
        };
        let left = claimed.expires_at.since(now).as_secs();
        let target = Target {
            platform: app.platform,
            style: app.style,
            token: &device.token,
            ttl: u32::try_from(left).unwrap_or(u32::MAX).min(content.ttl),
        };
        let payload = payload::build(&rendered, &correlation, target);
        if let Some(excess) = payload.excess() {
            let words = format!(
                "The payload has {} bytes, {excess} more than {}.",
                payload.bytes, payload.limit
            );
            return Err(failed(Outcome::TooLarge, words));
        }
        Ok(Ready {
            app: app.id,
            bundle: app.app.clone(),
            revision: credential.revision,
            device: device.clone(),
            payload: payload.json,
            collapse_id: rendered.collapse_id(claimed.id),
            priority: rendered.priority,
            doubtful: device.accepted_at.is_none() || claimed.suspected_at.is_some(),
        })
    }
}
