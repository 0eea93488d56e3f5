//! The canvas as a person uses it: any sequence of edits keeps the drawing valid, and undo leads all the way back.

use std::collections::{BTreeSet, HashSet};

use heliograph_model::{
    audience::Rule,
    canvas::{
        Clipboard, Command, Direction, EdgeRef, Editor, Hit, NODE_HEIGHT, NODE_WIDTH, Point, Refusal,
        can_connect, hit, neighbours, port_places, targets, tidy,
    },
    journey::{Activity, ConditionPath, Document, NodeId, Port, WaitUnit},
};
use proptest::prelude::*;

fn event() -> Activity {
    Activity::Event {
        event_type: "a".into(),
        conditions: vec![],
        name: "e".into(),
    }
}

fn wait(amount: u32) -> Activity {
    Activity::Wait {
        amount,
        unit: WaitUnit::Days,
    }
}

fn condition(paths: usize) -> Activity {
    let path = |i: usize| ConditionPath {
        id: format!("p{i}"),
        name: format!("Path {i}"),
        rule: Rule::default(),
    };
    Activity::Condition {
        paths: (0..paths).map(path).collect(),
    }
}

fn id(name: &str) -> NodeId {
    NodeId(name.into())
}

fn port(from: &str, port: Port) -> EdgeRef {
    EdgeRef { from: id(from), port }
}

fn chain() -> Editor {
    let mut editor = Editor::default();
    editor.apply(Command::Add {
        activity: event(),
        at: Point::new(200.0, 100.0),
    });
    editor.apply(Command::AddAfter {
        activity: wait(2),
        after: port("n1", Port::Next),
    });
    editor.apply(Command::AddAfter {
        activity: Activity::Message { message: None },
        after: port("n2", Port::Next),
    });
    editor.apply(Command::AddAfter {
        activity: Activity::End {},
        after: port("n3", Port::Next),
    });
    editor
}

#[test]
fn a_step_dropped_on_an_edge_goes_in_between_and_makes_room() {
    let mut editor = chain();
    editor.apply(Command::AddAfter {
        activity: condition(1),
        after: port("n2", Port::Next),
    });
    let graph = &editor.document().graph;
    assert_eq!(graph.next(&id("n2"), &Port::Next), Some(&id("n5")));
    assert_eq!(
        graph.next(&id("n5"), &Port::Path { id: "p0".into() }),
        Some(&id("n3"))
    );
    let (new, below) = (graph.node(&id("n5")).unwrap(), graph.node(&id("n3")).unwrap());
    assert!(below.y >= new.y + NODE_HEIGHT, "{} {}", new.y, below.y);
}

#[test]
fn deleting_a_step_heals_the_edge_and_undo_names_and_restores_it() {
    let mut editor = chain();
    let before = editor.document().clone();
    editor.apply(Command::SetLabel {
        node: id("n2"),
        label: "Wait 2 days".into(),
    });
    let labelled = editor.document().clone();
    editor.apply(Command::Delete {
        nodes: [id("n2")].into(),
        edges: BTreeSet::new(),
    });
    assert_eq!(
        editor.document().graph.next(&id("n1"), &Port::Next),
        Some(&id("n3"))
    );
    assert_eq!(editor.can_undo(), Some("Delete Wait 2 days"));
    assert!(editor.undo());
    assert_eq!(editor.document(), &labelled);
    assert!(editor.undo());
    assert_eq!(editor.document(), &before);
    assert!(editor.redo() && editor.redo());
    assert!(editor.document().graph.node(&id("n2")).is_none());
}

#[test]
fn typing_is_one_step_until_the_field_is_left() {
    let mut editor = chain();
    for label in ["W", "Wa", "Wait"] {
        editor.apply(Command::SetLabel {
            node: id("n2"),
            label: label.into(),
        });
    }
    editor.settle();
    editor.apply(Command::SetLabel {
        node: id("n2"),
        label: "Wait a bit".into(),
    });
    editor.undo();
    assert_eq!(editor.document().graph.node(&id("n2")).unwrap().label, "Wait");
    editor.undo();
    assert_eq!(editor.document().graph.node(&id("n2")).unwrap().label, "");
}

#[test]
fn a_history_survives_a_reload_and_one_that_does_not_fit_is_dropped() {
    let editor = chain();
    let kept = serde_json::to_string(editor.history()).unwrap();
    let mut again = Editor::new(editor.document().clone()).with_history(serde_json::from_str(&kept).unwrap());
    while again.undo() {}
    assert!(again.document().graph.nodes.is_empty());
    let other = Editor::new(Document::default()).with_history(serde_json::from_str(&kept).unwrap());
    assert_eq!(other.can_undo(), None);
}

