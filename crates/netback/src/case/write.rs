//! Files are written beside their place, synced and renamed: a reader sees the old or the new, never half.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::files::Files;

/// Writes one file: temporary name in the same folder, sync, rename, sync of the folder.
///
/// Errors: those of the file system; the old file stays.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path.file_name().ok_or_else(|| io::Error::other("a file needs a name"))?;
    let temporary = folder.join(format!(".{}.{}.partial", name.to_string_lossy(), std::process::id()));
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
        return written;
    }
    File::open(folder)?.sync_all()
}

/// Writes all files below a folder, each atomically.
///
/// Errors: those of the file system; files already written stay.
pub fn write_files(folder: &Path, files: &Files) -> io::Result<()> {
    for (path, bytes) in files.iter() {
        write_atomically(&folder.join(path), bytes)?;
    }
    Ok(())
}
