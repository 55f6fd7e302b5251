"""Takes the place of jieba 0.42.1: the same names, defaults, results and errors.

    import batchproc.jieba as jieba

The dictionary is part of the package, so nothing is loaded and no cache is written. `enable_parallel`
does nothing, since one thread is faster than jieba with many processes. `paddle` is not there.
"""

import logging
import sys

from .tokenizer import Tokenizer

__version__ = "0.42.1"
__license__ = "MIT"

default_logger = logging.getLogger("jieba")
log_console = logging.StreamHandler(sys.stderr)

dt = Tokenizer()
pool = None
DEFAULT_DICT = None

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
user_word_tag_tab = dt.user_word_tag_tab


def get_FREQ(k, d=None):
    """The frequency of a word, or `d` if it is not in the dictionary."""
    return dt.FREQ.get(k, d)


def cut_all(sentence):
    """All words that the dictionary has in a sentence, as `cut(sentence, cut_all=True)` gives them."""
    return dt.cut(sentence, cut_all=True)


def setLogLevel(log_level):
    """Sets the level of jieba's logger, to which nothing is written."""
    default_logger.setLevel(log_level)


def enable_parallel(processnum=None):
    """Does nothing."""


def disable_parallel():
    """Does nothing."""


def enable_paddle():
    """There is no paddle mode."""
    raise NotImplementedError("batchproc.jieba has no paddle mode")
