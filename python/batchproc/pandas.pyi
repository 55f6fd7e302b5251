"""The types of the module for pandas."""

from typing import Unpack

import pandas
import pyarrow

from . import Segmenter, _Options

def segment(
    series: pandas.Series, *, delimiter: str | None = None, **options: Unpack[_Options]
) -> pandas.Series: ...
def of_series(
    segmenter: Segmenter, series: pandas.Series, delimiter: str | None
) -> pandas.Series: ...
def arrow_type(delimiter: str | None) -> pyarrow.DataType: ...
