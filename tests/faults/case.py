"""One case: its own directory, runs of the program in it, and the findings.

A case runs the program one or more times through `Case.run`, which ends all processes that it started.
It reports errors through `Case.found`. A finding has a symptom, one word for the kind of error:

    hang      it took longer than the limit
    panic     a panic or a backtrace on standard error
    crash     a signal killed it, and no case sent one
    exit      the exit code does not fit what happened
    silent    the exit code is not 0 and standard error says nothing
    lost      no result, and no line on standard error names the file
    wrong     an incorrect result
    invented  a result for something that does not exist
    torn      an incomplete line
    order     results in another order than the input
    output    the output file is neither the old one nor the complete new one
    litter    a file that was left behind
    resume    the second run does not end with the right result
"""

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# A run that takes longer than this, in seconds, hangs.
LIMIT = 60.0

# The process groups that are running, so that an interrupted driver can end them.
running = set()
stopping = threading.Event()
lock = threading.Lock()


class Skip(Exception):
    """The machine lacks what the case needs."""


@dataclass
class Ran:
    """The result of one run. `code` is negative if a signal ended it."""

    code: int
    out: bytes
    err: str
    seconds: float
    log: str = ""

    @property
    def injected(self):
        """Whether strace really injected its error or signal."""
        return "(INJECTED)" in self.log or "--- SIG" in self.log or "+++ killed by" in self.log


def tool(name):
    """The path of a program. The case is skipped if it is not installed."""
    path = shutil.which(name)
    if not path:
        raise Skip(f"{name} is not installed")
    return path


