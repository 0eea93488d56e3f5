//! Small files of the data directory.

use std::path::Path;

use crate::error::Error;

/// Who may read a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Only the user who runs the simulator.
    Secret,
    /// Everybody.
    Public,
}

/// Reads the file, or makes its content and keeps it; without a directory it is made anew each time.
pub(crate) fn load_or_make(
    directory: Option<&Path>,
    name: &str,
    access: Access,
    make: impl FnOnce() -> Result<String, Error>,
) -> Result<String, Error> {
    let Some(directory) = directory else { return make() };
    let path = directory.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text = make()?;
            write(directory, name, access, &text)?;
            Ok(text)
        }
        Err(source) => Err(Error::DataFile { path, source }),
    }
}

/// Writes the file whole or not at all.
pub(crate) fn write(directory: &Path, name: &str, access: Access, text: &str) -> Result<(), Error> {
    let path = directory.join(name);
    let draft = directory.join(format!("{name}.new"));
    let write = || {
        std::fs::create_dir_all(directory)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if access == Access::Secret {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        std::io::Write::write_all(&mut options.open(&draft)?, text.as_bytes())?;
        std::fs::rename(&draft, &path)
    };
    write().map_err(|source| Error::DataFile {
        path: path.clone(),
        source,
    })
}
