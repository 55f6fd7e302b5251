"""The types of the module for polars."""

from typing import Unpack

import polars

from . import _Options

def segment(
    column: str | polars.Expr, *, delimiter: str | None = None, **options: Unpack[_Options]
) -> polars.Expr: ...
