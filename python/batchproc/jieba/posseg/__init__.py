"""Takes the place of `jieba.posseg`: words with parts of speech."""

from .. import dt as _dt
from ..tokenizer import Tokenizer, strdecode


class pair:
    """A word and its part of speech."""

    __slots__ = ("word", "flag")

    def __init__(self, word, flag):
        self.word = word
        self.flag = flag

    def __repr__(self):
        return f"pair({self.word!r}, {self.flag!r})"

    def __str__(self):
        return f"{self.word}/{self.flag}"

    def __iter__(self):
        return iter((self.word, self.flag))

    def __lt__(self, other):
        return self.word < other.word

    def __eq__(self, other):
        return isinstance(other, pair) and self.word == other.word and self.flag == other.flag

    def __hash__(self):
        return hash(self.word)

    def encode(self, arg):
        return str(self).encode(arg)


class POSTokenizer:
    """Cuts text into words with parts of speech, with the dictionary of a tokenizer."""

    def __init__(self, tokenizer=None):
        self.tokenizer = tokenizer or Tokenizer()

    def __repr__(self):
        return f"<POSTokenizer tokenizer={self.tokenizer!r}>"

    def __getattr__(self, name):
        if name in ("cut_for_search", "lcut_for_search", "tokenize"):
            raise NotImplementedError
        return getattr(self.tokenizer, name)

    def initialize(self, dictionary=None):
        self.tokenizer.initialize(dictionary)

    def lcut(self, sentence, HMM=True):
        """The words of a sentence with their parts of speech, as a list."""
        self.tokenizer.check_initialized()
        return [pair(*one) for one in self.tokenizer._tag(strdecode(sentence), bool(HMM))]

    def cut(self, sentence, HMM=True):
        """The words of a sentence with their parts of speech, one after the other."""
        yield from self.lcut(sentence, HMM)


dt = POSTokenizer(_dt)
initialize = dt.initialize


def cut(sentence, HMM=True, use_paddle=False):
    """The words of a sentence with their parts of speech, one after the other."""
    yield from dt.lcut(sentence, HMM)


def lcut(sentence, HMM=True, use_paddle=False):
    """The words of a sentence with their parts of speech, as a list."""
    return dt.lcut(sentence, HMM)
