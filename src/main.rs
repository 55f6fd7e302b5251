//! The program.

use batchproc_os::memory::Allocator;

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> std::process::ExitCode {
    batchproc::commands::main()
}
