"""The types that the stubs give are those of the package. mypy compares them."""

import subprocess
import sys

import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

RIGHT = """
import batchproc
import batchproc.jieba as jieba
import batchproc.jieba.analyse as analyse
import batchproc.jieba.posseg as posseg

words: list[str] = jieba.lcut("a")
for pair in posseg.cut("a"):
    flag: str = pair.flag
tags: list[str] = analyse.extract_tags("a", topK=3)
frequency: int = jieba.suggest_freq(("a", "b"), True)
known: int | None = jieba.get_FREQ("a")
jieba.load_userdict(["a 3 n"])
for word, start, end in jieba.tokenize("a", mode="search"):
    start + end
path: str = next(batchproc.hash(["a"], progress=lambda files, bytes: None)).path
segmenter = batchproc.Segmenter(drop=["space"])
rows: int = len(segmenter.join_column(segmenter.join_column(batchproc.Column())))
"""

WRONG = """
import batchproc.jieba as jieba
words: int = jieba.lcut("a")
jieba.tokenize("a", mode="full")
jieba.add_word(5)
"""


def mypy(tmp_path, module, *arguments):
    # The native module has no stub of its own.
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_missing_imports = True\n")
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)


def test_stubs_and_package_agree(tmp_path):
    options = ["--ignore-missing-stub", "--ignore-disjoint-bases"]
    options += ["--mypy-config-file", "mypy.ini"]
    # These modules import the engines that they are for, which need not be here.
    engines = ["spark", "dask", "ray", "duckdb", "polars", "pandas"]
    (tmp_path / "engines").write_text("".join(f"batchproc.{name}\n" for name in engines))
    options += ["--allowlist", "engines", "--ignore-unused-allowlist"]
    done = mypy(tmp_path, "mypy.stubtest", "batchproc", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_of_jieba_has_a_stub(tmp_path):
    done = mypy(tmp_path, "mypy.stubtest", "batchproc.jieba", "--mypy-config-file", "mypy.ini")
    assert done.returncode == 0, done.stdout + done.stderr


def test_right_use_has_the_right_types_and_wrong_use_has_not(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    done = mypy(tmp_path, "mypy", "--strict", "right.py")
    assert done.returncode == 0, done.stdout
    (tmp_path / "wrong.py").write_text(WRONG)
    done = mypy(tmp_path, "mypy", "--strict", "wrong.py")
    assert [line.split(":")[1] for line in done.stdout.splitlines()[:-1]] == ["3", "4", "5"]
