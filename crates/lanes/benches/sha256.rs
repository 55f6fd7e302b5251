//! Measures the speed of every SHA-256 kernel that this machine supports, and of the sha2 crate, for
//! several numbers and lengths of streams.
//!
//! `cargo bench` prints bytes per second. `cargo bench -- 'x16/65536'` runs only that group. Before
//! a kernel is timed, its digests are compared with those of the sha2 crate.

use std::hint::black_box;
use std::time::Duration;

use batchproc_lanes::sha256::{Input, Kernel, State, update};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};

/// Makes `count` streams. `length(i)` is the length of stream `i` in bytes.
fn streams(count: usize, length: impl Fn(usize) -> usize) -> Vec<Vec<u8>> {
    let byte = |i: usize, j: usize| ((i * 7 + j * 13 + (j >> 8)) % 256) as u8;
    (0..count).map(|i| (0..length(i)).map(|j| byte(i, j)).collect()).collect()
}

fn by_crate(streams: &[Vec<u8>]) -> Vec<[u8; 32]> {
    streams.iter().map(|data| Sha256::digest(data).into()).collect()
}

fn by_kernel(kernel: Kernel, streams: &[Vec<u8>]) -> Vec<[u8; 32]> {
    let mut states = vec![State::new(); streams.len()];
    let mut inputs: Vec<_> = states
        .iter_mut()
        .zip(streams)
        .map(|(state, data)| Input { state, data, last: true })
        .collect();
    update(kernel, &mut inputs);
    states.iter().map(State::digest).collect()
}

fn compare(criterion: &mut Criterion, name: &str, streams: &[Vec<u8>]) {
    let expected = by_crate(streams);
    let mut group = criterion.benchmark_group(name);
    let bytes: usize = streams.iter().map(Vec::len).sum();
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function(BenchmarkId::from_parameter("sha2 crate"), |bencher| {
        bencher.iter(|| by_crate(black_box(streams)));
    });
    for kernel in Kernel::available() {
        assert_eq!(by_kernel(kernel, streams), expected, "{} {name}", kernel.name());
        group.bench_function(BenchmarkId::from_parameter(kernel.name()), |bencher| {
            bencher.iter(|| by_kernel(kernel, black_box(streams)));
        });
    }
    group.finish();
}

fn all(criterion: &mut Criterion) {
    for count in [1, 2, 4, 8, 16, 24, 32] {
        compare(criterion, &format!("x{count}/65536"), &streams(count, |_| 65_536));
    }
    for size in [100, 1024, 4096] {
        for count in [16, 96] {
            compare(criterion, &format!("x{count}/{size}"), &streams(count, |_| size));
        }
    }
    // Lengths as in a directory of small files: most have up to 4 KiB, and one in sixteen has
    // 20,000 bytes more.
    let files = streams(128, |i| i * 7919 % 4096 + if i % 16 == 5 { 20_000 } else { 0 });
    compare(criterion, "x128/mixed", &files);
}

criterion_group! {
    name = sha256;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(150))
        .measurement_time(Duration::from_millis(500));
    targets = all
}
criterion_main!(sha256);
