//! Who of an audience would be held back or left out now, and why, and how long it would take.

use std::time::Duration;

use heliograph_model::ids::{AudienceId, ProfileId};
use heliograph_model::message::Content;
use heliograph_model::time::Timestamp;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::draft::use_draft;
use crate::components::{
    Button, ButtonSize, Choice, FullTime, Notice, SelectField, Tone, about, counted, grouped,
};
use crate::error::AppError;
use crate::pages::writing::use_viewer;

/// What would become of the message, were it sent to an audience now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlook {
    /// How many people of the audience were looked at.
    pub people: u64,
    /// Is the audience larger than could be looked at in the time?
    pub cut_short: bool,
    /// How many would get it at once.
    pub now: u64,
    /// Those who would not, or later, the most first.
    pub others: Vec<Others>,
    /// By how many bytes the largest text is too large; nothing where all fit.
    pub excess: usize,
    /// How many find a gap in the text.
    pub with_gap: u64,
    /// The fields that are empty for them, each with for how many.
    pub empty: Vec<(String, u64)>,
    /// How long the pace makes it take.
    pub paced: Option<Paced>,
}

/// People who would not get it, or later, for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Others {
    /// Why.
    pub why: String,
    /// How many they are.
    pub n: u64,
    /// The first few of them, as links show them; nobody for those who may not see profiles.
    pub first: Vec<(ProfileId, String)>,
}

/// How long a pace makes it take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paced {
    /// Which pace, and of which rule set.
    pub words: String,
    /// How many pushes go out by it.
    pub pushes: u64,
    /// How long it takes.
    pub takes: Duration,
    /// When the last of them goes.
    pub until: Timestamp,
    /// How many more would come too late.
    pub too_late: u64,
}

/// Who of an audience would be held back or left out now, and why.
#[server(input = leptos::server_fn::codec::Json)]
pub async fn held_back(
    audience: AudienceId,
    content: Content,
    context: serde_json::Value,
) -> Result<Outlook, AppError> {
    use std::collections::HashMap;

    use heliograph_delivery::{People, Question};
    use heliograph_model::access::Permission;
    use heliograph_store::{Store, audiences, fragments};

    let who = crate::session::require(Permission::ManageMessages)?;
    let store = expect_context::<Store>();
    let mut conn = store.read().await?;
    let rule = audiences::load(&mut conn, audience).await?.rule;
    let question = Question {
        content: content.with_fragments(fragments::published_texts(&mut conn).await?),
        audience: &rule,
        context: &context,
    };
    let now = store.now();
    let found = heliograph_delivery::forecast(&mut conn, question, now).await?;
    let later = found.later.into_iter().map(|(why, n)| (why.to_string(), n));
    let never = found.never.into_iter().map(|(why, n)| (why.to_string(), n));
    let reasons: Vec<(String, People)> = later.chain(never).collect();
    let mut names: HashMap<ProfileId, String> = HashMap::new();
    if who.may(Permission::ViewProfiles) {
        let ids: Vec<ProfileId> = reasons
            .iter()
            .flat_map(|(_, people)| &people.first)
            .copied()
            .collect();
        let people = audiences::present(&mut conn, &ids).await?;
        names.extend(people.iter().map(|person| (person.id, person.title().to_owned())));
    }
    let mut others: Vec<Others> = reasons
        .into_iter()
        .map(|(why, people)| Others {
            why,
            n: people.n,
            first: people
                .first
                .into_iter()
                .filter_map(|id| Some((id, names.remove(&id)?)))
                .collect(),
        })
        .collect();
    others.sort_by(|a, b| b.n.cmp(&a.n).then_with(|| a.why.cmp(&b.why)));
    Ok(Outlook {
        people: found.people,
        cut_short: found.cut_short,
        now: found.now,
        others,
        excess: found.excess,
        with_gap: found.with_gap,
        empty: found.empty.into_iter().collect(),
        paced: found.paced.map(|paced| Paced {
            words: format!("{}, says “{}”", paced.pace, paced.set),
            pushes: paced.pushes,
            takes: paced.until.since(now),
            until: paced.until,
            too_late: paced.too_late,
        }),
    })
}

