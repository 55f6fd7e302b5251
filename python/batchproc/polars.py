"""Words for polars. It needs polars alone.

    >>> frame.with_columns(words=batchproc.polars.segment("text"))
"""

import polars

from .columns import cut
from .segmenter import Segmenter


def segment(column, *, delimiter=None, **options):
    """An expression for the words of each text of a column, which is a name or an expression: lists of
    strings, or strings if there is a `delimiter`. A null stays a null. The options are those of `Segmenter`."""
    segmenter = Segmenter(**options)
    expression = polars.col(column) if isinstance(column, str) else column
    dtype = polars.List(polars.String) if delimiter is None else polars.String

    def words(series):
        return polars.Series(series.name, cut(segmenter, series, delimiter), dtype=dtype)

    return expression.map_batches(words, return_dtype=dtype, is_elementwise=True)
