"""The examples in docs/python.md and README.md give what they show."""

import doctest
import re
from importlib.util import find_spec

import batchproc.jieba
from conftest import ROOT


def test_the_examples_give_what_they_show():
    blocks = []
    for name, count in [("docs/python.md", 5), ("README.md", 1)]:
        found = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
        assert len(found) == count, name
        blocks += found
    if not (find_spec("pyarrow") and find_spec("polars")):
        blocks = [block for block in blocks if "pyarrow" not in block]
    # The examples share what they import.
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "the documents", None, 0)
    runner = doctest.DocTestRunner()
    try:
        runner.run(test)
    finally:
        # The examples change the dictionary that the other tests share.
        batchproc.jieba.dt._replace(None)
    assert runner.summarize(verbose=False) == (0, len(test.examples))
