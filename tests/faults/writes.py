"""Faults when writing: standard output, `-o`, `--output-dir` and `dict compile` on a disk that is full,
broken, over quota or limited, and readers that close the pipe.

A write that fails for good ends the run: exit code 2, the reason on standard error, the old output
where there is one. A file of `--output-dir` may also fail alone, with exit code 1.
"""

import os
import re
import subprocess
import threading
import time

import making
import truth
from case import Skip, private_mounts_work, tool

ERRORS = ["ENOSPC", "EIO", "EPIPE", "EDQUOT", "EFBIG", "EROFS", "EPERM"]
RENAMES = "rename,renameat,renameat2,link,linkat"


def failed(case, work, ran, **more):
    """Judges a run whose output failed. Exit code 0 is an error."""
    if ran.injected and ran.code == 0:
        case.found("exit", f"0, though {ran.log.strip().splitlines()[-1][:200]}")
    work.judge(ran, faulted=ran.injected, codes={1, 2} if ran.injected else None, **more)


def standard_output(case):
    """A write to standard output, which is a file, fails."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash", "check", "audit", "segment", "count", "compile"]))
    out = case.dir.parent / "stdout"
    out.touch()
    ran = case.inject(work.argv, "write,writev,pwrite64", rng.choice(ERRORS + ["EINTR"]), "1", out,
                      out_path=out)
    interrupted = "EINTR" in ran.log
    if interrupted and ran.injected:
        work.judge(ran, faulted=False)
    else:
        failed(case, work, ran, cut=True)


def nothing_written(case):
    """A write to standard output returns 0, which must not count as success."""
    work = making.work(case, case.rng.choice(["hash", "check", "segment", "count", "compile"]))
    out = case.dir.parent / "stdout"
    out.touch()
    ran = case.inject(work.argv, "write,writev,pwrite64", "retval=0", "1+", out, out_path=out)
    failed(case, work, ran, cut=True)


def output_write(case):
    """A write to the temporary file of -o or --output-dir fails, the first or a later one."""
    rng = case.rng
    work = making.work(case, rng.choice(making.WRITERS), files=200, largest=2000)
    numbers = case.calls(work.argv, "write,writev,pwrite64,copy_file_range",
                         re.compile(r"<[^>]*(\.partial|\.tmp|/out|\(deleted\)|/m\.\w+)>"))
    work.put_back()
    if not numbers:
        raise Skip("the first thread does not write the output")
    number = rng.choice([numbers[0], numbers[-1], rng.choice(numbers)])
    ran = case.inject(work.argv, "write,writev,pwrite64,copy_file_range", rng.choice(ERRORS),
                      str(number))
    failed(case, work, ran)
    if ran.code == 2:
        work.again(work.resumable and rng.random() < 0.8, "a write that failed")


def output_end(case):
    """A call that finishes the output fails: fsync, syncfs, truncate, rename."""
    rng = case.rng
    work = making.work(case, rng.choice(making.WRITERS))
    calls = rng.choice(["fsync,fdatasync,sync_file_range,syncfs", "ftruncate", RENAMES, RENAMES,
                        "fchmod,chmod,fchmodat", "fallocate"])
    ran = case.inject(work.argv, calls, rng.choice(ERRORS + ["EACCES"]), rng.choice(["1", "1+"]))
    if "chmod" in calls or "fallocate" in calls:
        work.judge(ran, faulted=ran.injected, codes={0, 1, 2})
    else:
        failed(case, work, ran)


def removing(case):
    """Removing the temporary files fails. Each remaining file must be reported."""
    rng = case.rng
    work = making.work(case, rng.choice(making.WRITERS))
    ran = case.inject(work.argv, "unlink,unlinkat,rmdir", rng.choice(["EIO", "EACCES", "EROFS"]),
                      rng.choice(["1+", "2", "2+"]))
    if ran.code == 0 and not ran.err.strip():
        ran.log = ""
    work.judge(ran, faulted=ran.injected, codes={0, 1, 2})


def creating(case):
    """The output cannot be created, its status cannot be read, or its directory cannot be made."""
    rng = case.rng
    work = making.work(case, rng.choice(making.WRITERS))
    calls = rng.choice(["openat,open", "mkdir,mkdirat", "statx,newfstatat,fstat", "fcntl,flock",
                        "readlink,readlinkat"])
    path = work.output or "o/t"
    if calls.startswith("open"):
        numbers = case.calls(work.argv, calls, re.compile(r"O_CREAT"))
        work.put_back()
        if not numbers:
            raise Skip("nothing is created")
        ran = case.inject(work.argv, calls, rng.choice(ERRORS + ["EACCES", "EMFILE"]),
                          str(rng.choice(numbers)))
        if work.output:
            failed(case, work, ran)
        else:
            # A result below a directory that cannot be created in one way is created in another.
            work.judge(ran, faulted=ran.injected, codes={0, 1, 2} if ran.injected else None)
        return
    path = None if calls.startswith("mkdir") else rng.choice(
        [path, f"{path}.partial", f"{path}.partial.run"])
    ran = case.inject(work.argv, calls, rng.choice(ERRORS + ["EACCES"]), rng.choice(["1", "1+"]),
                      path)
    work.judge(ran, faulted=ran.injected, codes={0, 1, 2})


def full_device(case):
    """Standard output is /dev/full."""
    work = making.work(case, case.rng.choice(["hash", "check", "audit", "segment", "count", "compile"]))
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    ran = case.run(work.argv, wrap=["sh", "-c", 'exec "$@" > /dev/full', "sh"])
    work.judge(ran, faulted=True, codes={2}, cut=True)


def errors_to_full_device(case):
    """Standard error is /dev/full, and one file fails. The exit code must still show it."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash", "hash -o", "check", "segment", "segment dir"]))
    lost = rng.choice(work.tree.files())
    case.at(lost).unlink()
    case.at(lost).symlink_to("nowhere")
    argv = work.argv + ([] if work.argv[0] == "check" else ["-L"])
    ran = case.run(argv, wrap=["sh", "-c", 'exec "$@" 2> /dev/full', "sh"])
    case.sound(ran, {1, 2}, reason=False)
    ran.err = f"batchproc: {lost}: it could not say so\n"
    if ran.code == 1:
        work.judge(ran, faulted=True)


