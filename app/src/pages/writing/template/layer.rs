//! The coloured text behind a field, whose own text is then see-through.
//!
//! The field stays what is typed into, read aloud and copied. The layer is drawn by hand: of a long text a key changes a few
//! runs, and only those are made anew.

use leptos::html::{Div, Textarea};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use web_sys::{Element, Node};

use super::paint::{Mark, Run, moved, runs};

/// The coloured text behind a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layer {
    /// The element that it is in.
    pub(super) element: NodeRef<Div>,
    /// Is it there? Until then the field shows its own text.
    pub(super) there: RwSignal<bool>,
    area: NodeRef<Textarea>,
    value: RwSignal<String>,
    found: StoredValue<Found>,
    painted: StoredValue<Vec<Run>>,
    due: StoredValue<bool>,
}

/// What was found in a text.
#[derive(Debug, Clone, Default)]
struct Found {
    marks: Vec<Mark>,
    text: String,
}

impl Layer {
    /// For a field and its text. `marks` are found in the text as it is when `checked` tells.
    pub(super) fn new(
        area: NodeRef<Textarea>,
        value: RwSignal<String>,
        checked: RwSignal<()>,
        marks: impl Fn() -> Vec<Mark> + 'static,
    ) -> Self {
        let layer = Self {
            element: NodeRef::new(),
            there: RwSignal::new(false),
            area,
            value,
            found: StoredValue::new(Found::default()),
            painted: StoredValue::new(Vec::new()),
            due: StoredValue::new(false),
        };
        Effect::new(move |_| {
            checked.track();
            layer.found.set_value(Found {
                marks: marks(),
                text: value.get_untracked(),
            });
            layer.paint_soon();
        });
        Effect::new(move |_| {
            value.track();
            layer.paint_soon();
        });
        layer
    }

    /// Paints before the browser draws next, so that a letter and its colour come together.
    fn paint_soon(self) {
        if self.due.get_value() {
            return;
        }
        self.due.set_value(true);
        request_animation_frame(move || {
            // The page may have been left.
            if self.due.try_set_value(false).is_none() {
                self.paint();
            }
        });
    }

    fn paint(self) {
        let Some(element) = self.element.get_untracked() else {
            return;
        };
        let fresh = self.value.with_untracked(|text| {
            let marks = self
                .found
                .with_value(|found| moved(&found.marks, &found.text, text));
            runs(text, &marks)
        });
        let drawn = self.painted.try_update_value(|painted| {
            let drawn = replace(&element, painted, &fresh);
            *painted = fresh;
            drawn
        });
        let there = matches!(drawn, Some(Ok(())));
        if self.there.get_untracked() != there {
            self.there.set(there);
        }
    }

    /// Shows the part that the field shows. It is asked for when the field has scrolled and at no other time: the answer makes
    /// the browser lay out the page.
    pub(super) fn scroll(self) {
        if let (Some(element), Some(area)) = (self.element.get_untracked(), self.area.get_untracked()) {
            element.set_scroll_top(area.scroll_top());
        }
    }
}

/// Makes anew what differs between what is painted and what is to be.
fn replace(layer: &Element, painted: &[Run], fresh: &[Run]) -> Result<(), JsValue> {
    let nodes = layer.child_nodes();
    let whole = nodes.length() as usize == painted.len();
    let painted = if whole {
        painted
    } else {
        // Somebody else has been here, such as an extension that translates.
        layer.set_text_content(None);
        &[]
    };
    let alike = painted
        .iter()
        .zip(fresh)
        .take_while(|(old, new)| old == new)
        .count();
    let shorter = painted.len().min(fresh.len());
    let tail = painted
        .iter()
        .rev()
        .zip(fresh.iter().rev())
        .take(shorter - alike)
        .take_while(|(old, new)| old == new)
        .count();
    let place = u32::try_from(alike).unwrap_or(u32::MAX);
    for _ in alike..painted.len() - tail {
        if let Some(old) = nodes.item(place) {
            layer.remove_child(&old)?;
        }
    }
    let next = nodes.item(place);
    for run in &fresh[alike..fresh.len() - tail] {
        layer.insert_before(&node(run)?, next.as_ref())?;
    }
    Ok(())
}

fn node(run: &Run) -> Result<Node, JsValue> {
    let class = run.look.class();
    if class.is_empty() {
        return Ok(document().create_text_node(&run.text).into());
    }
    let span = document().create_element("span")?;
    span.set_class_name(&class);
    span.set_text_content(Some(&run.text));
    Ok(span.into())
}
