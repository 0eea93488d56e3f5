//! The console as a browser without scripts sees it.

use std::future::Future;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, REFERER, SET_COOKIE};
use axum::http::{Method, Request, StatusCode};
use heliograph_app::auth::hash_password;
use heliograph_app::pages::administration::users::AddPerson;
use heliograph_app::pages::app_configuration::SaveApp;
use heliograph_app::pages::app_configurations::RegisterApp;
use heliograph_app::pages::message::Save;
use heliograph_app::pages::messages::CreateMessage;
use heliograph_app::pages::sign_in::api::{MakeFirstAdmin, SignIn, SignOut};
use heliograph_model::access::Role;
use heliograph_store::testing::on_each_engine;
use heliograph_store::{Store, people};
use leptos::server_fn::ServerFn;
use tower::ServiceExt as _;

use super::{Cookies, router};
use crate::site::Site;
use crate::visit::Visits;

const PASSWORD: &str = "correct horse battery";

/// A browser without scripts: keeps cookies, follows no redirect by itself.
struct Browser {
    console: Router,
    cookies: Vec<(String, String)>,
}

/// What came back.
struct Page {
    status: StatusCode,
    location: String,
    policy: String,
    cookies: Vec<String>,
    body: String,
}

impl Browser {
    fn new(store: Store) -> Self {
        let visits = Visits {
            store,
            install: "Trailhead".to_owned(),
            demo: false,
        };
        let site = Site::at("/nowhere".into(), "pkg/none".to_owned());
        Self {
            console: router(&site, visits, Cookies::Plain, || {}),
            cookies: Vec::new(),
        }
    }

    async fn get(&mut self, address: &str) -> Page {
        self.send(Request::get(address), Body::empty()).await
    }

