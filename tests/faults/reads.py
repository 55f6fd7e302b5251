"""Faults when reading: calls on files and directories of the tree, on manifests, and on files that the
program needs itself, fail with every error that a file system can return."""

import making
import truth
from case import Skip, out_of_memory

ERRORS = ["EIO", "EINTR", "EACCES", "ENOMEM", "EMFILE", "ENFILE", "ESTALE", "ELOOP", "ENOENT",
          "ETIMEDOUT", "EOVERFLOW", "EPERM"]

# All system calls that return the status of a file.
STATUS = "fstat,newfstatat,statx,stat,lstat"


def fault(case, work, calls, target, without=()):
    """Makes a call on the target fail: the first, the last, any, or all from one on. EINTR is not injected
    into all calls, since the program may repeat an interrupted call forever."""
    rng = case.rng
    made = case.counts(work.argv, calls, target)
    work.put_back()
    error = rng.choice([error for error in ERRORS if error not in without])
    call, last = rng.choice(sorted(made.items()) or [(calls, 1)])
    number = rng.choice([1, last, rng.randrange(1, last + 1)])
    onward = "+" if error != "EINTR" and rng.random() < 0.3 else ""
    return case.inject(work.argv, call, error, f"{number}{onward}", target)


def aimed(case, calls, at):
    """A call on one file or one directory fails."""
    rng = case.rng
    work = making.work(case, rng.choice(making.READERS))
    tree = work.tree
    if at == "directory":
        target = rng.choice([tree.root, *tree.directories()])
    else:
        target = rng.choice(tree.files())
    ran = fault(case, work, calls, target)
    # If an argument itself fails, nothing may be left to do, so exit code 2 is allowed. So it is where nobody
    # can know whether a result of --output-dir would replace an input.
    unknown = "--output-dir" in work.argv and "cannot resolve the path" in ran.err
    codes = {0, 1, 2} if target == tree.root or unknown else None
    work.judge(ran, faulted=ran.injected, codes=codes)


def opening(case):
    """Opening a file fails."""
    aimed(case, "openat,open", "file")


def reading(case):
    """Reading a file fails, at its beginning or later."""
    aimed(case, "read,pread64,readv,preadv", "file")


def reading_late(case):
    """One of the many reads of a large file fails: one in the middle, or the last. There is one reader,
    since strace counts calls for each thread."""
    rng = case.rng
    flags, output = ["--memory", "8M", "--io-threads", "1"], rng.choice([None, "out"])
    if rng.random() < 0.6:
        tree = truth.mixed(case, 4)
        tree.put("t/large", rng.randbytes(5_000_000))
        work = making.Hash(case, tree, "gnu", output, flags).begin()
    else:
        tree = truth.texts(case, 3)
        tree.put("t/large", b"".join(b"l%06d \xe5\x8c\x97\xe4\xba\xac\xe4\xba\xba\n" % number
                                     for number in range(90_000)))
        work = making.Segment(case, tree, output, flags).begin()
    calls = "read,pread64,readv,preadv"
    ran = fault(case, work, calls, "t/large")
    work.judge(ran, faulted=ran.injected)


def word_lists(case):
    """A dictionary or a list of stop words cannot be read to its end, so nothing may be segmented."""
    rng = case.rng
    words = "".join(f"{first}{second} 9000{place} n\n" for place, (first, second) in enumerate(
        zip("我到清今很明中计工女每下他网杭", "来北华天好硕国算信干月属到易研")))
    case.at("list").write_text(words * 2000)
    option = rng.choice(["--user-dict", "--stop-words", "--dict", "--dict compiled"])
    if option == "--dict compiled":
        option = "--dict"
        case.run(["dict", "compile", "list", "-o", "compiled"])
        case.at("compiled").replace(case.at("list"))
    tree = truth.texts(case, 3)
    work = making.Segment(case, tree, rng.choice([None, "out"]), [], [option, "list"]).begin()
    calls = rng.choice(["openat,open", "read,pread64", "mmap", STATUS])
    ran = fault(case, work, calls, "list", ["EINTR"] if calls == "mmap" else [])
    work.judge(ran, faulted=ran.injected, codes={0, 2})
    if ran.code == 0 and (work.content() if work.output else ran.out) != b"".join(
            piece if piece.endswith(b"\n") else piece + b"\n" for piece in
            work.pieces.values()).removesuffix(
                b"" if tree.content[tree.files()[-1]].endswith(b"\n") else b"\n"):
        case.found("wrong", f"it goes on with a part of the {option} list")


