//! Measures the speed of every kernel that this machine supports, and of the crate that tests compare
//! it with, for several numbers and lengths of streams.
//!
//! `cargo bench` prints bytes per second. `cargo bench -- 'md5 x16/65536'` runs only that group.
//! Before a kernel is timed, its digests are compared with those of the crate.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Makes `count` streams. `length(i)` is the length of stream `i` in bytes.
fn streams(count: usize, length: impl Fn(usize) -> usize) -> Vec<Vec<u8>> {
    let byte = |i: usize, j: usize| ((i * 7 + j * 13 + (j >> 8)) % 256) as u8;
    (0..count).map(|i| (0..length(i)).map(|j| byte(i, j)).collect()).collect()
}

/// The benchmark `$name` of the algorithm in the module `$module` of batchproc-lanes, beside the type
/// `$crate_digest` of a crate.
macro_rules! bench {
    ($name:ident, $module:ident, $crate_digest:ty, $bytes:literal, $crate_name:literal) => {
        fn $name(criterion: &mut Criterion) {
            use batchproc_lanes::$module::{Input, Kernel, State, update};
            #[allow(unused_imports)]
            use sha2::Digest;

            let by_crate = |streams: &[Vec<u8>]| {
                let digests = streams.iter().map(|data| <$crate_digest>::digest(data).into());
                digests.collect::<Vec<[u8; $bytes]>>()
            };
            let by_kernel = |kernel: Kernel, streams: &[Vec<u8>]| {
                let mut states = vec![State::new(); streams.len()];
                let mut inputs: Vec<_> = states
                    .iter_mut()
                    .zip(streams)
                    .map(|(state, data)| Input { state, data, last: true })
                    .collect();
                update(kernel, &mut inputs);
                states.iter().map(State::digest).collect::<Vec<_>>()
            };
            let mut compare = |name: &str, streams: &[Vec<u8>]| {
                let expected = by_crate(streams);
                let mut group = criterion.benchmark_group(format!("{} {name}", stringify!($name)));
                let bytes: usize = streams.iter().map(Vec::len).sum();
                group.throughput(Throughput::Bytes(bytes as u64));
                group.bench_function(BenchmarkId::from_parameter($crate_name), |bencher| {
                    bencher.iter(|| by_crate(black_box(streams)));
                });
                for kernel in Kernel::available() {
                    let name = kernel.name();
                    assert_eq!(by_kernel(kernel, streams), expected, "{name}");
                    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                        bencher.iter(|| by_kernel(kernel, black_box(streams)));
                    });
                }
                group.finish();
            };
            for count in [1, 2, 4, 8, 16, 24, 32] {
                compare(&format!("x{count}/65536"), &streams(count, |_| 65_536));
            }
            for size in [100, 1024, 4096, 16384, 32768] {
                for count in [16, 96] {
                    compare(&format!("x{count}/{size}"), &streams(count, |_| size));
                }
            }
            // Lengths as in a directory of small files: most have up to 4 KiB, and one in sixteen has
            // 20,000 bytes more.
            let files = streams(128, |i| i * 7919 % 4096 + if i % 16 == 5 { 20_000 } else { 0 });
            compare("x128/mixed", &files);
        }
    };
}

bench!(md5, md5, md5::Md5, 16, "md-5 crate");
bench!(sha1, sha1, sha1::Sha1, 20, "sha1 crate");
bench!(sha256, sha256, sha2::Sha256, 32, "sha2 crate");
bench!(sha512, sha512, sha2::Sha512, 64, "sha2 crate");
bench!(sha3, sha3_256, sha3::Sha3_256, 32, "sha3 crate");

/// The crate blake3, with the function that the other crates have.
struct Blake3Crate;

impl Blake3Crate {
    fn digest(data: &[u8]) -> [u8; 32] {
        ::blake3::hash(data).into()
    }
}

bench!(blake3, blake3, Blake3Crate, 32, "blake3 crate");

criterion_group! {
    name = digests;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(500));
    targets = md5, sha1, sha256, sha512, sha3, blake3
}
criterion_main!(digests);
