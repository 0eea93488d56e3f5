//! The data that a message's templates are rendered with.

use serde_json::{Value, json};

use crate::{
    app_config::Platform, journey::context, personalize::Scope, profile::time_zone, time::Timestamp,
};

/// Whom a message is rendered for, when, and from where: what is the root of each name in a template.
#[derive(Debug, Clone)]
pub struct Recipient<'a> {
    attributes: &'a Value,
    context: &'a Value,
    device: Value,
    app: Value,
    journey_time_zone: Option<&'a str>,
}

impl<'a> Recipient<'a> {
    /// A person by their attributes, reached by an app on a platform: the attributes with what the message asks beyond them
    /// ([`super::answer`]). `context` is the root of that name, as [`context::Stay::context`] makes it.
    pub fn new(
        attributes: &'a Value,
        context: &'a Value,
        platform: Platform,
        app: &str,
        app_name: &str,
    ) -> Self {
        Self {
            attributes,
            context,
            device: json!({ "platform": platform.as_str() }),
            app: json!({ "id": app, "name": app_name }),
            journey_time_zone: None,
        }
    }

    /// The journey's time zone, for whoever has none of their own (`profile.timeZone`).
    #[must_use]
    pub fn journey_time_zone(mut self, zone: Option<&'a str>) -> Self {
        self.journey_time_zone = zone;
        self
    }

    /// What templates see at a moment. `seed` decides what is random: the same gives the same text.
    pub fn scope(&'a self, now: Timestamp, seed: u64) -> Scope<'a> {
        let own = time_zone(self.attributes);
        let scope = Scope::at(now.as_millis())
            .profile(self.attributes)
            .context(self.context)
            .device(&self.device)
            .app(&self.app)
            .time_zone(own.or(self.journey_time_zone).unwrap_or("UTC"))
            .seed(seed);
        match context::audience(self.context) {
            Some(audience) => scope.audience(audience),
            None => scope,
        }
    }
}
