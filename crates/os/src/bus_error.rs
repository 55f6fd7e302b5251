//! The handler for SIGBUS. The system sends this signal to a thread that reads mapped memory whose
//! file has no data for it: the file was cut off, or its disk cannot be read. Each part of this
//! crate that maps files brings a *remedy* for its own memory. A signal that none of them knows
//! does what it did before the handler was installed; usually it ends the process.

use std::io;
use std::mem::zeroed;
use std::ptr;
use std::sync::OnceLock;

use libc::{SA_ONSTACK, SA_SIGINFO, SIG_DFL, SIG_IGN, SIGBUS, c_int, c_void, sigaction, siginfo_t};

/// What to do about the signal if the memory at this address is the remedy's own. Returns whether
/// it is. A remedy runs in a signal handler, so it must not allocate or take locks.
type Remedy = fn(address: usize) -> bool;

/// The remedies, in the order in which they are asked.
static REMEDIES: [OnceLock<Remedy>; 2] = [OnceLock::new(), OnceLock::new()];
/// What the process did about the signal before.
static BEFORE: OnceLock<sigaction> = OnceLock::new();

/// Adds a remedy. The first call installs the handler.
///
/// # Errors
/// The system refuses to install the handler.
pub(crate) fn add(remedy: Remedy) -> io::Result<()> {
    let added = REMEDIES.iter().any(|place| place.set(remedy).is_ok());
    assert!(added, "there is a place for the remedy of each module that maps files");
    if BEFORE.get().is_some() {
        return Ok(());
    }
    // SAFETY: a zeroed sigaction is a valid one: the default action with an empty mask.
    let (mut before, mut action): (sigaction, sigaction) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: reads the present action into a value of the right type.
    check(unsafe { sigaction(SIGBUS, ptr::null(), &raw mut before) })?;
    // The handler needs this value, so it is kept before the handler is installed.
    let _ = BEFORE.set(before);
    action.sa_sigaction = handle as *const () as usize;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    // SAFETY: `handle` has the signature that SA_SIGINFO asks for, lives as long as the process,
    // and calls nothing that a signal handler may not call.
    check(unsafe { sigaction(SIGBUS, &raw const action, ptr::null_mut()) })
}

fn check(result: c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes a valid siginfo_t, which has an address if the code is positive:
    // then the signal comes from an access to memory, and not from another process.
    let address = unsafe { ((*info).si_code > 0).then(|| (*info).si_addr() as usize) };
    let asks = |address| REMEDIES.iter().filter_map(OnceLock::get).any(|remedy| remedy(address));
    if address.is_some_and(asks) {
        return;
    }
    let before = BEFORE.get().filter(|before| ![SIG_DFL, SIG_IGN].contains(&before.sa_sigaction));
    match before {
        // SAFETY: the address is that of a handler which was installed for this signal with
        // SA_SIGINFO, so it has this signature; it gets what the system has passed.
        Some(before) if before.sa_flags & SA_SIGINFO != 0 => unsafe {
            type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
            std::mem::transmute::<usize, Handler>(before.sa_sigaction)(signal, info, context);
        },
        // SAFETY: the same without SA_SIGINFO.
        Some(before) => unsafe {
            std::mem::transmute::<usize, extern "C" fn(c_int)>(before.sa_sigaction)(signal);
        },
        // The access is tried again after the handler returns, and then ends the process.
        // SAFETY: restores the default action, which needs no handler.
        None => unsafe {
            libc::signal(SIGBUS, SIG_DFL);
            if address.is_none() {
                libc::raise(SIGBUS);
            }
        },
    }
}
