//! A signal of one part of something larger.

use leptos::prelude::*;

/// A signal of one part of `whole`, in step with it both ways.
pub fn part<C, T, R, W>(whole: RwSignal<C>, read: R, write: W) -> RwSignal<T>
where
    C: Send + Sync + 'static,
    T: Clone + PartialEq + Send + Sync + 'static,
    R: Fn(&C) -> T + Clone + 'static,
    W: Fn(&mut C, T) + 'static,
{
    let part = RwSignal::new(whole.with_untracked(&read));
    let outside = read.clone();
    Effect::new(move |_| {
        let now = whole.with(&outside);
        if part.with_untracked(|part| *part != now) {
            part.set(now);
        }
    });
    Effect::watch(
        move || part.get(),
        move |now, _, _| {
            if whole.with_untracked(|whole| read(whole) != *now) {
                whole.update(|whole| write(whole, now.clone()));
            }
        },
        false,
    );
    part
}
