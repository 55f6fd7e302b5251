//! The handler for SIGBUS. The system sends this signal to a thread that reads mapped memory whose
//! file has no data for it: the file was cut off, or its disk cannot be read. Each part of this
//! crate that maps files brings a *remedy* for its own memory. A signal that none of them knows
//! does what it did before the handler was installed; usually it ends the process.
//!
//! Where the library is part of another program, such as Python, others install handlers too, and
//! remove them as they like. So [`install`] is called again before each use of mapped memory.

use std::io;
use std::mem::zeroed;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering::SeqCst};

use libc::{SA_NODEFER, SA_ONSTACK, SA_SIGINFO, SIG_DFL, SIG_IGN, SIGBUS, c_int, c_void};
use libc::{sigaction, siginfo_t};

/// What to do about the signal if the memory at this address is the remedy's own. Returns whether
/// it is. A remedy runs in a signal handler, so it must not allocate or take locks.
type Remedy = fn(address: usize) -> bool;

/// The remedies, in the order in which they are asked.
static REMEDIES: [OnceLock<Remedy>; 2] = [OnceLock::new(), OnceLock::new()];
/// The handler that was there before. It is one number, so that it changes as a whole.
static BEFORE: AtomicUsize = AtomicUsize::new(SIG_DFL);
/// Set in [`BEFORE`] if that handler takes three arguments (SA_SIGINFO). No address has this bit.
const THREE: usize = 1 << (usize::BITS - 1);
/// The thread that is in the handler that was there before; 0 if there is none.
static PASSED_ON: AtomicI32 = AtomicI32::new(0);

/// Adds a remedy.
pub(crate) fn add(remedy: Remedy) {
    let added = REMEDIES.iter().any(|place| place.set(remedy).is_ok());
    assert!(added, "there is a place for the remedy of each module that maps files");
}

/// Installs the handler, unless it is there.
///
/// # Errors
/// The system refuses to install it.
pub(crate) fn install() -> io::Result<()> {
    // SAFETY: a zeroed sigaction is a valid one: the default action with an empty mask.
    let (mut before, mut action): (sigaction, sigaction) = unsafe { (zeroed(), zeroed()) };
    // SAFETY: reads the present action into a value of the right type.
    check(unsafe { sigaction(SIGBUS, ptr::null(), &raw mut before) })?;
    let own = handle as *const () as usize;
    if before.sa_sigaction == own {
        return Ok(());
    }
    // The handler needs this value, so it is kept before the handler is installed.
    let three = if before.sa_flags & SA_SIGINFO == 0 { 0 } else { THREE };
    BEFORE.store(before.sa_sigaction | three, SeqCst);
    action.sa_sigaction = own;
    // The handler before may send the signal again, which must come at once (see `pass_on`).
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
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
    if !address.is_some_and(asks) {
        pass_on(signal, info, context, address.is_some());
    }
}

/// Does what was done about the signal before. A handler that was installed on top of this one, and
/// is now below it, may end by putting this one back and sending the signal again, as Python's
/// `faulthandler` does. Then the signal comes here a second time, and the default action is taken.
fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void, is_access: bool) {
    let before = BEFORE.load(SeqCst);
    // One call of the system, which a signal handler may make. That of the C library is not in glibc 2.28.
    let thread = rustix::thread::gettid().as_raw_nonzero().get();
    let is_again = PASSED_ON.swap(thread, SeqCst) == thread;
    let address = before & !THREE;
    if is_again || address == SIG_DFL || address == SIG_IGN {
        // An access is tried again after the handler returns, and then ends the process.
        // SAFETY: restores the default action, which needs no handler.
        unsafe {
            libc::signal(SIGBUS, SIG_DFL);
            if !is_access {
                libc::raise(SIGBUS);
            }
        }
    } else if before & THREE != 0 {
        type Handler = extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
        // SAFETY: the address is that of a handler which was installed for this signal with
        // SA_SIGINFO, so it has this signature; it gets what the system has passed.
        unsafe { std::mem::transmute::<usize, Handler>(address)(signal, info, context) };
    } else {
        // SAFETY: the same without SA_SIGINFO.
        unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(address)(signal) };
    }
    PASSED_ON.store(0, SeqCst);
}
