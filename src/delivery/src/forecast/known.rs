//! What people are judged by: what is known of them now, and the text that the message makes for each.

use std::collections::HashMap;

use heliograph_model::{
    app_config::{AppConfiguration, Platform},
    delivery::Exclusion,
    ids::{AppId, DeliveryId, MessageId, ProfileId},
    payload::{CompiledContent, Correlation, Recipient, Target},
    profile::{Consent, Device, time_zone},
    rules::{Quiet, RuleSet, quiet_by},
    time::Timestamp,
    timing::{Lot, Timing, Window},
};
use heliograph_store::{
    Database, Error, apps, devices,
    profiles::{self, Profile},
    rule_sets,
};
use serde_json::Value;
use uuid::Uuid;

use super::fate::{Fate, Later, Never, When};
use crate::{
    attempt::{Unfit, Written, seed, write},
    timing::{Habits, Person},
};

pub(super) struct Known<'a> {
    now: Timestamp,
    compiled: &'a CompiledContent,
    context: &'a Value,
    sets: Vec<&'a RuleSet>,
    apps: Vec<AppConfiguration>,
    timing: Timing,
    window: Window,
    /// Of those who are judged: their phones that can be reached, each with its place among the apps.
    devices: HashMap<ProfileId, Vec<(Device, usize)>>,
    uses: rule_sets::Uses,
    habits: Habits,
}

impl<'a> Known<'a> {
    /// What is the same for everybody.
    pub(super) async fn new(
        db: &mut impl Database,
        compiled: &'a CompiledContent,
        context: &'a Value,
        sets: &'a [RuleSet],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let content = compiled.content();
        let timing = content.timing_in_force();
        Ok(Self {
            now,
            compiled,
            context,
            sets: sets.iter().collect(),
            apps: apps::load(db, &content.apps).await?,
            timing,
            window: timing.window(now, now + std::time::Duration::from_secs(content.ttl.into())),
            devices: HashMap::new(),
            uses: rule_sets::Uses::new(),
            habits: Habits::default(),
        })
    }

    /// Reads what is known of some people, and gives them what the texts ask of them.
    pub(super) async fn turn_to(
        &mut self,
        db: &mut impl Database,
        people: &mut [Profile],
    ) -> Result<(), Error> {
        let ids: Vec<ProfileId> = people.iter().map(|person| person.id).collect();
        let reached: HashMap<(Platform, &str), usize> = self
            .apps
            .iter()
            .enumerate()
            .map(|(at, app)| ((app.platform, app.app.as_str()), at))
            .collect();
        let mut devices: HashMap<ProfileId, Vec<(Device, usize)>> = HashMap::new();
        for device in devices::active_of(db, &ids).await? {
            let app = reached.get(&(device.platform.platform(), device.app.as_str()));
            if let Some(app) = app.copied() {
                devices.entry(device.profile).or_default().push((device, app));
            }
        }
        let asked: Vec<(ProfileId, AppId)> = match self.timing {
            Timing::BestTime { .. } => devices
                .iter()
                .filter_map(|(profile, theirs)| Some((*profile, self.apps[theirs.first()?.1].id)))
                .collect(),
            Timing::AtOnce | Timing::Spread { .. } => Vec::new(),
        };
        self.uses = rule_sets::uses(db, &ids).await?;
        self.habits = Habits::load(db, &asked, self.now).await?;
        self.devices = devices;
        let people = people
            .iter_mut()
            .map(|person| (person.id, &mut person.attributes));
        profiles::answer(db, self.compiled.asks(), self.now, people).await
    }

    /// In the order in which a delivery is judged.
    pub(super) fn judge(&self, person: &Profile) -> Fate {
        match (self.by_rules(person), self.devices.get(&person.id)) {
            (when @ When::Never(_), _) | (when, None) => Fate::without_text(when),
            (when, Some(devices)) => self.by_text(person, devices, when),
        }
    }

