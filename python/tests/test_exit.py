"""The interpreter may end while other threads cut, hash and call back."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

# A daemon thread goes on while the interpreter ends.
CODE = """
import itertools, random, sys, threading, time, batchproc
segmenter = batchproc.Segmenter()
text = "我来到北京清华大学"
texts = [text] * 50_000
begun = threading.Event()

def work():
    begun.set()
    while True:
        {work}

threading.Thread(target=work, daemon=True).start()
begun.wait()
time.sleep(random.random() * 0.1)
print("end", flush=True)
"""

WORK = {
    "cut": "segmenter.cut(text * 1000)",
    "cut_many": "segmenter.cut_many(texts)",
    "join_many": "segmenter.join_many(texts)",
    "digest_many": "batchproc.digest_many([b'x' * 100_000] * 30)",
    "hash": "[0 for _ in batchproc.hash(itertools.repeat(sys.executable, 20), progress=lambda *_: None)]",
    "columns": "import pyarrow as pa; segmenter.cut_column(pa.array(texts))",
    "jieba": "import batchproc.jieba; batchproc.jieba.lcut(text * 1000)",
}


@pytest.mark.parametrize("work", WORK)
def test_the_interpreter_may_end_while_a_thread_works(work):
    if work == "columns" and not find_spec("pyarrow"):
        pytest.skip("pyarrow is not installed")
    for _ in range(8):
        code = CODE.format(work=WORK[work])
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_results_may_be_held_until_the_end():
    code = """
import itertools, sys, batchproc
segmenter = batchproc.Segmenter()
run = batchproc.hash(itertools.repeat(sys.executable))
next(run)
"""
    if find_spec("pyarrow"):
        code += """
import pyarrow as pa
column = segmenter.cut_column(pa.array(["来到北京"] * 9))
held = [column, column.__arrow_c_stream__(), column.__arrow_c_array__(), pa.array(column)]
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
