"""Files and directories that change while they are read, and files whose size is not their content's.

A result must be the digest of a content that the file once had as a whole, or an error line.
"""

import os
import re
import shutil
import signal
import threading
import time

import making
import truth
from case import Skip, strace_works
from work import Hash

# Much larger than a reader's buffer, so that a file is read in many pieces.
LARGE = 12_000_000


def meanwhile(action):
    """Calls `action(child)` in a thread. The returned function joins it and raises its exception."""
    raised = []

    def begin(child):
        def body():
            try:
                action(child)
            except Exception as error:
                raised.append(error)
        begin.thread = threading.Thread(target=body)
        begin.thread.start()

    def join():
        begin.thread.join()
        if raised:
            raise raised[0]
    return begin, join


def change(case, path, kind, versions):
    """Changes the file once or twice, and records each content and status that it has."""
    rng, full = case.rng, case.at(path)

    def taken_away(action):
        """To lose its name changes the status of a file, which a run that had it open may see."""
        with open(full, "rb") as old:
            action()
            versions.append((versions[-1][0], os.fstat(old.fileno())))

    for _ in range(rng.choice([1, 1, 2])):
        content = versions[-1][0]
        place = rng.randrange(len(content)) if content else 0
        if kind == "truncated":
            content = content[:place]
            os.truncate(full, place)
        elif kind == "grown":
            more = rng.randbytes(rng.randrange(1, 300_000))
            content += more
            with open(full, "ab", buffering=0) as file:
                file.write(more)
        elif kind == "replaced":
            content = rng.randbytes(rng.choice([0, 1000, len(content)]))
            other = case.dir.parent / "other"
            other.write_bytes(content)
            taken_away(lambda: other.rename(full))
        elif kind == "removed":
            taken_away(full.unlink)
            return
        else:
            piece = bytes([content[place] ^ 1]) if content else b""
            content = content[:place] + piece + content[place + 1:]
            with open(full, "r+b", buffering=0) as file:
                os.pwrite(file.fileno(), piece, place)
        versions.append((content, os.stat(full)))
        # Changes are a clock tick apart: a reader cannot notice a second change within the same tick.
        time.sleep(0.03)


