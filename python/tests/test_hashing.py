"""hash, hash_tree, check, audit and digest_many, against hashlib and os.walk."""

import array
import hashlib
import io
import itertools
import mmap
import os
import pathlib
import signal
import subprocess
import sys
import threading

import batchproc
import pytest


@pytest.fixture
def tree(tmp_path):
    """A directory with files, some of whose names are no UTF-8."""
    root = os.fsencode(tmp_path / "tree")
    for number in range(500):
        place = os.path.join(root, b"%02d" % (number % 17))
        os.makedirs(place, exist_ok=True)
        name = b"\xff%d" % number if number % 50 == 0 else b"%d" % number
        with open(os.path.join(place, name), "wb") as file:
            file.write(b"x" * (number * 37 % 4000))
    return os.fsdecode(root)


def walked(root):
    return sorted(os.path.join(at, name) for at, _, names in os.walk(root) for name in names)


def md5(path):
    return hashlib.md5(pathlib.Path(path).read_bytes()).digest()


def test_paths_have_the_digests_of_hashlib_and_come_back_themselves(tree):
    paths = walked(tree)
    for kind in [str, os.fsencode, pathlib.Path]:
        given = [kind(path) for path in paths]
        for iterable in [given, tuple(given), iter(given)]:
            found = list(batchproc.hash(iterable))
            assert [file.digest for file in found] == [md5(path) for path in paths]
            assert all(file.path is path for file, path in zip(found, given, strict=True))
            assert [file.hexdigest for file in found] == [md5(path).hex() for path in paths]
            stats = [os.stat(path) for path in paths]
            assert [(f.size, f.mtime_ns) for f in found] == [
                (s.st_size, s.st_mtime_ns) for s in stats
            ]


@pytest.mark.parametrize("name", ["sha1", "sha256", "sha512", "sha3-256"])
def test_algorithms_are_those_of_hashlib(tree, name):
    paths = walked(tree)[:50]
    expected = [
        hashlib.new(name.replace("sha3-", "sha3_"), open(p, "rb").read()).digest() for p in paths
    ]
    assert [file.digest for file in batchproc.hash(paths, name)] == expected
    buffers = [pathlib.Path(path).read_bytes() for path in paths]
    assert batchproc.digest_many(buffers, name) == expected
    assert name in batchproc.algorithms()


def test_the_order_of_completion_gives_every_path_its_own_digest(tree):
    paths = walked(tree)
    found = list(batchproc.hash(paths, order="completion", threads=3))
    assert {file.path: file.digest for file in found} == {path: md5(path) for path in paths}


def test_a_failed_file_is_an_item_with_its_error(tree):
    paths = walked(tree)[:5]
    paths[1:1] = ["/does/not/exist", tree]
    found = list(batchproc.hash(paths))
    assert [file.error is None for file in found] == [True, False, False, True, True, True, True]
    assert isinstance(found[1].error, FileNotFoundError)
    assert (found[1].error.errno, found[1].error.filename) == (2, "/does/not/exist")
    assert isinstance(found[2].error, OSError)
    assert found[1].digest is found[1].hexdigest is found[1].size is None


def test_what_the_iterable_raises_comes_after_the_files_before_it(tree):
    paths = walked(tree)[:3]

    def failing():
        yield from paths
        raise LookupError("no more")

    for iterable, kind in [
        (failing(), LookupError),
        ([*paths, 5], TypeError),
        (iter([*paths, 5]), TypeError),
    ]:
        run = batchproc.hash(iterable)
        found = []
        with pytest.raises(kind):
            for file in run:
                found.append(file.path)
        assert found == paths[: len(found)]
        assert list(run) == []


def test_paths_are_taken_one_by_one_as_they_come(tree):
    paths, answered = walked(tree)[:20], threading.Event()

    def asking():
        for path in paths:
            yield path
            # The next path comes only when there is an answer for this one.
            assert answered.wait(60)
            answered.clear()

    found = []
    for file in batchproc.hash(asking()):
        found.append(file.path)
        answered.set()
    assert found == paths


def test_a_run_that_is_dropped_or_closed_ends(tree):
    ended = threading.Event()

    def endless(paths):
        try:
            yield from itertools.cycle(paths)
        finally:
            ended.set()

    paths = walked(tree)
    run = batchproc.hash(endless(paths))
    assert next(run).path == paths[0]
    del run
    assert ended.wait(60)
    ended.clear()
    with batchproc.hash(endless(paths)) as run:
        next(run)
    assert list(run) == []
    assert ended.wait(60)


@pytest.mark.parametrize("kind", [str, os.fsencode, pathlib.Path])
def test_a_tree_has_the_files_of_os_walk(tree, kind):
    found = list(batchproc.hash_tree(kind(tree)))
    expected = sorted(map(os.fsencode, walked(tree)))
    assert sorted(os.fsencode(file.path) for file in found) == expected
    assert all(type(file.path) is type(kind(tree)) for file in found)
    assert all(file.digest == md5(file.path) if kind is str else True for file in found)


def test_globs_choose_files(tree):
    found = [file.path for file in batchproc.hash_tree(tree, glob=["*7"], exclude=["03"])]
    expected = [p for p in walked(tree) if p.endswith("7") and not p.startswith(f"{tree}/03/")]
    assert sorted(found) == sorted(expected)
    with pytest.raises(ValueError):
        batchproc.hash_tree(tree, glob=["[a"])


