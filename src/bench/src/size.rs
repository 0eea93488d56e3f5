//! What a browser fetches for the first page, compressed.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::{Figure, Goal};

/// What every page loads: the program, what starts it, and the style.
const FIRST: [&str; 3] = ["heliograph_bg.wasm.br", "heliograph.js.br", "heliograph.css.br"];

pub(crate) fn measure(program: &Path) -> Result<Vec<Figure>> {
    let files = program.with_file_name("site").join("pkg");
    let current = fs::read_to_string(files.join("current")).context("the browser's files are not built")?;
    let mut bytes = 0;
    for name in FIRST {
        let file = files.join(current.trim()).join(name);
        bytes += fs::metadata(&file)
            .with_context(|| format!("cannot read {}", file.display()))?
            .len();
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand bytes")]
    let kilobytes = bytes as f64 / 1e3;
    Ok(vec![Figure {
        what: "size: first page, Brotli",
        value: kilobytes,
        unit: "KB",
        goal: Goal::AtMost(500.0),
    }])
}
