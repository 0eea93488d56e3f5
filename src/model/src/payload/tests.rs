use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    ids::{AppId, AudienceId},
    message::{Button, Content, InterruptionLevel, TapAction},
    personalize::{Fragments, Schema, Scope, Severity},
};

fn content() -> Content {
    Content {
        apps: vec![AppId(Uuid::from_u128(9))],
        title: "Hi {{profile.person.name.firstName}}".into(),
        subtitle: "Sub".into(),
        body: "Your cart waits".into(),
        image: "https://img.example/a.png".into(),
        tap: TapAction::DeepLink {
            uri: "shop://cart".into(),
        },
        buttons: vec![Button {
            label: "Buy".into(),
            action: TapAction::Web {
                url: "https://shop.example".into(),
            },
        }],
        category: "cart".into(),
        data: vec![("tier".into(), "{{profile.tier}}".into())],
        badge: "3".into(),
        channel: "news".into(),
        interruption: InterruptionLevel::TimeSensitive,
        ..Content::default()
    }
}

fn rendered(content: &Content) -> RenderedContent {
    let profile = json!({"person": {"name": {"firstName": "Ada"}}, "tier": "gold"});
    render_content(content, &Scope::at(0).profile(&profile)).unwrap()
}

fn correlation() -> Correlation {
    Correlation {
        delivery: DeliveryId(Uuid::from_u128(1)),
        message: MessageId(Uuid::from_u128(2)),
        journey_version: Some(JourneyVersionId(Uuid::from_u128(3))),
        instance: Some(InstanceId(Uuid::from_u128(4))),
    }
}

fn payload(content: &Content, platform: Platform, style: PayloadStyle) -> (Payload, Value) {
    let target = Target {
        platform,
        style,
        token: "token",
        ttl: 600,
    };
    let payload = build(&rendered(content), &correlation(), target);
    let value = serde_json::from_str(&payload.json).unwrap();
    (payload, value)
}

fn xdm() -> Value {
    json!({"cjm": {"_experience": {"customerJourneyManagement": {"messageExecution": {
        "messageExecutionID": "00000000-0000-0000-0000-000000000001",
        "messageID": "00000000-0000-0000-0000-000000000002",
        "journeyVersionID": "00000000-0000-0000-0000-000000000003",
        "journeyVersionInstanceId": "00000000-0000-0000-0000-000000000004",
    }}}}})
}

#[test]
fn an_iphone_with_adobes_sdk_gets_what_the_sdk_reads() {
    let (payload, value) = payload(&content(), Platform::Ios, PayloadStyle::AdobeMessaging);
    assert_eq!(
        value,
        json!({
            "aps": {
                "alert": {"title": "Hi Ada", "subtitle": "Sub", "body": "Your cart waits"},
                "badge": 3, "sound": "default", "category": "cart", "mutable-content": 1,
                "interruption-level": "time-sensitive",
            },
            "_xdm": xdm(),
            "adb_uri": "shop://cart",
            "adb_media": "https://img.example/a.png",
            "tier": "gold",
        })
    );
    assert_eq!(payload.bytes, payload.json.len());
}

#[test]
fn an_android_phone_with_adobes_sdk_gets_data_alone() {
    let (payload, value) = payload(&content(), Platform::Android, PayloadStyle::AdobeMessaging);
    let data = &value["message"]["data"];
    assert_eq!(
        value,
        json!({"message": {
            "token": "token",
            "data": {
                "_xdm": data["_xdm"],
                "adb_title": "Hi Ada", "adb_body": "Your cart waits", "adb_image": "https://img.example/a.png",
                "adb_channel_id": "news", "adb_n_count": "3", "adb_a_type": "DEEPLINK", "adb_uri": "shop://cart",
                "adb_act": r#"[{"label":"Buy","uri":"https://shop.example","type":"WEBURL"}]"#,
                "tier": "gold",
            },
            "android": {
                "collapse_key": "00000000-0000-0000-0000-000000000001", "priority": "HIGH", "ttl": "600s",
            },
        }})
    );
    let inner: Value = serde_json::from_str(data["_xdm"].as_str().unwrap()).unwrap();
    assert_eq!(inner, xdm());
    let weight: usize = data
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| key.len() + value.as_str().unwrap().len())
        .sum();
    assert_eq!(payload.bytes, weight);
}

#[test]
fn an_app_without_the_sdk_gets_what_the_system_draws() {
    let (_, value) = payload(&content(), Platform::Android, PayloadStyle::Standard);
    let message = &value["message"];
    assert_eq!(
        message["notification"],
        json!({"title": "Hi Ada", "body": "Your cart waits", "image": "https://img.example/a.png"})
    );
    assert_eq!(
        message["android"]["notification"],
        json!({
            "sound": "default", "tag": "00000000-0000-0000-0000-000000000001", "channel_id": "news",
            "notification_count": 3,
        })
    );
    assert_eq!(message["data"]["link"], "shop://cart");
    let (_, value) = payload(&content(), Platform::Ios, PayloadStyle::Standard);
    assert_eq!(value["delivery_id"], "00000000-0000-0000-0000-000000000001");
    assert_eq!(value.get("_xdm"), None);
}

#[test]
fn a_payload_says_how_much_is_too_much() {
    let mut long = content();
    long.body = "é".repeat(2100);
    for platform in Platform::ALL {
        let (payload, _) = payload(&long, platform, PayloadStyle::AdobeMessaging);
        assert!(payload.excess().unwrap() > 100, "{platform:?}");
        let (payload, _) = self::payload(&content(), platform, PayloadStyle::AdobeMessaging);
        assert_eq!(payload.excess(), None);
    }
}

