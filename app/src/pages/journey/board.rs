//! What is being edited, and how it is looked at.

use std::collections::{BTreeSet, HashSet};

use heliograph_model::canvas::{
    Clipboard, Command, EdgeRef, Editor, Point, Rect, Transform, bounds, can_connect, node_rect,
};
use heliograph_model::journey::{Activity, Document, Known, Node, NodeId, Port, Problem, Severity, validate};
use leptos::prelude::*;

use super::api::FlowCounts;
use crate::components::{Toasts, use_toasts};

/// What the pointer is doing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Drag {
    /// Nothing.
    #[default]
    None,
    /// Moving the canvas; the pointer was here last, on the screen.
    Pan(Point),
    /// Moving the selected steps, by so much so far.
    Nodes { from: Point, by: Point },
    /// Drawing an edge from a port to where the pointer is.
    Connect {
        from: EdgeRef,
        to: Point,
        targets: HashSet<NodeId>,
    },
    /// Selecting what is in a rectangle.
    Marquee { from: Point, to: Point },
    /// Bringing a new step from the palette; the pointer is here, on the screen.
    New { activity: Activity, at: Point },
}

/// What is being edited, and how it is looked at. Found in the context of everything on the page.
#[derive(Clone, Copy)]
pub(super) struct Board {
    /// The document with its history.
    pub(super) editor: RwSignal<Editor>,
    /// How the canvas is moved and magnified.
    pub(super) view: RwSignal<Transform>,
    /// What the pointer is doing.
    pub(super) drag: RwSignal<Drag>,
    /// The element in which the canvas is drawn.
    pub(super) surface: NodeRef<leptos::html::Section>,
    /// The size of that element.
    pub(super) size: RwSignal<Point>,
    /// The messages and audiences there are.
    pub(super) known: Signal<Known>,
    /// What is wrong with the document.
    pub(super) problems: Memo<Vec<Problem>>,
    /// How many are where, and went through what; none before the first publishing.
    pub(super) counts: RwSignal<Option<FlowCounts>>,
    /// Is the panel asked to show the journey's settings?
    pub(super) settings: RwSignal<bool>,
    /// How often something was undone or redone: the fields of the panel then show anew what they are of.
    pub(super) turns: RwSignal<u32>,
    toasts: Toasts,
}

impl Board {
    /// Begins to edit.
    pub(super) fn new(editor: Editor, known: Signal<Known>) -> Self {
        let editor = RwSignal::new(editor);
        let problems =
            Memo::new(move |_| editor.with(|editor| known.with(|known| validate(editor.document(), known))));
        Self {
            editor,
            view: RwSignal::new(Transform::default()),
            drag: RwSignal::new(Drag::None),
            surface: NodeRef::new(),
            size: RwSignal::new(Point::new(960.0, 720.0)),
            known,
            problems,
            counts: RwSignal::new(None),
            settings: RwSignal::new(false),
            turns: RwSignal::new(0),
            toasts: use_toasts(),
        }
    }

    /// The document, reactively.
    pub(super) fn document<T>(self, read: impl FnOnce(&Document) -> T) -> T {
        self.editor.with(|editor| read(editor.document()))
    }

    /// A step, reactively.
    pub(super) fn node(self, id: &NodeId) -> Option<Node> {
        self.document(|document| document.graph.node(id).cloned())
    }

    /// Sets what a step does.
    pub(super) fn set_activity(self, node: &NodeId, activity: Activity) {
        self.apply(Command::SetActivity {
            node: node.clone(),
            activity,
        });
    }

    /// Carries out a command.
    pub(super) fn apply(self, command: Command) {
        self.editor.update(|editor| {
            editor.apply(command);
        });
    }

    /// Ends the merging of edits into one step of the history.
    pub(super) fn settle(self) {
        self.editor.update_untracked(Editor::settle);
    }

    /// Selects one step and nothing else.
    pub(super) fn select(self, id: &NodeId) {
        self.settings.set(false);
        self.editor.update(|editor| {
            editor.selected = BTreeSet::from([id.clone()]);
            editor.selected_edge = None;
        });
    }

