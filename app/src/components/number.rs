//! Numbers as people read them.

use heliograph_model::delivery::HowMany;
pub use heliograph_model::number::grouped;
use leptos::prelude::*;

/// A share with one decimal where it is small enough to matter: `4.2 %`, `42 %`; `–` where there is no whole.
pub fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    ratio(part as f64 / whole as f64)
}

/// A ratio in percent, with one decimal where it is small enough to matter: `4.2 %`, `42 %`.
pub fn ratio(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent > 0.0 && percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A count for showing: what was taken back before it was counted, as can be for a moment, shows as none.
pub fn whole(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// One or several of something: `1 message`, `1,204 messages`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// So many, as far as they were counted: `1,204`, `20,000+`.
pub fn so_many(number: HowMany) -> String {
    match number {
        HowMany::Exactly(number) => grouped(number),
        HowMany::MoreThan(number) => format!("{}+", grouped(number)),
    }
}

/// One or several of something, as far as they were counted: `1 message`, `20,000+ messages`.
pub fn so_many_of(number: HowMany, one: &str, many: &str) -> String {
    match number {
        HowMany::Exactly(number) => counted(number, one, many),
        HowMany::MoreThan(_) => format!("{} {many}", so_many(number)),
    }
}

/// A whole number with its thousands apart.
#[component]
pub fn Number(
    /// The number.
    #[prop(into)]
    value: Signal<u64>,
) -> impl IntoView {
    view! { <span class="number">{move || grouped(value.get())}</span> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_to_its_end_says_so() {
        let pushes = |number| so_many_of(number, "push", "pushes");
        assert_eq!(so_many(HowMany::Exactly(20_000)), "20,000");
        assert_eq!(so_many(HowMany::MoreThan(20_000)), "20,000+");
        assert_eq!(pushes(HowMany::Exactly(1)), "1 push");
        assert_eq!(pushes(HowMany::MoreThan(20_000)), "20,000+ pushes");
    }

    #[test]
    fn a_share_has_a_decimal_only_below_ten_percent() {
        assert_eq!(share(1, 24), "4.2 %");
        assert_eq!(share(42, 100), "42 %");
        assert_eq!(share(0, 100), "0 %");
        assert_eq!(share(0, 0), "–");
    }
}
