//! What is going on: journeys, the last 24 hours, and what somebody should look at.

use heliograph_model::access::Permission;
use heliograph_model::app_config::WhyStopped;
use heliograph_model::report::Figure;
use leptos::prelude::*;

use super::api::{Attention, HomeView, Running};
use crate::components::{
    Badge, Card, Chart, ChartKind, EmptyState, Icon, IconName, Ink, Number, RelativeTime, RowLink, Table,
    Tone, charted, counted, grouped, so_many_of, use_span_labels, whole,
};
use crate::pages::app_configuration::sending::title_of;
use crate::session::use_may;

/// The journeys that are live, with what was counted in the last 24 hours.
#[component]
pub(super) fn RunningNow(view: Memo<HomeView>) -> impl IntoView {
    let running = Memo::new(move |_| view.with(|view| view.running.clone()));
    let may = use_may(Permission::ManageJourneys);
    let content = move || {
        let running = running.get();
        if running.is_empty() {
            return view! {
                <EmptyState icon=IconName::Journey title="No journey is live">
                    <p>"Once a journey is published, it is here with its figures."</p>
                    <Show when=move || may.get()>
                        <div class="row"><a class="button" href="/journeys">"Go to journeys"</a></div>
                    </Show>
                </EmptyState>
            }
            .into_any();
        }
        let rows = running.into_iter().map(|one| view! { <Row one/> }).collect_view();
        view! {
            <Table caption="Journeys that are live, with their figures of the last 24 hours" head=|| view! {
                <th scope="col">"Journey"</th>
                <th scope="col" class="num">"Here now"</th>
                <th scope="col" class="num">"Entered"</th>
                <th scope="col" class="num later">"Accepted"</th>
                <th scope="col" class="num later">"Failed"</th>
                <th scope="col" class="num later">"Opened"</th>
            }>
                {rows}
            </Table>
        }
        .into_any()
    };
    view! {
        <Card title="Running now" aside=|| view! { <span class="push">"Last 24 hours"</span> } flush=true>
            <div>{content}</div>
        </Card>
    }
}

#[component]
fn Row(one: Running) -> impl IntoView {
    let n = |figure| whole(one.day.n(figure));
    let version = one
        .version
        .map(|version| view! { <span class="sub">{format!("Version {version}")}</span> });
    view! {
        <tr>
            <td><RowLink href=format!("/reports/live/journeys/{}", one.id)>{one.name.clone()}</RowLink>{version}</td>
            <td class="num"><Number value=whole(one.here)/></td>
            <td class="num"><Number value=n(Figure::Entered)/></td>
            <td class="num later"><Number value=n(Figure::Accepted)/></td>
            <td class="num later"><Number value=n(Figure::Failed)/></td>
            <td class="num later"><Number value=n(Figure::Opened)/></td>
        </tr>
    }
}

/// What became of the pushes, in the order in which it is stacked.
const DRAWN: [(Figure, Ink); 4] = [
    (Figure::Accepted, Ink::Accent),
    (Figure::Excluded, Ink::Warn),
    (Figure::Failed, Ink::Bad),
    (Figure::Unknown, Ink::Quiet),
];

/// What was sent in each of the last 24 hours.
#[component]
pub(super) fn Hours(view: Memo<HomeView>) -> impl IntoView {
    let series = Memo::new(move |_| view.with(|view| view.series.clone()));
    let named = use_span_labels();
    let data = Signal::derive(move || series.with(|series| charted(series, &DRAWN, named)));
    view! {
        <Card title="Pushes, by hour">
            <Chart title="Pushes by hour" data kind=ChartKind::Bars/>
        </Card>
    }
}

