# A convenience over cargo: `just` lists the recipes.

default:
    @just --list

# Build the program
build:
    cargo build --release --locked

# The tests, as the README and CI run them
test:
    cargo test --release --locked

# All that CI checks
check:
    bash .ci/run

# The wheel of the Python package in OUTDIR, tested in a virtual environment of its own
python OUTDIR='target/wheels':
    bash python/build-wheel {{OUTDIR}}
    bash python/test-wheel {{OUTDIR}}

# Makes a Debian package in OUTDIR, and installs, runs and removes it in a fresh root.
deb OUTDIR='target/deb':
    packaging/build-deb {{OUTDIR}}
    packaging/test-deb {{OUTDIR}}/batchproc_*.deb

# The picture of a terminal in the README, of a real run
picture: build
    python3 benches/terminal.py target/release/batchproc > benches/terminal.svg

# The program without shared libraries, and a Containerfile for it, in OUTDIR
static OUTDIR='target/static/out':
    packaging/build-static {{OUTDIR}}

# Spark, Dask and others with the wheel that `just python` made in OUTDIR; what is not installed is left out
test-engines OUTDIR='target/wheels' *ARGS:
    bash python/test-engines {{OUTDIR}} {{ARGS}}

# Format the sources
format:
    cargo fmt

# Faults put into CASES runs: errors of system calls, full disks, files that change, signals
faults SEED='1' CASES='1000' *ARGS: build
    python3 tests/faults/run.py --binary target/release/batchproc --seed {{SEED}} --cases {{CASES}} {{ARGS}}

# Whether the driver of faults notices programs that lie
faults-selftest: build
    python3 tests/faults/selftest.py --binary target/release/batchproc

# Speed of the digest kernels against the crates md-5, sha1 and sha2; checks the answers
bench-kernels *ARGS:
    cargo bench --locked --package batchproc-lanes --bench digests -- {{ARGS}}

# Generated trees to measure with (about 8 GB), in DIR
trees DIR:
    cargo build --release --locked --package batchproc-tools --bin make_tree
    target/release/make_tree {{DIR}}/small small 60000
    target/release/make_tree {{DIR}}/k256 equal 4000 262144
    target/release/make_tree {{DIR}}/mid equal 64 33554432
    target/release/make_tree {{DIR}}/large equal 8 268435456
    target/release/make_tree {{DIR}}/one equal 1 1073741824

# Against find | xargs -P md5sum, PER_CALL files a call, on TREE with a hot cache; needs hyperfine
bench TREE PER_CALL='500': build
    find -H {{TREE}} -type f -print0 | xargs -0 cat > /dev/null
    hyperfine --warmup 1 --runs 10 --export-markdown - \
        'target/release/batchproc hash {{TREE}} > /dev/null' \
        'find -H {{TREE}} -type f -print0 | xargs -0 -P$(nproc) -n{{PER_CALL}} md5sum > /dev/null'

# An update of TREE, in which nothing has changed, against find, which looks at the same; needs hyperfine
bench-update TREE: build
    target/release/batchproc hash --update target/update.json {{TREE}} -o target/update.json
    sleep 1
    target/release/batchproc hash --update target/update.json {{TREE}} -o target/update.json
    hyperfine --warmup 1 --runs 15 --export-markdown - \
        'target/release/batchproc hash --update target/update.json {{TREE}} -o target/update.json' \
        "find -H {{TREE}} -type f -printf '%s %T@ %C@ %i %p\n' > /dev/null"

# Start and end: one tiny file against md5sum, one sentence against true; needs hyperfine
bench-start: build
    echo 我来到北京清华大学 > target/sentence.txt
    hyperfine --shell=none --warmup 50 --runs 1000 \
        'md5sum target/sentence.txt' 'target/release/batchproc hash target/sentence.txt'
    hyperfine --shell=none --warmup 50 --runs 1000 \
        'true' 'target/release/batchproc segment target/sentence.txt'

