"""The types of the module for Ray Data."""

from typing import Unpack

import pyarrow
from ray.data import Dataset

from . import Segmenter, _Options

def segment(
    dataset: Dataset,
    column: str,
    into: str = "words",
    *,
    delimiter: str | None = None,
    concurrency: int | tuple[int, int] | tuple[int, int, int] | None = None,
    **options: Unpack[_Options],
) -> Dataset: ...

class Segment:
    segmenter: Segmenter
    column: str
    into: str
    delimiter: str | None
    def __init__(
        self, segmenter: Segmenter, column: str, into: str, delimiter: str | None
    ) -> None: ...
    def __call__(self, table: pyarrow.Table) -> pyarrow.Table: ...
