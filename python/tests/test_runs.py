"""What hash is told about a run: mapped files and the signal SIGBUS, threads, memory, progress."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import batchproc
import pytest

# A file is cut off as soon as some of it was read. All of the file is in memory then, and parts of it
# wait, mapped, for the one thread that computes.
RUN = """
import batchproc, faulthandler, mmap, os, signal, sys
path = sys.argv[1]

def run():
    with open(path, "wb") as file:
        for _ in range(160):
            file.write(b"x" * (1 << 20))

    def cut_off(files, bytes):
        if bytes and not files:
            os.truncate(path, 0)

    run = batchproc.hash([path], "sm3", threads=1, map_files=True, progress=cut_off)
    [item] = run
    assert isinstance(item.error, OSError), item
    print(item.error)

"""


def ran(tmp_path, code):
    command = [sys.executable, "-c", RUN + code, tmp_path / "file"]
    environment = {**os.environ, "BATCHPROC_MAP": "always"}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    "code",
    [
        "run(), run()",
        "faulthandler.enable(); run(), run()",
        "run(); faulthandler.enable(); run()",
        "faulthandler.enable(); run(); faulthandler.disable(); run()",
        "run(); signal.signal(signal.SIGBUS, signal.SIG_DFL); run()",
    ],
)
def test_a_mapped_file_that_is_cut_off_is_an_item_with_an_error(tmp_path, code):
    done = ran(tmp_path, code)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all("changed while it was read" in line for line in lines), lines


FOREIGN = {
    "sent": "os.kill(os.getpid(), signal.SIGBUS)",
    "met": """
with open(path, "wb+") as file:
    file.truncate(4096)
    map = mmap.mmap(file.fileno(), 4096)
    file.truncate(0)
    map[0]
""",
}


@pytest.mark.parametrize("foreign", FOREIGN)
@pytest.mark.parametrize(
    "code, shown",
    [
        ("run()", 0),
        ("faulthandler.enable(); run()", 1),
        ("run(); faulthandler.enable()", 1),
        ("run(); faulthandler.enable(); run()", 1),
        ("faulthandler.enable(); run(); faulthandler.disable(); run()", 0),
    ],
)
def test_other_signals_do_what_they_did_before(tmp_path, code, shown, foreign):
    done = ran(tmp_path, f"{code}\n{FOREIGN[foreign]}\nprint('still here')")
    assert done.returncode == -signal.SIGBUS
    assert "still here" not in done.stdout
    assert done.stderr.count("Fatal Python error: Bus error") == shown


def test_mapped_files_have_the_digests_of_hashlib(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHPROC_MAP", "always")
    data = os.urandom(5 << 20)
    sizes = [0, 5, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5 << 20]
    for size in sizes:
        (tmp_path / str(size)).write_bytes(data[:size])
    paths = [tmp_path / str(size) for size in sizes]
    expected = [hashlib.md5(data[:size]).digest() for size in sizes]
    for wishes in [
        {"map_files": True},
        {"map_files": True, "io_threads": 1, "threads": 1, "memory": 8 << 20},
        {"io_threads": 7},
    ]:
        assert [file.digest for file in batchproc.hash(paths, **wishes)] == expected
        found = {file.path: file.digest for file in batchproc.hash_tree(tmp_path, **wishes)}
        assert found == dict(zip(paths, expected))


def test_as_many_threads_read_as_was_said(tmp_path):
    def threads():
        names = []
        for thread in os.listdir("/proc/self/task"):
            # A thread may end between the listing and the look at its name.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                with open(f"/proc/self/task/{thread}/comm") as file:
                    names.append(file.read().strip())
        return names

    def endless():
        while True:
            yield tmp_path / "file"

    (tmp_path / "file").write_bytes(b"abc")
    before = len(threads())
    for readers, workers in [(1, 2), (5, 1)]:
        with batchproc.hash(endless(), io_threads=readers, threads=workers) as run:
            next(run)
            # A thread gets its name after it has begun.
            limit = time.monotonic() + 60
            while (found := sum("read" in name for name in threads())) < readers:
                assert time.monotonic() < limit, threads()
                time.sleep(0.01)
        assert found == readers
        while len(threads()) > before and time.monotonic() < limit:
            time.sleep(0.01)


def test_progress_is_told_in_the_thread_of_the_caller(tmp_path):
    paths, content = [], b"x" * 10_000
    for number in range(300):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(content)
    told, slow = [], threading.Event()

    def progress(files, bytes):
        assert threading.current_thread() is caller
        told.append((time.monotonic(), files, bytes))

    def coming():
        for number, path in enumerate(paths):
            if number % 100 == 99:
                slow.wait(0.25)
            yield path

    caller, begun = threading.current_thread(), time.monotonic()
    assert len(list(batchproc.hash(coming(), progress=progress))) == 300
    times, files, read = zip(*told)
    assert (files[-1], read[-1]) == (300, 3_000_000)
    assert list(files) == sorted(files) and list(read) == sorted(read)
    assert all(later - earlier >= 0.099 for earlier, later in zip(times, times[1:-1]))
    # It is told while no file comes, too.
    assert len(told) > 4 and times[0] - begun >= 0.099

    told.clear()
    found = list(batchproc.hash_tree(tmp_path, progress=progress))
    assert told[-1][1:] == (300, 3_000_000) and len(found) == 300
    # Without files, it is told so once.
    told.clear()
    assert list(batchproc.hash([], progress=progress)) == []
    assert [one[1:] for one in told] == [(0, 0)]


def test_what_progress_raises_ends_the_run(tmp_path):
    ended = threading.Event()
    (tmp_path / "file").write_bytes(b"abc")

    def endless():
        try:
            while True:
                yield tmp_path / "file"
        finally:
            ended.set()

    def failing(files, bytes):
        raise LookupError(files)

    run = batchproc.hash(endless(), progress=failing)
    with pytest.raises(LookupError):
        for _ in run:
            pass
    assert list(run) == []
    assert ended.wait(60)


def test_wrong_arguments_are_errors():
    for wrong in [{"threads": 0}, {"io_threads": 0}]:
        with pytest.raises(ValueError):
            batchproc.hash([], **wrong)
        with pytest.raises(ValueError):
            batchproc.hash_tree("/tmp", **wrong)
