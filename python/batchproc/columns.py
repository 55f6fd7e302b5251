"""What the modules for pandas, polars, DuckDB, Dask, Ray and Spark share. Each of them is thin: the engine
hands over columns in the format of Arrow, and gets columns back."""

from .segmenter import Segmenter


def for_task(options):
    """A segmenter for an engine that runs as many tasks as there are CPUs: one thread in each, unless the
    caller wants more."""
    return Segmenter(**{"threads": 1} | options)


def cut(segmenter, column, delimiter):
    """The words of each text of a column: lists of strings, or strings if there is a delimiter. The result
    is an Arrow column, which pyarrow and polars take as it is. A null stays a null."""
    if delimiter is None:
        return segmenter.cut_column(column)
    return segmenter.join_column(column, delimiter)
