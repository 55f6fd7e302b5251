"""What is in the package: the program, types, and a start without a pause."""

import ast
import io
import os
import pathlib
import subprocess
import sys

import batchproc
import pytest

HERE = pathlib.Path(batchproc.__file__).parent


def program():
    try:
        return batchproc.find_binary()
    except FileNotFoundError:
        pytest.skip("the program is not installed")


def test_the_program_is_installed_beside_python_and_has_the_version_of_the_package():
    found = program()
    done = subprocess.run([found, "--version"], capture_output=True, text=True)
    assert done.stdout.split()[:2] == ["batchproc", batchproc.__version__]


def test_a_file_is_cut_like_a_text(tmp_path, lines):
    program()
    text = "\n".join(line for line in lines if line.isprintable()) + "\n我来到，杭研大厦\n"
    (tmp_path / "in").write_text(text, encoding="gb18030")
    for arguments in [
        {},
        {"mode": "search", "hmm": False},
        {"compat": "jieba-rs", "threads": 2},
        {"user_words": [("杭研大厦", 9, "nt"), "来到，"[:2]]},
        {"user_words": io.StringIO("杭研大厦 5\n")},
        {"dictionary": io.StringIO("来到 5 v\n杭研 3 n\n"), "stop_words": ["，"]},
    ]:
        segmenter = batchproc.Segmenter(**arguments)
        segmenter.segment_file(tmp_path / "in", tmp_path / "out", "gb18030")
        expected = segmenter.join_many(text.split("\n"))
        assert (tmp_path / "out").read_text(encoding="utf-8") == "\n".join(expected), arguments


def test_a_file_that_is_lost_is_an_error(tmp_path):
    program()
    with pytest.raises(batchproc.Error, match="gone"):
        batchproc.Segmenter().segment_file(tmp_path / "gone", tmp_path / "out")
    (tmp_path / "bad").write_bytes(b"\x00\xff" * 500)
    with pytest.raises(batchproc.Error):
        batchproc.Segmenter().segment_file(tmp_path / "bad", tmp_path / "out")
    with pytest.raises(ValueError):
        batchproc.Segmenter(tags=["n"]).segment_file(tmp_path / "bad", tmp_path / "out")


def test_importing_loads_nothing_that_takes_long():
    code = "import sys; before = set(sys.modules); import batchproc; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.startswith("batchproc")}
    loaded -= set(sys.builtin_module_names)
    assert loaded == set()


def test_every_name_has_a_type():
    assert (HERE / "py.typed").exists()

    def names(path):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
        } | {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)}

    typed = names(HERE / "__init__.pyi")
    assert set(batchproc.__all__) - {"__version__"} <= typed
    tree = ast.parse((HERE / "__init__.pyi").read_text(encoding="utf-8"))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    for name, node in classes.items():
        known = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        known |= {one.target.id for one in node.body if isinstance(one, ast.AnnAssign)}
        real = getattr(batchproc, name, None)
        if real is not None and name != "Error":
            shown = {one for one in dir(real) if not one.startswith("_")}
            assert shown == {one for one in known if not one.startswith("_")}, name
