"""The types of the module for DuckDB."""

from typing import Unpack

import duckdb

from . import _Options

def register(
    connection: duckdb.DuckDBPyConnection,
    name: str = "cut",
    *,
    delimiter: str | None = None,
    **options: Unpack[_Options],
) -> None: ...