/// The figures of the last 24 hours, and what they make up.
#[component]
pub(super) fn LastDay(view: Memo<HomeView>) -> impl IntoView {
    const PARTS: [(Figure, &str); 5] = [
        (Figure::Accepted, "swatch accepted"),
        (Figure::Excluded, "swatch excluded"),
        (Figure::Failed, "swatch failed"),
        (Figure::Unknown, "swatch unknown"),
        (Figure::Opened, "swatch opened"),
    ];
    let n = move |figure: Figure| view.with(|view| whole(view.day.n(figure)));
    let cells = PARTS
        .map(|(figure, swatch)| {
            view! {
                <div>
                    <dt><i class=swatch></i>{figure.title()}</dt>
                    <dd>{move || grouped(n(figure))}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <Card
            title="Last 24 hours"
            aside=|| view! { <a class="push link t13" href="/reports/live/all/all?span=day">"Live report"</a> }
            flush=true
        >
            <dl class="tally">
                <div><dt>{Figure::Targeted.title()}</dt><dd>{move || grouped(n(Figure::Targeted))}</dd></div>
                {cells}
                <div>
                    <dt><i class="swatch waiting"></i>"Waiting now"</dt>
                    <dd>{move || grouped(view.with(|view| whole(view.waiting)))}</dd>
                </div>
            </dl>
        </Card>
    }
}

/// What somebody should look at.
#[component]
pub(super) fn Attentions(view: Memo<HomeView>) -> impl IntoView {
    let list = Memo::new(move |_| view.with(|view| view.attention.clone()));
    let aside = move || {
        let count = list.with(Vec::len);
        (count > 0).then(|| view! { <Badge tone=Tone::Warn>{count}</Badge> })
    };
    let content = move || {
        let list = list.get();
        if list.is_empty() {
            return view! { <p class="calm soft"><Icon name=IconName::Ok class="good"/>"Nothing: pushes go out as they should."</p> }
                .into_any();
        }
        let rows = list
            .into_iter()
            .map(|one| view! { <li><One one/></li> })
            .collect_view();
        view! { <ul class="attention">{rows}</ul> }.into_any()
    };
    view! { <Card title="Needs attention" aside flush=true><div>{content}</div></Card> }
}

#[component]
fn One(one: Attention) -> impl IntoView {
    let may_see_apps = use_may(Permission::ManageApps);
    let may_see_messages = use_may(Permission::ManageMessages);
    match one {
        Attention::Stopped {
            app,
            name,
            stop,
            held,
        } => {
            let (_, title) = title_of(&stop.why, &name);
            let words = match stop.why {
                WhyStopped::Person { name } => format!("Stopped by {name}."),
                WhyStopped::ManyNotValid { .. } => {
                    "Nothing more is sent to it, and no phone was retired. Probably its credential is of another project or \
                     environment, or its bundle id is wrong."
                        .to_owned()
                }
            };
            let waiting = (!held.is_none()).then(|| format!(" {}.", so_many_of(held, "push waits", "pushes wait")));
            view! {
                <Icon name=IconName::Bad class="bad"/>
                <div>
                    <b>{title}</b>
                    <p>{words} {waiting}</p>
                    <Show when=move || may_see_apps.get()>
                        <a class="link-button" href=format!("/app-configurations/{app}")>"See what to do"</a>
                    </Show>
                </div>
            }
            .into_any()
        }
        Attention::Refused {
            app,
            name,
            reason,
            held,
        } => {
            let waiting =
                (!held.is_none()).then(|| format!(" {} for it.", so_many_of(held, "push waits", "pushes wait")));
            view! {
                <Icon name=IconName::Bad class="bad"/>
                <div>
                    <b>{format!("The key of {name} is refused")}</b>
                    <p>{reason} {waiting}</p>
                    <Show when=move || may_see_apps.get()>
                        <a class="link-button" href=format!("/app-configurations/{app}")>"See what to do"</a>
                    </Show>
                </div>
            }
            .into_any()
        }
        Attention::MessageStopped {
            id,
            name,
            since,
            by,
            journeys,
        } => {
            let skipped = match journeys.as_slice() {
                [only] => format!("The journey “{only}” skips it."),
                several => format!("{} journeys skip it.", several.len()),
            };
            view! {
                <Icon name=IconName::Warn class="warn"/>
                <div>
                    <b>{format!("Nothing is sent of “{name}”")}</b>
                    <p>
                        {format!("Stopped by {by}, ")} <RelativeTime at=since/>
                        {format!(". {skipped} Mend what is wrong, and choose “Send again” on its page.")}
                    </p>
                    <Show when=move || may_see_messages.get()>
                        <a class="link-button" href=format!("/messages/{id}")>"Open the message"</a>
                    </Show>
                </div>
            }
            .into_any()
        }
        Attention::Late {
            name,
            queued,
            since,
        } => view! {
            <Icon name=IconName::Warn class="warn"/>
            <div>
                <b>{format!("Pushes of {name} are late")}</b>
                <p>{so_many_of(queued, "push is", "pushes are")} " to be sent, the oldest made " <RelativeTime at=since/> ". See that the server's delivery part is running."</p>
            </div>
        }
        .into_any(),
        Attention::Failing { reason, advice, n } => view! {
            <Icon name=IconName::Warn class="warn"/>
            <div>
                <b>{format!("{}: {reason}", counted(n, "push failed", "pushes failed"))}</b>
                <p>{advice}</p>
                <a class="link-button" href="/reports/live/all/all?span=day">"See the report"</a>
            </div>
        }
        .into_any(),
    }
}
