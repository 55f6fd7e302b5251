"""Words and digests for Spark. It needs pyspark and pyarrow, and this package on each executor.

    >>> batchproc.spark.segment(df, "text", user_words="terms.txt")
    >>> batchproc.spark.hash_files(paths, "path", "sha256")

Both are `mapInArrow`: the rows go through a Python worker in batches, as Arrow columns.
"""

import os

import pyarrow
from pyspark import SparkFiles
from pyspark.sql.types import ArrayType, LongType, StringType, StructField, StructType

from ._native import hash_paths
from .columns import cut, for_task

_FILES = ("dictionary", "user_words", "stop_words")
_ADDED = {"digest": pyarrow.string(), "size": pyarrow.int64(), "error": pyarrow.string()}


def segment(df, column, into="words", *, delimiter=None, **options):
    """The rows of `df` with one more column: the words of each text of `column`, as an array of strings, or as
    a string if there is a `delimiter`. A null stays a null.

    The options are those of `Segmenter`. A file that exists at the driver is read there, now, and its words
    go to the executors with the tasks. Any other name of a file is one that was given to the job with
    `SparkContext.addFile` or `spark-submit --files`, or a path that all executors have. Each task opens it
    before its first row, so that the job fails if it is missing."""
    index, words = _index(df, column), StringType() if delimiter is not None else ArrayType(StringType())
    schema = _with(df, StructField(into, words))
    segmenter = _Segmenter(options)

    def add_words(batches):
        ready = segmenter.get()
        for batch in batches:
            yield batch.append_column(into, pyarrow.array(cut(ready, batch.column(index), delimiter)))

    return df.mapInArrow(add_words, schema)


def hash_files(df, column, algorithm="md5"):
    """The rows of `df` with three more columns about the file whose path is in `column`, a string or binary:
    `digest` in hexadecimal, `size`, and `error`. A file that cannot be read has its row, with `error` and no
    digest, and does not fail the job: count the rows with an error.

    Paths are those of the executors' file systems, not URLs."""
    index = _index(df, column)
    kinds = (StringType(), LongType(), StringType())
    schema = _with(df, *map(StructField, _ADDED, kinds))
    hash_paths([], algorithm).close()  # An algorithm that does not exist is an error here.

    def add_digests(batches):
        for batch in batches:
            rows = list(_hash(batch.column(index).to_pylist(), algorithm))
            for at, (name, kind) in enumerate(_ADDED.items()):
                batch = batch.append_column(name, pyarrow.array([row[at] for row in rows], kind))
            yield batch

    return df.mapInArrow(add_digests, schema)


def _hash(paths, algorithm):
    """Digest, size and error of each path."""
    files = hash_paths((path for path in paths if path is not None), algorithm, threads=1)
    for path in paths:
        if path is None:
            yield None, None, "there is no path"
            continue
        file = next(files)
        error = file.error and (file.error.strerror or str(file.error))
        yield file.hexdigest, file.size, error


class _Segmenter:
    """A segmenter that tasks get: the driver's own, or one with files that only executors have."""

    def __init__(self, options):
        self._there = {
            key: options[key]
            for key in _FILES
            if isinstance(options.get(key), str | bytes | os.PathLike) and not os.path.exists(options[key])
        }
        here = {key: option for key, option in options.items() if key not in self._there}
        # Wrong options are an error here, not in each task.
        segmenter = for_task(here)
        self._options, self._segmenter = (here, None) if self._there else (None, segmenter)

    def get(self):
        if self._segmenter is None:
            there = {key: SparkFiles.get(os.fsdecode(name)) for key, name in self._there.items()}
            return for_task(self._options | there)
        return self._segmenter


def _index(df, column):
    if column not in df.columns:
        raise ValueError(f"there is no column {column!r} among {df.columns}")
    return df.columns.index(column)


def _with(df, *fields):
    """The schema of a frame with more columns."""
    names = {name.lower() for name in df.columns}
    for field in fields:
        if field.name.lower() in names:
            raise ValueError(f"there is a column {field.name!r} already")
    return StructType([*df.schema.fields, *fields])
