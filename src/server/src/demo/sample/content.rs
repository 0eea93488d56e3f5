//! The shop's audiences, messages and journeys.

use heliograph_model::{
    audience::{Comparison, EventTest, FieldTest, Operator, Rule, Window},
    fragment::FragmentDraft,
    ids::{AppId, AudienceId, MessageId},
    journey::{
        Activity, ConditionPath, Document, Edge, Graph, Node, NodeId, Port, Reentry, Schedule, Settings,
        WaitUnit,
    },
    message::{Content, Rank, TapAction},
    timing::Timing,
};
use serde_json::json;

/// The identifiers that the sample's objects refer to one another by.
#[derive(Debug, Clone)]
pub(crate) struct Refs {
    pub(crate) apps: Vec<AppId>,
    pub(crate) audiences: Vec<AudienceId>,
    pub(crate) messages: Vec<MessageId>,
}

/// Places of the objects in [`Refs`] and in the functions below.
mod place {
    pub(super) const GOLD: usize = 0;
    pub(super) const LAPSED: usize = 2;
    pub(super) const BASKET_REMINDER: usize = 0;
    pub(super) const THANK_YOU: usize = 1;
    pub(super) const TRAIL_GUIDE: usize = 2;
    pub(super) const GOLD_GUIDE: usize = 3;
}

/// Audiences: name, description, rule.
pub(crate) fn audiences() -> Vec<(&'static str, &'static str, Rule)> {
    let purchases = |comparison, count, days| {
        Rule::Event(EventTest {
            event_type: "commerce.purchases".to_owned(),
            conditions: Vec::new(),
            comparison,
            count,
            window: Window::Days { n: days },
        })
    };
    vec![
        (
            "Gold members",
            "Loyalty tier gold",
            Rule::All {
                rules: vec![attribute("loyalty.tier", Operator::Equals, json!("gold"))],
            },
        ),
        (
            "Bought in the last 30 days",
            "At least one order in the app",
            Rule::All {
                rules: vec![purchases(Comparison::AtLeast, 1, 30)],
            },
        ),
        (
            "Lapsed, reachable",
            "Nothing bought for 30 days, with a phone that takes pushes",
            Rule::All {
                rules: vec![
                    purchases(Comparison::AtMost, 0, 30),
                    Rule::Device { platform: None },
                ],
            },
        ),
    ]
}

/// Messages: name and content.
pub(crate) fn messages(refs: &Refs) -> Vec<(&'static str, Content)> {
    let content = |title: &str, body: &str, uri: &str| Content {
        apps: refs.apps.clone(),
        title: title.to_owned(),
        body: body.to_owned(),
        tap: TapAction::DeepLink { uri: uri.to_owned() },
        ..Content::default()
    };
    vec![
        (
            "Basket reminder",
            content(
                "Still thinking it over, {{profile.person.name.firstName ?: \"explorer\"}}?",
                "{{context.journey.events.basket.productListItems[0].name ?: \"Your find\"}} is waiting in your basket.",
                "trailhead://basket",
            ),
        ),
        (
            "Thank you",
            Content {
                rank: Rank::First,
                ..content(
                    "Thank you, {{profile.person.name.firstName ?: \"explorer\"}}",
                    "Order {{context.journey.events.order.commerce.order.purchaseID}} for \
                 €{{context.journey.events.order.commerce.order.priceTotal}} is on its way.",
                    "trailhead://orders",
                )
            },
        ),
        (
            "Weekend trail guide",
            content(
                "Trails near {{profile.homeAddress.city ?: \"you\"}}",
                "{{fragment name=\"weekend-walks\" promise=\"each under four hours\"}}",
                "trailhead://guide",
            ),
        ),
        (
            "Weekend trail guide, gold",
            Content {
                timing: Timing::Spread { minutes: 120 },
                ..content(
                    "For gold members: trails near {{profile.homeAddress.city ?: \"you\"}}",
                    "Three walks for this weekend, with a hut table kept for you.",
                    "trailhead://guide/gold",
                )
            },
        ),
    ]
}

/// Fragments: name and what it says. The messages call them.
pub(crate) fn fragments() -> Vec<(&'static str, FragmentDraft)> {
    vec![(
        "weekend-walks",
        FragmentDraft {
            description: "What every weekend trail guide promises".to_owned(),
            text: "Three walks for this weekend, {{promise}}.".to_owned(),
            samples: [("promise".to_owned(), "each with a view".to_owned())].into(),
        },
    )]
}

/// A sample journey.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) document: Document,
    /// Whether it runs from the start.
    pub(crate) live: bool,
}

/// The journeys.
pub(crate) fn journeys(refs: &Refs) -> Vec<Sample> {
    vec![
        Sample {
            name: "Abandoned basket",
            document: abandoned_basket(refs),
            live: true,
        },
        Sample {
            name: "Order thanks",
            document: order_thanks(refs),
            live: true,
        },
        Sample {
            name: "Weekend trail guide",
            document: trail_guide(refs),
            live: false,
        },
    ]
}

