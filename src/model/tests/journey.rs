//! What is said of a journey that is wrong, on which step.

use heliograph_model::{
    audience::{FieldTest, Operator, Rule},
    ids::MessageId,
    journey::{
        Activity, ConditionPath, Document, Edge, Graph, Known, KnownMessage, Node, NodeId, Port, ProblemCode,
        Schedule, Severity, WaitUnit, validate,
    },
};
use uuid::Uuid;

fn node(id: &str, activity: Activity) -> Node {
    Node {
        id: NodeId(id.into()),
        label: String::new(),
        x: 0.0,
        y: 0.0,
        activity,
    }
}

fn edge(from: &str, port: Port, to: &str) -> Edge {
    Edge {
        from: NodeId(from.into()),
        port,
        to: NodeId(to.into()),
    }
}

fn event() -> Activity {
    Activity::Event {
        event_type: "commerce.purchases".into(),
        conditions: vec![],
        name: "order".into(),
    }
}

fn message() -> Activity {
    Activity::Message {
        message: Some(MessageId(Uuid::nil())),
    }
}

fn known(published: Option<i64>) -> Known {
    let message = KnownMessage {
        name: "Thanks".into(),
        published,
    };
    Known {
        messages: [(MessageId(Uuid::nil()), message)].into(),
        ..Known::default()
    }
}

fn journey(nodes: Vec<Node>, edges: Vec<Edge>) -> Document {
    Document {
        graph: Graph { nodes, edges },
        ..Document::default()
    }
}

fn good() -> Document {
    journey(
        vec![
            node("a", event()),
            node("b", message()),
            node("c", Activity::End {}),
        ],
        vec![edge("a", Port::Next, "b"), edge("b", Port::Next, "c")],
    )
}

/// The errors: on which step, of which kind.
fn errors(document: &Document, known: &Known) -> Vec<(Option<String>, ProblemCode)> {
    validate(document, known)
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| (problem.node.map(|id| id.0), problem.code))
        .collect()
}

#[test]
fn a_good_journey_has_nothing_wrong() {
    assert_eq!(validate(&good(), &known(Some(1))), []);
}

#[test]
fn an_empty_one_has_no_start() {
    assert_eq!(
        errors(&Document::default(), &Known::default()),
        [(None, ProblemCode::NoStart)]
    );
}

#[test]
fn a_message_must_be_there_and_published() {
    assert_eq!(
        errors(&good(), &known(None)),
        [(Some("b".into()), ProblemCode::MessageNotPublished)]
    );
    assert_eq!(
        errors(&good(), &Known::default()),
        [(Some("b".into()), ProblemCode::MessageGone)]
    );
}

#[test]
fn a_loop_needs_a_wait() {
    let mut document = good();
    document.graph.nodes.push(node(
        "d",
        Activity::Condition {
            paths: vec![path(true)],
        },
    ));
    document.graph.edges = vec![
        edge("a", Port::Next, "d"),
        edge("d", Port::Path { id: "p".into() }, "b"),
        edge("d", Port::Otherwise, "c"),
        edge("b", Port::Next, "d"),
    ];
    assert_eq!(
        errors(&document, &known(Some(1))),
        [(Some("b".into()), ProblemCode::LoopWithoutWait)]
    );
    document.graph.nodes.push(node(
        "w",
        Activity::Wait {
            amount: 1,
            unit: WaitUnit::Days,
        },
    ));
    document.graph.edges.retain(|edge| edge.from.0 != "b");
    document.graph.edges.push(edge("b", Port::Next, "w"));
    document.graph.edges.push(edge("w", Port::Next, "d"));
    assert_eq!(errors(&document, &known(Some(1))), []);
}

fn path(with_test: bool) -> ConditionPath {
    let test = Rule::EntryEvent(FieldTest {
        path: "commerce.order.priceTotal".into(),
        operator: Operator::Greater,
        value: 100.into(),
    });
    let rules = if with_test { vec![test] } else { vec![] };
    ConditionPath {
        id: "p".into(),
        name: "Large".into(),
        rule: Rule::All { rules },
    }
}

#[test]
fn each_wrong_step_is_named() {
    let document = journey(
        vec![
            node(
                "a",
                Activity::ReadAudience {
                    audience: None,
                    schedule: Schedule::Now,
                },
            ),
            node(
                "b",
                Activity::Condition {
                    paths: vec![path(true)],
                },
            ),
            node(
                "c",
                Activity::Condition {
                    paths: vec![path(false)],
                },
            ),
            node(
                "d",
                Activity::Wait {
                    amount: 0,
                    unit: WaitUnit::Hours,
                },
            ),
            node(
                "e",
                Activity::Wait {
                    amount: 91,
                    unit: WaitUnit::Days,
                },
            ),
            node("f", Activity::End {}),
        ],
        vec![
            edge("a", Port::Next, "b"),
            edge("b", Port::Otherwise, "c"),
            edge("c", Port::Otherwise, "d"),
            edge("d", Port::Next, "e"),
            edge("e", Port::Next, "gone"),
        ],
    );
    let found = errors(&document, &Known::default());
    for wanted in [
        ("a", ProblemCode::SettingMissing),
        ("b", ProblemCode::RuleInvalid),
        ("c", ProblemCode::RuleInvalid),
        ("d", ProblemCode::SettingMissing),
        ("e", ProblemCode::WaitTooLong),
        ("e", ProblemCode::EdgeToNowhere),
        ("f", ProblemCode::Unreachable),
    ] {
        assert!(
            found.contains(&(Some(wanted.0.into()), wanted.1)),
            "{wanted:?} is not in {found:?}"
        );
    }
    assert_eq!(found.len(), 7, "{found:?}");
}

#[test]
fn there_is_one_start_and_nothing_leads_to_it() {
    let mut document = good();
    document.graph.nodes.push(node("z", event()));
    document.graph.edges.push(edge("z", Port::Next, "b"));
    document.graph.edges.push(edge("b", Port::CouldNotSend, "a"));
    let found = errors(&document, &known(Some(1)));
    assert!(
        found.contains(&(Some("z".into()), ProblemCode::SeveralStarts)),
        "{found:?}"
    );
    assert!(
        found.contains(&(Some("a".into()), ProblemCode::IntoStart)),
        "{found:?}"
    );
}

#[test]
fn a_way_that_leads_nowhere_is_a_warning_and_a_start_without_one_an_error() {
    let mut document = good();
    document.graph.edges.pop();
    document.graph.nodes.pop();
    let problems = validate(&document, &known(Some(1)));
    assert_eq!(problems.len(), 1);
    assert_eq!(
        (problems[0].severity, problems[0].code),
        (Severity::Warning, ProblemCode::NoWayOn)
    );
    document.graph.edges.clear();
    assert!(errors(&document, &known(Some(1))).contains(&(Some("a".into()), ProblemCode::NoWayOn)));
}
