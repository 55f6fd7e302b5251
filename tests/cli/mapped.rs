//! Tests: large files, which are mapped into memory instead of read.

use crate::harness::Dir;

#[test]
fn large_files_have_the_digests_that_coreutils_find_whether_they_are_mapped_or_read() {
    let dir = Dir::new();
    let step = 1 << 20;
    let lengths = [step - 1, step, step + 1, step + 64, 2 * step, 3 * step + 131_071, 9 * step];
    for length in lengths {
        let content: Vec<u8> =
            (0..length).map(|index: usize| (index.wrapping_mul(index) >> 7) as u8).collect();
        dir.file(format!("tree/{length}"), content);
    }
    for algorithm in ["md5", "sha1", "sha256", "sha512", "blake2b"] {
        let name = algorithm.replace("blake2b", "b2");
        let oracle = format!("find tree -type f | sort | xargs {name}sum");
        let expected = dir.command("sh", &["-c", &oracle]).output().unwrap().stdout;
        for map in ["always", "never", "where it is faster"] {
            let mut command = dir.batchproc(&["hash", "-a", algorithm, "tree"]);
            let ran = command.env("BATCHPROC_MAP", map).output().unwrap();
            assert_eq!(ran.stdout, expected, "{algorithm}, mapped {map}");
            assert_eq!(ran.status.code(), Some(0));
        }
    }
}
