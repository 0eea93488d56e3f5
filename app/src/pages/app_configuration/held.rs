//! Apps whose pushes wait, said on the pages where somebody would wonder why nothing goes out.

use std::time::Duration;

use heliograph_model::access::Permission;
use heliograph_model::delivery::Outcome;
use heliograph_model::ids::AppId;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::components::{Follow, Notice, Tone, counted};
use crate::error::AppError;
use crate::session::use_may;

/// How long after one look the next comes, while the page is open and seen.
const EVERY: Duration = Duration::from_secs(15);

/// So many apps are named; where there are more, the list of apps serves better.
const NAMED: usize = 2;

/// An app whose pushes wait until somebody has done something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldApp {
    /// Which.
    pub app: AppId,
    /// Its name.
    pub name: String,
    /// Why they wait.
    pub why: Outcome,
    /// Is any message published that goes to it?
    pub used: bool,
}

impl HeldApp {
    /// What happened to it.
    fn in_words(&self) -> String {
        let name = &self.name;
        let happened = match self.why {
            Outcome::SendingStopped => format!("Sending to {name} is stopped"),
            Outcome::ManyNotValid => {
                format!("Sending to {name} is stopped, as too many of its phones were refused")
            }
            Outcome::CredentialMissing => format!("{name} has no key yet"),
            _ => format!("The key of {name} is refused"),
        };
        format!("{happened}: its pushes wait.")
    }
}

/// The apps whose pushes wait, by name.
#[server]
pub async fn held_apps() -> Result<Vec<HeldApp>, AppError> {
    use heliograph_store::{Store, apps};

    crate::session::require(Permission::ViewReports)?;
    let mut conn = expect_context::<Store>().read().await?;
    let mut held = Vec::new();
    for app in apps::list(&mut conn).await? {
        if let Some(why) = app.holds() {
            held.push(HeldApp {
                used: apps::is_sent_to(&mut conn, app.id).await?,
                app: app.id,
                name: app.name,
                why,
            });
        }
    }
    Ok(held)
}

/// Says of which apps the pushes wait, and where to see what to do; nothing where all is well.
#[component]
pub(crate) fn HeldApps(
    /// Of these apps; without them, of those that a published message goes to.
    #[prop(optional, into)]
    of: Option<Signal<Vec<AppId>>>,
) -> impl IntoView {
    let found = Resource::new(|| (), |()| held_apps());
    let latest = RwSignal::new(None::<Vec<HeldApp>>);
    // What has come since the page was opened is laid over what came with it; what fails is tried again.
    Follow::new(EVERY, move || async move {
        if let Ok(held) = held_apps().await {
            // The page may have been left meanwhile.
            latest.try_set(Some(held));
        }
    });
    let notices = move || {
        Suspend::new(async move {
            // The page is about something else: without an answer nothing is said.
            let first = found.await.unwrap_or_default();
            let held = Memo::new(move |_| {
                let mut held = latest.get().unwrap_or_else(|| first.clone());
                held.retain(|one| of.map_or(one.used, |of| of.with(|of| of.contains(&one.app))));
                held
            });
            move || held.with(|held| said(held))
        })
    };
    view! { <Transition>{notices}</Transition> }
}

fn said(held: &[HeldApp]) -> AnyView {
    if held.len() > NAMED {
        let words = format!(
            "Pushes wait: {} without a key that works, or stopped.",
            counted(held.len() as u64, "app is", "apps are")
        );
        return view! { <Held words href="/app-configurations"/> }.into_any();
    }
    if held.is_empty() {
        return ().into_any();
    }
    let notices = held
        .iter()
        .map(|one| view! { <Held words=one.in_words() href=format!("/app-configurations/{}", one.app)/> })
        .collect_view();
    view! { <div class="stack">{notices}</div> }.into_any()
}

#[component]
fn Held(words: String, #[prop(into)] href: String) -> impl IntoView {
    let may = use_may(Permission::ManageApps);
    let way = move || {
        if may.get() {
            view! { <a class="link" href=href.clone()>"See what to do"</a> }.into_any()
        } else {
            "An admin can put it right.".into_any()
        }
    };
    view! { <Notice tone=Tone::Warn>{words} " " {way}</Notice> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_pushes_wait_is_said_in_a_line() {
        let said = |why| {
            HeldApp {
                app: AppId(uuid::Uuid::nil()),
                name: "Shop".to_owned(),
                why,
                used: true,
            }
            .in_words()
        };
        assert_eq!(
            said(Outcome::AppleKeyRejected),
            "The key of Shop is refused: its pushes wait."
        );
        assert_eq!(
            said(Outcome::CredentialMissing),
            "Shop has no key yet: its pushes wait."
        );
        assert_eq!(
            said(Outcome::SendingStopped),
            "Sending to Shop is stopped: its pushes wait."
        );
    }
}
