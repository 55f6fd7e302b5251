"""Clocks that are wrong or jump, simulated by libfaketime: back, ahead, at every query, before 1970.

The program may say wrong times; its results are those that it has under a right clock.
"""

import os
import subprocess
import sys

import making
import truth
from case import Skip, lock, tool

# Arguments of `faketime -f`. `iN` moves the clock by N seconds at each query.
CLOCKS = ["-3d", "-3d i-9.0", "+9d", "+9d i3600.0", "+0 i-0.5", "-1h x1000", "@1960-01-01 00:00:00",
          "@1970-01-01 00:00:01 i-1.0", "@2200-01-01 00:00:00"]


def faketime_works(path, cache=[]):
    """Whether libfaketime works; the answer is cached."""
    with lock:
        if not cache:
            tried = subprocess.run(
                [path, "-f", "@1999-09-09 00:00:00", sys.executable, "-c",
                 "import time; print(time.localtime().tm_year)"],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            cache.append(tried.stdout.strip() == b"1999")
        return cache[0]


def wrong_clock(rng):
    """A wrapper under which the time of day is wrong, and in half of the cases the other clocks too."""
    path = tool("faketime")
    if not faketime_works(path):
        raise Skip("libfaketime does not turn the clock here")
    others = [] if rng.random() < 0.5 else ["--exclude-monotonic"]
    return [path, "-m", *others, "-f", rng.choice(CLOCKS)]


def jumping(case):
    """The clock is wrong, and jumps while the program runs."""
    rng = case.rng
    watched = rng.choice([[], ["--progress", "log"], ["--stats"], ["--progress", "log", "--stats"]])
    command = rng.choice(making.READERS + making.WRITERS)
    wrap = wrong_clock(rng)
    work = making.work(case, command, extra=watched)
    ran = case.run(work.argv, wrap=wrap)
    work.judge(ran, faulted=False)


def manifests(case):
    """A manifest is updated several times, each time under another clock. A file that was written in
    between is read again, even if its time was set back. An unchanged file keeps its line."""
    rng = case.rng
    tree, form = truth.mixed(case, 10), rng.choice(["json", "csv"])
    name = f"m.{form}"
    argv = ["hash", "--format", form, "--update", name, tree.root, "-o", name]
    case.sound(case.run(argv, wrap=wrong_clock(rng)), {0})
    for _ in range(3):
        path = rng.choice([path for path in tree.files() if tree.content[path]])
        status, content = os.stat(case.at(path)), tree.content[path]
        tree.content[path] = content[:-1] + bytes([content[-1] ^ 1])
        case.at(path).write_bytes(tree.content[path])
        kept = rng.random() < 0.5
        if kept:
            os.utime(case.at(path), ns=(status.st_atime_ns, status.st_mtime_ns))
        older = rng.choice([[], ["--rehash-older-than", "1d"]])
        ran = case.run([*argv, *older], wrap=wrong_clock(rng))
        # Only a changed ctime is reported, with exit code 1.
        case.sound(ran, {1} if kept else {0})
        got, _ = truth.lines_of(truth.without_hashed(form, case.at(name).read_bytes()), form)
        if got != list(truth.records(tree, form).values()):
            case.found("wrong", f"{path} was written, and {name} is not what is there")


KINDS = {
    "clocks/jumping": (jumping, 1),
    "clocks/manifests": (manifests, 1),
}
