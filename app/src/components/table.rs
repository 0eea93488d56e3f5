//! Tables, and what stands around them: search, sorting, pages.

use leptos::html::Form;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use super::{Icon, IconName};

/// How long typing pauses before a search box searches.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(200);

/// A table that scrolls sideways where it does not fit. Cells with the class `later` are left out on a phone.
#[component]
pub fn Table(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: Signal<String>,
    /// The cells of its head: `<th scope="col">` and [`SortHead`].
    #[prop(into)]
    head: ViewFn,
    /// Its rows.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-wrap">
            <table class="table">
                <caption class="unseen">{caption}</caption>
                <thead>
                    <tr>{head.run()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

/// The link in a row's first cell that opens what the row is about: by a click anywhere in the row, or by Enter.
#[component]
pub fn RowLink(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// The name of what the row is about.
    children: Children,
) -> impl IntoView {
    view! { <a class="row-link" href=href>{children()}</a> }
}

/// The address with one parameter of its query set, or removed where the value is empty; a list starts at its first
/// page again.
fn with_parameter(path: &str, query: &leptos_router::params::ParamsMap, name: &str, value: &str) -> String {
    let mut changed = query.clone();
    changed.remove("after");
    changed.remove(name);
    if !value.is_empty() {
        changed.insert(name.to_owned(), value.to_owned());
    }
    format!("{path}{}", changed.to_query_string())
}

/// A head by which a table can be sorted. The order is kept in the address: `?sort=name` up, `?sort=-name` down.
#[component]
pub fn SortHead(
    /// The column's name in the address.
    column: &'static str,
    /// Its name for people.
    #[prop(into)]
    label: Signal<String>,
    /// Are its cells numbers?
    #[prop(optional)]
    numeric: bool,
) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let order = Memo::new(move |_| {
        let sort = query.with(|query| query.get("sort"))?;
        match sort.strip_prefix('-') {
            Some(name) => (name == column).then_some("descending"),
            None => (sort == column).then_some("ascending"),
        }
    });
    let href = move || {
        let next = if order.get() == Some("ascending") {
            format!("-{column}")
        } else {
            column.to_owned()
        };
        path.with(|path| query.with(|query| with_parameter(path, query, "sort", &next)))
    };
    let icon = Signal::derive(move || match order.get() {
        Some("ascending") => IconName::ArrowUp,
        Some(_) => IconName::ArrowDown,
        None => IconName::ArrowUpDown,
    });
    view! {
        <th scope="col" class:num=numeric aria-sort=move || order.get()>
            <a class="sort" class:on=move || order.get().is_some() href=href>
                {label}
                <Icon name=icon/>
            </a>
        </th>
    }
}

/// What [`SearchBox`] searches for, in lower case; for a list that is all there and only narrowed.
pub fn use_searched() -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get("q").unwrap_or_default().to_lowercase()))
}

/// A box that searches a list; what is searched for is kept in the address as `?q=`.
#[component]
pub fn SearchBox(
    /// What is searched: "Search messages".
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let query = use_query_map();
    let location = use_location();
    let navigate = use_navigate();
    let form = NodeRef::<Form>::new();
    let start = query.with_untracked(|query| query.get("q").unwrap_or_default());
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    let go = move |words: String| {
        let address = location.pathname.with_untracked(|path| {
            query.with_untracked(|query| with_parameter(path, query, "q", words.trim()))
        });
        navigate(
            &address,
            NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            },
        );
    };
    let typed = {
        let go = go.clone();
        move |event| {
            let words = event_target_value(&event);
            let go = go.clone();
            if let Some(earlier) = waiting.get_value() {
                earlier.clear();
            }
            waiting.set_value(set_timeout_with_handle(move || go(words), PAUSE).ok());
        }
    };
    // The other parameters of the address stay, with a plain GET as well.
    let others = move || {
        query.with(|query| {
            query
                .clone()
                .into_iter()
                .filter(|(name, _)| name != "q" && name != "after")
                .map(|(name, value)| view! { <input type="hidden" name=name.to_string() value=value/> })
                .collect_view()
        })
    };
    view! {
        <form class="search-box input-group" role="search" method="get" node_ref=form>
            <Icon name=IconName::Search/>
            <input
                class="input"
                type="search"
                name="q"
                value=start
                aria-label=label
                placeholder=label
                autocomplete="off"
                on:input=typed
            />
            {others}
        </form>
    }
}

/// A choice that filters a list; kept in the address under its name.
#[component]
pub fn Filter(
    /// What is filtered by: "Status".
    label: &'static str,
    /// Its name in the address.
    name: &'static str,
    /// Values and titles; the first is for everything and has an empty value.
    choices: Vec<super::Choice>,
) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let chosen = Memo::new(move |_| query.with(|query| query.get(name).unwrap_or_default()));
    let link = move |choice: super::Choice| {
        let value = choice.value.clone();
        let href = move || path.with(|path| query.with(|query| with_parameter(path, query, name, &value)));
        let value = choice.value;
        view! {
            <a href=href aria-current=move || chosen.with(|chosen| *chosen == value).then_some("true")>
                {choice.title}
            </a>
        }
    };
    view! {
        <nav class="segmented" aria-label=label>
            {choices.into_iter().map(link).collect_view()}
        </nav>
    }
}

/// What a list is asked for by its address: the values of these parameters, empty where they are not there; and whether any
/// of them is.
pub fn use_narrowing<const N: usize>(
    names: [&'static str; N],
) -> (
    impl Fn() -> [String; N] + Copy + Send + Sync + 'static,
    impl Fn() -> bool + Copy + Send + Sync + 'static,
) {
    let query = use_query_map();
    let wanted = move || query.with(|query| names.map(|name| query.get(name).unwrap_or_default()));
    let narrowed = move || query.with(|query| names.iter().any(|name| query.get(name).is_some()));
    (wanted, narrowed)
}

/// Under a list: how much of it is in view, and the way to the next page and back to the first.
#[component]
pub fn Pager(
    /// "50 of 1,204 messages".
    #[prop(into)]
    summary: Signal<String>,
    /// The cursor of the next page, if there is one; goes into the address as `?after=`.
    #[prop(into)]
    next: Signal<Option<String>>,
) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let first = move || {
        query.with(|query| query.get("after").is_some()).then(|| {
            let href = path.with(|path| query.with(|query| with_parameter(path, query, "after", "")));
            view! { <a class="button small" href=href>"First page"</a> }
        })
    };
    let next = move || {
        next.get().map(|cursor| {
            let href = path.with(|path| query.with(|query| with_parameter(path, query, "after", &cursor)));
            view! { <a class="button small" rel="next" href=href>"Next page"</a> }
        })
    };
    view! {
        <nav class="pager" aria-label="Pages">
            <span>{summary}</span>
            <span class="push">{first}{next}</span>
        </nav>
    }
}
