//! The program `batchproc`. All of its code is in the library.

#![forbid(unsafe_code)]

use batchproc_os::memory::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> std::process::ExitCode {
    batchproc::main()
}
