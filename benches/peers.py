"""Times `batchproc hash` with each algorithm against the best other program for it.

    python3 benches/peers.py DIR [--rounds N] [--csv FILE] [--only NAME,...] [--answers]

DIR holds the trees that `just trees DIR` makes. Both programs read everything from the cache, in
turns; a ratio is theirs / ours, the median of the pairs and the range. Needs a release build, and
openssl, coreutils, xxhsum, rhash and b3sum; a program that is missing is left out and named.
With --answers, only compares the digests.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/batchproc"
PROCESSORS = len(os.sched_getaffinity(0))

# A tree, what is in it, and how many files xargs gives to each call of a program.
TREES = [("small", "60,000 small files", 500), ("k256", "4,000 files of 256 KiB", 100), ("mid", "64 files of 32 MiB", 4)]

OPENSSL = ["sha1", "sha224", "sha256", "sha384", "sha512", "sha512-256", "sha3-256", "sm3"]

# An algorithm and the programs that compute it, each as the command that xargs is to call.
PEERS = [("md5", ["md5sum", "openssl dgst -md5 -r"])]
PEERS += [(name, [f"openssl dgst -{name} -r"]) for name in OPENSSL]
PEERS += [
    ("blake2b", ["b2sum", "openssl dgst -blake2b512 -r"]),
    ("blake3", ["b3sum --num-threads 1"]),
    ("xxh32", ["xxhsum -q -H32"]),
    ("xxh64", ["xxhsum -q -H64"]),
    ("xxh3-64", ["xxhsum -q -H3"]),
    ("xxh3-128", ["xxhsum -q -H128"]),
    ("crc32", ["rhash --simple --crc32"]),
]


def rivals(directory, processes):
    """Rows of a tree, an algorithm, the name of another program, our command and that of the program."""
    missing = set()
    for tree, about, call in TREES:
        path = pathlib.Path(directory) / tree
        if not path.is_dir():
            print(f"{path} is missing: its rows are left out", file=sys.stderr)
            continue
        for algorithm, programs in PEERS:
            ours = f"{shlex.quote(str(PROGRAM))} hash -a {algorithm} {shlex.quote(str(path))}"
            for program in programs:
                name = program.split()[0]
                if not shutil.which(name):
                    missing.add(name)
                    continue
                theirs = (f"find -H {shlex.quote(str(path))} -type f -print0 | "
                          f"xargs -0 -P{processes} -n{call} {program}")
                yield about, algorithm, name, ours, theirs
    for name in sorted(missing):
        print(f"{name} is missing: its rows are left out", file=sys.stderr)


def run(command):
    begun = time.perf_counter()
    subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun


def digests(command):
    """The digests that a command prints, sorted: the order and the form of lines differ."""
    output = subprocess.run(["bash", "-o", "pipefail", "-c", command], stdout=subprocess.PIPE, check=True)
    lines = output.stdout.decode("utf-8", "surrogateescape").splitlines()
    found = [re.search(r"(?:^|[ =*_])([0-9a-fA-F]{8,128})(?= |$)", line) for line in lines]
    return sorted(match.group(1).lower() if match else line for match, line in zip(found, lines))


def compare(rows):
    failed = 0
    for about, algorithm, name, ours, theirs in rows:
        left, right = digests(ours), digests(theirs)
        failed += left != right
        print(f"{about}, {algorithm}, {name}: {'same' if left == right else 'DIFFERENT'}, {len(left)} digests", flush=True)
    sys.exit(failed and 1)


def measure(rows, rounds, csv):
    lines = []
    print("| files | algorithm | batchproc | other | times as fast |\n|---|---|---|---|---|")
    for about, algorithm, name, ours, theirs in rows:
        pairs = []
        for number in range(rounds + 1):
            pair = (run(ours), run(theirs))
            # The first pair fills the cache.
            if number > 0:
                pairs.append(pair)
        mine, other = (statistics.median(side) for side in zip(*pairs))
        ratios = sorted(b / a for a, b in pairs)
        print(f"| {about} | {algorithm} | {mine:.3f} s | {other:.3f} s {name} "
              f"| {statistics.median(ratios):.2f} ({ratios[0]:.2f} - {ratios[-1]:.2f}) |", flush=True)
        title = f"{about.replace(',', '')}: {algorithm}"
        lines += [f"{title},batchproc,{mine:.6f}\n", f"{title},{name},{other:.6f}\n"]
        if csv:
            pathlib.Path(csv).write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--rounds", type=int, default=7, metavar="N")
    parser.add_argument("--csv", metavar="FILE")
    parser.add_argument("--only", metavar="NAME,...", help="only these algorithms")
    parser.add_argument("--answers", action="store_true")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    wanted = options.only.split(",") if options.only else [name for name, _ in PEERS]
    unknown = set(wanted) - {name for name, _ in PEERS}
    if unknown:
        parser.error(f"no such algorithm: {', '.join(sorted(unknown))}")
    # Programs that write at the same time mix their lines.
    processes = 1 if options.answers else PROCESSORS
    rows = (row for row in rivals(options.directory, processes) if row[1] in wanted)
    if options.answers:
        compare(rows)
    measure(rows, options.rounds, options.csv)


main()