#[test]
fn an_edge_that_would_be_wrong_is_refused_with_its_reason() {
    let mut editor = chain();
    editor.apply(Command::Add {
        activity: condition(1),
        at: Point::new(600.0, 400.0),
    });
    editor.apply(Command::Add {
        activity: Activity::Message { message: None },
        at: Point::new(600.0, 600.0),
    });
    let yes = Port::Path { id: "p0".into() };
    editor.apply(Command::Connect {
        from: port("n5", yes),
        to: id("n6"),
    });
    let graph = &editor.document().graph;
    assert_eq!(
        can_connect(graph, &id("n3"), &Port::Next, &id("n1")),
        Err(Refusal::IntoStart)
    );
    assert_eq!(
        can_connect(graph, &id("n3"), &Port::Next, &id("n3")),
        Err(Refusal::Itself)
    );
    assert_eq!(
        can_connect(graph, &id("n6"), &Port::Next, &id("n5")),
        Err(Refusal::LoopWithoutWait)
    );
    assert_eq!(
        can_connect(graph, &id("n3"), &Port::Next, &id("n2")),
        Ok(()),
        "a loop with a wait in it"
    );
    assert!(!targets(graph, &id("n6"), &Port::Next).contains(&id("n5")));
    let before = editor.document().clone();
    assert!(!editor.apply(Command::Connect {
        from: port("n6", Port::Next),
        to: id("n5")
    }));
    assert_eq!(editor.document(), &before);
}

#[test]
fn what_is_copied_can_be_pasted_as_text_without_a_second_start() {
    let mut editor = chain();
    let all: BTreeSet<NodeId> = editor
        .document()
        .graph
        .nodes
        .iter()
        .map(|node| node.id.clone())
        .collect();
    let text = Clipboard::copy(&editor.document().graph, &all).unwrap().to_text();
    let clipboard = Clipboard::from_text(&text).unwrap();
    editor.apply(Command::Paste {
        clipboard,
        at: Point::new(900.0, 300.0),
    });
    let graph = &editor.document().graph;
    assert_eq!(
        graph.nodes.iter().filter(|node| node.activity.is_start()).count(),
        1
    );
    assert_eq!(graph.nodes.len(), 7);
    assert_eq!(editor.selected.len(), 3);
    assert!(Clipboard::from_text("{\"nodes\":[]}").is_err());
}

#[test]
fn pointing_finds_ports_before_steps_before_edges() {
    let editor = chain();
    let graph = &editor.document().graph;
    let first = graph.node(&id("n1")).unwrap();
    let middle = Point::new(first.x + NODE_WIDTH / 2.0, first.y + NODE_HEIGHT / 2.0);
    assert_eq!(hit(graph, middle), Hit::Node(id("n1")));
    let out = &port_places(first)[0];
    assert_eq!(hit(graph, out.at), Hit::Port(port("n1", Port::Next)));
    assert_eq!(
        hit(graph, Point::new(out.at.x, out.at.y + 20.0)),
        Hit::Edge(port("n1", Port::Next))
    );
    assert_eq!(hit(graph, Point::new(-500.0, -500.0)), Hit::Nothing);
    assert_eq!(neighbours(graph, &id("n2"), Direction::Forward), [id("n3")]);
    assert_eq!(neighbours(graph, &id("n2"), Direction::Back), [id("n1")]);
}

#[test]
fn tidying_puts_each_step_below_what_leads_to_it_and_twice_changes_nothing() {
    let mut editor = chain();
    editor.apply(Command::AddAfter {
        activity: condition(2),
        after: port("n2", Port::Next),
    });
    editor.apply(Command::AddAfter {
        activity: wait(1),
        after: port("n5", Port::Otherwise),
    });
    editor.apply(Command::Connect {
        from: port("n6", Port::Next),
        to: id("n2"),
    });
    editor.apply(Command::Tidy);
    let graph = &editor.document().graph;
    let places: HashSet<_> = graph
        .nodes
        .iter()
        .map(|node| (node.x as i64, node.y as i64))
        .collect();
    assert_eq!(places.len(), graph.nodes.len());
    assert!(graph.node(&id("n5")).unwrap().y > graph.node(&id("n2")).unwrap().y);
    assert!(!editor.apply(Command::Tidy));
}

