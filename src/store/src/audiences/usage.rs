//! What uses an audience.

use std::collections::{BTreeSet, HashMap};

use heliograph_model::{
    audience::{Rule, UsedBy, needs},
    ids::{AudienceId, JourneyId, MessageId},
    journey::{Activity, Document, Status},
    message::Content,
    payload::CompiledContent,
    personalize::AskedAudiences,
};
use sqlx::types::Json;

use crate::{Database, Result, fragments, journeys::Pinned};

/// What uses the audience.
///
/// # Errors
/// Where the database fails.
pub async fn used_by(db: &mut impl Database, id: AudienceId) -> Result<Vec<UsedBy>> {
    Ok(used_by_each(db).await?.remove(&id).unwrap_or_default())
}

/// What uses each audience: journeys whose draft names it, or a version in which profiles still walk; messages whose texts ask
/// for it; and audiences. One that nothing uses has no entry.
///
/// # Errors
/// Where the database fails.
pub async fn used_by_each(db: &mut impl Database) -> Result<HashMap<AudienceId, Vec<UsedBy>>> {
    let drafts = fetch_all!(
        db,
        (JourneyId, String, Json<Document>),
        "SELECT id, name, draft FROM journey WHERE archived_at IS NULL"
    )?;
    let walked = fetch_all!(
        db,
        (JourneyId, String, Json<Pinned>),
        "SELECT j.id, j.name, v.document FROM journey_version v JOIN journey j ON j.id = v.journey_id \
         WHERE v.status IN ($1, $2)",
        Status::Live.as_str(),
        Status::Closed.as_str()
    )?;
    let sent: BTreeSet<(MessageId, i64)> = walked
        .iter()
        .flat_map(|(_, _, Json(pinned))| pinned.messages.iter().map(|(id, version)| (*id, *version)))
        .collect();
    let rules = fetch_all!(
        db,
        (AudienceId, String, Json<Rule>),
        "SELECT id, name, rule FROM audience"
    )?;

    let mut uses: HashMap<AudienceId, BTreeSet<UsedBy>> = HashMap::new();
    let documents = drafts
        .into_iter()
        .map(|(id, name, Json(document))| (id, name, document))
        .chain(
            walked
                .into_iter()
                .map(|(id, name, Json(pinned))| (id, name, pinned.document)),
        );
    for (id, name, document) in documents {
        for audience in named(&document) {
            let user = UsedBy::Journey {
                name: name.clone(),
                id,
            };
            uses.entry(audience).or_default().insert(user);
        }
    }
    for (audience, user) in by_messages(db, &sent).await? {
        uses.entry(audience).or_default().insert(user);
    }
    for (id, name, Json(rule)) in rules {
        for audience in needs(&rule).audiences {
            let user = UsedBy::Audience {
                name: name.clone(),
                id,
            };
            uses.entry(audience).or_default().insert(user);
        }
    }
    Ok(uses
        .into_iter()
        .map(|(audience, users)| (audience, users.into_iter().collect()))
        .collect())
}

/// The messages whose texts ask for an audience, themselves or by fragments that they call: in their draft, in their newest
/// published version, or in one that journeys still send.
async fn by_messages(
    db: &mut impl Database,
    sent: &BTreeSet<(MessageId, i64)>,
) -> Result<Vec<(AudienceId, UsedBy)>> {
    // Most messages ask for none, and are told apart by their text without being read.
    let drafts = fetch_all!(
        db,
        (MessageId, String, Json<Content>),
        "SELECT id, name, draft FROM message WHERE archived_at IS NULL \
         AND (CAST(draft AS TEXT) LIKE '%inAudience%' OR CAST(draft AS TEXT) LIKE '%segmentMembership%' \
         OR CAST(draft AS TEXT) LIKE '%fragment%' OR CAST(draft AS TEXT) LIKE '%{{%>%')"
    )?;
    let published = fetch_all!(
        db,
        (MessageId, String, i64, Option<i64>, Json<Content>),
        "SELECT m.id, m.name, v.version, CASE WHEN m.archived_at IS NULL THEN m.version END, v.content \
         FROM message_version v JOIN message m ON m.id = v.message_id \
         WHERE CAST(v.content AS TEXT) LIKE '%inAudience%' OR CAST(v.content AS TEXT) LIKE '%segmentMembership%'"
    )?;
    let fragments = fragments::published_texts(db).await?;
    let drafts = drafts
        .into_iter()
        .map(|(id, name, Json(draft))| (id, name, draft.with_fragments(fragments.clone())));
    // A version carries the fragments that it was published with.
    let published = published
        .into_iter()
        .filter(|(id, _, version, newest, _)| *newest == Some(*version) || sent.contains(&(*id, *version)))
        .map(|(id, name, _, _, Json(content))| (id, name, content));
    let mut uses = Vec::new();
    for (id, name, content) in drafts.chain(published) {
        let AskedAudiences::Named(named) = CompiledContent::new(content).asks().audiences.clone() else {
            continue;
        };
        for audience in named.iter().filter_map(|id| id.parse().ok()) {
            let name = name.clone();
            uses.push((audience, UsedBy::Message { name, id }));
        }
    }
    Ok(uses)
}

