#!/usr/bin/env python3
"""Floods: more of everything than a user has. Measures peak memory and time of each run, and checks the
exit code and the number of lines. Needs GNU time as /usr/bin/time.

    tests/floods/run.py --binary target/release/batchproc --scale 0.1 DIR

A scale of 1 means a million files in one directory, a million directories, a line of 1 GiB, 5 GB through a
pipe and manifests of 10 million lines: about 8 GB in DIR and half an hour. `--only NAME` runs some floods,
`--list` names them. Everything in DIR that a flood makes is removed after it. The exit code is 1 if a run
ended otherwise than it should, lost a line, or needed more memory than it may.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time

MIB = 1 << 20
EMPTY = hashlib.md5(b"").hexdigest()


class Flood:
    """The measurements of one program in one directory."""

    def __init__(self, binary, directory, scale):
        self.binary, self.directory, self.scale = os.path.abspath(binary), directory, scale
        self.failures = []

    def size(self, full, least=1):
        """So many at this scale."""
        return max(least, int(full * self.scale))

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def run(self, what, arguments, lines=None, code=0, most=None, stdin=None, errors=None):
        """Runs the program. Returns peak memory in MiB and seconds; says what is not as it should be."""
        begun = time.monotonic()
        reader, writer = os.pipe()
        errors_path = self.path("stderr")
        # The peak of a child of this program would be that of Python, so GNU time starts the program.
        report = self.path("time")
        with open(errors_path, "wb") as stderr:
            child = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", report, self.binary, *arguments], cwd=self.directory, stdout=writer, stderr=stderr,
                                     stdin=subprocess.PIPE if stdin else subprocess.DEVNULL)
        os.close(writer)
        if stdin:
            threading.Thread(target=feed, args=(child.stdin, stdin), daemon=True).start()
        found = 0
        while chunk := os.read(reader, MIB):
            found += chunk.count(b"\n")
        os.close(reader)
        child.wait()
        seconds = time.monotonic() - begun
        with open(report) as measured:
            peak = int(measured.read().split()[-1]) / 1024
        with open(errors_path, "rb") as stderr:
            told = sum(chunk.count(b"\n") for chunk in iter(lambda: stderr.read(MIB), b""))
        wrong = []
        if child.returncode != code:
            wrong.append(f"exit code {child.returncode} instead of {code}")
        if lines is not None and found != lines:
            wrong.append(f"{found} lines instead of {lines}")
        if errors is not None and told != errors:
            wrong.append(f"{told} lines on standard error instead of {errors}")
        if most is not None and peak > most:
            wrong.append(f"more than {most} MiB")
        print(f"{what:<58} {peak:8.1f} MiB {seconds:8.2f} s  code {child.returncode}  {found} lines, {told} errors"
              + "".join(f"  WRONG: {reason}" for reason in wrong), flush=True)
        if wrong:
            self.failures.append(what)
            with open(errors_path, "rb") as stderr:
                print("    " + repr(stderr.read(400)), flush=True)
        return peak, seconds


def feed(pipe, chunks):
    """Writes chunks to a pipe until its reader is gone."""
    try:
        with pipe:
            for chunk in chunks():
                pipe.write(chunk)
    except BrokenPipeError:
        pass


def tiny_files(directory, count, content=b"tiny\n"):
    """So many files of the same content in one directory."""
    os.makedirs(directory)
    handle = os.open(directory, os.O_RDONLY)
    for number in range(count):
        file = os.open(f"{number:08}", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=handle)
        os.write(file, content)
        os.close(file)
    os.close(handle)


def many_files(flood):
    """Many files in one directory: cost for each, and memory, against a hundredth or a tenth of them."""
    many = flood.size(1_000_000, 1000)
    few = many // 10 if many <= 100_000 else many // 100
    tiny_files(flood.path("few"), few)
    tiny_files(flood.path("many"), many)
    for order in "input", "completion":
        for memory in [], ["--memory", "16M"]:
            results = {}
            for name, count in ("few", few), ("many", many):
                arguments = ["hash", *memory, "--order", order, name]
                what = " ".join(["hash", *memory, "--order", order, f"{count} files"])
                runs = [flood.run(what, arguments, lines=count) for _ in range(3)]
                results[name] = min(run[0] for run in runs), min(run[1] for run in runs)
            memory_ratio = results["many"][0] / results["few"][0]
            cost_ratio = results["many"][1] / many / (results["few"][1] / few)
            print(f"    {many} against {few}: memory x {memory_ratio:.2f}, cost of a file x {cost_ratio:.2f}")
    for command in ["dups", "many"], ["audit", "--quiet", "many.md5", "many"], ["diff", "many.md5", "many"]:
        if command[0] != "dups":
            with open(flood.path("many.md5"), "w") as manifest:
                digest = hashlib.md5(b"tiny\n").hexdigest()
                manifest.writelines(f"{digest}  many/{number:08}\n" for number in range(many))
        flood.run(f"{command[0]} of {many} files", command)


def directories(directory, count, content=b""):
    """So many directories in one, each with one file; None for the content means with no file."""
    os.makedirs(directory)
    handle = os.open(directory, os.O_RDONLY)
    for number in range(count):
        os.mkdir(f"{number:08}", dir_fd=handle)
        if content is not None:
            file = os.open(f"{number:08}/f", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=handle)
            os.write(file, content)
            os.close(file)
    os.close(handle)


def compare(flood, what, few, many):
    """Runs the program with few files and with many, and tells how the cost of a file and the memory grow.
    Both are arguments, a number of files, and a number of lines."""
    results = []
    for arguments, count, lines in few, many:
        # A short run is measured again and again, since a moment's work of others would double its time.
        runs = [flood.run(f"{what}: {count}", arguments(), lines=lines) for _ in range(5 if count <= 10_000 else 1)]
        results.append((min(run[0] for run in runs), min(run[1] for run in runs) / count))
    (memory, cost), (memory_of_many, cost_of_many) = results
    print(f"    {what}: {many[1]} against {few[1]}: memory x {memory_of_many / memory:.2f}, "
          f"cost of each x {cost_of_many / cost:.2f}")


def many_directories(flood):
    """Many directories, each with one file or none."""
    many = flood.size(1_000_000, 1000)
    few = many // 10 if many <= 100_000 else many // 100
    text = "我来到北京清华大学\n".encode()
    for name, count in ("few", few), ("many", many):
        directories(flood.path(name), count)
        with open(flood.path(f"{name}.md5"), "w") as manifest:
            manifest.writelines(f"{EMPTY}  {name}/{number:08}/f\n" for number in range(count))
    both = ("few", few), ("many", many)
    # The functions are called at once, so each sees the value of its own round.
    for arguments in ["hash"], ["hash", "--memory", "16M"], ["hash", "--memory", "16M", "--order", "completion"]:
        compare(flood, " ".join(arguments) + " of directories",
                *((lambda name=name: [*arguments, name], count, count) for name, count in both))
    compare(flood, "audit of directories",
            *((lambda name=name: ["audit", "--quiet", f"{name}.md5", name], count, 0) for name, count in both))
    for name, count in both:
        remove(flood.path(name))
        directories(flood.path(name), count, None)
    compare(flood, "hash of empty directories", *((lambda name=name: ["hash", name], count, 0) for name, count in both))
    for name, count in both:
        remove(flood.path(name))
        directories(flood.path(name), count // 10 or 1, text)

    def segment(name):
        remove(flood.path("tokens"))
        return ["segment", "--output-dir", "tokens", name]

    compare(flood, "segment --output-dir of directories",
            *((lambda name=name: segment(name), count // 10 or 1, 0) for name, count in both))


def least_memory(flood):
    """The least memory with the most readers, with many algorithms and with maps."""
    tiny_files(flood.path("tiny"), flood.size(100_000, 1000))
    os.makedirs(flood.path("large"))
    part = os.urandom(MIB)
    for number in range(flood.size(200, 64)):
        with open(flood.path("large", str(number)), "wb") as file:
            file.writelines(part for _ in range(8))
    alone, _ = flood.run("hash of one tiny file", ["hash", "--memory", "8M", "tiny/00000000"], lines=1)
    many = "md5,sha1,sha256,sha512,sha3-256,blake2b,blake3,xxh3-128,crc32"
    for memory in 8, 16, 128:
        for readers in 1, 64:
            for algorithms in "md5", many:
                for tree in "tiny", "large":
                    arguments = ["hash", "--memory", f"{memory}M", "--io-threads", str(readers), "-a", algorithms, tree]
                    flood.run(" ".join(arguments).replace(many, "MANY"), arguments, most=alone + memory + 8)


def nest(flood, names):
    """Makes directories with these names, each in the one before, with a file `f` in each."""
    handle = os.open(flood.directory, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=handle)
        below = os.open(name, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
        os.close(os.open("f", os.O_WRONLY | os.O_CREAT, dir_fd=handle))
    os.close(handle)


def deep(flood):
    """Directories in each other, 4,000 deep: a file in each, and paths beyond PATH_MAX at the end."""
    depth = 4000
    nest(flood, ["deep"] + ["d"] * depth)
    flood.run("hash 4,000 directories in each other", ["hash", "deep"], lines=depth + 1)


def long_names(flood):
    """Names of 255 bytes in each other, to paths that are much longer than the system takes."""
    levels = 100
    nest(flood, ["long"] + ["x" * 255] * levels)
    flood.run("hash paths beyond PATH_MAX", ["hash", "long"], lines=levels + 1)


def sparse(flood):
    """A sparse file of 20 GiB."""
    size = flood.size(20 << 30)
    with open(flood.path("sparse"), "wb") as file:
        file.truncate(size)
    flood.run(f"hash a sparse file of {size >> 20} MiB", ["hash", "sparse"], lines=1, most=400)
    flood.run(f"hash -a blake3 a sparse file of {size >> 20} MiB", ["hash", "-a", "blake3", "sparse"], lines=1, most=400)


def names(flood):
    """Names on standard input: the same few files again and again."""
    many = flood.size(10_000_000, 1000)
    tiny_files(flood.path("few"), 100)
    part = b"".join(b"few/%08d\n" % (number % 100) for number in range(1000))
    chunks = lambda: (part for _ in range(many // 1000))
    flood.run(f"hash --files-from - of {many} names", ["hash", "--files-from", "-"], lines=many // 1000 * 1000,
              stdin=chunks)
    missing = b"".join(b"none/%08d\n" % number for number in range(1000))
    few = min(many, 1_000_000) // 1000
    flood.run(f"hash --files-from - of {few * 1000} missing names", ["hash", "--files-from", "-"], lines=0, code=1,
              stdin=lambda: (missing for _ in range(few)), errors=few * 1000)


def long_line(flood):
    """A line of 1 GiB."""
    part = "我来到北京清华大学，".encode() * 1000
    times = flood.size((1 << 30) // len(part))
    flood.run(f"segment a line of {times * len(part) >> 20} MiB", ["segment"], lines=1, most=700,
              stdin=lambda: [*(part for _ in range(times)), b"\n"])
    flood.run(f"segment -j1 --memory 16M, the same", ["segment", "-j1", "--memory", "16M"], lines=1, most=120,
              stdin=lambda: [*(part for _ in range(times)), b"\n"])
    flood.run(f"hash --files-from a line of {times * len(part) >> 20} MiB", ["hash", "--files-from", "-"], lines=0,
              code=2, stdin=lambda: [*(part for _ in range(times)), b"\n"], most=100, errors=1)


def pipe(flood):
    """Text through a pipe."""
    part = "我来到北京清华大学。\n小明硕士毕业于中国科学院计算所\n".encode() * 500
    times = flood.size(5_000_000_000 // len(part))
    flood.run(f"segment {times * len(part) // 1_000_000} MB of a pipe", ["segment"], lines=times * 1000, most=700,
              stdin=lambda: (part for _ in range(times)))
    flood.run(f"hash {times * len(part) // 1_000_000} MB of a pipe", ["hash"], lines=1, most=400,
              stdin=lambda: (part for _ in range(times)))


def manifests(flood):
    """Manifests of 10 million lines, for all commands that read them."""
    many = flood.size(10_000_000, 1000)
    tiny_files(flood.path("few"), 100, b"")
    with open(flood.path("m.md5"), "w") as manifest, open(flood.path("m.json"), "w") as as_json:
        for number in range(many):
            name = f"few/{number:08}"
            manifest.write(f"{EMPTY}  {name}\n")
            as_json.write(f'{{"path":"{name}","algorithm":"md5","digest":"{EMPTY}","size":0,"mtime":1}}\n')
    shown = f"{many} lines"
    # A name has 12 bytes and a digest 16. What the program needs without any line comes on top.
    most = lambda each: 64 + each * many / MIB
    flood.run(f"check of {shown}", ["check", "m.md5"], lines=many, code=1, most=most(0) + 64)
    flood.run(f"check --status of {shown}", ["check", "--status", "m.md5"], lines=0, code=1, most=most(0) + 64)
    flood.run(f"check --ignore-missing of {shown}", ["check", "--ignore-missing", "m.md5"], lines=100, most=most(0) + 64)
    flood.run(f"audit of {shown}", ["audit", "m.md5", "few"], code=1, lines=many, most=most(28 + 40))
    flood.run(f"diff of {shown} with itself", ["diff", "m.md5", "m.json"], most=most(2 * (28 + 40)))
    flood.run(f"diff of {shown} with the tree", ["diff", "m.md5", "few"], code=1, most=most(28 + 60))
    flood.run(f"dups --from {shown}", ["dups", "--from", "m.json"], most=most(28 + 60))
    flood.run(f"hash --update {shown}", ["hash", "--update", "m.json", "--format", "json", "few"], lines=100,
              most=most(28 + 60))


FLOODS = [many_files, many_directories, least_memory, deep, long_names, sparse, names, long_line, pipe, manifests]


def remove(directory):
    """Removes a tree of any depth, which shutil cannot."""
    subprocess.run(["rm", "-rf", "--", directory], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR", nargs="?", help="where the floods are made; must not exist")
    parser.add_argument("--binary", default="target/release/batchproc", help="the program")
    parser.add_argument("--scale", type=float, default=0.1, help="1 is the whole size; the default is a tenth")
    parser.add_argument("--only", action="append", help="run only this flood (repeatable)")
    parser.add_argument("--list", action="store_true", help="name the floods")
    arguments = parser.parse_args()
    if arguments.list:
        for flood in FLOODS:
            print(f"{flood.__name__:<18} {flood.__doc__}")
        return 0
    if not arguments.directory:
        parser.error("DIR is missing")
    failures = []
    for flood in FLOODS:
        if arguments.only and flood.__name__ not in arguments.only:
            continue
        os.makedirs(arguments.directory)
        print(f"{flood.__name__}: {flood.__doc__}", flush=True)
        try:
            measured = Flood(arguments.binary, os.path.abspath(arguments.directory), arguments.scale)
            flood(measured)
            failures += measured.failures
        finally:
            remove(arguments.directory)
    for failure in failures:
        print(f"WRONG: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
