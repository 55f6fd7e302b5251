//! Makes a tree of files for measurements. The same arguments give the same tree on every machine.
//!
//! - `make_tree DIR small COUNT`: log-normal sizes with a median of 4 KiB, 100 files in a directory
//! - `make_tree DIR equal COUNT BYTES`: files of equal size

use std::path::Path;
use std::{env, fs, io};

use batchproc_tools::random::Random;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |index: usize| arguments.get(index).and_then(|text| text.parse::<usize>().ok());
    let (Some(root), Some(kind), Some(count)) = (arguments.first(), arguments.get(1), number(2))
    else {
        return Err(io::Error::other("usage: make_tree DIR small COUNT | DIR equal COUNT BYTES"));
    };
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut content = vec![0_u8; 1 << 20];
    content
        .chunks_exact_mut(8)
        .for_each(|chunk| chunk.copy_from_slice(&random.next().to_le_bytes()));
    for index in 0..count {
        let size = match (kind.as_str(), number(3)) {
            ("small", _) => random.size(),
            ("equal", Some(bytes)) => bytes,
            _ => {
                return Err(io::Error::other(
                    "the arguments must be DIR small COUNT, or DIR equal COUNT BYTES",
                ));
            }
        };
        let directory =
            Path::new(root).join(format!("{:02}/{:02}", index / 10_000, index / 100 % 100));
        if index % 100 == 0 {
            fs::create_dir_all(&directory)?;
        }
        let mut file = fs::File::create(directory.join(format!("file-{:02}", index % 100)))?;
        let mut left = size;
        while left > 0 {
            let start = random.next() as usize % (content.len() / 2);
            let piece = left.min(content.len() - start);
            io::Write::write_all(&mut file, &content[start..start + piece])?;
            left -= piece;
        }
    }
    Ok(())
}
