"""cut_column and join_column: columns of pyarrow, polars, pandas and DuckDB, against cut_many."""

import ctypes
import gc
import os
import subprocess
import sys

import batchproc
import pytest

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")


@pytest.fixture(scope="module")
def segmenter():
    return batchproc.Segmenter()


@pytest.fixture(scope="module")
def texts(lines):
    """Strings and nulls, of all lengths around those that views hold themselves."""
    clean = [line.encode(errors="replace").decode() for line in lines]
    edges = ["x" * length for length in range(20)] + ["北" * length for length in range(8)]
    odd = ["", "\n", "a\r", "\r\n\r\n", "来到\n北京", "\x00我", "𠀀𠀀"]
    return [None, *clean, None, *edges, *odd, None, None] * 3


KINDS = [pa.string(), pa.large_string(), pa.string_view()]


def words(segmenter, texts):
    """What a column is to be, by way of lists."""
    cut = iter(segmenter.cut_many([text for text in texts if text is not None]))
    return [None if text is None else next(cut) for text in texts]


def joined(segmenter, texts, delimiter=" "):
    return [
        None if cut is None else delimiter.join(cut) for cut in words(segmenter, texts)
    ]


def the_same(segmenter, column, texts):
    lists = pa.array(segmenter.cut_column(column))
    lists.validate(full=True)
    assert lists.type == pa.list_(pa.string())
    assert lists.to_pylist() == words(segmenter, texts)
    strings = pa.array(segmenter.join_column(column, "/"))
    strings.validate(full=True)
    assert strings.type == pa.string()
    assert strings.to_pylist() == joined(segmenter, texts, "/")


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_a_column_has_the_words_of_its_texts(segmenter, texts, kind):
    column = pa.array(texts, kind)
    the_same(segmenter, column, texts)
    the_same(batchproc.Segmenter(mode="full", threads=1), column, texts)
    the_same(batchproc.Segmenter(drop="space", stop_words=["的"]), column, texts)


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("place", [(0, 0), (1, 1), (3, 8), (7, 100), (500, 9), (64, 64)], ids=str)
def test_a_slice_has_the_words_of_its_own_texts(segmenter, texts, kind, place):
    start, length = place
    column = pa.array(texts, kind).slice(start, length)
    the_same(segmenter, column, texts[start : start + length])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_chunks_are_one_column(segmenter, texts, kind):
    whole = pa.array(texts, kind)
    cuts = [0, 0, 1, 2, 17, 90, 90, len(texts)]
    chunks = [whole.slice(a, b - a) for a, b in zip(cuts, cuts[1:])]
    the_same(segmenter, pa.chunked_array(chunks), texts)
    the_same(segmenter, pa.chunked_array([], kind), [])
    # Many of them are cut together.
    many = texts * 30
    column = pa.chunked_array([whole] * 30)
    assert pa.array(segmenter.join_column(column)).to_pylist() == joined(segmenter, many)


def test_columns_without_a_string(segmenter):
    for kind in KINDS:
        the_same(segmenter, pa.array([], kind), [])
        the_same(segmenter, pa.array([None] * 9, kind), [None] * 9)
    the_same(segmenter, pa.nulls(5), [None] * 5)


def test_what_is_under_a_null_is_not_looked_at(segmenter):
    buffers = pa.py_buffer(b"\x01"), pa.py_buffer(b"\0\0\0\0\2\0\0\0\4\0\0\0"), pa.py_buffer(b"ab\xff\xfe")
    column = pa.Array.from_buffers(pa.string(), 2, list(buffers))
    the_same(segmenter, column, ["ab", None])


def test_a_table_of_one_column_is_that_column(segmenter, texts):
    column = pa.array(texts)
    the_same(segmenter, pa.table({"text": column}), texts)
    the_same(segmenter, pa.record_batch({"text": column.slice(5)}).slice(3), texts[8:])
    with pytest.raises(TypeError, match="strings"):
        segmenter.cut_column(pa.table({"a": column, "b": column}))


