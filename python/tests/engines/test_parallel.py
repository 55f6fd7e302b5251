"""GNU parallel: one file cut by many runs, and shards that are done again where they failed."""

import shutil
import subprocess

import batchproc
import pytest
from processes import ODD_BYTES, ROOT, lines, program

PARALLEL = shutil.which("parallel")
pytestmark = pytest.mark.skipif(PARALLEL is None, reason="GNU parallel is not installed")


def parallel(*arguments, **options):
    command = [PARALLEL, "--will-cite", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, **options)


def test_parts_of_a_file_are_cut_by_many_runs(tmp_path):
    texts = [line.encode() for line in lines()] + ODD_BYTES
    corpus = tmp_path / "corpus"
    corpus.write_bytes(b"".join(text + b"\n" for text in texts))
    options = ["--pipe-part", "-a", corpus, "--block", "20k", "-j2", "--keep-order", "--halt", "now,fail=1"]
    done = parallel(*options, batchproc.find_binary(), "segment", "--records", check=True)
    assert done.stdout == program("segment", "--records", given=corpus.read_bytes())
    assert done.stdout.count(b"\n") == len(texts)


def test_only_a_killed_shard_is_done_again(tmp_path):
    (tmp_path / "parts").mkdir()
    corpus = ROOT / "fixtures" / "segmentation"
    binary = batchproc.find_binary()
    # The third shard kills itself the first time.
    script = tmp_path / "shard"
    script.write_text(
        f"""#!/bin/sh
echo "$1" >> {tmp_path}/ran
if [ "$1" = 3 ] && mkdir {tmp_path}/killed 2>/dev/null; then kill -9 $$; fi
exec {binary} hash --resume --shard "$1/4" {corpus} -o {tmp_path}/parts/"$1"
"""
    )
    options = ["--joblog", tmp_path / "log", "--resume-failed", "-j2", "sh", script, "{}", ":::"]
    numbers = ["1", "2", "3", "4"]
    assert parallel(*options, *numbers).returncode == 1
    assert parallel(*options, *numbers).returncode == 0
    assert sorted((tmp_path / "ran").read_text().split()) == ["1", "2", "3", "3", "4"]
    merged = program("merge", *(str(tmp_path / "parts" / number) for number in numbers))
    assert merged == program("hash", str(corpus))