def test_a_manifest_is_checked_and_audited(tree):
    paths = [path for path in walked(tree) if path.isprintable()]
    manifest = "".join(f"{md5(path).hex()}  {path}\n" for path in paths).encode()
    os.unlink(paths[3])
    pathlib.Path(paths[4]).write_text("changed")
    checked = list(batchproc.check(io.BytesIO(manifest + b"no manifest\n")))
    expected = ["ok"] * len(paths) + ["manifest"]
    expected[3:5] = ["unreadable", "failed"]
    assert [found.verdict for found in checked] == expected
    assert [found.path for found in checked] == [*paths, None]
    assert [found.line for found in checked] == [*range(1, len(paths) + 1), None]
    assert isinstance(checked[3].error, FileNotFoundError)
    assert checked[0].ok and not checked[4].ok

    saved = pathlib.Path(tree).parent / "manifest"
    saved.write_bytes(manifest)
    audited = {found.path: found.verdict for found in batchproc.audit(saved, tree)}
    expected = {path: "ok" for path in paths} | {paths[3]: "missing", paths[4]: "changed"}
    assert {path: verdict for path, verdict in audited.items() if path in expected} == expected
    assert {audited[path] for path in audited.keys() - expected.keys()} <= {"new", "copied"}
    with pytest.raises(FileNotFoundError):
        batchproc.check("/does/not/exist")


def test_an_audit_of_paths_that_the_manifest_does_not_know_is_an_error(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "disk" / "file").write_bytes(b"content")
    name = os.fsencode(tmp_path / "disk" / "file")
    manifest = hashlib.md5(b"content").hexdigest().encode() + b"  " + name + b"\n"
    gone, disk = tmp_path / "gone", tmp_path / "disk"
    assert [found.verdict for found in batchproc.audit(io.BytesIO(manifest), disk)] == ["ok"]
    for roots in [[gone], [disk, gone], [tmp_path / "empty"]]:
        with pytest.raises(batchproc.Error):
            list(batchproc.audit(io.BytesIO(manifest), *roots))


def test_a_manifest_that_lists_nothing_is_said(tmp_path):
    (tmp_path / "m").write_bytes(b"")
    for content in [b"", b"# batchproc seal: entries=0 sha256=" + hashlib.sha256().hexdigest().encode() + b"\n"]:
        for found in [batchproc.check(io.BytesIO(content)), batchproc.audit(io.BytesIO(content), tmp_path)]:
            found = [(one.verdict, one.path, one.reason) for one in found]
            assert found == [("manifest", None, "no properly formatted checksum lines found")]


def test_the_name_of_a_manifest_tells_its_algorithm(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    # SHA-512/256 is no usual algorithm, and has as many digits as SHA-256.
    line = f"{hashlib.new('sha512_256', b'content').hexdigest()}  {file}\n"
    named, unnamed = tmp_path / "x.sha512-256", tmp_path / "manifest"
    for manifest in [named, unnamed]:
        manifest.write_text(line)
    for manifest, good in [(named, True), (os.fsencode(named), True), (unnamed, False)]:
        assert [found.ok for found in batchproc.check(manifest)] == [good]
        assert [found.ok for found in batchproc.audit(manifest, file)] == [good]
    with open(named) as text, open(named, "rb") as binary, open(os.dup(text.fileno()), "rb") as number:
        for manifest, good in [(text, True), (binary, True), (number, False)]:
            assert [found.ok for found in batchproc.check(manifest)] == [good]


def test_buffers_of_every_kind_are_digested():
    data = [
        b"",
        b"abc",
        bytearray(b"abc"),
        memoryview(b"abcdef")[::2],
        array.array("i", [1, 2]),
        b"x" * 300_000,
    ]
    with mmap.mmap(-1, 4096) as shared:
        data.append(shared)
        found = batchproc.digest_many(data)
        assert found == [hashlib.md5(bytes(buffer)).digest() for buffer in data]
        del data[-1]
    many = [b"%d" % number * (number % 900) for number in range(5000)]
    assert batchproc.digest_many(many, threads=3) == [
        hashlib.md5(buffer).digest() for buffer in many
    ]
    assert batchproc.digest_many([]) == []
    with pytest.raises(TypeError):
        batchproc.digest_many(["text"])


def test_wrong_arguments_are_errors(tree):
    for wrong in [{"algorithm": "md6"}, {"order": "size"}, {"threads": 0}]:
        with pytest.raises(ValueError):
            batchproc.hash([], **wrong)
    with pytest.raises(TypeError):
        batchproc.hash(5)
    with pytest.raises(ValueError) as wrong:
        batchproc.hash([], "md6")
    assert "sha3-256" in str(wrong.value) and "blake2b-N" in str(wrong.value)
    assert len(str(wrong.value)) < 300


def test_one_path_or_buffer_is_not_taken_for_many(tmp_path):
    for path in ["s.txt", b"s.txt", tmp_path / "s.txt"]:
        with pytest.raises(TypeError, match="expected many paths, but this is one path"):
            batchproc.hash(path)
    for buffer in ["text", b"text", bytearray(b"text")]:
        with pytest.raises(TypeError, match="expected many buffers, but this is one buffer"):
            batchproc.digest_many(buffer)


def test_an_interrupt_ends_a_run_that_waits(tmp_path):
    code = """
import batchproc, sys, threading
def waiting():
    yield sys.argv[1]
    threading.Event().wait()
try:
    for file in batchproc.hash(waiting()):
        print(file.hexdigest, flush=True)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    command = [sys.executable, "-c", code, file]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == hashlib.md5(b"abc").hexdigest() + "\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
    assert child.returncode == 0


def test_a_fork_may_hash_but_not_go_on_with_the_runs_of_its_parent(tree):
    paths = walked(tree)
    run = batchproc.hash(itertools.cycle(paths))
    next(run)
    child = os.fork()
    if child == 0:
        good = False
        try:
            next(run)
        except RuntimeError:
            good = [file.digest for file in batchproc.hash(paths)] == [md5(path) for path in paths]
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert next(run).error is None