fn abandoned_basket(refs: &Refs) -> Document {
    let bought = Rule::All {
        rules: vec![Rule::Event(EventTest {
            event_type: "commerce.purchases".to_owned(),
            conditions: Vec::new(),
            comparison: Comparison::AtLeast,
            count: 1,
            window: Window::Minutes { n: 5 },
        })],
    };
    let nodes = vec![
        node(
            "n1",
            312.0,
            76.0,
            "Added to basket",
            event("commerce.productListAdds", "basket"),
        ),
        node(
            "n2",
            312.0,
            176.0,
            "",
            Activity::Wait {
                amount: 30,
                unit: WaitUnit::Seconds,
            },
        ),
        node("n3", 312.0, 276.0, "Bought meanwhile?", condition("Yes", bought)),
        node("n4", 56.0, 376.0, "Bought", Activity::End {}),
        node("n5", 312.0, 376.0, "", message(refs, place::BASKET_REMINDER)),
        node("n6", 312.0, 476.0, "Reminded", Activity::End {}),
        node("n7", 568.0, 476.0, "Not reachable", Activity::End {}),
    ];
    let edges = vec![
        edge("n1", Port::Next, "n2"),
        edge("n2", Port::Next, "n3"),
        edge("n3", yes(), "n4"),
        edge("n3", Port::Otherwise, "n5"),
        edge("n5", Port::Next, "n6"),
        edge("n5", Port::CouldNotSend, "n7"),
    ];
    document(nodes, edges, "Reminds shoppers of what they left in the basket.")
}

fn order_thanks(refs: &Refs) -> Document {
    let nodes = vec![
        node(
            "n1",
            312.0,
            76.0,
            "Order placed",
            event("commerce.purchases", "order"),
        ),
        node("n2", 312.0, 176.0, "", message(refs, place::THANK_YOU)),
        node("n3", 312.0, 276.0, "Thanked", Activity::End {}),
        node("n4", 568.0, 276.0, "Not reachable", Activity::End {}),
    ];
    let edges = vec![
        edge("n1", Port::Next, "n2"),
        edge("n2", Port::Next, "n3"),
        edge("n2", Port::CouldNotSend, "n4"),
    ];
    document(nodes, edges, "Thanks for each order as it is placed.")
}

fn trail_guide(refs: &Refs) -> Document {
    let gold = Rule::Audience {
        audience: refs.audiences[place::GOLD],
    };
    let start = Activity::ReadAudience {
        audience: Some(refs.audiences[place::LAPSED]),
        schedule: Schedule::Now,
    };
    let nodes = vec![
        node("n1", 312.0, 76.0, "", start),
        node("n2", 312.0, 176.0, "Gold member?", condition("Gold", gold)),
        node("n3", 184.0, 276.0, "", message(refs, place::GOLD_GUIDE)),
        node("n4", 440.0, 276.0, "", message(refs, place::TRAIL_GUIDE)),
        node("n5", 312.0, 376.0, "", Activity::End {}),
    ];
    let edges = vec![
        edge("n1", Port::Next, "n2"),
        edge("n2", yes(), "n3"),
        edge("n2", Port::Otherwise, "n4"),
        edge("n3", Port::Next, "n5"),
        edge("n4", Port::Next, "n5"),
    ];
    document(
        nodes,
        edges,
        "Brings shoppers back with walks for the weekend. Publish it to see an audience being read.",
    )
}

fn document(nodes: Vec<Node>, edges: Vec<Edge>, description: &str) -> Document {
    Document {
        graph: Graph { nodes, edges },
        settings: Settings {
            description: description.to_owned(),
            time_zone: "Europe/Rome".to_owned(),
            reentry: Reentry::AfterLeaving,
            ..Settings::default()
        },
    }
}

fn attribute(path: &str, operator: Operator, value: serde_json::Value) -> Rule {
    Rule::Attribute(FieldTest {
        path: path.to_owned(),
        operator,
        value,
    })
}

fn node(id: &str, x: f64, y: f64, label: &str, activity: Activity) -> Node {
    Node {
        id: NodeId(id.to_owned()),
        label: label.to_owned(),
        x,
        y,
        activity,
    }
}

fn edge(from: &str, port: Port, to: &str) -> Edge {
    Edge {
        from: NodeId(from.to_owned()),
        port,
        to: NodeId(to.to_owned()),
    }
}

fn event(event_type: &str, name: &str) -> Activity {
    Activity::Event {
        event_type: event_type.to_owned(),
        conditions: Vec::new(),
        name: name.to_owned(),
    }
}

fn condition(path: &str, rule: Rule) -> Activity {
    Activity::Condition {
        paths: vec![ConditionPath {
            id: "p1".to_owned(),
            name: path.to_owned(),
            rule,
        }],
    }
}

fn yes() -> Port {
    Port::Path { id: "p1".to_owned() }
}

fn message(refs: &Refs, which: usize) -> Activity {
    Activity::Message {
        message: Some(refs.messages[which]),
    }
}
