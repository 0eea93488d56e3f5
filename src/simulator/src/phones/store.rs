//! All the phones, and what can be done with them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde_json::{Map, Value};
use tokio::sync::broadcast;

use super::report::{self, Act, Http};
use super::{
    AppState, BACKGROUND, Changed, Edge, Fate, Notification, NotificationId, Notifications, Phone, Platform,
    Token, render,
};
use crate::clock::{Chance, Clock};
use crate::error::Error;
use crate::registry::{AppId, Dismissal, Registry, Strangers, UnknownKeys};

/// Most notifications that a phone keeps.
const KEPT: usize = 30;
/// How many changes a slow watcher may be behind before it misses some.
const BEHIND: usize = 4096;

/// The phones. Cheap to clone.
#[derive(Clone)]
pub struct Phones(Arc<Inner>);

struct Inner {
    phones: RwLock<HashMap<String, Arc<Mutex<Phone>>>>,
    edges: RwLock<HashMap<AppId, Edge>>,
    registry: Arc<RwLock<Registry>>,
    unknown: Strangers,
    clock: Arc<dyn Clock>,
    chance: Arc<Chance>,
    changed: broadcast::Sender<Changed>,
    http: Http,
}

impl std::fmt::Debug for Phones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phones")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

/// A phone to be made.
#[derive(Debug, Clone)]
pub struct NewPhone {
    /// Its push service.
    pub platform: Platform,
    /// The app on it.
    pub app: AppId,
    /// Its token; made in the provider's form where none is given.
    pub token: Option<Token>,
    /// The install's Experience Cloud id.
    pub ecid: Option<String>,
    /// Who is signed in: the identity map beside the ECID.
    pub identities: Map<String, Value>,
    /// What to call it.
    pub label: String,
}

/// What a push leads to on a phone.
pub(crate) enum Delivered {
    /// It is there.
    Yes,
    /// There is no phone with the token.
    UnknownToken,
    /// The phone's token is for another app.
    OtherApp,
    /// The app was removed.
    Removed(jiff::Timestamp),
}

impl Phones {
    pub(crate) fn new(
        registry: Arc<RwLock<Registry>>,
        unknown: Strangers,
        clock: Arc<dyn Clock>,
        chance: Arc<Chance>,
    ) -> Self {
        Self(Arc::new(Inner {
            phones: RwLock::default(),
            edges: RwLock::default(),
            registry,
            unknown,
            clock,
            chance,
            changed: broadcast::channel(BEHIND).0,
            http: report::client(),
        }))
    }