    fn by_rules(&self, person: &Profile) -> When {
        let excluded = |why| When::Never(Never::Excluded(why));
        if Consent::push(&person.attributes) == Consent::Refused {
            return excluded(Exclusion::ConsentRefused);
        }
        let devices = self.devices.get(&person.id).map(Vec::as_slice);
        let Some(devices @ [(_, app), ..]) = devices else {
            return excluded(Exclusion::NoDevice);
        };
        if let Some(later) = self.kept(person, self.apps[*app].id) {
            return When::Later(later);
        }
        if let Some(later) = self.held(devices.iter().map(|(_, app)| *app)) {
            return When::Later(later);
        }
        let by_set = |why, set: &RuleSet| When::Never(Never::RuleSet(why, set.name.clone()));
        let own = time_zone(&person.attributes);
        match quiet_by(&self.sets, self.now, own) {
            Some((set, Quiet::Dropped)) => return by_set(Exclusion::QuietHours, set),
            Some((set, Quiet::Held { .. })) => return When::Later(Later::Quiet(set.name.clone())),
            None => {}
        }
        for set in &self.sets {
            let had: Vec<Timestamp> = self
                .uses
                .get(&(person.id, set.id))
                .into_iter()
                .flatten()
                .map(|(_, at)| *at)
                .collect();
            let reached = set.rules.reached(self.now, &set.rules.zone_of(own), &had);
            if reached.is_some() {
                return by_set(Exclusion::CapReached, set);
            }
        }
        When::Now
    }

    /// What the message's timing would have them wait for.
    fn kept(&self, person: &Profile, app: AppId) -> Option<Later> {
        // A stand-in for what would make the push: what matters is that it is another for each.
        let lot = Lot::of_cause(&person.id.to_string());
        let (moment, why) = match self.timing {
            Timing::AtOnce => return None,
            Timing::Spread { .. } => (self.window.moment(lot), Later::Spread),
            Timing::BestTime { .. } => {
                let person = Person {
                    profile: person,
                    zone: None,
                    app,
                };
                let (best, _) = self.habits.best(person, self.window, lot)?;
                (best.moment, Later::BestTime)
            }
        };
        (moment > self.now).then_some(why)
    }

    /// Why nothing would go by any of these apps now.
    fn held(&self, apps: impl Iterator<Item = usize>) -> Option<Later> {
        let held = apps.map(|app| {
            let app = &self.apps[app];
            Some(Later::App(app.holds()?, app.name.clone()))
        });
        held.collect::<Option<Vec<_>>>()?.into_iter().next()
    }

    /// With the texts made and weighed as for sending. Whoever would get it on one phone gets it.
    fn by_text(&self, person: &Profile, devices: &[(Device, usize)], when: When) -> Fate {
        let mut fate = Fate::without_text(when);
        let (mut fit, mut unfit) = (Vec::new(), None);
        for (device, app) in devices {
            match self.write(person, device, &self.apps[*app]) {
                Ok(written) => {
                    fit.push(*app);
                    fate.pushes += u64::from(self.apps[*app].holds().is_none());
                    let empty = written.rendered.empty_fields().into_iter();
                    fate.empty.extend(empty.map(str::to_owned));
                }
                Err(why) => {
                    if let Unfit::TooLarge(payload) = &why {
                        fate.excess = fate.excess.max(payload.excess().unwrap_or_default());
                    }
                    unfit = Some(why);
                }
            }
        }
        if let (true, Some(why)) = (fit.is_empty(), unfit) {
            fate.when = When::Never(why.into());
        } else if fate.when == When::Now
            && let Some(later) = self.held(fit.into_iter())
        {
            fate.when = When::Later(later);
        }
        fate
    }

    fn write(&self, person: &Profile, device: &Device, app: &AppConfiguration) -> Result<Written, Unfit> {
        let recipient = Recipient::new(
            &person.attributes,
            self.context,
            app.platform,
            &app.app,
            &app.name,
        );
        // What is random in a text is another for each.
        let scope = recipient.scope(self.now, seed(DeliveryId(person.id.0)));
        let correlation = Correlation::stand_in(MessageId(Uuid::nil()));
        let target = Target {
            platform: app.platform,
            style: app.style,
            token: &device.token,
            ttl: self.compiled.content().ttl,
        };
        write(self.compiled, &scope, &correlation, target)
    }
}
