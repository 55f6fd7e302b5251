//! Maps a file into memory for as long as the process lives. All processes that map the same file
//! share the memory, and nothing is copied at the start.
//!
//! If the file is cut off meanwhile, the system sends SIGBUS to a thread that reads beyond its end.
//! Then the process ends at once with a line and exit code 2: it never works with wrong data.
//! [`check`] finds a file that was written to instead.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::OnceLock;
use std::time::SystemTime;

use memmap2::Mmap;
use signal_hook::low_level::exit;

use crate::bus_error;

/// The file that is mapped. There is at most one, so that the signal handler need not search.
static MAPPED: OnceLock<Mapped> = OnceLock::new();

struct Mapped {
    file: File,
    version: Version,
    /// What the file is called in messages.
    name: String,
    addresses: Range<usize>,
    /// The line for a file that was cut off. It is made early: a signal handler must not allocate.
    cut_off: String,
}

/// Size in bytes and modification time.
type Version = (u64, SystemTime);

fn version(file: &File) -> io::Result<Version> {
    let metadata = file.metadata()?;
    Ok((metadata.len(), metadata.modified()?))
}

/// Maps the whole file. Messages call it `name`.
///
/// # Errors
/// The file cannot be mapped, or another file is mapped already.
pub fn map(file: File, name: &str) -> io::Result<&'static [u8]> {
    let version = version(&file)?;
    // SAFETY: the bytes must not change while they are borrowed, which no program can promise for a
    // file that others may write to. `batchproc dict compile` never writes into an existing file,
    // but replaces it. If somebody else writes into it, the readers of these bytes may see other
    // numbers than those that they have checked. This is the same risk as for a program file or a
    // shared library, which are mapped as well. A file that becomes shorter ends the process, see
    // `end_if_cut_off`.
    let map: &'static Mmap = Box::leak(Box::new(unsafe { Mmap::map(&file) }?));
    let addresses = map.as_ptr_range();
    let addresses = addresses.start as usize..addresses.end as usize;
    let cut_off = format!("batchproc: {name} was cut off while it was in use\n");
    let mapped = Mapped { file, version, name: name.to_string(), addresses, cut_off };
    if MAPPED.set(mapped).is_err() {
        return Err(io::Error::other("another file is mapped already"));
    }
    bus_error::add(end_if_cut_off);
    bus_error::install()?;
    Ok(map)
}

/// Ends the process if the address belongs to the mapped file.
fn end_if_cut_off(address: usize) -> bool {
    let Some(mapped) = MAPPED.get().filter(|mapped| mapped.addresses.contains(&address)) else {
        return false;
    };
    let _ = rustix::io::write(rustix::stdio::stderr(), mapped.cut_off.as_bytes());
    exit(2)
}

/// Checks that the mapped file, if there is one, has not been written to since it was mapped.
///
/// # Errors
/// It was written to, or its state is unknown. The error is the reason.
pub fn check() -> Result<(), String> {
    let Some(mapped) = MAPPED.get() else { return Ok(()) };
    match version(&mapped.file) {
        Ok(version) if version == mapped.version => Ok(()),
        Ok(_) => Err(format!("{} was changed while it was in use", mapped.name)),
        Err(error) => Err(format!("cannot tell whether {} has changed: {error}", mapped.name)),
    }
}