    fn find(&self, token: &Token) -> Option<Arc<Mutex<Phone>>> {
        self.0
            .phones
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&token.key())
            .cloned()
    }

    fn with<T>(&self, token: &Token, act: impl FnOnce(&mut Phone) -> T) -> Result<T, Error> {
        let phone = self
            .find(token)
            .ok_or_else(|| Error::UnknownPhone(token.clone()))?;
        let done = act(&mut phone.lock().unwrap_or_else(PoisonError::into_inner));
        // Nobody may be watching.
        let _ = self.0.changed.send(Changed { token: token.clone() });
        Ok(done)
    }

    /// Makes a phone.
    ///
    /// # Errors
    /// Where no registered app has that name, or the token is taken or not in the provider's form.
    pub fn add(&self, new: NewPhone) -> Result<Phone, Error> {
        let known = self
            .0
            .registry
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .has_app(new.platform, &new.app);
        if !known && self.0.unknown.at(new.platform) == UnknownKeys::Refuse {
            return Err(Error::UnknownApp(new.app));
        }
        let apple = new.platform != Platform::Fcm;
        let token = new.token.unwrap_or_else(|| {
            Token::from_text(if apple {
                self.0.chance.upper_hex(32)
            } else {
                format!(
                    "{}:APA91b{}",
                    self.0.chance.base64_url_text(22),
                    self.0.chance.base64_url_text(134)
                )
            })
        });
        if apple && !token.is_hex() {
            return Err(Error::BadToken(
                "Apple's tokens are 64 or more hexadecimal digits".into(),
            ));
        }
        let phone = Phone {
            token: token.clone(),
            platform: new.platform,
            app: new.app,
            ecid: new.ecid,
            identities: new.identities,
            label: new.label,
            state: AppState::Installed,
            removed_at: None,
            notifications: Notifications::Allowed,
            received: Vec::new(),
        };
        let mut phones = self.0.phones.write().unwrap_or_else(PoisonError::into_inner);
        if phones.contains_key(&token.key()) {
            return Err(Error::TokenTaken(token));
        }
        phones.insert(token.key(), Arc::new(Mutex::new(phone.clone())));
        Ok(phone)
    }

    /// How many phones there are.
    pub fn count(&self) -> usize {
        self.0.phones.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// All phones, as they are now.
    pub fn list(&self) -> Vec<Phone> {
        let phones: Vec<_> = self
            .0
            .phones
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        phones
            .iter()
            .map(|phone| phone.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .collect()
    }

    /// One phone, as it is now.
    ///
    /// # Errors
    /// Where there is none with the token.
    pub fn get(&self, token: &Token) -> Result<Phone, Error> {
        let phone = self
            .find(token)
            .ok_or_else(|| Error::UnknownPhone(token.clone()))?;
        let phone = phone.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(phone)
    }

    /// Tells of every change from now on.
    pub fn watch(&self) -> broadcast::Receiver<Changed> {
        self.0.changed.subscribe()
    }

    /// Tells the phones of an app where their collection server is.
    pub fn set_edge(&self, app: AppId, edge: Edge) {
        self.0
            .edges
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(app, edge);
    }

    fn edge(&self, app: &AppId) -> Result<Edge, Error> {
        let edges = self.0.edges.read().unwrap_or_else(PoisonError::into_inner);
        edges.get(app).cloned().ok_or_else(|| Error::NoEdge(app.clone()))
    }

    /// Brings a push to its phone. A token of another service is as unknown as one that was never given out.
    pub(crate) fn deliver(
        &self,
        platform: Platform,
        token: &Token,
        app: Option<&AppId>,
        headers: BTreeMap<String, String>,
        payload: Value,
        replaced_by: Option<String>,
    ) -> Delivered {
        let Some(phone) = self.find(token) else {
            return Delivered::UnknownToken;
        };
        let mut phone = phone.lock().unwrap_or_else(PoisonError::into_inner);
        if phone.platform != platform {
            return Delivered::UnknownToken;
        }
        if app.is_some_and(|app| phone.app != *app) {
            return Delivered::OtherApp;
        }
        if phone.state == AppState::Removed {
            return Delivered::Removed(phone.removed_at.unwrap_or_else(|| self.0.clock.now()));
        }
        let registry = Arc::clone(&self.0.registry);
        let app = phone.app.clone();
        let view = render(phone.platform, &payload, |name| {
            registry
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .category(&app, name)
        });
        if let Some(key) = &replaced_by {
            phone.received.retain(|old| old.replaced_by.as_ref() != Some(key));
        }
        let id = NotificationId(phone.received.iter().map(|old| old.id.0).max().unwrap_or(0) + 1);
        let silent = view.is_silent()
            || headers
                .get("apns-push-type")
                .is_some_and(|kind| kind == BACKGROUND);
        let shown = phone.notifications == Notifications::Allowed && !silent;
        let fate = if shown { Fate::Shown } else { Fate::NotShown };
        let received_at = self.0.clock.now();
        phone.received.insert(
            0,
            Notification {
                id,
                received_at,
                headers,
                payload,
                view,
                fate,
                replaced_by,
            },
        );
        phone.received.truncate(KEPT);
        drop(phone);
        // Nobody may be watching.
        let _ = self.0.changed.send(Changed { token: token.clone() });
        Delivered::Yes
    }

    /// What would become of a push, without bringing it.
    pub(crate) fn probe(&self, token: &Token, app: Option<&AppId>) -> Delivered {
        let Some(phone) = self.find(token) else {
            return Delivered::UnknownToken;
        };
        let phone = phone.lock().unwrap_or_else(PoisonError::into_inner);
        match phone.state {
            _ if app.is_some_and(|app| phone.app != *app) => Delivered::OtherApp,
            AppState::Removed => Delivered::Removed(phone.removed_at.unwrap_or_else(|| self.0.clock.now())),
            AppState::Installed => Delivered::Yes,
        }
    }

    /// Taps a notification (the newest shown one by default), or one of its buttons; the app reports it.
    ///
    /// # Errors
    /// Where there is no such phone, notification or button, or the app's server can't be told of.
    pub async fn tap(
        &self,
        token: &Token,
        notification: Option<NotificationId>,
        button: Option<usize>,
    ) -> Result<(), Error> {
        self.act(token, notification, Fate::Opened, button).await
    }

    /// Swipes a notification away (the newest shown one by default); the app reports it.
    ///
    /// # Errors
    /// As [`Self::tap`].
    pub async fn dismiss(&self, token: &Token, notification: Option<NotificationId>) -> Result<(), Error> {
        self.act(token, notification, Fate::Dismissed, None).await
    }

    async fn act(
        &self,
        token: &Token,
        notification: Option<NotificationId>,
        fate: Fate,
        button: Option<usize>,
    ) -> Result<(), Error> {
        let (phone, notification) = self.with(token, |phone| {
            let found = phone.received.iter_mut().find(|shown| match notification {
                Some(id) => shown.id == id,
                None => shown.fate == Fate::Shown,
            });
            let Some(found) = found else {
                return Err(notification.map_or(Error::NothingShown, Error::UnknownNotification));
            };
            let buttons = found.view.buttons.len();
            if let Some(asked) = button
                && asked >= buttons
            {
                return Err(Error::NoSuchButton { buttons, asked });
            }
            found.fate = fate;
            let found = found.clone();
            Ok((phone.clone(), found))
        })??;
        let edge = self.edge(&phone.app)?;
        let pressed = button.map(|index| notification.view.buttons[index].clone());
        let act = match (&pressed, fate) {
            (Some(button), _) => Act::Press(button),
            (None, Fate::Dismissed) => Act::Dismiss,
            (None, _) => Act::Open,
        };
        if matches!(act, Act::Dismiss) && !self.dismissal_is_reported(&phone, &notification) {
            return Ok(());
        }
        let event_id = self.0.chance.uuid().to_string();
        match report::tracking_event(&phone, &notification, &act, &event_id, self.0.clock.now(), &edge) {
            Some(event) => self.send(&phone, &edge, event).await,
            // Nothing to track by: the SDK sends nothing.
            None => Ok(()),
        }
    }

    /// Android's apps hear of every dismissal; Apple's only where the notification's category asks for it.
    fn dismissal_is_reported(&self, phone: &Phone, notification: &Notification) -> bool {
        phone.platform == Platform::Fcm
            || notification
                .payload
                .pointer("/aps/category")
                .and_then(Value::as_str)
                .is_some_and(|name| {
                    let registry = self.0.registry.read().unwrap_or_else(PoisonError::into_inner);
                    registry
                        .category(&phone.app, name)
                        .is_some_and(|found| found.dismissal == Dismissal::Reported)
                })
    }

    /// Signs in whoever the identity map names, in place of who was signed in; an empty one signs out. The app tells with
    /// its next request.
    ///
    /// # Errors
    /// Where there is no such phone.
    pub fn sign_in(&self, token: &Token, identities: Map<String, Value>) -> Result<(), Error> {
        self.with(token, |phone| phone.identities = identities)
    }

    /// Has the app send its push token, as it does when it starts.
    ///
    /// # Errors
    /// Where there is no such phone, or its app's server can't be told of or refuses.
    pub async fn sync_token(&self, token: &Token) -> Result<(), Error> {
        let phone = self.get(token)?;
        let edge = self.edge(&phone.app)?;
        let event = report::token_event(&phone, &self.0.chance.uuid().to_string(), self.0.clock.now());
        self.send(&phone, &edge, event).await
    }

    /// Has the app send an event of its own.
    ///
    /// # Errors
    /// As [`Self::sync_token`].
    pub async fn send_event(&self, token: &Token, event_type: &str, xdm: &Value) -> Result<(), Error> {
        let phone = self.get(token)?;
        if phone.state == AppState::Removed {
            return Err(Error::AppRemoved(token.clone()));
        }
        let edge = self.edge(&phone.app)?;
        let event = report::app_event(
            event_type,
            xdm,
            &self.0.chance.uuid().to_string(),
            self.0.clock.now(),
        );
        self.send(&phone, &edge, event).await
    }

    async fn send(&self, phone: &Phone, edge: &Edge, event: Value) -> Result<(), Error> {
        let body = report::interact_body(phone, event);
        let request_id = || self.0.chance.uuid().to_string();
        report::send(&self.0.http, edge, request_id, body)
            .await
            .map_err(Error::NotReported)
    }

    /// Removes the app from the phone: the next push finds the token dead.
    ///
    /// # Errors
    /// Where there is no such phone.
    pub fn remove_app(&self, token: &Token) -> Result<(), Error> {
        let now = self.0.clock.now();
        self.with(token, |phone| {
            phone.state = AppState::Removed;
            phone.removed_at = Some(now);
            phone.received.clear();
        })
    }

    /// Puts the app back on the phone, with the same token.
    ///
    /// # Errors
    /// Where there is no such phone.
    pub fn reinstall(&self, token: &Token) -> Result<(), Error> {
        self.with(token, |phone| {
            phone.state = AppState::Installed;
            phone.removed_at = None;
        })
    }

    /// Switches notifications on or off.
    ///
    /// # Errors
    /// Where there is no such phone.
    pub fn set_notifications(&self, token: &Token, notifications: Notifications) -> Result<(), Error> {
        self.with(token, |phone| phone.notifications = notifications)
    }

    /// Takes all notifications off all phones, and puts removed apps back.
    pub fn reset(&self) {
        for token in self.list().into_iter().map(|phone| phone.token) {
            // The phone was there a moment ago; one that is gone has nothing to reset.
            let _ = self.with(&token, |phone| {
                phone.received.clear();
                phone.state = AppState::Installed;
                phone.removed_at = None;
                phone.notifications = Notifications::Allowed;
            });
        }
    }
}