    /// Sends a form from the page at `from`.
    async fn post(&mut self, address: &str, from: &str, form: &[(&str, &str)]) -> Page {
        let request = Request::builder()
            .method(Method::POST)
            .uri(address)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(REFERER, format!("http://console.example{from}"));
        let form = serde_urlencoded::to_string(form).expect("pairs of text can be encoded");
        self.send(request, Body::from(form)).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(ACCEPT, "text/html")
            .header(COOKIE, cookies.join("; "))
            .body(body)
            .expect("the request is well formed");
        let response = self
            .console
            .clone()
            .oneshot(request)
            .await
            .expect("the router does not fail");
        let text = |name: &axum::http::HeaderName| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let (location, policy) = (
            text(&LOCATION),
            text(&axum::http::header::CONTENT_SECURITY_POLICY),
        );
        let set: Vec<String> = response
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok().map(str::to_owned))
            .collect();
        for cookie in &set {
            let (name, rest) = cookie.split_once('=').expect("a cookie has a name");
            self.cookies.retain(|(known, _)| known != name);
            if !cookie.contains("Max-Age=0") {
                self.cookies.push((
                    name.to_owned(),
                    rest.split(';').next().unwrap_or_default().to_owned(),
                ));
            }
        }
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("the page is whole");
        Page {
            status,
            location,
            policy,
            cookies: set,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Page {
        let form = [("email", email), ("password", password), ("next", "/account")];
        self.post(SignIn::url(), "/sign-in", &form).await
    }
}

/// Runs a test on each engine, with one person of each role who signs in as `ROLE@example.com`.
async fn with_people<F, Fut>(test: F)
where
    F: Fn(Browser) -> Fut,
    Fut: Future<Output = ()>,
{
    let hash = &hash_password(PASSWORD.to_owned()).await.unwrap();
    let test = &test;
    on_each_engine(|store, _| async move {
        let mut tx = store.begin().await.unwrap();
        for role in Role::ALL {
            let email = &format!("{}@example.com", role.as_str());
            let person = people::NewPerson {
                email,
                name: role.title(),
                role,
                password_hash: hash,
            };
            people::add(&mut tx, person).await.unwrap();
        }
        tx.commit().await.unwrap();
        test(Browser::new(store)).await;
    })
    .await;
}

#[tokio::test]
async fn the_first_comer_becomes_admin_and_nobody_after_them() {
    on_each_engine(|store, _| async move {
        let mut browser = Browser::new(store);
        let page = browser.get("/messages?q=a").await;
        assert_eq!(page.status, StatusCode::FOUND);
        assert_eq!(page.location, "/sign-in?next=%2Fmessages%3Fq%3Da");
        assert!(
            browser
                .get("/sign-in")
                .await
                .body
                .contains("Make the first admin")
        );

        let form = [
            ("name", "Anna"),
            ("email", "anna@example.com"),
            ("password", PASSWORD),
        ];
        let page = browser.post(MakeFirstAdmin::url(), "/sign-in", &form).await;
        assert_eq!(
            (page.status, page.location.as_str()),
            (StatusCode::FOUND, "/"),
            "{}",
            page.body
        );
        assert!(
            browser
                .get("/administration/users")
                .await
                .body
                .contains("Account of Anna")
        );

        let page = browser.post(MakeFirstAdmin::url(), "/sign-in", &form).await;
        assert!(page.location.contains("__err="), "{}", page.location);
        browser.cookies.clear();
        let page = browser.get("/sign-in").await;
        assert!(
            !page.body.contains("Make the first admin") && page.body.contains("Password"),
            "{}",
            page.body
        );
    })
    .await;
}

#[tokio::test]
async fn one_signs_in_to_a_new_session_and_out_of_it() {
    with_people(|mut browser| async move {
        let page = browser.sign_in("Analyst@Example.com ", PASSWORD).await;
        assert_eq!(page.location, "/account");
        let cookie = page
            .cookies
            .iter()
            .find(|cookie| cookie.starts_with("heliograph_session="))
            .unwrap();
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        let page = browser.get("/account").await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("analyst@example.com, Analyst"));

        let old = browser.cookies.clone();
        let page = browser.post(SignOut::url(), "/account", &[]).await;
        assert_eq!(page.location, "/sign-in");
        assert_eq!(browser.get("/account").await.status, StatusCode::FOUND);
        // The old cookie is of no use to whoever kept it.
        browser.cookies = old;
        assert_eq!(browser.get("/account").await.status, StatusCode::FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_refused_form_comes_back_with_its_error_and_what_was_typed() {
    with_people(|mut browser| async move {
        let page = browser.sign_in("admin@example.com", "not the password").await;
        let back = page
            .location
            .strip_prefix("http://console.example")
            .unwrap()
            .to_owned();
        let page = browser.get(&back).await;
        assert!(
            page.body.contains("Email or password is not right"),
            "{}",
            page.body
        );
        assert!(page.body.contains("value=\"admin@example.com\""));
        assert!(!page.body.contains("not the password"));
        // Once read it is forgotten.
        assert!(!browser.get("/sign-in").await.body.contains("admin@example.com"));
    })
    .await;
}

#[tokio::test]
async fn of_a_list_only_the_row_whose_form_was_refused_is_filled_again() {
    with_people(|mut browser| async move {
        browser.sign_in("admin@example.com", PASSWORD).await;
        let users = "/administration/users";
        let page = browser.get(users).await.body;
        let title = page.find("Change Analyst").expect("a dialog for the analyst");
        let between = |text: &str, before: &str| -> String {
            let rest = text.split(before).nth(1).unwrap_or_default();
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let (address, id) = (
            between(&page[title..], "action=\""),
            between(&page[title..], "name=\"id\" value=\""),
        );
        let name = "An".repeat(200);
        let form = [("id", id.as_str()), ("name", &name), ("role", "analyst")];
        let back = browser.post(&address, users, &form).await.location;
        let back = back.strip_prefix("http://console.example").unwrap().to_owned();
        let page = browser.get(&back).await.body;
        let filled = format!("value=\"{name}\"");
        assert_eq!(page.matches(&filled).count(), 1);
        let own = page.find("Change Analyst").unwrap();
        let next = page[own..].find("</form>").unwrap();
        assert!(page[own..own + next].contains(&filled));
        assert!(page[own..own + next].contains("aria-invalid=\"true\""));
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), 1);
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    with_people(|mut browser| async move {
        for _ in 0..5 {
            browser.sign_in("admin@example.com", "a guess").await;
        }
        let page = browser.sign_in("admin@example.com", PASSWORD).await;
        let back = page
            .location
            .strip_prefix("http://console.example")
            .unwrap()
            .to_owned();
        assert!(browser.get(&back).await.body.contains("Too many attempts"));
        assert_eq!(browser.get("/account").await.status, StatusCode::FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_page_opens_to_the_roles_that_may_open_it() {
    with_people(|mut browser| async move {
        for (role, page, status) in [
            ("analyst", "/reports", StatusCode::OK),
            ("analyst", "/messages", StatusCode::FORBIDDEN),
            ("analyst", "/messages/1", StatusCode::FORBIDDEN),
            ("marketer", "/messages", StatusCode::OK),
            ("marketer", "/administration/users", StatusCode::FORBIDDEN),
            ("developer", "/data-collection/datastreams", StatusCode::OK),
            ("developer", "/app-configurations", StatusCode::FORBIDDEN),
            ("admin", "/administration/audit", StatusCode::OK),
            ("admin", "/administration/queue", StatusCode::OK),
            ("marketer", "/administration/queue", StatusCode::FORBIDDEN),
            ("admin", "/administration/rules", StatusCode::OK),
            ("marketer", "/administration/rules", StatusCode::FORBIDDEN),
            ("admin", "/simulator", StatusCode::FORBIDDEN),
            ("admin", "/nowhere", StatusCode::NOT_FOUND),
            ("analyst", "/no/where/at/all", StatusCode::NOT_FOUND),
        ] {
            browser.cookies.clear();
            browser.sign_in(&format!("{role}@example.com"), PASSWORD).await;
            assert_eq!(browser.get(page).await.status, status, "{role} at {page}");
        }
    })
    .await;
}

#[tokio::test]
async fn people_are_added_by_admins_only_and_may_sign_in_at_once() {
    with_people(|mut browser| async move {
        let noor = [
            ("name", "Noor Haddad"),
            ("email", "noor@example.com"),
            ("role", "analyst"),
            ("password", PASSWORD),
        ];
        for (role, status) in [("marketer", StatusCode::FOUND), ("admin", StatusCode::OK)] {
            browser.cookies.clear();
            browser.sign_in(&format!("{role}@example.com"), PASSWORD).await;
            browser
                .post(AddPerson::url(), "/administration/users", &noor)
                .await;
            browser.cookies.clear();
            browser.sign_in("noor@example.com", PASSWORD).await;
            assert_eq!(browser.get("/account").await.status, status, "added by {role}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_google_allows_is_said_on_the_page_of_an_android_app_alone() {
    with_people(|mut browser| async move {
        browser.sign_in("admin@example.com", PASSWORD).await;
        let mut register = async |platform: &str| {
            let form = [
                ("platform", platform),
                ("name", "Shop"),
                ("app", "com.example.shop"),
                ("style", "standard"),
            ];
            browser
                .post(RegisterApp::url(), "/app-configurations", &form)
                .await
                .location
        };
        let (ios, android) = (register("ios").await, register("android").await);
        let field = "name=\"google_quota\"";
        assert!(!browser.get(&ios).await.body.contains(field));
        let page = browser.get(&android).await.body;
        assert!(
            page.contains(field) && page.contains("value=\"600000\""),
            "{page}"
        );

        let id = android.rsplit('/').next().unwrap();
        let mut save = async |revision: &str, quota: &str| {
            let form = [
                ("id", id),
                ("revision", revision),
                ("name", "Shop"),
                ("app", "com.example.shop"),
                ("style", "standard"),
                ("google_quota", quota),
            ];
            let back = browser.post(SaveApp::url(), &android, &form).await.location;
            let back = back.strip_prefix("http://console.example").unwrap();
            browser.get(back).await.body
        };
        let refused = save("1", "59").await;
        assert!(
            refused.contains("Enter a whole number of messages") && refused.contains("value=\"59\""),
            "{refused}"
        );
        let saved = save("1", "1200000").await;
        assert!(
            saved.contains("value=\"1200000\"") && !saved.contains("Enter a whole number"),
            "{saved}"
        );
        let log = browser.get("/administration/audit").await.body;
        assert!(log.contains("1200000"), "{log}");
    })
    .await;
}

#[tokio::test]
async fn only_scripts_with_the_nonce_of_this_answer_run() {
    with_people(|mut browser| async move {
        let nonce = |page: &Page| {
            let (_, rest) = page
                .policy
                .split_once("'nonce-")
                .expect("the policy names a nonce");
            rest.split('\'').next().unwrap_or_default().to_owned()
        };
        let first = browser.get("/sign-in").await;
        let second = browser.get("/sign-in").await;
        assert_ne!(nonce(&first), nonce(&second));
        let scripts = first.body.matches("<script").count();
        let carried = first
            .body
            .matches(&format!("nonce=\"{}\"", nonce(&first)))
            .count();
        assert!(
            scripts > 0 && carried == scripts,
            "{scripts} scripts, {carried} with the nonce"
        );
        assert!(!first.policy.contains("script-src 'self' 'unsafe-inline'"));
    })
    .await;
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    with_people(|mut browser| async move {
        browser.sign_in("admin@example.com", PASSWORD).await;
        let request = Request::post(SignOut::url())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site");
        assert_eq!(
            browser.send(request, Body::empty()).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(browser.get("/account").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_utf8_is_refused_with_a_sentence_and_nothing_is_made_of_it() {
    const FORM: &str = "application/x-www-form-urlencoded";
    with_people(|mut browser| async move {
        browser.sign_in("marketer@example.com", PASSWORD).await;
        browser
            .post(CreateMessage::url(), "/messages", &[("name", "Hello")])
            .await;
        let draft = b"{\"id\":1,\"revision\":1,\"name\":\"Hello\",\"draft\":{\"title\":\"\xff\"}}";
        for (address, kind, body) in [
            (Save::url(), "application/json", &draft[..]),
            (CreateMessage::url(), FORM, b"name=Broken+%FF"),
            (CreateMessage::url(), FORM, b"name=Broken+\xff"),
        ] {
            let request = Request::post(address)
                .header(CONTENT_TYPE, kind)
                .header("sec-fetch-site", "same-origin");
            let page = browser.send(request, Body::from(body)).await;
            assert!(
                page.body.contains("again and repeat what you did"),
                "{kind}: {} {} {}",
                page.status,
                page.location,
                page.body
            );
        }
        let page = browser.get("/messages").await;
        assert!(page.body.contains("Hello") && !page.body.contains("Broken"));
    })
    .await;
}