#[derive(Debug, Clone)]
enum Act {
    Add(u8, i16, i16),
    After(u8, u8, u8),
    Move(u8, i16, i16),
    Delete(u8),
    Connect(u8, u8, u8),
    Paste(u8),
    Tidy,
    Undo,
    Redo,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..6_u8, any::<i16>(), any::<i16>()).prop_map(|(a, x, y)| Act::Add(a, x, y)),
        (0..6_u8, any::<u8>(), any::<u8>()).prop_map(|(a, n, p)| Act::After(a, n, p)),
        (any::<u8>(), any::<i16>(), any::<i16>()).prop_map(|(n, x, y)| Act::Move(n, x, y)),
        any::<u8>().prop_map(Act::Delete),
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(a, p, b)| Act::Connect(a, p, b)),
        any::<u8>().prop_map(Act::Paste),
        Just(Act::Tidy),
        Just(Act::Undo),
        Just(Act::Redo),
    ]
}

fn activity(which: u8) -> Activity {
    match which {
        0 => event(),
        1 => wait(1),
        2 => condition(2),
        3 => Activity::Message { message: None },
        4 => Activity::ReadAudience {
            audience: None,
            schedule: heliograph_model::journey::Schedule::Now,
        },
        _ => Activity::End {},
    }
}

fn perform(editor: &mut Editor, act: Act) {
    let nodes: Vec<NodeId> = editor
        .document()
        .graph
        .nodes
        .iter()
        .map(|node| node.id.clone())
        .collect();
    let node = |n: u8| {
        nodes
            .get(usize::from(n) % nodes.len().max(1))
            .cloned()
            .unwrap_or_else(|| id("none"))
    };
    let edge = |editor: &Editor, n: u8, p: u8| {
        let from = node(n);
        let places = editor
            .document()
            .graph
            .node(&from)
            .map(port_places)
            .unwrap_or_default();
        let port = places
            .get(usize::from(p) % places.len().max(1))
            .map_or(Port::Next, |place| place.port.clone());
        EdgeRef { from, port }
    };
    match act {
        Act::Add(a, x, y) => {
            let at = Point::new(x.into(), y.into());
            editor.apply(Command::Add {
                activity: activity(a),
                at,
            });
        }
        Act::After(a, n, p) => {
            let after = edge(editor, n, p);
            editor.apply(Command::AddAfter {
                activity: activity(a),
                after,
            });
        }
        Act::Move(n, x, y) => {
            editor.apply(Command::Move {
                nodes: [node(n)].into(),
                dx: x.into(),
                dy: y.into(),
            });
        }
        Act::Delete(n) => {
            editor.apply(Command::Delete {
                nodes: [node(n)].into(),
                edges: BTreeSet::new(),
            });
        }
        Act::Connect(a, p, b) => {
            let (from, to) = (edge(editor, a, p), node(b));
            editor.apply(Command::Connect { from, to });
        }
        Act::Paste(n) => {
            if let Some(clipboard) = Clipboard::copy(&editor.document().graph, &[node(n)].into()) {
                editor.apply(Command::Paste {
                    clipboard,
                    at: Point::new(0.0, 0.0),
                });
            }
        }
        Act::Tidy => {
            editor.apply(Command::Tidy);
        }
        Act::Undo => {
            editor.undo();
        }
        Act::Redo => {
            editor.redo();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_edits_keep_the_drawing_whole_and_undo_to_the_start(acts in proptest::collection::vec(act(), 0..60)) {
        let mut editor = Editor::default();
        for act in acts {
            perform(&mut editor, act);
            let graph = &editor.document().graph;
            let names: HashSet<_> = graph.nodes.iter().map(|node| &node.id).collect();
            prop_assert_eq!(names.len(), graph.nodes.len(), "identifiers are unique");
            let ports: HashSet<_> = graph.edges.iter().map(|edge| (&edge.from, &edge.port)).collect();
            prop_assert_eq!(ports.len(), graph.edges.len(), "a port has one edge");
            for edge in &graph.edges {
                prop_assert!(can_connect(graph, &edge.from, &edge.port, &edge.to).is_ok(), "{:?}", edge);
            }
            prop_assert_eq!(tidy(graph).len(), graph.nodes.len());
        }
        let end = editor.document().clone();
        let mut steps = 0;
        while editor.undo() {
            steps += 1;
        }
        prop_assert_eq!(editor.document(), &Document::default());
        for _ in 0..steps {
            editor.redo();
        }
        prop_assert_eq!(editor.document(), &end);
    }
}
