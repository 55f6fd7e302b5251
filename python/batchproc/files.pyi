"""The types of what runs the program on files."""

from collections.abc import Mapping
from typing import Any

from . import _Path

def segment_file(
    arguments: Mapping[str, Any], source: _Path, target: _Path, encoding: str
) -> None: ...
