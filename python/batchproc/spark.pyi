"""The types of the module for Spark."""

from typing import Unpack

from pyspark.sql import DataFrame

from . import _Options

def segment(
    df: DataFrame,
    column: str,
    into: str = "words",
    *,
    delimiter: str | None = None,
    **options: Unpack[_Options],
) -> DataFrame: ...
def hash_files(df: DataFrame, column: str, algorithm: str = "md5") -> DataFrame: ...