    /// Selects nothing.
    pub(super) fn deselect(self) {
        self.editor.update(|editor| {
            editor.selected.clear();
            editor.selected_edge = None;
        });
    }

    /// The one step that is selected; none where there are several or none.
    pub(super) fn only_selected(self) -> Option<NodeId> {
        self.editor.with(|editor| match editor.selected.len() {
            1 => editor.selected.first().cloned(),
            _ => None,
        })
    }

    /// Takes away what is selected, and offers to undo it.
    pub(super) fn delete_selected(self) {
        let (nodes, edge) = self
            .editor
            .with_untracked(|editor| (editor.selected.clone(), editor.selected_edge.clone()));
        if nodes.is_empty() && edge.is_none() {
            return;
        }
        let gone = nodes.len();
        self.apply(Command::Delete {
            nodes,
            edges: edge.into_iter().collect(),
        });
        let text = match gone {
            0 => "Deleted the connection.".to_owned(),
            1 => "Deleted 1 step.".to_owned(),
            n => format!("Deleted {n} steps."),
        };
        self.toasts.done_with_undo(text, move || self.undo());
    }

    /// Undoes the last step.
    pub(super) fn undo(self) {
        self.editor.update(|editor| {
            editor.undo();
        });
        self.turns.update(|turns| *turns += 1);
    }

    /// Does the last undone step again.
    pub(super) fn redo(self) {
        self.editor.update(|editor| {
            editor.redo();
        });
        self.turns.update(|turns| *turns += 1);
    }

    /// Adds a step: after the selected one where it has a way on, else in the middle of what is seen.
    pub(super) fn add(self, activity: Activity) {
        let after = self
            .only_selected()
            .filter(|_| !activity.is_start())
            .and_then(|from| {
                let node = self
                    .editor
                    .with_untracked(|e| e.document().graph.node(&from).cloned())?;
                let ports = heliograph_model::canvas::port_places(&node);
                let free = self.editor.with_untracked(|editor| {
                    let graph = &editor.document().graph;
                    ports
                        .iter()
                        .find(|place| graph.next(&from, &place.port).is_none())
                        .cloned()
                });
                free.or_else(|| ports.into_iter().next()).map(|place| EdgeRef {
                    from,
                    port: place.port,
                })
            });
        match after {
            Some(after) => self.apply(Command::AddAfter { activity, after }),
            None => {
                let size = self.size.get_untracked();
                let at = self
                    .view
                    .get_untracked()
                    .to_canvas(Point::new(size.x / 2.0, size.y / 3.0));
                self.apply(Command::Add { activity, at });
            }
        }
        self.reveal_selected();
    }

    /// Puts a new step where it was dropped: into an edge, or by itself.
    pub(super) fn drop_new(self, activity: Activity, screen: Point) {
        let at = self.to_canvas(screen);
        let edge = self
            .editor
            .with_untracked(|e| heliograph_model::canvas::edge_at(&e.document().graph, at));
        match edge.filter(|_| !activity.is_start()) {
            Some(after) => self.apply(Command::AddAfter { activity, after }),
            None => self.apply(Command::Add { activity, at }),
        }
    }

    /// Ends the drawing of an edge at a place: on a step, or on the empty canvas.
    pub(super) fn drop_edge(self, from: EdgeRef, at: Point) {
        let target = self.editor.with_untracked(|editor| {
            let graph = &editor.document().graph;
            graph
                .nodes
                .iter()
                .rev()
                .find(|node| node_rect(node).contains(at))
                .map(|node| node.id.clone())
        });
        let Some(to) = target else { return };
        let verdict = self
            .editor
            .with_untracked(|e| can_connect(&e.document().graph, &from.from, &from.port, &to));
        match verdict {
            Ok(()) => self.apply(Command::Connect { from, to }),
            Err(refusal) => self.toasts.failed(format!("{}.", refusal.title())),
        }
    }