/// Asks who of an audience would be held back now, and why.
#[component]
pub(super) fn HeldBack() -> impl IntoView {
    let (draft, viewer) = (use_draft(), use_viewer());
    let audiences = draft.known.with_value(|known| known.audiences.clone());
    let chosen = RwSignal::new(
        audiences
            .first()
            .map_or_else(String::new, |(id, _)| id.to_string()),
    );
    let choices: Vec<Choice> = audiences
        .iter()
        .map(|(id, name)| Choice::new(id.to_string(), name.clone()))
        .collect();
    let ask = Action::new(move |(): &()| async move {
        let audience = chosen.get_untracked().parse().ok()?;
        let context = untrack(|| viewer.context());
        Some(held_back(audience, draft.content.get_untracked(), context).await)
    });
    let answer = move || {
        Some(match ask.value().get().flatten()? {
            Err(error) => view! { <Notice tone=Tone::Bad>{error.to_string()}</Notice> }.into_any(),
            Ok(outlook) => view! { <Answer outlook/> }.into_any(),
        })
    };
    (!audiences.is_empty()).then(|| {
        view! {
            <fieldset class="field">
                <legend>"Who would be held back now?"</legend>
                <p class="soft small">
                    "Each text is made and weighed as it would be sent. What a journey tells it is as in the preview."
                </p>
                <div class="two">
                    <SelectField label="Audience" name="held-back-audience" choices bind=chosen/>
                </div>
                <div>
                    <Button size=ButtonSize::Small pending=ask.pending() on_click=move |_| { ask.dispatch(()); }>"Who, and why?"</Button>
                </div>
                <div class="stack" aria-live="polite">{answer}</div>
            </fieldset>
        }
    })
}

#[component]
fn Answer(outlook: Outlook) -> impl IntoView {
    let row = |others: Others| {
        let count = counted(others.n, "person", "people");
        view! { <dt>{others.why.clone()}<Named others/></dt><dd>{count}</dd> }
    };
    let sample = outlook.cut_short.then(|| {
        view! {
            <p class="soft small">
                {format!("The audience is large: this is of the first {} people.", grouped(outlook.people))}
            </p>
        }
    });
    let excess = (outlook.excess > 0).then(|| {
        let excess = counted(outlook.excess as u64, "byte", "bytes");
        view! { <p class="soft small">{format!("The largest text has {excess} too many.")}</p> }
    });
    let gap = (outlook.with_gap > 0).then(|| view! { <Gaps people=outlook.with_gap empty=outlook.empty/> });
    view! {
        {sample}
        <dl class="facts counts">
            <dt>{if outlook.cut_short { "People looked at" } else { "People in the audience" }}</dt>
            <dd>{grouped(outlook.people)}</dd>
            <dt>"Would get it now"</dt><dd>{grouped(outlook.now)}</dd>
            {outlook.others.into_iter().map(row).collect_view()}
        </dl>
        {excess}
        {gap}
        {outlook.paced.map(|paced| view! { <HowLong paced/> })}
    }
}

/// The first few of them, to look at.
#[component]
fn Named(others: Others) -> impl IntoView {
    let more = others.n.saturating_sub(others.first.len() as u64);
    let more = (more > 0).then(|| format!(" and {} more", grouped(more)));
    let links: Vec<_> = others
        .first
        .into_iter()
        .enumerate()
        .map(|(at, (id, name))| {
            let comma = (at > 0).then_some(", ");
            view! { {comma}<a class="link" href=format!("/profiles/{id}")>{name}</a> }
        })
        .collect();
    (!links.is_empty()).then(|| view! { <p class="small quiet">{links}{more}</p> })
}

/// Who would get a text with a gap, and where.
#[component]
fn Gaps(people: u64, empty: Vec<(String, u64)>) -> impl IntoView {
    let fields: Vec<String> = empty
        .into_iter()
        .map(|(field, n)| format!("{field} ({})", grouped(n)))
        .collect();
    let told = format!(
        "{} would get it with a gap, as a field is empty: {}.",
        counted(people, "person", "people"),
        fields.join(", ")
    );
    view! { <p class="soft small">{told}</p> }
}

/// How long it takes to send what may go now, and what comes too late.
#[component]
fn HowLong(paced: Paced) -> impl IntoView {
    let pushes = counted(paced.pushes, "push", "pushes");
    let takes = about(paced.takes);
    let until = (paced.takes.as_secs() >= 60).then(|| view! { ", until " <FullTime at=paced.until/> });
    let too_late = (paced.too_late > 0).then(|| {
        format!(
            " {} more would come too late, and not be sent.",
            grouped(paced.too_late)
        )
    });
    view! { <p class="soft small">{format!("{pushes}, {}: {takes}", paced.words)} {until} "." {too_late}</p> }
}
