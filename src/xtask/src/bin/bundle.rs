//! Makes the browser's files out of the compiled wasm, the style sheets and the static files.
//!
//! `bundle WASM SITE (--dev | --release)`, from the root of the checkout. What the browser may keep for ever lands in
//! `SITE/pkg/HASH/`, named by a hash of all of it; the files of `public/` land beside `pkg/` under their own names.
//! The server learns the hash from `SITE/pkg/current`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

/// The name of the browser's main module; Leptos links to `NAME.js` and `NAME_bg.wasm`.
const NAME: &str = "heliograph";
/// The splitter's loader, under the name that Leptos looks for where files carry no hash of their own.
const SPLIT_LOADER: &str = "./__wasm_split.______________________.js";
/// Which wasm files each lazy page needs; read by the server, which asks the browser to fetch them early.
const SPLIT_MANIFEST: &str = "__wasm_split_manifest.json";
/// Under which name the wasm exports its table of JavaScript's objects.
const OBJECTS: &str = "__wbindgen_externrefs";
/// Files smaller than this are not worth a compressed copy, in bytes.
const COMPRESS_FROM: u64 = 512;
/// The features that rustc's wasm uses and wasm-opt must be told of.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// As fast as can be: neither optimised nor compressed.
    Dev,
    /// As small as can be.
    Release,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [wasm, site, "--dev"] => bundle(Path::new(wasm), Path::new(site), Effort::Dev),
        [wasm, site, "--release"] => bundle(Path::new(wasm), Path::new(site), Effort::Release),
        _ => Err(anyhow::anyhow!("usage: bundle WASM SITE (--dev | --release)")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bundle(wasm: &Path, site: &Path, effort: Effort) -> Result<()> {
    let stage = site.with_extension("stage");
    if stage.exists() {
        fs::remove_dir_all(&stage).with_context(|| format!("cannot remove {}", stage.display()))?;
    }
    let package = stage.join("package");
    fs::create_dir_all(&package)?;
    split_and_bind(wasm, &package)?;
    if effort == Effort::Release && optimise(&package)? {
        restore_table_export(&package.join(format!("{NAME}_bg.wasm")))?;
    }
    fs::write(
        package.join(format!("{NAME}.css")),
        style_sheet(Path::new("style"))?,
    )?;

    let hash = hash_of(&package)?;
    copy_folder(Path::new("public"), &stage)?;
    fs::create_dir_all(stage.join("pkg"))?;
    fs::rename(&package, stage.join("pkg").join(&hash))?;
    fs::write(stage.join("pkg/current"), &hash)?;
    if effort == Effort::Release {
        compress(&stage)?;
    }

    if site.exists() {
        fs::remove_dir_all(site).with_context(|| format!("cannot remove {}", site.display()))?;
    }
    fs::rename(&stage, site).with_context(|| format!("cannot write {}", site.display()))
}

/// Cuts the linked wasm into one file per lazy page and binds the main one to JavaScript.
fn split_and_bind(wasm: &Path, package: &Path) -> Result<()> {
    let linked = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let main = package.join(format!("{NAME}.wasm"));
    let main_module = format!("./{NAME}.js");
    let mut options = wasm_split_cli_support::Options::new(&linked);
    options.output_dir = package;
    options.main_out_path = &main;
    options.main_module = &main_module;
    options.link_name = SPLIT_LOADER;
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow::anyhow!("cannot split {}: {error:#}", wasm.display()))?;
    let manifest: BTreeMap<_, _> = split.prefetch_map.into_iter().collect();
    fs::write(package.join(SPLIT_MANIFEST), serde_json::to_vec(&manifest)?)?;

    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(&main)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .keep_lld_exports(true)
        .demangle(false)
        .generate(package)
        .context("cannot bind the wasm to JavaScript")?;
    fs::remove_file(main)?;
    Ok(())
}

/// Runs wasm-opt over each wasm file, if it is installed, which it returns; without it the files work as well, but are
/// larger.
fn optimise(package: &Path) -> Result<bool> {
    for file in files_in(package)? {
        if file.extension().is_none_or(|extension| extension != "wasm") {
            continue;
        }
        let optimised = file.with_extension("opt");
        let run = Command::new("wasm-opt")
            .args(["-Oz", "--strip-debug", "--strip-producers"])
            .args(WASM_FEATURES)
            .arg(&file)
            .arg("-o")
            .arg(&optimised)
            .output();
        match run {
            Ok(output) if output.status.success() => fs::rename(optimised, file)?,
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                bail!(
                    "wasm-opt ended with {} on {}: {said}",
                    output.status,
                    file.display()
                )
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error).context("cannot start wasm-opt"),
        }
    }
    Ok(true)
}

/// Older versions of wasm-opt (Debian 12's 108 is one) write every export of a table as one of the first table. The
/// table of JavaScript's objects is the second.
fn restore_table_export(wasm: &Path) -> Result<()> {
    let mut config = walrus::ModuleConfig::new();
    config
        .generate_name_section(false)
        .generate_producers_section(false);
    let mut module = config
        .parse(&fs::read(wasm)?)
        .map_err(|error| anyhow::anyhow!("cannot read {}: {error:#}", wasm.display()))?;
    let objects = module
        .tables
        .iter()
        .find(|table| table.element_ty == walrus::RefType::EXTERNREF);
    let Some(objects) = objects.map(walrus::Table::id) else {
        return Ok(());
    };
    for export in module.exports.iter_mut().filter(|export| export.name == OBJECTS) {
        export.item = walrus::ExportItem::Table(objects);
    }
    fs::write(wasm, module.emit_wasm()).with_context(|| format!("cannot write {}", wasm.display()))
}

/// All style sheets as one: first the foundation, then the components, then the pages, each folder by name.
fn style_sheet(style: &Path) -> Result<String> {
    let mut sheet = String::new();
    let foundation = ["layers.css", "fonts.css", "tokens.css", "base.css"].map(|name| style.join(name));
    let components = files_in(&style.join("components"))?;
    let pages = files_in(&style.join("pages"))?;
    for file in foundation.into_iter().chain(components).chain(pages) {
        sheet
            .push_str(&fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?);
        sheet.push('\n');
    }
    Ok(sheet)
}

/// Puts a Brotli and a gzip copy beside each file that shrinks.
fn compress(folder: &Path) -> Result<()> {
    for file in files_in(folder)? {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let shrinks = ["css", "js", "json", "svg", "txt", "wasm"]
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")));
        if !shrinks || fs::metadata(&file)?.len() < COMPRESS_FROM {
            continue;
        }
        let plain = fs::read(&file)?;
        let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 11, 22);
        writer.write_all(&plain)?;
        fs::write(file.with_file_name(format!("{name}.br")), writer.into_inner())?;
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        writer.write_all(&plain)?;
        fs::write(file.with_file_name(format!("{name}.gz")), writer.finish()?)?;
    }
    Ok(())
}

/// Twenty hexadecimal digits over the names and contents of every file in the folder.
fn hash_of(folder: &Path) -> Result<String> {
    let mut hasher = Sha256::new();
    for file in files_in(folder)? {
        let contents = fs::read(&file)?;
        hasher.update(file.strip_prefix(folder)?.to_string_lossy().as_bytes());
        hasher.update((contents.len() as u64).to_le_bytes());
        hasher.update(&contents);
    }
    let digest = hasher.finalize();
    Ok(digest.iter().take(10).map(|byte| format!("{byte:02x}")).collect())
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for file in files_in(from)? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

/// Every file in a folder and the folders in it, sorted by path.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_in(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