    /// Where on the canvas a place of the screen is.
    pub(super) fn to_canvas(self, screen: Point) -> Point {
        self.view.get_untracked().to_canvas(self.in_surface(screen))
    }

    /// A place of the screen, measured from the surface's corner.
    pub(super) fn in_surface(self, screen: Point) -> Point {
        let Some(surface) = self.surface.get_untracked() else {
            return screen;
        };
        let rect = surface.get_bounding_client_rect();
        Point::new(screen.x - rect.left(), screen.y - rect.top())
    }

    /// Magnifies around the middle of what is seen.
    pub(super) fn zoom(self, factor: f64) {
        let size = self.size.get_untracked();
        let middle = Point::new(size.x / 2.0, size.y / 2.0);
        self.view.update(|view| *view = view.zoomed(factor, middle));
    }

    /// Shows everything.
    pub(super) fn fit(self) {
        let size = self.size.get_untracked();
        let content = self
            .editor
            .with_untracked(|editor| bounds(&editor.document().graph));
        self.view.set(Transform::fitting(content, size.x, size.y));
    }

    /// Moves the canvas so that the selected step is in view.
    pub(super) fn reveal_selected(self) {
        let Some(id) = self
            .editor
            .with_untracked(|editor| editor.selected.first().cloned())
        else {
            return;
        };
        let Some(node) = self
            .editor
            .with_untracked(|e| e.document().graph.node(&id).cloned())
        else {
            return;
        };
        let (seen, rect) = (self.seen(), node_rect(&node));
        let inside = seen.contains(Point::new(rect.x, rect.y))
            && seen.contains(Point::new(rect.x + rect.width, rect.y + rect.height));
        if !inside {
            let size = self.size.get_untracked();
            self.view.update(|view| {
                let at = view.to_screen(Point::new(rect.x + rect.width / 2.0, rect.y + rect.height / 2.0));
                *view = view.panned(size.x / 2.0 - at.x, size.y / 2.0 - at.y);
            });
        }
    }

    /// The part of the canvas that is seen.
    pub(super) fn seen(self) -> Rect {
        let (view, size) = (self.view.get(), self.size.get());
        Rect::spanning(view.to_canvas(Point::default()), view.to_canvas(size))
    }

    /// Copies the selected steps as text.
    pub(super) fn copied(self) -> Option<String> {
        self.editor.with_untracked(|editor| {
            Clipboard::copy(&editor.document().graph, &editor.selected).map(|copy| copy.to_text())
        })
    }

    /// Puts in what was copied; says so where it is no copy of steps.
    pub(super) fn paste(self, text: &str) {
        match Clipboard::from_text(text) {
            Ok(clipboard) => {
                let size = self.size.get_untracked();
                let at = self
                    .view
                    .get_untracked()
                    .to_canvas(Point::new(size.x / 2.0, size.y / 2.0));
                self.apply(Command::Paste { clipboard, at });
            }
            Err(error) => self.toasts.failed(format!("Nothing pasted: {error}.")),
        }
    }

    /// The worst that is wrong with a step: its severity and all the messages.
    pub(super) fn problem_of(self, id: &NodeId) -> Option<(Severity, String)> {
        self.problems.with(|problems| {
            let of: Vec<&Problem> = problems
                .iter()
                .filter(|problem| problem.node.as_ref() == Some(id))
                .collect();
            let worst = if of.iter().any(|problem| problem.severity == Severity::Error) {
                Severity::Error
            } else {
                of.first()?.severity
            };
            let text = of
                .iter()
                .map(|problem| problem.message.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            Some((worst, text))
        })
    }

    /// How many errors there are, and how many warnings.
    pub(super) fn problem_counts(self) -> (usize, usize) {
        self.problems.with(|problems| {
            let errors = problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .count();
            (errors, problems.len() - errors)
        })
    }

    /// Where a port leads.
    pub(super) fn next(self, from: &NodeId, port: &Port) -> Option<NodeId> {
        self.document(|document| document.graph.next(from, port).cloned())
    }
}

/// The board of the page.
pub(super) fn use_board() -> Board {
    expect_context::<Board>()
}
