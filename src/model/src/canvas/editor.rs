//! The drawing with its selection and its history.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::journey::{Document, Edge, Node, NodeId, Settings};

use super::{command::Command, hit::EdgeRef};

/// One thing that differs between two documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Change {
    /// A step: before and after. `index` is where it is, or was, in the list.
    Node {
        /// Its place in the list.
        index: usize,
        /// As it was; none where it is new.
        before: Option<Node>,
        /// As it is; none where it is gone.
        after: Option<Node>,
    },
    /// The edges.
    Edges {
        /// As they were.
        before: Vec<Edge>,
        /// As they are.
        after: Vec<Edge>,
    },
    /// The journey's settings.
    Settings {
        /// As they were.
        before: Settings,
        /// As they are.
        after: Settings,
    },
}

/// One step of the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was done, such as “Delete Wait 2 days”.
    pub name: String,
    /// What it changed.
    pub changes: Vec<Change>,
    /// Edits with the same key one after the other become one step.
    merge: Option<String>,
}

/// A document that is being edited.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Editor {
    document: Document,
    /// The selected steps.
    pub selected: BTreeSet<NodeId>,
    /// The selected edge.
    pub selected_edge: Option<EdgeRef>,
    done: Vec<Step>,
    undone: Vec<Step>,
    /// How many changes there have been, undone and redone ones too: to know whether the document has been saved.
    changes: u64,
}

impl Editor {
    /// Begins to edit a document.
    pub fn new(document: Document) -> Self {
        Self {
            document,
            ..Self::default()
        }
    }

    /// Begins where a history, kept from an earlier visit, ends. One that does not fit the document is dropped.
    #[must_use]
    pub fn with_history(mut self, done: Vec<Step>) -> Self {
        let fits = done
            .last()
            .is_none_or(|step| step.changes.iter().all(|change| self.shows(change)));
        if fits {
            self.done = done;
        }
        self
    }

    /// The document as it is.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// How many changes there have been since editing began.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// What can be undone, oldest first.
    pub fn history(&self) -> &[Step] {
        &self.done
    }

    /// The name of what [`Self::undo`] would undo.
    pub fn can_undo(&self) -> Option<&str> {
        self.done.last().map(|step| step.name.as_str())
    }

    /// The name of what [`Self::redo`] would do again.
    pub fn can_redo(&self) -> Option<&str> {
        self.undone.last().map(|step| step.name.as_str())
    }

    /// Carries out a command; whether it changed anything.
    pub fn apply(&mut self, command: Command) -> bool {
        let merge = command.merges_with();
        let mut next = self.document.clone();
        let Some(done) = command.run(&mut next) else {
            return false;
        };
        let changes = differences(&self.document, &next);
        if changes.is_empty() {
            return false;
        }
        self.document = next;
        self.changes += 1;
        self.undone.clear();
        match self.done.last_mut() {
            Some(last) if merge.is_some() && last.merge == merge => merge_into(last, changes),
            _ => self.done.push(Step {
                name: done.name,
                changes,
                merge,
            }),
        }
        if let Some(select) = done.select {
            self.selected = select;
        }
        self.forget_missing();
        true
    }

    /// Ends the merging of edits: the next one is a step of its own, as after leaving a field or ending a drag.
    pub fn settle(&mut self) {
        if let Some(last) = self.done.last_mut() {
            last.merge = None;
        }
    }