def test_the_result_is_a_column_for_every_package(segmenter, texts):
    column = segmenter.cut_column(pa.array(texts))
    expected = words(segmenter, texts)
    assert len(column) == len(texts)
    assert repr(column).startswith(f"<Column of {len(texts)} rows, List(")
    # It can be taken many times, and what was taken outlives it.
    taken = [pa.array(column), pa.array(column), pa.chunked_array(column)]
    schema = pa.DataType._import_from_c_capsule(column.__arrow_c_schema__())
    assert schema == pa.list_(pa.string())
    del column
    gc.collect()
    assert [one.to_pylist() for one in taken] == [expected] * 3
    # A segmenter takes the column of another one.
    once = segmenter.join_column(pa.array(texts))
    assert pa.array(segmenter.join_column(once)).to_pylist() == joined(
        segmenter, joined(segmenter, texts)
    )


def test_capsules_that_nobody_takes_leave_nothing_behind(segmenter):
    column = segmenter.cut_column(pa.array(["来到北京"] * 10_000))
    for _ in range(300):
        column.__arrow_c_stream__(), column.__arrow_c_array__(), column.__arrow_c_schema__()
    stream = column.__arrow_c_stream__()
    assert pa.RecordBatchReader is not None and "arrow_array_stream" in repr(stream)


def test_polars(segmenter, texts):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    series = polars.Series("text", texts)
    the_same(segmenter, series, texts)
    assert polars.Series(segmenter.cut_column(series)).to_list() == words(segmenter, texts)
    frame = polars.DataFrame({"text": series})
    made = frame.with_columns(words=polars.Series(segmenter.join_column(frame["text"])))
    assert made["words"].to_list() == joined(segmenter, texts)


def test_pandas(segmenter, texts):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    series = pandas.Series(texts, dtype=pandas.ArrowDtype(pa.string()))
    if not hasattr(series, "__arrow_c_stream__"):
        pytest.skip("this pandas is too old")
    the_same(segmenter, series, texts)


def test_duckdb(segmenter, texts):
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    connection = duckdb.connect()
    table = pa.table({"number": range(len(texts)), "text": texts})
    connection.register("texts", table)
    relation = connection.sql("select text from texts order by number")
    the_same(segmenter, relation, texts)
    made = pa.table({"words": pa.chunked_array(segmenter.cut_column(table["text"]))})
    connection.register("made", made)
    [(total,)] = connection.sql("select sum(len(words)) from made").fetchall()
    assert total == sum(len(cut) for cut in words(segmenter, texts) if cut is not None)


def test_what_is_no_column_of_strings_is_an_error(segmenter):
    with pytest.raises(TypeError, match="not list"):
        segmenter.cut_column(["来到北京"])
    with pytest.raises(TypeError, match="Int64"):
        segmenter.join_column(pa.array([1]))
    with pytest.raises(TypeError, match="Binary"):
        segmenter.join_column(pa.chunked_array([pa.array([b"a"])]))

    class Wrong:
        def __init__(self, array):
            self.array = array

        def __arrow_c_array__(self, requested_schema=None):
            return self.array

    for wrong in [5, (1, 2), (pa.array(["a"]).__arrow_c_array__()[1],) * 2]:
        with pytest.raises((TypeError, ValueError)):
            segmenter.cut_column(Wrong(wrong))
    taken = Wrong(pa.array(["来到北京"]).__arrow_c_array__())
    assert pa.array(segmenter.join_column(taken)).to_pylist() == ["来到 北京"]
    with pytest.raises(batchproc.Error, match="taken"):
        segmenter.join_column(taken)


