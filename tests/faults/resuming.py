"""Leftovers of an interrupted run in every state: truncated anywhere, with garbage at the end, unreadable,
or of a tree that has changed. `--resume` ends with the right result or refuses."""

import os

import making
import truth
from case import Skip, strace_works

ERRORS = ["EIO", "EACCES", "ENOMEM", "EMFILE", "ESTALE", "ENOSPC"]


def interrupted(case, command=None, form=None):
    """A run that was killed after writing all results, before renaming the output."""
    rng = case.rng
    if not strace_works():
        raise Skip("strace is not installed, or is not permitted to trace")
    if command == "update" or command is None and rng.random() < 0.3:
        work = making.work(case, "update", files=40)
    else:
        tree = truth.mixed(case, 40, 20_000)
        form = form or rng.choice(["gnu", "json", "csv"])
        work = making.Hash(case, tree, form, "out", making.flags(rng)).begin()
    ran = case.inject(work.argv, "rename,renameat,renameat2", "signal=SIGKILL", "1")
    if ran.code == 0:
        raise Skip("the program does not rename")
    partial = case.at(f"{work.output}.partial")
    if not partial.exists():
        case.found("resume", "killed before the renaming, it has left no FILE.partial")
        raise Skip("there is nothing to resume")
    return work, partial


def states(case):
    """FILE.partial is truncated anywhere, or has a torn line or garbage at its end."""
    rng = case.rng
    work, partial = interrupted(case)
    content = partial.read_bytes()
    kept = content[:rng.choice([0, 1, len(content), rng.randrange(len(content) + 1)])]
    rubbish = rng.choice([b"", b"", bytes(rng.randrange(1, 5000)), rng.randbytes(100),
                          content[:30], b"\n", b"d41d8cd98f00b204e9800998ecf8427e  t/invented\n"])
    partial.write_bytes(kept + rubbish)
    work.again(rng.random() < 0.9, f"{len(kept)} of {len(content)} bytes and {rubbish[:20]!r}")


def note(case):
    """FILE.partial.run is missing, empty, truncated or garbage: --resume starts over or refuses."""
    rng = case.rng
    work, partial = interrupted(case)
    run = case.at(f"{work.output}.partial.run")
    content = run.read_bytes()
    kind = rng.choice(["away", "empty", "cut", "rubbish", "another"])
    if kind == "away":
        run.unlink()
    else:
        run.write_bytes({"empty": b"", "cut": content[:rng.randrange(len(content))],
                         "rubbish": rng.randbytes(100),
                         "another": content.replace(b"1", b"2").replace(b"a", b"b")}[kind])
    before = partial.read_bytes()
    ran = case.run([*work.argv, "--resume"])
    if ran.code == 2:
        # It refused, so all files must still be there.
        case.sound(ran, {2})
        if work.content() != work.old:
            case.found("output", "it refused, and the output has changed")
        if not partial.exists() or partial.read_bytes() != before:
            case.found("lost", "it refused, and FILE.partial has changed")
        return
    ran.err = ""
    # The program keeps garbage that it does not recognize as its own.
    work.before |= {partial.name, run.name}
    work.judge(ran, faulted=False)


def changed(case):
    """The tree changes before the second run. JSON and CSV record times, so the result is the current one."""
    rng = case.rng
    work, _ = interrupted(case, "hash", rng.choice(["json", "csv"]))
    tree = work.tree
    for path in rng.sample(tree.files(), 3):
        tree.put(path, tree.content[path] + b"more")
    tree.remove(rng.choice(tree.files()))
    tree.put("t/b c/00 new", b"new")
    work.before.add("t/b c/00 new")
    work.again(True, "a change of the tree")


def hard_to_read(case):
    """Calls on the leftover files fail under --resume. A later run without faults loses nothing."""
    rng = case.rng
    work, partial = interrupted(case)
    target = rng.choice([partial.name, partial.name, f"{partial.name}.run"])
    calls = rng.choice(["openat", "read,pread64", "lseek", "ftruncate", "write,pwrite64", "fstat,statx",
                        "flock,fcntl"])
    if rng.random() < 0.5:
        content = partial.read_bytes()
        partial.write_bytes(content[:rng.randrange(len(content) + 1)])
    ran = case.inject([*work.argv, "--resume"], calls, rng.choice(ERRORS), rng.choice(["1", "2", "1+"]),
                      target)
    if ran.code == 0:
        ran.err = ""
        work.before |= {partial.name, f"{partial.name}.run"}
        work.judge(ran, faulted=False)
        return
    case.sound(ran, {1, 2})
    if work.content() != work.old:
        case.found("output", f"exit code {ran.code}, and {work.output} is not the old one")
    work.again(True, f"{calls} on {target}")


def segmented(case):
    """`segment -o` is killed at a write again and again; with --resume, the result is the uninterrupted one."""
    rng = case.rng
    if not strace_works():
        raise Skip("strace is not installed, or is not permitted to trace")
    words = ["我来到北京清华大学", "他来到了网易杭研大厦", "abc", "，", "\n", "\r\n", "\n"]
    for number in range(rng.randrange(1, 6)):
        text = "".join(rng.choice(words) for _ in range(rng.randrange(60_000))).encode()
        at = rng.randrange(len(text) + 1)
        case.at(f"text{number}").write_bytes(text[:at] + rng.choice([b"", b"\xff"]) + text[at:])
    texts = sorted(path.name for path in case.dir.glob("text*")) + rng.choice([[], ["gone"]])
    form = rng.choice([[], ["--format", "json"], ["--pos", "--drop", "space"], ["--keywords", "5"],
                       ["--keywords", "2", "--per", "line"], ["--encoding", "gb18030"]])
    plain = case.run(["segment", *form, *texts, "-o", "plain"])
    case.sound(plain, {0, 1})
    argv = ["segment", *form, *texts, "-o", "out", "--resume"]
    environment = dict(os.environ, LC_ALL="C", BATCHPROC_MARK=str(rng.choice([1, 5000, 300_000])))
    first = rng.randrange(1, 5)
    for again in range(100):
        # The record is written in other calls than the result.
        name = rng.choice(["out.partial", "out.partial", "out.partial.run"])
        # strace knows a file that is not there yet only by its whole path.
        target = case.dir.resolve() / name
        ran = case.inject(argv, "write", "signal=SIGKILL", str(first + again), target,
                          env=environment)
        if ran.code >= 0:
            break
        if case.at("out").exists():
            case.found("output", "it was killed, and the output is there")
    case.sound(ran, {plain.code})
    if not case.at("plain").exists():
        return
    if not case.at("out").exists() or case.at("out").read_bytes() != case.at("plain").read_bytes():
        case.found("output", f"it is not that of an uninterrupted run: {form} {texts}")
    left = sorted(path.name for path in case.dir.iterdir() if "partial" in path.name)
    if left:
        case.found("litter", f"{left}")


KINDS = {
    "resuming/segment": (segmented, 2),
    "resuming/states": (states, 3),
    "resuming/note": (note, 2),
    "resuming/changed": (changed, 1),
    "resuming/hard-to-read": (hard_to_read, 3),
}