    /// Undoes the last step; whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.done.pop() else { return false };
        for change in step.changes.iter().rev() {
            self.put(change, Way::Back);
        }
        self.undone.push(step);
        self.changes += 1;
        self.forget_missing();
        true
    }

    /// Does the last undone step again; whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else {
            return false;
        };
        for change in &step.changes {
            self.put(change, Way::Forth);
        }
        self.done.push(step);
        self.changes += 1;
        self.forget_missing();
        true
    }

    fn put(&mut self, change: &Change, way: Way) {
        let graph = &mut self.document.graph;
        match change {
            Change::Node { index, before, after } => {
                let (old, new) = match way {
                    Way::Forth => (before, after),
                    Way::Back => (after, before),
                };
                let place = old
                    .as_ref()
                    .and_then(|old| graph.nodes.iter().position(|node| node.id == old.id));
                match (place, new) {
                    (Some(place), Some(new)) => graph.nodes[place] = new.clone(),
                    (Some(place), None) => {
                        graph.nodes.remove(place);
                    }
                    (None, Some(new)) => graph.nodes.insert((*index).min(graph.nodes.len()), new.clone()),
                    (None, None) => {}
                }
            }
            Change::Edges { before, after } => {
                graph.edges.clone_from(match way {
                    Way::Forth => after,
                    Way::Back => before,
                });
            }
            Change::Settings { before, after } => {
                self.document.settings.clone_from(match way {
                    Way::Forth => after,
                    Way::Back => before,
                });
            }
        }
    }

    /// Does the document show what this change has led to?
    fn shows(&self, change: &Change) -> bool {
        match change {
            Change::Node {
                after: Some(after), ..
            } => self.document.graph.node(&after.id) == Some(after),
            Change::Node {
                before: Some(before), ..
            } => self.document.graph.node(&before.id).is_none(),
            Change::Node { .. } => true,
            Change::Edges { after, .. } => self.document.graph.edges == *after,
            Change::Settings { after, .. } => self.document.settings == *after,
        }
    }

    fn forget_missing(&mut self) {
        let graph = &self.document.graph;
        self.selected.retain(|id| graph.node(id).is_some());
        if let Some(edge) = &self.selected_edge
            && graph.next(&edge.from, &edge.port).is_none()
        {
            self.selected_edge = None;
        }
    }
}

#[derive(Clone, Copy)]
enum Way {
    Forth,
    Back,
}

/// What leads from one document to another: steps that are gone (last ones first, so that each index holds when they are
/// put back in reverse), changed, and new.
fn differences(old: &Document, new: &Document) -> Vec<Change> {
    let before: BTreeMap<&NodeId, &Node> = old.graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let after: BTreeMap<&NodeId, &Node> = new.graph.nodes.iter().map(|node| (&node.id, node)).collect();
    let mut changes = Vec::new();
    for (index, node) in old.graph.nodes.iter().enumerate().rev() {
        if !after.contains_key(&node.id) {
            changes.push(Change::Node {
                index,
                before: Some(node.clone()),
                after: None,
            });
        }
    }
    for (index, node) in new.graph.nodes.iter().enumerate() {
        let was = before.get(&node.id).copied();
        if was != Some(node) {
            changes.push(Change::Node {
                index,
                before: was.cloned(),
                after: Some(node.clone()),
            });
        }
    }
    if old.graph.edges != new.graph.edges {
        changes.push(Change::Edges {
            before: old.graph.edges.clone(),
            after: new.graph.edges.clone(),
        });
    }
    if old.settings != new.settings {
        changes.push(Change::Settings {
            before: old.settings.clone(),
            after: new.settings.clone(),
        });
    }
    changes
}

/// Adds later changes to a step: what each thing was at first, and what it is now.
fn merge_into(step: &mut Step, later: Vec<Change>) {
    for change in later {
        let known = step.changes.iter_mut().find(|known| match (&**known, &change) {
            (Change::Node { after: Some(a), .. }, Change::Node { before: Some(b), .. }) => a.id == b.id,
            (Change::Edges { .. }, Change::Edges { .. })
            | (Change::Settings { .. }, Change::Settings { .. }) => true,
            _ => false,
        });
        match (known, change) {
            (Some(Change::Node { after, .. }), Change::Node { after: now, .. }) => *after = now,
            (Some(Change::Edges { after, .. }), Change::Edges { after: now, .. }) => *after = now,
            (Some(Change::Settings { after, .. }), Change::Settings { after: now, .. }) => *after = now,
            (_, change) => step.changes.push(change),
        }
    }
}
