//! The browser's files: what `cargo xtask build` made of the console's wasm, the style and `public/`.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::{HeaderValue, header::CACHE_CONTROL};
use leptos::config::LeptosOptions;
use tower::ServiceBuilder;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::error::Error;

/// Says which build of the browser's files is current; written last by `cargo xtask build`.
const CURRENT: &str = "pkg/current";
/// The name of a file under `pkg/` is a hash of what is in it: it never changes.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Fonts and icons keep their names when they change, which is seldom: ask whether they did.
const ASK: HeaderValue = HeaderValue::from_static("no-cache");

/// Where the browser's files are.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    root: PathBuf,
    /// `pkg/HASH`.
    package: String,
}

impl Site {
    /// Finds the files: in the folder that was named, else beside the program or beside its folder.
    pub(crate) fn find(named: Option<&Path>) -> Result<Self, Error> {
        let candidates: Vec<PathBuf> = match named {
            Some(folder) => vec![folder.to_owned()],
            None => {
                let program = std::env::current_exe()?;
                program
                    .ancestors()
                    .skip(1)
                    .take(2)
                    .map(|folder| folder.join("site"))
                    .collect()
            }
        };
        for root in &candidates {
            if let Ok(hash) = std::fs::read_to_string(root.join(CURRENT)) {
                return Ok(Self {
                    root: root.clone(),
                    package: format!("pkg/{}", hash.trim()),
                });
            }
        }
        Err(Error::SiteMissing {
            looked_for: candidates.into_iter().next().unwrap_or_default().join(CURRENT),
        })
    }

    /// Files that are at a known place.
    #[cfg(test)]
    pub(crate) fn at(root: PathBuf, package: String) -> Self {
        Self { root, package }
    }

    /// What Leptos needs to know to link to the files.
    pub(crate) fn options(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name("heliograph")
            .site_root(self.root.to_string_lossy().into_owned())
            .site_pkg_dir(self.package.clone())
            .build()
    }

    /// Serves the files, in the smallest form that the browser takes.
    pub(crate) fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let folder = |name: &str, cache: HeaderValue| {
            ServiceBuilder::new()
                .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, cache))
                .service(
                    ServeDir::new(self.root.join(name))
                        .precompressed_br()
                        .precompressed_gzip(),
                )
        };
        let file = |name: &str| {
            ServiceBuilder::new()
                .layer(SetResponseHeaderLayer::overriding(CACHE_CONTROL, ASK))
                .service(
                    ServeFile::new(self.root.join(name))
                        .precompressed_br()
                        .precompressed_gzip(),
                )
        };
        Router::new()
            .nest_service("/pkg", folder("pkg", FOREVER))
            .nest_service("/fonts", folder("fonts", ASK))
            .route_service("/icons.svg", file("icons.svg"))
            .route_service("/favicon.svg", file("favicon.svg"))
    }
}
