//! Times. The server does not know the viewer's zone, and what it renders must not depend on the clock: so it writes
//! UTC, and once the page is alive the browser rewrites it in the viewer's own zone and words. And how long things take.

use std::time::Duration;

use heliograph_model::report::Grain;
use heliograph_model::time::Timestamp;
use js_sys::{Date, Intl, Object, Reflect};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast as _, JsValue};

use super::counted;

/// How often a relative time is looked at again.
const TICK: Duration = Duration::from_secs(10);

/// A time as its distance from now: "3 min ago", "in 2 h"; beyond a week, the day. The tooltip has all of it.
#[component]
pub fn RelativeTime(
    /// The time.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let now = RwSignal::new(None::<f64>);
    Effect::new(move |_| {
        now.set(Some(Date::now()));
        if let Ok(handle) = set_interval_with_handle(move || now.set(Some(Date::now())), TICK) {
            on_cleanup(move || handle.clear());
        }
    });
    let text = move || match now.get() {
        None => in_utc(at.get()),
        Some(now) => relative(at.get(), now).unwrap_or_else(|| local(at.get(), Detail::Day)),
    };
    view! { <TimeElement at text=Signal::derive(text) alive=Signal::derive(move || now.get().is_some())/> }
}

/// A time in full: "24 Nov 2026, 14:32".
#[component]
pub fn FullTime(
    /// The time.
    #[prop(into)]
    at: Signal<Timestamp>,
    /// With its seconds?
    #[prop(optional)]
    seconds: bool,
) -> impl IntoView {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let detail = if seconds { Detail::Second } else { Detail::Minute };
    let text = move || {
        if alive.get() {
            local(at.get(), detail)
        } else {
            in_utc(at.get())
        }
    };
    view! { <TimeElement at text=Signal::derive(text) alive/> }
}

#[component]
fn TimeElement(
    at: Signal<Timestamp>,
    text: Signal<String>,
    #[prop(into)] alive: Signal<bool>,
) -> impl IntoView {
    view! {
        <time
            datetime=move || at.get().to_string()
            title=move || if alive.get() { local(at.get(), Detail::Second) } else { in_utc(at.get()) }
        >
            {text}
        </time>
    }
}

/// Names the spans of a chart by their start: minutes and hours "14:30" in the viewer's zone, days "24 Nov" as they were
/// counted, in UTC. To be called where it is tracked: what came with the page is UTC throughout.
pub fn use_span_labels() -> impl Fn(Grain, Timestamp) -> String + Copy + Send + Sync + 'static {
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    move |grain, start| match grain {
        Grain::Minute | Grain::Hour if alive.get() => local(start, Detail::Clock),
        Grain::Minute | Grain::Hour => start.to_jiff().strftime("%H:%M").to_string(),
        Grain::Day => start.to_jiff().strftime("%-d %b").to_string(),
    }
}

/// "24 Nov 2026, 14:32 UTC".
pub fn in_utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%-d %b %Y, %H:%M UTC").to_string()
}

/// How long something takes, for a person who waits: "under a minute", "about 13 minutes", "about 17 hours", "about 6 days".
pub fn about(takes: Duration) -> String {
    const UNITS: [(u64, &str, &str); 3] = [
        (24 * 60 * 60, "day", "days"),
        (60 * 60, "hour", "hours"),
        (60, "minute", "minutes"),
    ];
    let seconds = takes.as_secs();
    if seconds < 60 {
        return "under a minute".to_owned();
    }
    // Below two of a unit it is told in the smaller one.
    let (size, one, many) = UNITS
        .into_iter()
        .find(|(size, ..)| seconds >= 2 * size)
        .unwrap_or((60, "minute", "minutes"));
    format!("about {}", counted((seconds + size / 2) / size, one, many))
}

/// "3 min ago", if it is less than a week away from now (in milliseconds since 1970).
fn relative(at: Timestamp, now: f64) -> Option<String> {
    const UNITS: [(f64, &str); 4] = [(86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s")];
    let seconds = (now - at.as_millis() as f64) / 1000.0;
    let distance = seconds.abs();
    if distance < 1.0 {
        return Some("now".to_owned());
    }
    if distance >= 7.0 * 86_400.0 {
        return None;
    }
    let (size, unit) = UNITS.into_iter().find(|(size, _)| distance >= *size)?;
    let count = (distance / size).floor();
    Some(if seconds > 0.0 {
        format!("{count} {unit} ago")
    } else {
        format!("in {count} {unit}")
    })
}

/// How much of a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Detail {
    Clock,
    Day,
    Minute,
    Second,
}

/// The time in the viewer's zone and words. In the browser only.
fn local(at: Timestamp, detail: Detail) -> String {
    let options = Object::new();
    let day: &[(&str, &str)] = match detail {
        Detail::Clock => &[],
        Detail::Day | Detail::Minute | Detail::Second => {
            &[("day", "numeric"), ("month", "short"), ("year", "numeric")]
        }
    };
    let clock: &[(&str, &str)] = match detail {
        Detail::Day => &[],
        Detail::Clock | Detail::Minute => &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")],
        Detail::Second => &[
            ("hour", "2-digit"),
            ("minute", "2-digit"),
            ("second", "2-digit"),
            ("hourCycle", "h23"),
        ],
    };
    for (key, value) in day.iter().chain(clock) {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&options, &JsValue::from_str(key), &JsValue::from_str(value));
    }
    // The console is in English, so the words are; the zone is the viewer's.
    let locales = js_sys::Array::of1(&JsValue::from_str("en-GB"));
    let format = Intl::DateTimeFormat::new(&locales, &options).format();
    let date = Date::new(&JsValue::from_f64(at.as_millis() as f64));
    format
        .call1(&JsValue::UNDEFINED, date.unchecked_ref())
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| in_utc(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_by_its_distance_for_a_week() {
        let at = Timestamp::from_millis(1_000_000_000_000);
        let after = |seconds: f64| relative(at, 1_000_000_000_000.0 + seconds * 1000.0);
        assert_eq!(after(0.4).as_deref(), Some("now"));
        assert_eq!(after(59.9).as_deref(), Some("59 s ago"));
        assert_eq!(after(60.0).as_deref(), Some("1 min ago"));
        assert_eq!(after(7200.0).as_deref(), Some("2 h ago"));
        assert_eq!(after(-90_000.0).as_deref(), Some("in 1 d"));
        assert_eq!(after(604_800.0), None);
    }

    #[test]
    fn how_long_it_takes_is_told_roughly() {
        let told = |seconds| about(Duration::from_secs(seconds));
        assert_eq!(told(59), "under a minute");
        assert_eq!(told(60), "about 1 minute");
        assert_eq!(told(100), "about 2 minutes");
        assert_eq!(told(119 * 60 + 29), "about 119 minutes");
        assert_eq!(told(2 * 60 * 60), "about 2 hours");
        assert_eq!(told(1_000 * 60), "about 17 hours");
        assert_eq!(told(6 * 24 * 60 * 60), "about 6 days");
    }

    #[test]
    fn the_server_writes_utc() {
        assert_eq!(
            in_utc(Timestamp::from_millis(1_795_530_720_000)),
            "24 Nov 2026, 14:32 UTC"
        );
    }
}