fn named(document: &Document) -> BTreeSet<AudienceId> {
    let mut found = BTreeSet::new();
    for node in &document.graph.nodes {
        match &node.activity {
            Activity::ReadAudience { audience, .. } => found.extend(*audience),
            Activity::Condition { paths } => {
                for path in paths {
                    found.extend(needs(&path.rule).audiences);
                }
            }
            Activity::Event { .. } | Activity::Wait { .. } | Activity::Message { .. } | Activity::End {} => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use heliograph_model::{
        fragment::FragmentDraft,
        journey::{Graph, Node, NodeId},
    };

    use super::*;
    use crate::{Tx, audiences, journeys, messages, testing::on_each_engine};

    async fn gold(tx: &mut Tx) -> AudienceId {
        let draft = audiences::Draft {
            name: "Gold".to_owned(),
            description: String::new(),
            rule: Rule::default(),
        };
        audiences::create(tx, &draft).await.unwrap().id
    }

    #[tokio::test]
    async fn an_audience_that_a_text_asks_for_stays_until_no_version_in_use_does() {
        on_each_engine(|store, _| async move {
            let mut tx = store.begin().await.unwrap();
            let gold = gold(&mut tx).await;
            let asking = format!("{{%#if inAudience(\"{gold}\")%}}Gold{{%/if%}}");
            let saying = |body: &str| Content {
                body: body.to_owned(),
                ..Content::default()
            };
            let id = messages::create(&mut tx, "Offer", &saying(&asking))
                .await
                .unwrap();
            let refused = audiences::delete(&mut tx, gold).await.unwrap_err();
            assert_eq!(
                refused.to_string(),
                "this audience can't be deleted: it is used by the message “Offer”"
            );

            // What is published counts when the draft asks no more, and what a journey sends when it is not the newest.
            messages::publish(&mut tx, id, 1, "Marta").await.unwrap();
            let document = Document {
                graph: Graph {
                    nodes: vec![Node {
                        id: NodeId("send".to_owned()),
                        label: String::new(),
                        x: 0.0,
                        y: 0.0,
                        activity: Activity::Message { message: Some(id) },
                    }],
                    edges: vec![],
                },
                ..Document::default()
            };
            let journey = journeys::create(&mut tx, "Welcome", &document).await.unwrap();
            journeys::publish(&mut tx, journey, 1, "Marta").await.unwrap();
            let offer = [UsedBy::Message {
                name: "Offer".to_owned(),
                id,
            }];
            let revision = messages::save(&mut tx, id, 1, "Offer", &saying("Hi"))
                .await
                .unwrap();
            assert_eq!(used_by(&mut tx, gold).await.unwrap(), offer);
            let published = messages::publish(&mut tx, id, revision, "Marta").await;
            published.unwrap();
            assert_eq!(used_by(&mut tx, gold).await.unwrap(), offer);
            let entry = heliograph_model::ids::AuditId::new(store.ids());
            journeys::stop(&mut tx, journey, entry).await.unwrap();

            // A draft asks by the fragments that it calls, too.
            let fragment = FragmentDraft {
                text: asking,
                ..FragmentDraft::default()
            };
            let perks = fragments::create(&mut tx, "perks", &fragment, "Marta")
                .await
                .unwrap();
            fragments::publish(&mut tx, perks, 1, "Marta").await.unwrap();
            assert_eq!(used_by(&mut tx, gold).await.unwrap(), []);
            let calling = saying("{{fragment name=\"perks\"}}");
            messages::save(&mut tx, id, revision, "Offer", &calling)
                .await
                .unwrap();
            assert_eq!(used_by(&mut tx, gold).await.unwrap(), offer);
            messages::archive(&mut tx, id).await.unwrap_err();
            let emptied = Document::default();
            journeys::save(&mut tx, journey, 1, "Welcome", &emptied)
                .await
                .unwrap();
            messages::archive(&mut tx, id).await.unwrap();
            audiences::delete(&mut tx, gold).await.unwrap();
        })
        .await;
    }
}
