"""Words for Dask. It needs dask, pandas and pyarrow, and this package on each worker.

    >>> batchproc.dask.segment(frame, "text", user_words="terms.txt")
"""

import pandas

from .columns import for_task
from .pandas import arrow_type, of_series


def segment(frame, column, into="words", *, delimiter=None, **options):
    """The frame with one more column: the words of each text of `column`, as lists of strings, or as strings
    if there is a `delimiter`. A missing text stays missing. The options are those of `Segmenter`; files
    among them are read here and now, and go to the workers with the task."""
    segmenter = for_task(options)
    if column not in frame.columns:
        raise ValueError(f"there is no column {column!r} among {list(frame.columns)}")
    if into in frame.columns:
        raise ValueError(f"there is a column {into!r} already")
    dtype = pandas.ArrowDtype(arrow_type(delimiter))
    meta = frame._meta.assign(**{into: pandas.Series(dtype=dtype, index=frame._meta.index)})
    return frame.map_partitions(_add, column, into, delimiter, segmenter, meta=meta)


def _add(part, column, into, delimiter, segmenter):
    return part.assign(**{into: of_series(segmenter, part[column], delimiter)})
