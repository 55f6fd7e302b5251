//! The arenas of the system's allocator. glibc gives threads arenas of their own, eight for each CPU at most,
//! and each keeps the memory that its threads used once.

/// Makes all threads that start later share one arena, so that a small bound on memory holds for many of
/// them. They may wait for each other when they allocate. Does nothing where the system has another
/// allocator.
pub fn share() {
    #[cfg(target_env = "gnu")]
    // SAFETY: `mallopt` takes two numbers and changes the settings of the allocator under its lock. Memory that
    // is allocated already stays where it is.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
