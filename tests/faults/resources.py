"""Scarce resources: too little memory, too few descriptors or threads, no working directory.

The run ends with the right result, or says why it cannot.
"""

import os
import signal
from pathlib import Path

import making
from case import Skip, out_of_memory, private_mounts_work, tool

COMMANDS = ["hash", "hash -o", "update", "check", "audit", "segment", "segment -o", "segment dir",
            "count", "compile", "compile -o"]

GROUPS = Path("/sys/fs/cgroup")


def honest(work, ran):
    """Judges a run that lacks a resource. It may end with exit code 2 and a reason."""
    if out_of_memory(ran):
        # With too little memory the program may abort, if it prints a message.
        work.judge(ran, faulted=True, codes={-signal.SIGABRT}, killed=True)
    else:
        work.judge(ran, faulted=ran.code != work.clean, codes={0, 1, 2, work.clean})


def little_address_space(case):
    """An address-space limit (ulimit -v), from too little to start with up to enough."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS))
    limit = rng.choice([20, 28, 35, 45, 60, 90, 150, 300]) * 1_000_000 + rng.randrange(4_000_000)
    ran = case.run(work.argv, wrap=[tool("prlimit"), f"--as={limit}"])
    if "error while loading shared libraries" in ran.err or "cannot execute" in ran.err \
            or ran.code < 0 and not ran.err and limit < 30_000_000:
        return  # It did not even begin.
    honest(work, ran)


def enough_address_space(case):
    """400 MB of address space, with the default --memory of 256 MB, are enough for everything."""
    work = making.work(case, case.rng.choice(COMMANDS))
    ran = case.run(work.argv, wrap=[tool("prlimit"), "--as=400000000"])
    work.judge(ran, faulted=False)


def group(case, controller, settings, processes):
    """Makes a control group for this case, and returns a shell that enters it, as a wrapper. Skips the case
    if that is not possible."""
    name = f"faults-{os.getpid()}-{case.dir.parent.name}"
    for base in (GROUPS / controller, GROUPS):
        directory = base / name
        try:
            directory.mkdir()
        except OSError:
            continue
        try:
            for key, value in settings:
                if (directory / key).exists():
                    (directory / key).write_text(str(value))
                    break
            else:
                raise OSError
            return directory, ["sh", "-c", f'echo $$ > "{directory}/{processes}" && exec "$@"', "sh"]
        except OSError:
            directory.rmdir()
    raise Skip(f"no control group for {controller} can be made here")


def memory_group(case):
    """A control group with little more memory than --memory says (64 MB for the program itself)."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS), largest=1_500_000,
                       extra=[] if rng.random() < 0.5 else ["--memory", "16M"])
    directory, wrap = group(case, "memory", [("memory.limit_in_bytes", 96 << 20),
                                             ("memory.max", 96 << 20)], "cgroup.procs")
    try:
        ran = case.run(work.argv, wrap=wrap)
    finally:
        directory.rmdir()
    work.judge(ran, faulted=False)


def process_group(case):
    """A control group that allows few threads."""
    work = making.work(case, case.rng.choice(COMMANDS))
    limit = case.rng.choice([1, 2, 3, 4, 5, 6, 8, 12])
    directory, wrap = group(case, "pids", [("pids.max", limit)], "cgroup.procs")
    try:
        ran = case.run(work.argv, wrap=wrap)
    finally:
        directory.rmdir()
    honest(work, ran)


def few_descriptors(case):
    """A limit on open files (ulimit -n), from three up."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS), files=60)
    limit = rng.choice([3, 4, 6, 8, 10, 12, 14, 16, 16, 18, 20, 24, 32])
    ran = case.run(work.argv, wrap=[tool("prlimit"), f"--nofile={limit}"])
    if "error while loading shared libraries" in ran.err:
        return
    honest(work, ran)


def sixteen_descriptors(case):
    """16 open files are enough to process everything, or to report what could not be processed."""
    work = making.work(case, case.rng.choice(COMMANDS), files=200)
    ran = case.run([*work.argv], wrap=[tool("prlimit"), "--nofile=16"])
    honest(work, ran)


def no_threads(case):
    """Starting a thread fails, once or from the n-th on."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS))
    number = rng.randrange(1, 9)
    ran = case.inject(work.argv, "clone3,clone", rng.choice(["EAGAIN", "ENOMEM", "EPERM"]),
                      rng.choice([f"{number}", f"{number}+"]))
    if ran.injected:
        honest(work, ran)
    else:
        work.judge(ran, faulted=False)