def small_disk(case):
    """The output is on a file system that is really full: it holds 64 KiB, or few files."""
    rng = case.rng
    if not private_mounts_work():
        raise Skip("mounts of one's own need root")
    work = making.work(case, rng.choice(["hash -o", "segment -o", "segment dir", "compile -o"]),
                       files=rng.choice([3, 1500]), largest=1000)
    compiles = "compile" in work.argv
    old = None if compiles else work.earlier_output()
    case.at("full").mkdir()
    argv = work.argv[:]
    argv[argv.index("-o" if work.output else "--output-dir") + 1] = "full/out"
    full = rng.choice(["size=64k", "size=64k", "nr_inodes=2", "nr_inodes=3", "nr_inodes=4"])
    script = (f'mount -t tmpfs -o {full} none full || exit 99; printf "%s\n" "$0" > full/out; '
              '[ "$1" = dir ] && rm full/out; shift; "$@"; code=$?; cp -a full/. after; exit $code')
    case.at("after").mkdir()
    ran = case.run(argv, wrap=["unshare", "-m", "sh", "-c", script, (old or b"").decode().strip(),
                               "file" if work.output and old else "dir"])
    if ran.code == 99:
        raise Skip("a tmpfs cannot be mounted")
    # Judges the state at the end of the run.
    after = case.at("after")
    if work.output:
        case.at("out").unlink(missing_ok=True)
        if (after / "out").exists():
            (after / "out").replace(case.at("out"))
        for name in [".partial", ".partial.run"]:
            if (after / f"out{name}").exists():
                (after / f"out{name}").replace(case.at(f"out{name}"))
        work.old = old
    else:
        case.at("o").rename(case.at("before")) if case.at("o").exists() else None
        work.earlier.clear()
        (after / "out").rename(case.at("o")) if (after / "out").exists() else case.at("o").mkdir()
        work.before.update(name for name in work.everything() if name.startswith("before"))
    work.before |= {"full", "after"}
    work.judge(ran, faulted=True, codes={0} if ran.code == 0 else {1, 2})


def size_limit(case):
    """A limit on the size of files (ulimit -f)."""
    rng = case.rng
    work = making.work(case, rng.choice([*making.WRITERS, "hash", "segment", "compile"]), files=200,
                       largest=1000)
    # The limit applies to standard error too.
    limit = rng.choice([512, 4096, 8192])
    ran = case.run(work.argv, wrap=[tool("prlimit"), f"--fsize={limit}"])
    work.judge(ran, faulted=True, codes={0} if ran.code == 0 else {1, 2}, cut=not work.output)


def reader_leaves(case):
    """The reader of standard output reads a little and closes the pipe: no error, and no hang."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash", "check", "segment", "count", "compile"]), files=300,
                       largest=3000)
    take = rng.choice([0, 1, 100, 5000])
    script = f'{{ "$@"; echo $? > ../code; }} | head -c {take}'
    ran = case.run(work.argv, wrap=["sh", "-c", script, "sh"])
    ran.code = int((case.dir.parent / "code").read_text())
    case.sound(ran, {0, work.clean, 2, 141} if take else {0, work.clean, 2, 141}, reason=False)


def slow_reader(case, blocking=True):
    """The reader of standard output is slow. The pipe may be non-blocking."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash", "check", "segment", "count", "compile"]), files=400,
                       largest=300)
    ours, theirs = os.pipe()
    os.set_blocking(theirs, blocking)
    taken = []

    def take():
        with os.fdopen(ours, "rb", buffering=0) as pipe:
            time.sleep(0.2)
            while data := pipe.read(3000):
                taken.append(data)

    reader = threading.Thread(target=take)
    reader.start()
    with open(case.dir.parent / "err", "wb") as err:
        child = case.start(work.argv, out=theirs, err=err, stdin=subprocess.DEVNULL)
        os.close(theirs)
        code = case.finish(child)
    reader.join()
    text = (case.dir.parent / "err").read_text("utf-8", "replace")
    ran = type("Ended", (), {"code": code, "out": b"".join(taken), "err": text, "log": ""})()
    if blocking:
        work.judge(ran, faulted=False)
    else:
        work.judge(ran, faulted=code == 2, codes={2} if code == 2 else None, cut=code == 2)


def not_blocking(case):
    """Standard output is a non-blocking pipe, and its reader is slow."""
    slow_reader(case, blocking=False)


KINDS = {
    "writes/stdout": (standard_output, 3),
    "writes/nothing-written": (nothing_written, 1),
    "writes/output": (output_write, 3),
    "writes/output-end": (output_end, 3),
    "writes/removing": (removing, 2),
    "writes/creating": (creating, 3),
    "writes/dev-full": (full_device, 1),
    "writes/stderr-full": (errors_to_full_device, 1),
    "writes/small-disk": (small_disk, 2),
    "writes/size-limit": (size_limit, 2),
    "writes/reader-leaves": (reader_leaves, 1),
    "writes/slow-reader": (slow_reader, 1),
    "writes/not-blocking": (not_blocking, 1),
}
