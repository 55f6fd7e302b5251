"""The types that the stubs give are those of the package. mypy compares them."""

import ast
import importlib.util
import pathlib
import subprocess
import sys

import batchproc
import pytest

pytest.importorskip("mypy", reason="mypy is not installed")

HERE = pathlib.Path(batchproc.__file__).parent

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

# For each engine: lines that are right, and lines that are not.
ENGINES = {
    "polars": (
        [
            "import polars",
            "table = polars.DataFrame()",
            "words: polars.Expr = batchproc.polars.segment('text', user_words=[('a', 3, 'n'), 'b'])",
            "batchproc.polars.segment(polars.col('text'), delimiter=' ', mode='search', threads=None)",
            "table = table.with_columns(words=words)",
        ],
        [
            "batchproc.polars.segment(table)",
            "batchproc.polars.segment('text', mode='fast')",
            "batchproc.polars.segment('text', words=['a'])",
            "number: int = batchproc.polars.segment('text')",
        ],
    ),
    "pandas": (
        [
            "import pandas",
            "series = pandas.Series(['a'])",
            "series = batchproc.pandas.segment(series, drop=['space'], dictionary='words.txt')",
        ],
        [
            "batchproc.pandas.segment(series, ' ')",
            "batchproc.pandas.segment(series, hmm='no')",
        ],
    ),
    "duckdb": (
        [
            "import duckdb",
            "connection = duckdb.connect()",
            "batchproc.duckdb.register(connection, 'words', delimiter='/', stop_words=['a'])",
        ],
        [
            "batchproc.duckdb.register('words')",
            "batchproc.duckdb.register(connection, compat='rust')",
        ],
    ),
    "dask": (
        [
            "import dask.dataframe",
            "parts: dask.dataframe.DataFrame",
            "parts = batchproc.dask.segment(parts, 'text', into='cut', compat='jieba-rs')",
        ],
        [
            "batchproc.dask.segment(parts)",
            "batchproc.dask.segment(parts, 'text', threads='2')",
        ],
    ),
    "ray": (
        [
            "import ray.data",
            "rows: ray.data.Dataset",
            "rows = batchproc.ray.segment(rows, 'text', concurrency=(2, 8), tags='n')",
        ],
        [
            "batchproc.ray.segment(rows, 'text', concurrency='8')",
            "batchproc.ray.segment('rows', 'text')",
        ],
    ),
    "spark": (
        [
            "import pyspark.sql",
            "frame: pyspark.sql.DataFrame",
            "frame = batchproc.spark.segment(frame, 'text', user_words='terms.txt')",
            "frame = batchproc.spark.hash_files(frame, 'path', 'sha256')",
        ],
        [
            "batchproc.spark.segment(frame, 'text', drop=['spaces'])",
            "batchproc.spark.hash_files(frame, 'path', 5)",
        ],
    ),
}


def mypy(tmp_path, module, *arguments):
    # The native module has no stub of its own.
    (tmp_path / "mypy.ini").write_text("[mypy]\nignore_missing_imports = True\n")
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)


def missing(engine):
    """The package that the module for an engine needs and that is not here."""
    package = {"spark": "pyspark"}.get(engine, engine)
    # The module may do without it until it is used, as that for Ray does.
    if importlib.util.find_spec(package) is None:
        return package
    try:
        importlib.import_module(f"batchproc.{engine}")
    except ModuleNotFoundError as error:
        assert not error.name.startswith("batchproc"), error
        return error.name
    return None


def test_stubs_and_package_agree(tmp_path):
    # What cannot be imported cannot be compared. Some of these can be, until they are used.
    left_out = [engine for engine in ENGINES if missing(engine)]
    (tmp_path / "left_out").write_text("".join(f"batchproc.{engine}\n" for engine in left_out))
    options = ["--ignore-disjoint-bases", "--mypy-config-file", "mypy.ini"]
    options += ["--allowlist", "left_out", "--ignore-unused-allowlist"]
    done = mypy(tmp_path, "mypy.stubtest", "batchproc", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_module_has_a_stub():
    modules = [path for path in HERE.rglob("*.py") if not path.with_suffix(".pyi").exists()]
    assert modules == []


def test_the_modules_for_engines_have_the_options_of_a_segmenter():
    text = (HERE / "__init__.pyi").read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    options = [(node.target.id, ast.unparse(node.annotation)) for node in classes["_Options"].body]
    new = next(node for node in classes["Segmenter"].body if node.name == "__new__")
    assert options == [(one.arg, ast.unparse(one.annotation)) for one in new.args.kwonlyargs]


def test_right_use_of_engines_is_right_and_wrong_use_is_not(tmp_path):
    lines, wrong = [], []
    for engine, (right, not_right) in ENGINES.items():
        if not missing(engine):
            lines += [f"import batchproc.{engine}", *right]
            wrong += range(len(lines) + 1, len(lines) + len(not_right) + 1)
            lines += not_right
    if not lines:
        pytest.skip("there is no engine")
    (tmp_path / "engines.py").write_text("\n".join(lines))
    done = mypy(tmp_path, "mypy", "--strict", "engines.py")
    found = [int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line]
    assert found == wrong, done.stdout


def test_right_use_has_the_right_types_and_wrong_use_has_not(tmp_path):
    (tmp_path / "right.py").write_text(RIGHT)
    done = mypy(tmp_path, "mypy", "--strict", "right.py")
    assert done.returncode == 0, done.stdout
    (tmp_path / "wrong.py").write_text(WRONG)
    done = mypy(tmp_path, "mypy", "--strict", "wrong.py")
    assert [line.split(":")[1] for line in done.stdout.splitlines()[:-1]] == ["3", "4", "5"]
