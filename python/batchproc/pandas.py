"""Words for pandas. It needs pandas and pyarrow.

    >>> frame["words"] = batchproc.pandas.segment(frame["text"])
"""

import pandas
import pyarrow

from .columns import cut
from .segmenter import Segmenter


def segment(series, *, delimiter=None, **options):
    """The words of each text of a series, as a series with the same index: of lists of strings, or of strings
    if there is a `delimiter`. A missing text stays missing. The options are those of `Segmenter`.

    What is neither a string nor missing is an error."""
    return of_series(Segmenter(**options), series, delimiter)


def of_series(segmenter, series, delimiter):
    """As `segment`, with a segmenter that is ready."""
    texts = pyarrow.array(series, type=pyarrow.large_string(), from_pandas=True)
    words = pyarrow.array(cut(segmenter, texts, delimiter))
    return pandas.Series(
        pandas.arrays.ArrowExtensionArray(words.cast(arrow_type(delimiter))),
        index=series.index,
        name=series.name,
    )


def arrow_type(delimiter):
    """The type of the result: the same for each part of a divided series."""
    return pyarrow.list_(pyarrow.string()) if delimiter is None else pyarrow.string()
