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
    # pyarrow knows what is missing: None, NaN and NA. pandas would give the texts of other objects.
    texts = pyarrow.array(series, type=pyarrow.large_string(), from_pandas=True)
    # What came from another process, as with Dask, may lie at odd addresses. A copy does not.
    chunks = texts.chunks if isinstance(texts, pyarrow.ChunkedArray) else [texts]
    texts = pyarrow.concat_arrays([*chunks, pyarrow.array([], pyarrow.large_string())])
    words = pyarrow.chunked_array(cut(segmenter, texts, delimiter))
    array = pandas.arrays.ArrowExtensionArray(words)
    return pandas.Series(array, index=series.index, name=series.name)


def arrow_type(delimiter):
    """The type of the result."""
    return pyarrow.list_(pyarrow.string()) if delimiter is None else pyarrow.string()