# Peak memory for many tiny files, in both orders: 10,000 against 1,000,000
memory DIR: build
    cargo build --release --locked --package batchproc-tools --bin make_tree
    test -d {{DIR}}/tiny10k || target/release/make_tree {{DIR}}/tiny10k equal 10000 3
    test -d {{DIR}}/tiny1m || target/release/make_tree {{DIR}}/tiny1m equal 1000000 3
    for tree in tiny10k tiny1m; do for order in input completion; do \
        echo "$tree $order"; \
        /usr/bin/time -f '%M KiB' target/release/batchproc hash --memory 16M --order $order {{DIR}}/$tree > /dev/null; \
    done; done

# segment in all modes against the smallest program around jieba-rs, on TEXT; drawn in benches/speed.svg
bench-segment TEXT ROUNDS='5': build
    cargo build --release --locked --package batchproc-tools --bin jieba_lines
    python3 benches/segment.py {{TEXT}} --rounds {{ROUNDS}} --csv benches/segment.csv
    python3 benches/chart.py benches/peers.csv benches/segment.csv > benches/speed.svg

# segment against a Python Pool(2), on TEXT; needs hyperfine, and jieba in PYTHON
bench-pool TEXT PYTHON='python3': build
    hyperfine --runs 2 --export-markdown - 'target/release/batchproc segment -j 2 {{TEXT}} > /dev/null' \
        '{{PYTHON}} benches/peers/pool_map.py {{TEXT}} > /dev/null'

# Random mixtures of streams through every MD5 kernel, against the md-5 crate
fuzz-md5 SEED='1' MIXTURES='10000000':
    cargo run --release --locked --package batchproc-tools --bin fuzz_md5 -- {{SEED}} {{MIXTURES}}

# Random bytes for everything that reads: manifests, names, lists, dictionaries, fields, encodings, compressed
# text, maps; SECONDS for each target, one after the other, with at most 4 GiB of memory. A case that fails
# says how to run it again: with FUZZ_SEED and FUZZ_CASE
fuzz SECONDS='60' SEED='1' *ARGS='fuzz':
    cargo test --release --locked --package batchproc --lib --no-run
    ulimit -v 4194304; FUZZ_SECONDS={{SECONDS}} FUZZ_SEED={{SEED}} cargo test --release --locked \
        --package batchproc --lib -- --test-threads 1 --nocapture {{ARGS}}

# Whether the licences and sources of all dependencies are those that deny.toml allows, and whether a weakness
# of one is known. The known ones are fetched; `just deny licenses bans sources` does without
deny *WHICH='advisories licenses bans sources':
    test -x target/tools/bin/cargo-deny || cargo install --locked cargo-deny --version 0.20.2 --root target/tools
    PATH="$PWD/target/tools/bin:$PATH" cargo deny check {{WHICH}}

# Whether a test notices each small change of the code in FILES: prints those that none does. Slow: each is
# a build and a run of the tests. `cargo install cargo-mutants --root target/tools` takes minutes, once.
# `--list` lists the changes, `--shard 0/8` makes an eighth of them, and what follows `--` goes to
# `cargo test`: `just mutants src/escape.rs -- --lib escape`
mutants FILE *ARGS:
    test -x target/tools/bin/cargo-mutants || cargo install --locked cargo-mutants --version 27.1.0 --root target/tools
    PATH="$PWD/target/tools/bin:$PATH" PROPTEST_DISABLE_FAILURE_PERSISTENCE=true \
        cargo mutants --workspace --output target/mutants --minimum-test-timeout 20 --file '{{FILE}}' {{ARGS}}

# More of everything than a user has, in DIR, which must not exist: files, directories, depth, names, sizes,
# lines. A SCALE of 1 is the whole size: 8 GB and half an hour. Needs GNU time
floods DIR SCALE='0.1' *ARGS: build
    python3 tests/floods/run.py --binary target/release/batchproc --scale {{SCALE}} {{ARGS}} {{DIR}}

# MINUTES of faults, kills and random input of every kind; tells what was done
soak MINUTES='60' *SEED:
    tests/soak {{MINUTES}} {{SEED}}

# The digest kernels up to AVX2 and their scheduler under Miri; needs ten minutes or more, and
# `rustup component add miri rust-src --toolchain nightly`. Some tests only: `just miri sha3`
miri *ARGS:
    RUSTFLAGS="-C target-feature=+avx2" MIRIFLAGS="-Zmiri-disable-isolation -Zmiri-ignore-leaks" \
        cargo +nightly miri test --locked --package batchproc-lanes --lib --target-dir target/miri -- {{ARGS}}

