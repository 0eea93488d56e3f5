use heliograph_model::{
    fragment::{Carries, Shelf},
    ids::MessageId,
    message::Content,
};

use super::*;
use crate::{messages, testing::on_each_engine};

fn saying(text: &str) -> FragmentDraft {
    FragmentDraft {
        description: "what it is for".into(),
        text: text.into(),
        ..FragmentDraft::default()
    }
}

async fn make(tx: &mut Tx, name: &str, text: &str) -> FragmentId {
    let id = create(tx, name, &saying(text), "Marta").await.unwrap();
    publish(tx, id, 1, "Marta").await.unwrap();
    id
}

async fn message(tx: &mut Tx, name: &str, body: &str) -> MessageId {
    let content = Content {
        body: body.into(),
        ..Content::default()
    };
    messages::create(tx, name, &content).await.unwrap()
}

#[tokio::test]
async fn a_message_carries_the_texts_that_it_was_published_with() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let more = make(&mut tx, "more", "old {{> name}}").await;
        make(&mut tx, "name", "shop").await;
        make(&mut tx, "other", "not called").await;
        let id = message(&mut tx, "Hello", "{{fragment name=\"more\"}}").await;
        assert_eq!(messages::publish(&mut tx, id, 1, "Marta").await.unwrap(), 1);
        let revision = save(&mut tx, more, 1, &saying("new"), "Marta").await.unwrap();
        publish(&mut tx, more, revision, "Marta").await.unwrap();

        let carried = messages::published(&mut tx, id, None).await.unwrap().unwrap();
        let texts: Vec<_> = carried.content.fragments.iter().collect();
        assert_eq!(texts, [("more", "old {{> name}}"), ("name", "shop")]);
        assert!(
            messages::get(&mut tx, id)
                .await
                .unwrap()
                .draft
                .fragments
                .is_empty()
        );
        let hello = |carries| UsedBy::Message {
            name: "Hello".into(),
            id,
            carries,
            shelf: Shelf::Current,
        };
        assert_eq!(used_by(&mut tx, "more").await.unwrap(), [hello(Carries::Older)]);
        assert_eq!(used_by(&mut tx, "other").await.unwrap(), []);

        messages::publish(&mut tx, id, 1, "Marta").await.unwrap();
        let carried = messages::published(&mut tx, id, None).await.unwrap().unwrap();
        assert_eq!(
            carried.content.fragments.iter().collect::<Vec<_>>(),
            [("more", "new")]
        );
        assert_eq!(used_by(&mut tx, "more").await.unwrap(), [hello(Carries::Newest)]);
        assert_eq!(used_by(&mut tx, "name").await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn what_is_called_keeps_its_name_and_is_not_deleted() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let more = make(&mut tx, "more", "{{> name}}").await;
        let name = create(&mut tx, "name", &saying("shop"), "Marta").await.unwrap();
        let id = message(&mut tx, "Hello", "a > b {{> more}}").await;
        message(&mut tx, "More or less", "the fragment more is not called here").await;
        let calls = used_by_each(&mut tx).await.unwrap();
        assert_eq!(calls["more"].len(), 1);
        assert_eq!(
            calls["name"],
            [
                UsedBy::Message {
                    name: "Hello".into(),
                    id,
                    carries: Carries::Nothing,
                    shelf: Shelf::Current,
                },
                UsedBy::Fragment {
                    name: "more".into(),
                    id: more
                }
            ]
        );
        let refused = delete(&mut tx, name).await;
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");
        let refused = rename(&mut tx, more, "less", "Marta").await;
        assert!(matches!(refused, Err(Error::InUse { .. })), "{refused:?}");

        // Put away, it goes on working where it is called.
        archive(&mut tx, more).await.unwrap();
        messages::publish(&mut tx, id, 1, "Marta").await.unwrap();
        assert!(published_texts(&mut tx).await.unwrap().get("more").is_some());
        let listed = |state| Filter {
            state,
            limit: 10,
            ..Filter::default()
        };
        assert_eq!(list(&mut tx, &listed(State::Current)).await.unwrap().len(), 1);
        assert_eq!(list(&mut tx, &listed(State::Archived)).await.unwrap().len(), 1);
        restore(&mut tx, more).await.unwrap();

        // Nobody sends an archived message: it is told, and holds nothing up.
        messages::archive(&mut tx, id).await.unwrap();
        let told = used_by(&mut tx, "more").await.unwrap();
        assert_eq!(
            told,
            [UsedBy::Message {
                name: "Hello".into(),
                id,
                carries: Carries::Newest,
                shelf: Shelf::Archived,
            }]
        );
        assert!(!told[0].holds() && !told[0].is_behind());
        rename(&mut tx, more, "less", "Dev").await.unwrap();
        let renamed = get(&mut tx, more).await.unwrap();
        assert_eq!(
            (renamed.name.as_str(), renamed.updated_by.as_str()),
            ("less", "Dev")
        );
        delete(&mut tx, more).await.unwrap();
        assert!(matches!(get(&mut tx, more).await, Err(Error::NotFound(_))));
    })
    .await;
}

#[tokio::test]
async fn what_was_never_published_is_known_by_its_name() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        make(&mut tx, "more", "x").await;
        let id = create(&mut tx, "less", &saying("y"), "Marta").await.unwrap();
        assert_eq!(unpublished(&mut tx).await.unwrap(), ["less"]);
        publish(&mut tx, id, 1, "Marta").await.unwrap();
        assert_eq!(unpublished(&mut tx).await.unwrap(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_name_is_taken_once_whatever_its_letters_are_like() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        create(&mut tx, "more", &saying(""), "Marta").await.unwrap();
        let again = create(&mut tx, "More", &saying(""), "Marta").await.unwrap_err();
        assert!(again.breaks(NAME_INDEX), "{again:?}");
    })
    .await;
}

#[tokio::test]
async fn a_published_version_stays_and_what_someone_else_changed_is_not_overwritten() {
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let id = make(&mut tx, "more", "one").await;
        let revision = save(&mut tx, id, 1, &saying("two"), "Dev").await.unwrap();
        let late = save(&mut tx, id, 1, &saying("mine"), "Marta").await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
        assert_eq!(published_texts(&mut tx).await.unwrap().get("more"), Some("one"));
        assert_eq!(publish(&mut tx, id, revision, "Dev").await.unwrap(), 2);
        let versions = versions(&mut tx, id).await.unwrap();
        let said: Vec<_> = versions
            .iter()
            .map(|one| (one.version, one.content.text.as_str(), one.published_by.as_str()))
            .collect();
        assert_eq!(said, [(2, "two", "Dev"), (1, "one", "Marta")]);
        for (search, found) in [("IT IS FOR", 1), ("Two", 1), ("description", 0)] {
            let filter = Filter {
                search: search.into(),
                limit: 5,
                ..Filter::default()
            };
            assert_eq!(list(&mut tx, &filter).await.unwrap().len(), found, "{search}");
        }
    })
    .await;
}