def strace_works(cache=[]):
    """Whether strace is installed and may trace; the answer is cached."""
    with lock:
        if not cache:
            path = shutil.which("strace")
            tried = path and subprocess.run(
                [path, "-f", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            cache.append(bool(tried) and tried.returncode == 0)
        return cache[0]


def private_mounts_work(cache=[]):
    """Whether private mounts are allowed (they vanish with the process that made them)."""
    with lock:
        if not cache:
            path = shutil.which("unshare")
            tried = path and subprocess.run(
                [path, "-m", "mount", "-t", "tmpfs", "none", "/mnt"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            cache.append(bool(tried) and tried.returncode == 0)
        return cache[0]


def out_of_memory(ran):
    """Whether Rust's runtime aborted for lack of memory with a message. The program cannot prevent that."""
    return ran.code == -signal.SIGABRT and (
        "memory allocation of" in ran.err or "failed to allocate an alternative stack" in ran.err)


def end_group(group):
    """Ends a process group that `Case.start` made."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def end_all():
    """Ends all runs when the driver itself ends. No run starts after that."""
    stopping.set()
    with lock:
        for group in running:
            end_group(group)


class Case:
    """One case, as the module describes."""

    def __init__(self, name, binary, rng, directory):
        self.name = name
        self.binary = binary
        self.rng = rng
        self.dir = Path(directory)
        self.findings = []
        self.commands = []
        # The command that the first finding is about.
        self.blamed = None
        # The number of runs in which strace was to inject an error, and in which it did.
        self.aimed = self.hit = 0
        # The number of runs that a deliberate SIGKILL ended.
        self.killed = 0

    def found(self, symptom, detail):
        self.findings.append((symptom, detail))
        self.blamed = self.blamed or (self.commands or [None])[-1]

    def at(self, name):
        return self.dir / name

    # How the program is run

    def start(self, argv, *, wrap=(), out=None, err=None, stdin=subprocess.DEVNULL, env=None):
        """Starts the program in a new session, in the directory of the case."""
        command = [*wrap, self.binary, *argv]
        self.commands.append(shlex.join(command))
        environment = dict(os.environ, LC_ALL="C") if env is None else env
        environment.pop("RUST_BACKTRACE", None)
        with lock:
            if stopping.is_set():
                raise Skip("the driver is ending")
            child = subprocess.Popen(
                command, cwd=self.dir, stdin=stdin, stdout=out, stderr=err, env=environment,
                start_new_session=True)
            running.add(child.pid)
        return child

    def finish(self, child, limit=None):
        """Waits for the end. A run that exceeds the limit is killed, which is a finding."""
        limit = min(limit or LIMIT, LIMIT)
        try:
            return child.wait(limit)
        except subprocess.TimeoutExpired:
            self.found("hang", f"still running after {limit:.0f} s")
            end_group(child.pid)
            return child.wait()
        finally:
            end_group(child.pid)
            with lock:
                running.discard(child.pid)

    def run(self, argv, *, wrap=(), limit=None, during=None, stdin=subprocess.DEVNULL, env=None,
            log=None, out_path=None):
        """Runs the program to its end. `during` is called with the child while it runs."""
        out_path = Path(out_path) if out_path else self.dir.parent / f"{self.dir.name}.out"
        err_path = self.dir.parent / f"{self.dir.name}.err"
        began = time.monotonic()
        with open(out_path, "wb") as out, open(err_path, "wb") as err:
            child = self.start(argv, wrap=wrap, out=out, err=err, stdin=stdin, env=env)
            if during:
                during(child)
            hung = len(self.findings)
            code = self.finish(child, limit)
            self.killed += code == -signal.SIGKILL and len(self.findings) == hung
        seconds = time.monotonic() - began
        text = err_path.read_bytes().decode("utf-8", "replace")
        if "strace: invalid" in text or "strace: must have" in text:
            raise RuntimeError(text)
        text = "".join(line for line in text.splitlines(True) if not line.startswith("strace: "))
        out = out_path.read_bytes() if out_path.is_file() else b""
        traced = Path(log).read_text("utf-8", "replace") if log and Path(log).exists() else ""
        return Ran(code, out, text, seconds, traced)

    def inject(self, argv, calls, error, when, path=None, **more):
        """Runs the program under strace, which makes some calls fail.

        With `path`, only calls on that path or on a descriptor of it are counted and fail. Calls are
        counted for each thread separately. `error` is the name of an error, or `retval=N`.
        """
        if not strace_works():
            raise Skip("strace is not installed, or is not permitted to trace")
        log = self.dir.parent / f"{self.dir.name}.strace"
        what = error if "=" in error else f"error={error}"
        # With `?` strace ignores calls that this machine's architecture lacks.
        calls = ",".join(f"?{call}" for call in calls.split(","))
        wrap = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}",
                "-e", f"inject={calls}:{what}:when={when}"]
        if path is not None:
            wrap += ["-P", str(path)]
        ran = self.run(argv, wrap=wrap, log=log, **more)
        self.aimed, self.hit = self.aimed + 1, self.hit + ran.injected
        return ran

    def trace(self, argv, calls, *options):
        """These calls in a run without faults: the thread and the line of each."""
        if not strace_works():
            raise Skip("strace is not installed, or is not permitted to trace")
        log = self.dir.parent / f"{self.dir.name}.strace"
        names = ",".join(f"?{call}" for call in calls.split(","))
        self.run(argv, wrap=["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={names}", *options])
        lines = [line.split(None, 1) for line in log.read_text("utf-8", "replace").splitlines()]
        return [line for line in lines if "resumed>" not in line[1] and "(" in line[1]]

    def counts(self, argv, calls, path=None):
        """For each call, the largest number that one thread makes: the highest useful `when`. With `path`,
        only calls on it count."""
        made = Counter((thread, line.partition("(")[0])
                       for thread, line in self.trace(argv, calls, *(["-P", str(path)] if path else [])))
        most = Counter()
        for (_, call), number in made.items():
            most[call] = max(most[call], number)
        return most

    def calls(self, argv, calls, pattern):
        """The numbers of the first thread's calls that match the pattern, in a run without faults: values
        for `when`."""
        lines = self.trace(argv, calls, "-y")
        mine = [line for thread, line in lines if thread == lines[0][0]]
        return [number for number, line in enumerate(mine, 1) if pattern.search(line)]

    # What holds for every run

    def sound(self, ran, codes, reason=True):
        """No panic, no crash, an exit code out of `codes`, and a reason if it is not 0
        (unless `reason` is false)."""
        if not out_of_memory(ran) and ("panicked" in ran.err or "stack backtrace:" in ran.err):
            self.found("panic", ran.err.strip()[:400])
        if any(symptom == "hang" for symptom, _ in self.findings):
            return
        if ran.code < 0 and ran.code not in codes:
            self.found("crash", f"died of {signal.Signals(-ran.code).name}: {ran.err.strip()[:200]}")
        elif ran.code not in codes:
            self.found("exit", f"{ran.code}, not one of {sorted(codes)}: {ran.err.strip()[:200]}")
        if reason and ran.code > 0 and not ran.err.strip():
            self.found("silent", f"exit code {ran.code} without a word")
