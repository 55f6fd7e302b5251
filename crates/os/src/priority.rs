//! Lowers the priority of the process, so that other programs come first.

use std::io;

use rustix::process::setpriority_process;

/// The lowest priority for the CPU.
const LOWEST: i32 = 19;
/// `IOPRIO_WHO_PROCESS`: the priority is that of a process or thread.
const WHO_PROCESS: libc::c_int = 1;
/// `IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)`: the disk serves this process only when no other one wants
/// it.
const IDLE: libc::c_int = 3 << 13;

/// Lowers the priority of this thread, and of all threads that it starts later, to the lowest: for the
/// CPU, and for the disk if its scheduler knows priorities.
///
/// # Errors
/// The system refuses.
pub fn lower() -> io::Result<()> {
    setpriority_process(None, LOWEST)?;
    // SAFETY: `ioprio_set` takes three numbers and touches no memory of this process. 0 is the calling
    // thread.
    let done = unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, IDLE) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// The priority of this thread for the CPU and for the disk, as the system has them.
///
/// # Errors
/// The system does not say.
#[cfg(test)]
fn current() -> io::Result<(i32, libc::c_long)> {
    // SAFETY: as in `lower`.
    let disk = unsafe { libc::syscall(libc::SYS_ioprio_get, WHO_PROCESS, 0) };
    Ok((rustix::process::getpriority_process(None)?, disk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_and_those_that_it_starts_get_the_lowest_priority() {
        // On a thread of its own, since the priority cannot be raised again.
        let lowered = std::thread::spawn(|| {
            lower().unwrap();
            let own = current().unwrap();
            let below = std::thread::spawn(|| current().unwrap()).join().unwrap();
            [own, below]
        });
        let lowest = (LOWEST, libc::c_long::from(IDLE));
        assert_eq!(lowered.join().unwrap(), [lowest; 2]);
    }
}
