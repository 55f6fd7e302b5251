use batchproc::files::WalkRules;
use batchproc::hash::{Algorithm, Hasher};

fn main() {
    let blake3 = Algorithm::by_name("blake3").unwrap();
    for result in Hasher::new([blake3]).tree("src", &WalkRules::default()) {
        match result {
            Ok(file) => println!("{}  {}", file.digests.hex(blake3).unwrap(), file.path.display()),
            Err(error) => eprintln!("{error}"),
        }
    }
}