def memory_refused(case):
    """Allocating memory fails (mmap, brk), once or from some call on."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS))
    numbers = rng.randrange(8, 60)
    ran = case.inject(work.argv, rng.choice(["mmap", "brk", "mprotect", "mmap,brk"]), "ENOMEM",
                      rng.choice([f"{numbers}", f"{numbers}+"]))
    if "loading shared libraries" in ran.err or ran.code == 127 or not ran.err and ran.code < 0:
        return
    honest(work, ran)


def closed(case):
    """Standard input, output or error, or several of them, are closed."""
    rng = case.rng
    work = making.work(case, rng.choice(COMMANDS))
    closing = rng.choice(["0<&-", "1>&-", "2>&-", "0<&- 1>&-", "1>&- 2>&-", "0<&- 2>&-",
                          "0<&- 1>&- 2>&-"])
    ran = case.run(work.argv, wrap=["sh", "-c", f'exec "$@" {closing}', "sh"])
    reason = "2>&-" not in closing
    to_stdout = not work.output and work.argv[0] != "segment" or (
        work.argv[0] == "segment" and not work.output and "--output-dir" not in work.argv)
    if "1>&-" in closing and to_stdout:
        case.sound(ran, {1, 2}, reason=reason)
        if not reason:
            ran.err = "batchproc: it could not say so"
        work.litter(ran, True, False)
        return
    if not reason and ran.code:
        ran.err = "batchproc: it could not say so"
    work.judge(ran, faulted=False, codes={work.clean})


def closed_input(case):
    """Standard input is closed but should be read. That is an error, not an empty file."""
    rng = case.rng
    # An unreadable file is exit code 1; without a list or a dictionary the run fails with 2.
    argv, code = rng.choice([(["hash", "-"], 1), (["hash"], 1), (["segment"], 1), (["check"], 1),
                             (["hash", "--files-from", "-"], 2),
                             (["segment", "--files-from", "-"], 2), (["dict", "compile", "-"], 2)])
    argv = argv + rng.choice([[], ["-o", "out"]] if argv[0] != "check" else [[]])
    ran = case.run(argv, wrap=["sh", "-c", 'exec "$@" 0<&-', "sh"])
    case.sound(ran, {code})
    if ran.out or os.listdir(case.dir):
        case.found("invented", f"{ran.out[:80]!r}, {os.listdir(case.dir)}")


def bare(case):
    """There is no environment, and only the directory of the case is writable."""
    work = making.work(case, case.rng.choice(COMMANDS))
    wrap = ["env", "-i"]
    if private_mounts_work() and case.rng.random() < 0.7:
        # Everything but the directory of the output becomes read-only.
        script = ('mount --bind "$PWD" "$PWD" && mount --bind /tmp /tmp && '
                  'mount -o remount,bind,ro /tmp && cd "$0" && mount --bind "$0" "$0" && '
                  'mount -o remount,bind,rw "$0" && cd "$0" || exit 99; exec env -i "$@"')
        wrap = ["unshare", "-m", "sh", "-c", script, str(case.dir)]
    ran = case.run(work.argv, wrap=wrap)
    if ran.code == 99:
        wrap = ["env", "-i"]
        ran = case.run(work.argv, wrap=wrap)
    work.judge(ran, faulted=False)


def nowhere(case):
    """The working directory is deleted; names are absolute or not."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash", "segment", "count", "compile"]))
    absolute = rng.random() < 0.7
    argv = work.argv
    if absolute:
        last = str(case.at(argv[-1]))
        argv = [*argv[:-1], last]
    ran = case.run(argv, wrap=["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"])
    if absolute:
        root = str(case.dir).encode() + b"/"
        ran.out = ran.out.replace(root, b"")
        ran.err = ran.err.replace(root.decode(), "")
        work.judge(ran, faulted=False)
    else:
        case.sound(ran, {1, 2})


def nowhere_to_write(case):
    """The working directory is deleted, and the output should go there."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash -o", "segment -o", "segment dir", "compile -o"]))
    argv = [str(case.at(word)) if word == "t" or word == "words" else word for word in work.argv]
    ran = case.run(argv, wrap=["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"])
    case.sound(ran, {1, 2})
    if case.at("out").exists() and work.content() != work.old:
        case.found("output", "the output of another directory has changed")


KINDS = {
    "resources/little-address-space": (little_address_space, 2),
    "resources/address-space": (enough_address_space, 1),
    "resources/memory-group": (memory_group, 1),
    "resources/process-group": (process_group, 1),
    "resources/descriptors": (few_descriptors, 3),
    "resources/sixteen-descriptors": (sixteen_descriptors, 1),
    "resources/threads": (no_threads, 2),
    "resources/memory-refused": (memory_refused, 2),
    "resources/closed": (closed, 2),
    "resources/closed-input": (closed_input, 1),
    "resources/bare": (bare, 1),
    "resources/no-directory": (nowhere, 1),
    "resources/no-directory-for-output": (nowhere_to_write, 1),
}
