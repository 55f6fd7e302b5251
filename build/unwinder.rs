//! Has the program bring the code that unwinds with it, as C++ programs do with `-static-libgcc`: to load
//! a library for it took a sixth of the time of a run on one small file.
//!
//! The standard library asks the linker for `gcc_s`. On many systems that is a linker script which names
//! the shared library; here one that names GCC's archive of the same code is found first. Where there
//! is no such archive nothing is changed, nor for programs that use the library.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Tells cargo about it; `directory` is for the script.
pub fn link(directory: &Path) {
    let target = |name: &str| std::env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let is_native = std::env::var_os("HOST") == std::env::var_os("TARGET");
    if !is_native || target("OS") != "linux" || target("ENV") != "gnu" {
        return;
    }
    let Some(archive) = archive() else { return };
    std::fs::create_dir_all(directory).expect("the output directory can be written to");
    let script = format!("INPUT(\"{}\" -lgcc)\n", archive.display());
    std::fs::write(directory.join("libgcc_s.so"), script)
        .expect("the output directory can be written to");
    println!("cargo::rustc-link-arg-bins=-L{}", directory.display());
    // Another version of the compiler has it elsewhere.
    println!("cargo::rerun-if-changed={}", archive.display());
}

/// Where the compiler that links has its archive.
fn archive() -> Option<PathBuf> {
    let linker = std::env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    let answer = Command::new(linker).arg("-print-file-name=libgcc_eh.a").output().ok()?;
    // The name alone is the answer if there is no such file.
    let path = PathBuf::from(str::from_utf8(&answer.stdout).ok()?.trim_end());
    (path.is_absolute() && path.is_file()).then_some(path)
}
