"""The types of `batchproc.jieba`. Its functions are methods of the tokenizer `dt`."""

import logging
from collections.abc import Iterator
from typing import TypeVar, overload

from .tokenizer import _Sentence, Tokenizer

_T = TypeVar("_T")

__version__: str
__license__: str

default_logger: logging.Logger
log_console: logging.StreamHandler
dt: Tokenizer
pool: None
DEFAULT_DICT: None
user_word_tag_tab: dict[str, str]

add_word = dt.add_word
calc = dt.calc
cut = dt.cut
cut_for_search = dt.cut_for_search
del_word = dt.del_word
get_DAG = dt.get_DAG
get_dict_file = dt.get_dict_file
initialize = dt.initialize
lcut = dt.lcut
lcut_for_search = dt.lcut_for_search
load_userdict = dt.load_userdict
set_dictionary = dt.set_dictionary
suggest_freq = dt.suggest_freq
tokenize = dt.tokenize

@overload
def get_FREQ(k: str, d: None = None) -> int | None: ...
@overload
def get_FREQ(k: str, d: _T) -> int | _T: ...
def cut_all(sentence: _Sentence) -> Iterator[str]: ...
def setLogLevel(log_level: int | str) -> None: ...
def enable_parallel(processnum: int | None = None) -> None: ...
def disable_parallel() -> None: ...
def enable_paddle() -> None: ...