#[test]
fn a_long_collapse_key_becomes_one_that_is_still_the_same_for_the_same_key() {
    let mut content = content();
    content.collapse_key = "cart-".repeat(20);
    let one = rendered(&content).collapse_id(DeliveryId(Uuid::from_u128(1)));
    let two = rendered(&content).collapse_id(DeliveryId(Uuid::from_u128(2)));
    assert_eq!(one, two);
    assert_eq!(one.len(), 32);
}

#[test]
fn what_is_empty_for_a_person_is_told() {
    let nobody = json!({});
    let rendered = render_content(&content(), &Scope::at(0).profile(&nobody)).unwrap();
    assert_eq!(
        rendered.empty_fields(),
        ["profile.person.name.firstName", "profile.tier"]
    );
    assert_eq!(rendered.title, "Hi ");
}

fn errors(content: &Content) -> Vec<(ContentField, String)> {
    let app = TargetApp {
        id: AppId(Uuid::from_u128(9)),
        platform: Platform::Ios,
        style: PayloadStyle::AdobeMessaging,
    };
    check_content(content, &[app], &[], &Schema::standard())
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| (problem.field, problem.message))
        .collect()
}

#[test]
fn a_good_message_can_be_published_and_each_fault_names_its_field() {
    let mut good = content();
    good.data.clear();
    assert_eq!(errors(&good), []);
    let fault = |change: &dyn Fn(&mut Content)| {
        let mut content = good.clone();
        change(&mut content);
        let found = errors(&content);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].0
    };
    let deep = |uri: &str| TapAction::DeepLink { uri: uri.into() };
    use ContentField as F;
    assert_eq!(fault(&|c| c.apps.clear()), F::Apps);
    assert_eq!(fault(&|c| c.apps = vec![AppId(Uuid::from_u128(8))]), F::Apps);
    assert_eq!(
        fault(&|c| (c.title, c.body) = (" ".into(), String::new())),
        F::Title
    );
    assert_eq!(fault(&|c| c.body = "{{#if profile.x}}".into()), F::Body);
    assert_eq!(fault(&|c| c.image = "http://img.example/a.png".into()), F::Image);
    assert_eq!(fault(&|c| c.tap = deep("cart")), F::Tap);
    assert_eq!(fault(&|c| c.tap = deep("")), F::Tap);
    assert_eq!(fault(&|c| c.buttons = vec![c.buttons[0].clone(); 4]), F::Buttons);
    assert_eq!(fault(&|c| c.buttons[0].label.clear()), F::ButtonLabel(0));
    assert_eq!(
        fault(&|c| c.data = vec![("adb_x".into(), String::new())]),
        F::DataKey(0)
    );
    let twice = vec![("a".into(), String::new()), ("a ".into(), String::new())];
    assert_eq!(fault(&|c| c.data.clone_from(&twice)), F::DataKey(1));
    assert_eq!(fault(&|c| c.ttl = 2_419_201), F::Ttl);
    assert_eq!(fault(&|c| c.ttl = 0), F::Ttl);
    assert_eq!(fault(&|c| c.badge = "many".into()), F::Badge);
}

#[test]
fn an_audience_that_a_text_asks_for_is_one_that_there_is() {
    let gold = AudienceId(Uuid::from_u128(7));
    let audiences = [(gold, "Gold".to_owned())];
    let said = |asked: &str| {
        let mut content = content();
        content.title = format!("{{%#if inAudience(\"{asked}\")%}}x{{%/if%}}");
        let found = check_content(&content, &[], &audiences, &Schema::standard());
        let of_title = found
            .into_iter()
            .filter(|problem| problem.field == ContentField::Title);
        of_title
            .map(|problem| (problem.severity, problem.message))
            .collect::<Vec<_>>()
    };
    assert_eq!(said(&gold.to_string()), []);
    let name = format!("Texts ask for audiences by identifier: write {gold} for “Gold”.");
    assert_eq!(said("gold"), [(Severity::Warning, name)]);
    let none = "No audience has the identifier “Silver”. Copy it from the audience's page.".to_owned();
    assert_eq!(said("Silver"), [(Severity::Warning, none)]);
}

#[test]
fn a_reserved_key_never_reaches_the_payload() {
    let mut content = content();
    content.data = vec![("aps".into(), "x".into()), ("from".into(), "x".into())];
    let (_, ios) = payload(&content, Platform::Ios, PayloadStyle::AdobeMessaging);
    assert!(ios["aps"].is_object());
    let (_, android) = payload(&content, Platform::Android, PayloadStyle::AdobeMessaging);
    assert_eq!(android["message"]["data"].get("from"), None);
}

#[test]
fn a_content_is_frozen_with_the_fragments_that_it_calls() {
    let mut known = Fragments::default();
    known.insert("more", "more {{what}} {{> end}}");
    known.insert("end", ".");
    known.insert("moreover", "not called");
    let mut content = content();
    content.body = "{{fragment name=\"more\" what=\"tea\"}}".into();
    assert_eq!(errors(&content)[0].1, "There is no fragment more.");
    let frozen = CompiledContent::new(content.with_fragments(known)).frozen();
    let carried: Vec<_> = frozen.fragments.iter().map(|(name, _)| name).collect();
    assert_eq!(carried, ["end", "more"]);
    assert_eq!(rendered(&frozen).body, "more tea .");
    let kept = serde_json::to_value(&frozen).unwrap();
    assert_eq!(kept["fragments"]["end"], ".");
    let draft = serde_json::to_value(frozen.without_fragments()).unwrap();
    assert_eq!(draft.get("fragments"), None);
}
