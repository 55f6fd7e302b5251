"""The types of the module for Dask."""

from typing import Unpack

from dask.dataframe import DataFrame

from . import _Options

def segment(
    frame: DataFrame,
    column: str,
    into: str = "words",
    *,
    delimiter: str | None = None,
    **options: Unpack[_Options],
) -> DataFrame: ...