def standard_input(case):
    """Reading standard input fails: a stream to hash, a text, or a list of names."""
    rng = case.rng
    tree = truth.mixed(case, 8)
    many = rng.random() < 0.5
    kind = rng.choice(["hash", "segment", "list"])
    source = case.dir.parent / "input"
    content = b"".join(b"%06d\n" % number for number in range(60_000 if many else 10))
    if kind == "list":
        content = "".join(path + "\n" for path in tree.files() * (1500 if many else 1)).encode()
    source.write_bytes(content)
    output = rng.choice([[], ["-o", "out"]])
    argv = {"hash": ["hash", "-"], "segment": ["segment", "-"],
            "list": ["hash", "--files-from", "-"]}[kind] + output
    with source.open("rb") as stdin:
        ran = case.inject(argv, "read,pread64,readv", rng.choice(ERRORS), rng.choice("1123"), source,
                          stdin=stdin)
    at = case.at("out")
    got = ran.out if not output else at.read_bytes() if at.exists() else b""
    if kind == "hash":
        right = f"{truth.digest(content)}  -\n".encode()
    elif kind == "segment":
        right = content
    else:
        there = truth.records(tree, "gnu")
        right = b"".join(there[path] + b"\n" for path in content.decode().splitlines())
    case.sound(ran, ({1, 2} if ran.code else {0}) if ran.injected else {0})
    if ran.code == 0 and got != right:
        case.found("exit", f"0, with {len(got)} bytes of {len(right)}")
    elif not right.startswith(got) or ran.code == 2 and output and got:
        case.found("wrong", "the result is not the beginning of the right one")
    elif got and not got.endswith(b"\n"):
        case.found("torn", f"{got[-40:]!r}")


def status(case):
    """The status of a file cannot be read."""
    aimed(case, STATUS, "file")


def opening_directory(case):
    """Opening a directory fails."""
    aimed(case, "openat,open", "directory")


def listing(case):
    """Listing a directory fails, at its beginning or after some names."""
    aimed(case, "getdents64", "directory")


def long_listing(case):
    """Listing a directory fails after hundreds of names. Each file has a right result, or is named."""
    rng = case.rng
    tree = truth.mixed(case, 4)
    for number in range(1200):
        tree.put(f"t/many/a name that fills the list {number:05}", b"%d" % number)
    work = making.Hash(case, tree, "gnu", rng.choice([None, "out"])).begin()
    ran = case.inject(work.argv, "getdents64", rng.choice(ERRORS), rng.choice(["2", "3"]), "t/many")
    work.judge(ran, faulted=ran.injected)


def status_of_directory(case):
    """The status of a directory cannot be read."""
    aimed(case, STATUS, "directory")


def manifest(case):
    """The manifest or the dictionary cannot be opened or read, or its status cannot be read."""
    rng = case.rng
    work = making.work(case, rng.choice(["update", "check", "audit", "compile", "compile -o"]))
    if not work.others:
        raise Skip("nothing else is read")
    calls = rng.choice(["openat,open", "read,pread64", STATUS])
    # A missing manifest is created, so ENOENT is no fault.
    without = ["ENOENT"] if isinstance(work, making.Update) else []
    ran = fault(case, work, calls, rng.choice(work.others), without)
    work.judge(ran, faulted=ran.injected, codes={0, 1, 2})


def everywhere(case):
    """The n-th call of a kind fails in every thread, whatever it is for."""
    rng = case.rng
    work = making.work(case, rng.choice(making.READERS))
    ran = fault(case, work, "openat,read,lseek,mmap,pipe2,fcntl,poll,ppoll,readlink,readlinkat,getcwd,"
                "dup,dup3,sched_getaffinity,madvise,munmap,flock,fadvise64,uname,getrandom,prlimit64,"
                "getdents64," + STATUS, None)
    if ran.code == 127 or "error while loading shared libraries" in ran.err or not ran.err \
            and ran.code < 0 and not ran.out:
        return  # The dynamic loader was hit: it ends the program before it begins.
    if out_of_memory(ran) or "mmap" in ran.log and "failed to initiate panic" in ran.err:
        return  # And so does Rust's runtime, as a thread's signal stack is mapped.
    if work.output and ran.code == 0 and not ran.err.strip():
        work.judge(ran, faulted=False)
    else:
        work.judge(ran, faulted=True, codes={0, 1, 2, work.clean})


def unreadable(case):
    """Several real files and directories without permission; needs an ordinary user, or setpriv."""
    import os
    rng = case.rng
    work = making.work(case, rng.choice(making.READERS))
    wrap = []
    if os.geteuid() == 0:
        # Root may read everything, so drop those capabilities, and give the directory to another user.
        import shutil
        if not shutil.which("setpriv"):
            raise Skip("setpriv is not installed")
        wrap = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps",
                "-dac_override,-dac_read_search"]
    targets = rng.sample(work.tree.files(), 2) + rng.sample(work.tree.directories(), 1)
    modes = [(case.at(target), case.at(target).stat().st_mode) for target in targets]
    try:
        for path, _ in modes:
            os.chmod(path, 0)
        ran = case.run(work.argv, wrap=wrap)
    finally:
        for path, mode in reversed(modes):
            os.chmod(path, mode)
    work.judge(ran, faulted=True)


KINDS = {
    "reads/open": (opening, 4),
    "reads/read": (reading, 4),
    "reads/late-read": (reading_late, 2),
    "reads/word-lists": (word_lists, 2),
    "reads/stdin": (standard_input, 2),
    "reads/status": (status, 3),
    "reads/open-directory": (opening_directory, 2),
    "reads/list": (listing, 3),
    "reads/long-list": (long_listing, 1),
    "reads/status-of-directory": (status_of_directory, 2),
    "reads/manifest": (manifest, 3),
    "reads/everywhere": (everywhere, 4),
    "reads/permission": (unreadable, 1),
}