def test_damaged_columns_are_errors(segmenter):
    def column(kind, offsets, data):
        return pa.Array.from_buffers(kind, 2, [None, pa.py_buffer(offsets), pa.py_buffer(data)])

    def numbers(kind, *values):
        return (kind * len(values))(*values)

    damaged = [
        column(pa.string(), numbers(ctypes.c_int32, 0, 1, 3), b"a\xffb"),
        column(pa.string(), numbers(ctypes.c_int32, 0, 1, 3), "a北".encode()),
        column(pa.string(), numbers(ctypes.c_int32, 0, 3, 2), b"abc"),
        column(pa.large_string(), numbers(ctypes.c_int64, 0, 3, 2), b"abc"),
        column(pa.string_view(), numbers(ctypes.c_int32, 1, 97, 0, 0, 13, 97, 0, 5), b"x" * 15),
        column(pa.string_view(), numbers(ctypes.c_int32, 1, 97, 0, 0, 13, 97, 1, 0), b"x" * 15),
    ]
    for array in damaged:
        with pytest.raises(ValueError, match="UTF-8"):
            segmenter.cut_column(array)


def test_offsets_that_are_not_aligned_are_refused(segmenter):
    offsets = pa.py_buffer(b"x" + bytes((ctypes.c_int32 * 3)(0, 3, 6))).slice(1)
    array = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer("北京".encode())])
    # An array, a stream, and a table, which is a stream of tables.
    for column in [array, pa.chunked_array([array]), pa.table({"text": array})]:
        with pytest.raises(batchproc.Error, match="not aligned"):
            segmenter.join_column(column)


def test_an_error_of_the_stream_is_an_error(segmenter):
    schema = pa.schema({"text": pa.string()})

    def batches():
        yield pa.record_batch({"text": pa.array(["来到北京"])})
        raise RuntimeError("the source has failed")

    reader = pa.RecordBatchReader.from_batches(schema, batches())
    with pytest.raises(batchproc.Error, match="the source has failed"):
        segmenter.cut_column(reader)


def memory():
    with open("/proc/meminfo") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable")) << 10


def test_a_result_of_more_than_2_gib_has_chunks(segmenter):
    # This takes minutes where the system gives memory slowly.
    if not os.environ.get("BATCHPROC_HUGE"):
        pytest.skip("BATCHPROC_HUGE is not set")
    if memory() < 8 << 30:
        pytest.skip("there is not enough memory")
    # One large text, many times, since its views share it.
    text = "a" * (64 << 20)
    buffers = pa.array([text], pa.string_view()).buffers()
    column = pa.Array.from_buffers(
        pa.string_view(), 40, [None, pa.py_buffer(buffers[1].to_pybytes()[:16] * 40), buffers[2]]
    )
    result = segmenter.join_column(column)
    assert len(result) == 40
    with pytest.raises(ValueError, match="chunked_array"):
        pa.array(result)
    chunks = pa.chunked_array(result)
    assert [len(chunk) for chunk in chunks.chunks] == [31, 9]
    assert chunks[0].as_py() == text and chunks[39].as_py() == text
    del result, chunks
    lists = pa.chunked_array(segmenter.cut_column(column))
    assert [len(chunk) for chunk in lists.chunks] == [31, 9]
    assert lists[39].as_py() == [text]


def test_many_passes_leave_no_memory_behind(segmenter, texts):
    code = """
import os, sys, batchproc, pyarrow as pa
segmenter = batchproc.Segmenter()
text = "我来到北京清华大学，他来到了网易杭研大厦" * 3
columns = [pa.array([text, None] * 20_000, kind) for kind in [pa.string(), pa.string_view()]]
columns.append(pa.chunked_array([columns[0].slice(at, 100) for at in range(0, 40_000, 100)]))

def used():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def one_pass():
    for column in columns:
        pa.array(segmenter.cut_column(column)), pa.chunked_array(segmenter.join_column(column))
    return used()

one_pass(), one_pass()
before = one_pass()
after = min(one_pass() for _ in range(10))
print(after - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # What one pass makes is about 20 MB.
    assert int(done.stdout) < 8 << 20


def test_a_fork_cuts_columns_too(segmenter):
    column = pa.array(["来到北京"] * 20_000)
    segmenter.cut_column(column)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if len(segmenter.join_column(column)) == 20_000 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
