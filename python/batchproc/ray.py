"""Words for Ray Data. It needs ray and pyarrow, and this package on each node.

    >>> batchproc.ray.segment(dataset, "text", concurrency=8)
"""

import pyarrow

from .columns import cut, for_task


def segment(dataset, column, into="words", *, delimiter=None, concurrency=None, **options):
    """The dataset with one more column: the words of each text of `column`, as lists of strings, or as strings
    if there is a `delimiter`. A null stays a null. `concurrency` is that of `map_batches`; the other options
    are those of `Segmenter`, and files among them are read here and now."""
    return dataset.map_batches(
        Segment,
        fn_constructor_args=(for_task(options), column, into, delimiter),
        batch_format="pyarrow",
        concurrency=concurrency,
    )


class Segment:
    """What an actor does with each batch."""

    def __init__(self, segmenter, column, into, delimiter):
        self.segmenter, self.column = segmenter, column
        self.into, self.delimiter = into, delimiter

    def __call__(self, table):
        if self.into in table.column_names:
            raise ValueError(f"there is a column {self.into!r} already")
        words = cut(self.segmenter, table[self.column], self.delimiter)
        return table.append_column(self.into, pyarrow.chunked_array(words))
