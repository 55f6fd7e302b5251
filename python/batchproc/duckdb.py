"""Words for DuckDB. It needs duckdb and pyarrow.

    >>> batchproc.duckdb.register(connection)
    >>> connection.sql("SELECT unnest(cut(text)) AS word, count(*) FROM posts GROUP BY word")
"""

import pyarrow
from duckdb.sqltypes import VARCHAR

from .columns import cut, for_task


def register(connection, name="cut", *, delimiter=None, **options):
    """Adds a function to the SQL of a connection: `cut(text)` is the list of the words of a text, or a string
    if there is a `delimiter`. NULL stays NULL. The options are those of `Segmenter`."""
    segmenter = for_task(options)
    result = VARCHAR if delimiter is not None else connection.list_type(VARCHAR)

    def words(texts):
        return pyarrow.array(cut(segmenter, texts, delimiter))

    connection.create_function(name, words, [VARCHAR], result, type="arrow")
