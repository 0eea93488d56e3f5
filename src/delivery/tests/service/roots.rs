//! What texts name beside attributes and events: identities, audiences, the journey.

use heliograph_model::{
    audience::{FieldTest, Operator, Rule},
    delivery::State,
    ids::AudienceId,
    journey::context::{EnteredWith, Stay},
    message::Content,
    profile::PushPlatform,
};
use heliograph_store::audiences;
use serde_json::json;

use super::world::*;

async fn called(world: &World, name: &str) -> AudienceId {
    let rule = Rule::Attribute(FieldTest {
        path: "person.name.firstName".into(),
        operator: Operator::Equals,
        value: json!(name),
    });
    let draft = audiences::Draft {
        name: format!("Called {name}"),
        description: String::new(),
        rule,
    };
    let mut tx = world.store.begin().await.unwrap();
    let id = audiences::create(&mut tx, &draft).await.unwrap().id;
    tx.commit().await.unwrap();
    id
}

/// Says of a person who they are, in every way that a text has.
fn asking(world: &World, ada: AudienceId, bo: AudienceId) -> Content {
    let adobe = format!(r#"profile.segmentMembership.get("ups").get("{bo}").status = "existing""#);
    Content {
        title: format!(
            r#"{{%#if inAudience("{ada}")%}}Dear{{%else if {adobe}%}}Hey{{%else%}}Hi{{%/if%}} {{{{profile.identityMap.CRMID[0].id}}}}"#
        ),
        body:
            "From {{audience.name ?: \"us\"}} by {{context.journey.technicalProperties.journeyVersionName}} \
               {{context.journey.technicalProperties.journeyVersion}}"
                .into(),
        ..world.content()
    }
}

#[tokio::test]
async fn a_push_knows_whom_it_is_for_and_what_let_them_in() {
    in_each_world(|world| async move {
        let (ada, bo) = (called(&world, "Ada").await, called(&world, "Bo").await);
        let mut people = Vec::new();
        for name in ["Ada", "Bo", "Cy"] {
            people.push(world.person(name, PushPlatform::Apns).await);
        }
        let profiles: Vec<_> = people.iter().map(|(profile, _)| *profile).collect();
        let entered = EnteredWith::Audience {
            id: ada,
            name: "Called Ada".into(),
        };
        let context = Stay::SAMPLE.context(&entered);
        let ids = world
            .queue_with(&asking(&world, ada, bo), &profiles, &context)
            .await;
        // One that asks for nothing goes out with them.
        let plain = world.queue(&world.content(), &profiles[..1]).await[0];
        let running = world.start();
        for id in ids.iter().chain([&plain]) {
            let story = world.ended(*id).await;
            assert_eq!(story.delivery.state, State::Accepted, "{story:#?}");
        }
        running.stop().await;
        let body = "From Called Ada by Sample journey 1".to_owned();
        for ((_, token), title) in people.iter().zip(["Dear Ada", "Hey Bo", "Hi Cy"]) {
            let shown = world.shown(token);
            assert!(shown.contains(&(title.to_owned(), body.clone())), "{shown:?}");
        }
        let plain = ("Hi Ada".to_owned(), "You bought tea".to_owned());
        assert!(world.shown(&people[0].1).contains(&plain));

        let story = world.story(ids[1]).await;
        let texts: Vec<_> = world
            .told(&story)
            .await
            .into_iter()
            .map(|(_, text)| text)
            .collect();
        assert_eq!(texts, ["Hey Bo".to_owned(), body]);
    })
    .await;
}

#[tokio::test]
async fn whoever_entered_with_an_event_gets_the_fallback_of_the_audience() {
    in_each_world(|world| async move {
        let (ada, token) = world.person("Ada", PushPlatform::Fcm).await;
        let gone = AudienceId(uuid::Uuid::from_u128(9));
        let entered = EnteredWith::Event {
            name: "buy".into(),
            xdm: json!({}),
        };
        let id = world
            .queue_with(
                &asking(&world, gone, gone),
                &[ada],
                &Stay::SAMPLE.context(&entered),
            )
            .await[0];
        let running = world.start();
        world.ended(id).await;
        running.stop().await;
        let said = ("Hi Ada".to_owned(), "From us by Sample journey 1".to_owned());
        assert_eq!(world.shown(&token), [said]);
    })
    .await;
}