def files(case):
    """A large file changes in one of five ways while it is hashed. Size, time and inode in its line must
    belong to the same content as the digest, since an update trusts them."""
    rng = case.rng
    tree = truth.mixed(case, 6)
    tree.put("t/large", rng.randbytes(LARGE))
    tree.put("t/b c/large", rng.randbytes(LARGE // 3))
    path = rng.choice(["t/large", "t/b c/large"])
    kind = rng.choice(["truncated", "grown", "replaced", "rewritten", "removed"])
    versions = [(tree.content[path], os.stat(case.at(path)))]
    form, output = rng.choice(["gnu", "json", "csv"]), rng.choice([None, "out"])
    # With little memory the large files are read, otherwise they are mapped.
    mapped = rng.random() < 0.5
    memory = "256M" if mapped else "8M"
    work = Hash(case, tree, form, output, [*making.flags(rng), "--memory", memory]).begin()
    slow = strace_works() and rng.random() < 0.8
    delay = rng.random() * (0.35 if slow else 0.08)

    def action(child):
        time.sleep(delay)
        change(case, path, kind, versions)

    begin, join = meanwhile(action)
    wrap = []
    if slow:
        # Each read, or each mapping of a part, takes some milliseconds, so that most changes happen
        # between two of them.
        call, only = ("madvise", []) if mapped else ("read", ["-P", path])
        wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                "-e", f"inject={call}:delay_exit=5000", *only]
    if mapped:
        wrap = [*wrap, "env", "BATCHPROC_MAP=always"]
    ran = case.run(work.argv, during=begin, wrap=wrap)
    join()
    lines, _ = truth.lines_of(work.content() or b"" if output else ran.out, form)
    line = next((line for line in lines if path.encode() in line), None)
    right = [truth.record(form, path, content, status) for content, status in versions]
    if line is not None and line not in right:
        how = "mapped" if mapped else "read"
        case.found("wrong", f"{path}, {how}, was {kind} at {delay:.3f} s; {line!r} fits none of its "
                            f"{len(versions)} contents: {right!r}")
        return
    if line is None and not truth.is_named(ran.err, path) and kind == "removed":
        # It was gone before its directory was listed.
        del tree.content[path]
    elif line is None and not truth.is_named(ran.err, path):
        case.found("lost", f"{path} was {kind}, has no result and is not named")
        return
    if line is not None:
        work.lines_then[path] = line
    else:
        case.at(path).unlink(missing_ok=True)
    work.judge(ran, faulted=line is None and path in tree.content)


def text(case):
    """A long text changes while it is segmented. The output must be whole lines of its contents, or an
    error."""
    rng = case.rng
    tree = truth.texts(case, 3)
    rows = [f"z{row:06}" for row in range(200_000)]
    tree.put("t/long.txt", "\n".join(rows).encode() + b"\n")
    kind = rng.choice(["truncated", "grown", "replaced"])
    delay = rng.random() * 0.15
    full = case.at("t/long.txt")

    def action(child):
        time.sleep(delay)
        if kind == "truncated":
            os.truncate(full, rng.randrange(len(rows)) * 8)
        elif kind == "grown":
            with open(full, "ab", buffering=0) as file:
                file.write(b"zmore00\n" * 1000)
        else:
            (case.dir.parent / "other").write_bytes(b"zother0\n" * 300_000)
            (case.dir.parent / "other").rename(full)

    begin, join = meanwhile(action)
    directory = rng.random() < 0.5
    argv = ["segment", *making.flags(rng), "t"] + (["--output-dir", "o"] if directory else [])
    ran = case.run(argv, during=begin)
    join()
    case.sound(ran, {0, 1})
    at = case.at("o/t/long.txt")
    got = ran.out if not directory else at.read_bytes() if at.exists() else b""
    mine = [line for line in got.split(b"\n") if line.startswith(b"z")]
    beginning = [row.encode() for row in rows]
    whole = {"grown": [beginning, beginning + [b"zmore00"] * 1000], "truncated": [beginning],
             "replaced": [beginning, [b"zother0"] * 300_000]}[kind]
    short = kind == "truncated" and len(mine) * 8 == full.stat().st_size and \
        mine == beginning[:len(mine)]
    if mine in whole or short or truth.is_named(ran.err, "t/long.txt"):
        return
    case.found("wrong", f"{kind} at {delay:.3f} s: {len(mine)} lines, and no error line")


def directories(case):
    """During the walk a directory repeatedly vanishes, or is replaced by a link. With -L the link leads
    back to the directory that contains it."""
    rng = case.rng
    tree = truth.mixed(case, 8)
    for number in range(1500):
        tree.put(f"t/b c/{number % 40:02}/n{number:04}", b"%d" % number)
    outside = case.dir.parent / "outside"
    for number in range(40):
        (outside / f"{number:02}").mkdir(parents=True)
        (outside / f"{number:02}" / "secret").write_bytes(b"outside of the tree")
    place, away = case.at("t/b c"), case.dir.parent / "away"
    kind = rng.choice(["vanishes", "is swapped for a link", "becomes a loop"])
    end = threading.Event()

    def action(child):
        while child.poll() is None and not end.is_set():
            place.rename(away)
            if kind != "vanishes":
                place.symlink_to("." if kind == "becomes a loop" else outside)
            time.sleep(rng.random() * 0.01)
            if kind != "vanishes":
                place.unlink()
            away.rename(place)
            time.sleep(rng.random() * 0.01)

    begin, join = meanwhile(action)
    flags = making.flags(rng) + (["-L"] if kind == "becomes a loop" else [])
    work = Hash(case, tree, "gnu", rng.choice([None, "out"]), flags).begin()
    ran = case.run(work.argv, during=begin)
    end.set()
    join()
    got = work.content() if work.output else ran.out
    if b"/secret" in got:
        case.found("invented", "a link was followed without -L: a file outside of the tree is listed")
        return
    gone = not ran.err.strip() and b"/b c/" not in got
    if gone and ran.code == 0:
        return  # It was away when its parent was listed, or a link, which is not followed.
    work.judge(ran, faulted=True)


def loops(case):
    """Links that form loops, with -L: each file has one result, and each loop a line."""
    rng = case.rng
    tree = truth.mixed(case, 8)
    links = {"t/a/back": "..", "t/b c/self": ".", "t/dangling": "nowhere", "t/one": "two",
             "t/two": "one"}
    chosen = rng.sample(sorted(links), rng.randrange(1, 5))
    for name in chosen:
        case.at(name).symlink_to(links[name])
    work = Hash(case, tree, rng.choice(["gnu", "json"]), rng.choice([None, "out"]),
                [*making.flags(rng), "-L"]).begin()
    ran = case.run(work.argv)
    for name in chosen:
        if not truth.is_named(ran.err, name):
            case.found("lost", f"{name} is not reported")
    work.judge(ran, faulted=True)
    if ran.code == 0:
        case.found("exit", f"0, though there are loops: {chosen}")


def pretenders(case):
    """Files of /proc and /sys whose size differs from their content."""
    rng = case.rng
    every = ["/proc/version", "/proc/filesystems", "/proc/devices", "/proc/cmdline",
             "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/mm/transparent_hugepage/defrag",
             "/proc/sys/kernel/ostype", "/proc/misc", "/sys/devices/system/cpu/possible",
             "/sys/devices/system/cpu/online", "/proc/swaps", "/proc/1/ns", "/proc/self/mem",
             "/proc/kmsg-that-is-not"]
    there = [path for path in every if os.path.isfile(path) and os.access(path, os.R_OK)]
    if not there:
        raise Skip("there is no /proc")
    chosen = rng.sample(there, min(len(there), 4))
    ran = case.run(["hash", *making.flags(rng), *chosen])
    lines = ran.out.decode().splitlines()
    for path in chosen:
        try:
            with open(path, "rb") as file:
                right = f"{truth.digest(file.read(1 << 20))}  {path}"
        except OSError:
            right = None
        mine = [line for line in lines if line.endswith("  " + path)]
        if not mine and not truth.is_named(ran.err, path):
            case.found("lost", f"{path} has no result and is not named")
        elif mine and mine != [right]:
            case.found("wrong", f"{mine[0]}, not {right}")
    case.sound(ran, {0, 1})
    if ran.code == 0 and len(lines) != len(chosen):
        case.found("exit", "0, though results are missing")


def sparse(case):
    """A file of 1 TB without content: SIGTERM ends the run within seconds."""
    rng = case.rng
    path = case.at("sparse")
    path.touch()
    try:
        os.truncate(path, 1 << 40)
    except OSError as error:
        raise Skip(f"no file of 1 TB: {error}")
    case.at("m.md5").write_text("0" * 32 + "  sparse\n")
    argv = rng.choice([["hash", "sparse"], ["hash", "-o", "out", "sparse"], ["check", "m.md5"],
                       ["segment", "sparse"], ["segment", "--count", "sparse"],
                       ["segment", "-o", "out", "sparse"]])
    argv = [*argv[:-1], "--memory", "16M", argv[-1]]
    at = []

    def stop(child):
        time.sleep(0.3 + rng.random() * 0.7)
        at.append(time.monotonic())
        if child.poll() is None:
            os.kill(child.pid, signal.SIGTERM)

    # Standard output is discarded: segmenting NULs writes hundreds of megabytes per second.
    ran = case.run(argv, wrap=["sh", "-c", 'exec "$@" > /dev/null', "sh"], during=stop, limit=20)
    if time.monotonic() - at[0] > 10:
        case.found("hang", f"{time.monotonic() - at[0]:.0f} s from SIGTERM to the end")
    case.sound(ran, {143, 1} if argv[0] == "segment" else {143})
    if case.at("out").exists():
        case.found("output", "a stopped run made the output")
    left = {name for name in os.listdir(case.dir) if re.search(r"\.tmp$", name)}
    if left:
        case.found("litter", f"{left} stays after SIGTERM")
    shutil.rmtree(case.dir)


KINDS = {
    "mutators/files": (files, 4),
    "mutators/text": (text, 2),
    "mutators/directories": (directories, 2),
    "mutators/loops": (loops, 2),
    "mutators/pretenders": (pretenders, 1),
    "mutators/sparse": (sparse, 1),
}
