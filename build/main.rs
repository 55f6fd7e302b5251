//! Prepares the linking of the program.

mod unwinder;

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build");
    let output = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    unwinder::link(&Path::new(&output).join("unwinder"));
}
