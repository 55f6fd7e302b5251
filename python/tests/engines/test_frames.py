"""pandas, polars and DuckDB: the words are those of a loop over the texts."""

import collections

import batchproc
import pytest
from processes import ODD, lines

CUT = batchproc.Segmenter().cut


@pytest.fixture(scope="module")
def texts():
    return lines() + ODD + [None, "来到北京" * 20000]


def expected(texts, segmenter=None):
    cut = segmenter.cut if segmenter else CUT
    return [None if text is None else cut(text) for text in texts]


def test_pandas(texts):
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import batchproc.pandas

    for dtype in [object, "str", "string[pyarrow]"]:
        series = pandas.Series(texts, index=range(7, 7 + len(texts)), name="text", dtype=dtype)
        words = batchproc.pandas.segment(series)
        assert (words.name, list(words.index)) == ("text", list(series.index))
        assert [None if item is pandas.NA else list(item) for item in words] == expected(texts)
    odd = pandas.Series(["来到北京", float("nan"), pandas.NA, None], dtype=object)
    joined = batchproc.pandas.segment(odd, delimiter="/", user_words=["来到北京"])
    assert joined.to_list() == ["来到北京", pandas.NA, pandas.NA, pandas.NA]
    assert batchproc.pandas.segment(odd[:0]).to_list() == []
    for wrong in [[1, 2], ["来到", 3], [b"\xff"]]:
        with pytest.raises((TypeError, ValueError)):
            batchproc.pandas.segment(pandas.Series(wrong))


def test_polars(texts):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    import batchproc.polars

    frame = polars.DataFrame({"text": texts})
    words = batchproc.polars.segment("text")
    assert frame.with_columns(words=words)["words"].to_list() == expected(texts)
    lazy = frame.lazy().with_columns(words=words).filter(polars.col("words").list.len() > 3)
    many = [item for item in expected(texts) if item is not None and len(item) > 3]
    for engine in ["in-memory", "streaming"]:
        assert lazy.collect(engine=engine)["words"].to_list() == many
    options = {"delimiter": "/", "mode": "search"}
    joined = batchproc.polars.segment(polars.col("text").str.slice(1), **options)
    assert frame[:100].select(joined)["text"].to_list() == batchproc.Segmenter(mode="search").join_many(
        [text[1:] for text in texts[:100]], "/"
    )
    assert frame[:0].with_columns(words=words).schema["words"] == polars.List(polars.String)
    with pytest.raises(TypeError, match="Int64"):
        polars.DataFrame({"text": [1]}).select(words)


def test_duckdb(texts):
    duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import batchproc.duckdb

    with duckdb.connect() as connection:
        batchproc.duckdb.register(connection)
        batchproc.duckdb.register(connection, "terms", delimiter="/", user_words=["来到北京"])
        posts = pyarrow.table({"id": range(len(texts)), "text": texts})
        connection.register("posts", posts)
        words = connection.sql("SELECT cut(text) FROM posts ORDER BY id").fetchall()
        assert [row[0] for row in words] == expected(texts)
        assert connection.sql("SELECT terms('我来到北京')").fetchall() == [("我/来到北京",)]
        assert connection.sql("SELECT cut(NULL)").fetchall() == [(None,)]
        counts = "SELECT unnest(cut(text)) AS word, count(*) FROM posts GROUP BY word"
        flat = [word for item in expected(texts) for word in item or []]
        assert dict(connection.sql(counts).fetchall()) == collections.Counter(flat)
        with pytest.raises(FileNotFoundError, match="gone"):
            batchproc.duckdb.register(connection, "more", user_words="gone")