# The tests of crates/lanes and crates/jieba on an emulated AArch64. What must be installed first (names of
# Debian): gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user, and
# `rustup target add aarch64-unknown-linux-gnu`
aarch64 *ARGS:
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu" \
        cargo test --locked --target aarch64-unknown-linux-gnu --target-dir target/aarch64 \
        --package batchproc-lanes --package batchproc-jieba --lib -- {{ARGS}}

# The pipeline under the model checker, each kind of run so many TIMES as often as CI has it; to run a
# failure again, set SHUTTLE_RANDOM_SEED to the seed that it told
model TIMES='1' *ARGS:
    MODEL_RUNS={{TIMES}} RUSTFLAGS="--cfg shuttle -D warnings" cargo test --locked --profile model \
        --target-dir target/shuttle --package batchproc-pipeline --lib model -- {{ARGS}}

# The pipeline's other tests under ThreadSanitizer; needs the nightly toolchain with rust-src. Without
# that, rayon and the standard library count as unseen, and what they order is reported as a race
tsan *ARGS:
    RUSTFLAGS="-Zsanitizer=thread" cargo +nightly test --locked --profile model -Zbuild-std \
        --target {{arch()}}-unknown-linux-gnu --target-dir target/tsan --package batchproc-pipeline --lib -- {{ARGS}}

# The found number of readers against fixed ones on simulated slow devices in DIR; needs libfuse3-dev
bench-slow DIR: build
    cargo build --release --locked --package batchproc-tools --bin make_tree
    benches/slow_device/run.sh {{DIR}}

# Files in the order of names against that of inodes on a simulated disk in DIR; needs root and libfuse3-dev
bench-seeks DIR: build
    cargo build --release --locked --package batchproc-tools --bin make_tree
    benches/slow_device/seeks.sh {{DIR}}

# The small tree in DIR with nothing cached: batchproc, fixed numbers of readers, and xargs; needs root
bench-cold DIR ROUNDS='5': build
    CACHE=cold benches/peers.sh {{DIR}} {{ROUNDS}}

# Each algorithm against the best other program for it, on the generated trees in DIR, in turns; a table,
# and benches/algorithms.csv. Needs openssl, xxhsum, rhash and b3sum; rows of those that are missing are
# left out. `--only sha1,crc32` measures some, `--answers` compares the digests
bench-peers DIR ROUNDS='7' *ARGS: build
    python3 benches/peers.py {{DIR}} --rounds {{ROUNDS}} --csv benches/algorithms.csv {{ARGS}}

# hash against Python scripts over hashlib, on TREE with a hot cache; needs hyperfine
bench-scripts TREE PYTHON='python3': build
    hyperfine --warmup 1 --runs 5 --export-markdown - 'target/release/batchproc hash {{TREE}} > /dev/null' \
        '{{PYTHON}} benches/peers/hash_pool_map.py {{TREE}} > /dev/null' \
        '{{PYTHON}} benches/peers/hash_thread_pool.py {{TREE}} > /dev/null' \
        '{{PYTHON}} benches/peers/hash_apply_async.py {{TREE}} > /dev/null'

# The documents as a book in target/book, with its links checked; `cargo install mdbook --root target/tools`
# takes minutes, once
book:
    test -x target/tools/bin/mdbook || cargo install --locked mdbook --version 0.5.4 --root target/tools
    target/tools/bin/mdbook build
    python3 build/book.py check target/book

# The cost of engines themselves and of segmenting in them, on TEXT, with the Python of `just test-engines`; needs rjieba
bench-engines TEXT ROUNDS='5':
    target/engines/venv/bin/pip --quiet install rjieba
    target/engines/venv/bin/python benches/engines.py {{TEXT}} {{ROUNDS}}
    target/engines/venv/bin/python benches/frames.py {{TEXT}} {{ROUNDS}}

# MD5 against all programs that compute it, on the generated trees in DIR, drawn in benches/speed.svg
bench-chart DIR ROUNDS='5': build
    benches/peers.sh {{DIR}} {{ROUNDS}} > benches/peers.csv
    python3 benches/chart.py benches/peers.csv benches/segment.csv > benches/speed.svg
