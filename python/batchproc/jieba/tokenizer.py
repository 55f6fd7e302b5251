"""The class `Tokenizer` of jieba, over a native dictionary."""

import math
import os
import re
import threading

from .. import _native
from .frequencies import Frequencies

_USER_WORD = re.compile("^(.+?)( [0-9]+)?( [a-z]+)?$")

# What jieba cuts into words, and the white space between.
_BLOCKS = re.compile("([\u4e00-\u9fd5a-zA-Z0-9+#&\\._%\\-]+)")
_SPACE = re.compile("(\r\n|\\s)")


def _absolute(path):
    return os.path.normpath(os.path.join(os.getcwd(), path))


def strdecode(sentence):
    """The text of `str`, or of `bytes` in UTF-8, or else in GBK."""
    if not isinstance(sentence, str):
        try:
            sentence = sentence.decode("utf-8")
        except UnicodeDecodeError:
            sentence = sentence.decode("gbk", "ignore")
    return sentence


def resolve_filename(f):
    """The name of an open file."""
    try:
        return f.name
    except AttributeError:
        return repr(f)


class Tokenizer(_native.Tokenizer):
    """Cuts text with a dictionary of its own, which can change."""

    def __init__(self, dictionary=None):
        self.lock = threading.RLock()
        self.dictionary = None if dictionary is None else _absolute(dictionary)
        # The built-in dictionary is there without being loaded.
        self.initialized = self.dictionary is None
        self.user_word_tag_tab = {}
        self.tmp_dir = None
        self.cache_file = None

    def __repr__(self):
        return f"<Tokenizer dictionary={self.dictionary!r}>"

    @property
    def FREQ(self):
        """The frequencies of words, which can be read like a dict."""
        self.check_initialized()
        return Frequencies(self)

    @property
    def total(self):
        """The sum of all frequencies."""
        self.check_initialized()
        return self._total

    def initialize(self, dictionary=None):
        """Loads a dictionary that takes the place of the one before, and of all words that were added
        to that."""
        if dictionary:
            path = _absolute(dictionary)
            if self.dictionary == path and self.initialized:
                return
            self.dictionary, self.initialized = path, False
        with self.lock:
            if not self.initialized:
                words = None if self.dictionary is None else self._words(self.get_dict_file())
                self._replace(words)
                self.initialized = True

    def check_initialized(self):
        """Loads the dictionary if that has not been done."""
        if not self.initialized:
            self.initialize()

    @staticmethod
    def _words(f):
        """The words of a dictionary that is a file, with their frequencies and tags."""
        name, words, tags = resolve_filename(f), [], {}
        with f:
            for number, line in enumerate(f, 1):
                try:
                    line = line.strip().decode("utf-8")
                    word, frequency, *more = line.split(" ")
                    words.append((word, int(frequency)))
                    tags[word] = more[0] if more else ""
                except ValueError:
                    message = f"invalid dictionary entry in {name} at Line {number}: {line}"
                    raise ValueError(message) from None
        # Of words that come twice the last tag counts, and the last frequency. But the sum of all
        # frequencies has both.
        return [(word, frequency, tags[word]) for word, frequency in words]

    def get_dict_file(self):
        """The open file of the dictionary. The built-in one is no file."""
        if self.dictionary is None:
            raise NotImplementedError("the dictionary of batchproc.jieba is no file")
        return open(self.dictionary, "rb")

    def set_dictionary(self, dictionary_path):
        """Sets the path of the dictionary, which is loaded when it is needed."""
        with self.lock:
            path = _absolute(dictionary_path)
            if not os.path.isfile(path):
                raise Exception("jieba: file does not exist: " + path)
            self.dictionary, self.initialized = path, False

    def cut(self, sentence, cut_all=False, HMM=True, use_paddle=False):
        """The words of a sentence, one after the other."""
        yield from self.lcut(sentence, cut_all, HMM, use_paddle)

    def cut_for_search(self, sentence, HMM=True):
        """The words of a sentence, and the shorter words in them before each, for search engines."""
        yield from self.lcut_for_search(sentence, HMM)

    def lcut(self, sentence, cut_all=False, HMM=True, use_paddle=False):
        """The words of a sentence, as a list."""
        if not self.initialized:
            self.initialize()
        if not isinstance(sentence, str):
            sentence = strdecode(sentence)
        if cut_all:
            return self._cut_all(sentence)
        return self._cut(sentence, "exact", bool(HMM))

    def lcut_for_search(self, sentence, HMM=True):
        """What `cut_for_search` gives, as a list."""
        self.check_initialized()
        return self._cut(strdecode(sentence), "search", bool(HMM))

    def _cut_all(self, sentence):
        if "\n" not in sentence:
            return self._cut(sentence, "full", False)
        # The native code cuts every line alone. But jieba gives empty words beside a line end.
        words = []
        for block in _BLOCKS.split(sentence):
            if _BLOCKS.match(block):
                words += self._cut(block, "full", False)
            elif block:
                words += _SPACE.split(block)
        return words

    def tokenize(self, unicode_sentence, mode="default", HMM=True):
        """The words of a sentence, each with its start and end in characters."""
        if not isinstance(unicode_sentence, str):
            raise ValueError("jieba: the input parameter should be unicode.")
        self.check_initialized()
        mode = "exact" if mode == "default" else "search"
        yield from self._tokenize(unicode_sentence, mode, bool(HMM))

    def load_userdict(self, f):
        """Adds the words of a path, an open file, or another iterable of lines, each with a word and
        perhaps a frequency and a tag."""
        self.check_initialized()
        if isinstance(f, str):
            name = f
            with open(f, "rb") as lines:
                self._load(lines, name)
        else:
            self._load(f, resolve_filename(f))

    def _load(self, lines, name):
        count = 0
        for line in lines:
            line = line.strip()
            if not isinstance(line, str):
                try:
                    line = line.decode("utf-8").lstrip("\ufeff")
                except UnicodeDecodeError:
                    raise ValueError(f"dictionary file {name} must be utf-8") from None
            if not line:
                continue
            word, frequency, tag = _USER_WORD.match(line).groups()
            self.add_word(word, frequency and frequency.strip(), tag and tag.strip())
            count += 1
        if count > 200:
            self._merge()

    def add_word(self, word, freq=None, tag=None):
        """Adds a word, or changes its frequency. Without a frequency, it gets one that is high enough
        for it to be found."""
        self.check_initialized()
        word = strdecode(word)
        freq = int(freq) if freq is not None else self.suggest_freq(word, False)
        if tag:
            self.user_word_tag_tab[word] = tag
        self._add(word, freq, tag or None)

    def del_word(self, word):
        """Takes a word away."""
        self.add_word(word, 0)

    def suggest_freq(self, segment, tune=False):
        """The frequency with which a word stays whole, or, of several strings, with which it is cut into
        these. With `tune`, the word gets this frequency."""
        self.check_initialized()
        total, frequency = float(self.total), 1
        get = self._frequency
        if isinstance(segment, str):
            word = segment
            for part in self.lcut(word, HMM=False):
                known = get(part)
                frequency *= (1 if known is None else known) / total
            known = get(word)
            frequency = max(int(frequency * self.total) + 1, 1 if known is None else known)
        else:
            parts = tuple(map(strdecode, segment))
            word = "".join(parts)
            for part in parts:
                known = get(part)
                frequency *= (1 if known is None else known) / total
            frequency = min(int(frequency * self.total), get(word) or 0)
        if tune:
            self.add_word(word, frequency)
        return frequency

    def get_DAG(self, sentence):
        """For each character, the ends of the words that begin there."""
        self.check_initialized()
        graph, get = {}, self._frequency
        for start in range(len(sentence)):
            ends, end = [], start
            while end < len(sentence) and (known := get(sentence[start : end + 1])) is not None:
                if known:
                    ends.append(end)
                end += 1
            graph[start] = ends or [start]
        return graph

    def calc(self, sentence, DAG, route):
        """Puts the best route through a sentence into `route`."""
        length, total = len(sentence), math.log(self.total)
        route[length] = (0, 0)
        for start in range(length - 1, -1, -1):
            route[start] = max(
                (
                    math.log(self._frequency(sentence[start : end + 1]) or 1)
                    - total
                    + route[end + 1][0],
                    end,
                )
                for end in DAG[start]
            )
