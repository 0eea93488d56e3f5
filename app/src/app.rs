//! The addresses of the console, and the document around every page.

use leptos::config::LeptosOptions;
use leptos::hydration::HydrationScripts;
use leptos::prelude::*;
use leptos_meta::{MetaTags, Title, provide_meta_context};
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{Lazy, LazyRoute as _, SsrMode, path};

use crate::frame::Frame;
use crate::pages::{
    account::Account,
    administration::{
        Administration, audit::Audit, queue::Queue, rule_set::RuleSet, rules::RuleSets, settings::Settings,
        users::Users,
    },
    app_configuration::AppConfiguration,
    app_configurations::AppConfigurations,
    audience::Audience,
    audiences::Audiences,
    data_collection::{
        DataCollection, datastreams::Datastreams, events::Events, properties::Properties, property::Property,
        schemas::Schemas,
    },
    delivery::Delivery,
    fragment::Fragment,
    fragments::Fragments,
    help::{delivery_outcomes::DeliveryOutcomes, personalisation::Personalisation},
    home::Home,
    journey::Journey,
    journeys::Journeys,
    message::Message,
    messages::Messages,
    not_found::NotFound,
    profile::Profile,
    profiles::Profiles,
    report_global::ReportGlobal,
    report_live::ReportLive,
    reports::Reports,
    sign_in::SignIn,
    simulator::Simulator,
};
use crate::session::{Theme, Visit, provide_visit};

/// The address of the page for addresses that do not exist, as axum writes it; the server answers it by its fallback.
pub const ANYWHERE: &str = "/{*any}";

/// The product's name, as it stands in titles.
pub const PRODUCT: &str = "Heliograph";

/// The document around every page. Rendered on the server only.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let theme = use_context::<Visit>()
        .map(|visit| visit.theme)
        .unwrap_or_default();
    let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=Theme::attribute(theme)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <link rel="preload" href="/fonts/inter-latin.woff2" r#as="font" r#type="font/woff2" crossorigin=""/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml"/>
                <HydrationScripts options/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The console: what is at which address.
///
/// Pages are rendered whole before they are sent (`SsrMode::Async`), so that they can be read and their forms be used
/// without any script.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_visit();
    let title = |page: String| {
        if page.is_empty() {
            PRODUCT.to_owned()
        } else {
            format!("{page} · {PRODUCT}")
        }
    };
    view! {
        <Title formatter=title/>
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("sign-in") view={Lazy::<SignIn>::new()} ssr=SsrMode::Async/>
                <ParentRoute path=path!("") view=Frame ssr=SsrMode::Async>
                    <Route path=path!("") view={Lazy::<Home>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("account") view={Lazy::<Account>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("messages") view={Lazy::<Messages>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("messages/:id") view={Lazy::<Message>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("fragments") view={Lazy::<Fragments>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("fragments/:id") view={Lazy::<Fragment>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("journeys") view={Lazy::<Journeys>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("journeys/:id") view={Lazy::<Journey>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("audiences") view={Lazy::<Audiences>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("audiences/:id") view={Lazy::<Audience>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("profiles") view={Lazy::<Profiles>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("profiles/:id") view={Lazy::<Profile>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("deliveries/:id") view={Lazy::<Delivery>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("help/delivery-outcomes") view={Lazy::<DeliveryOutcomes>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("help/personalisation") view={Lazy::<Personalisation>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("reports") view={Lazy::<Reports>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("reports/live/:kind/:id") view={Lazy::<ReportLive>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("reports/global/:kind/:id") view={Lazy::<ReportGlobal>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("app-configurations") view={Lazy::<AppConfigurations>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("app-configurations/:id") view={Lazy::<AppConfiguration>::new()} ssr=SsrMode::Async/>
                    <ParentRoute path=path!("data-collection") view=DataCollection ssr=SsrMode::Async>
                        <Route path=path!("") view={|| view! { <Redirect path="/data-collection/datastreams"/> }}/>
                        <Route path=path!("datastreams") view={Lazy::<Datastreams>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("properties") view={Lazy::<Properties>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("properties/:id") view={Lazy::<Property>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("schemas") view={Lazy::<Schemas>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("events") view={Lazy::<Events>::new()} ssr=SsrMode::Async/>
                    </ParentRoute>
                    <ParentRoute path=path!("administration") view=Administration ssr=SsrMode::Async>
                        <Route path=path!("") view={|| view! { <Redirect path="/administration/users"/> }}/>
                        <Route path=path!("users") view={Lazy::<Users>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("audit") view={Lazy::<Audit>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("rules") view={Lazy::<RuleSets>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("rules/:id") view={Lazy::<RuleSet>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("queue") view={Lazy::<Queue>::new()} ssr=SsrMode::Async/>
                        <Route path=path!("settings") view={Lazy::<Settings>::new()} ssr=SsrMode::Async/>
                    </ParentRoute>
                    <Route path=path!("simulator") view={Lazy::<Simulator>::new()} ssr=SsrMode::Async/>
                    <Route path=path!("*any") view=NotFound ssr=SsrMode::Async/>
                </ParentRoute>
            </Routes>
        </Router>
    }
}

/// Fetches the code of a place of the rail before it is opened, so that it opens at once.
pub(crate) async fn fetch_ahead(path: &str) {
    match path {
        "/" => Home::preload().await,
        "/messages" => Messages::preload().await,
        "/journeys" => Journeys::preload().await,
        "/audiences" => Audiences::preload().await,
        "/profiles" => Profiles::preload().await,
        "/reports" => Reports::preload().await,
        "/app-configurations" => AppConfigurations::preload().await,
        "/data-collection" => Datastreams::preload().await,
        "/administration" => Users::preload().await,
        "/simulator" => Simulator::preload().await,
        _ => {}
    }
}
