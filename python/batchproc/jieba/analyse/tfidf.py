"""TF-IDF: a word weighs as much as its share of the text, times how rare it is in other texts."""

import os
from operator import itemgetter

from ... import _native
from .. import dt, posseg
from ..tokenizer import _absolute


class KeywordExtractor:
    """What both ways of finding keywords share."""

    STOP_WORDS = {
        *"the of is and to in that we for an are by be as on with can if from which you it".split(),
        *"this then at have all not one has or that".split(),
    }

    def set_stop_words(self, stop_words_path):
        """Adds the lines of a file to the words that are no keywords."""
        with open(_existing(stop_words_path), "rb") as file:
            self.stop_words.update(file.read().decode("utf-8").splitlines())

    def extract_tags(self, *args, **kwargs):
        raise NotImplementedError


def _existing(path):
    path = _absolute(path)
    if not os.path.isfile(path):
        raise Exception("jieba: file does not exist: " + path)
    return path


class _BuiltIn:
    """The inverse document frequencies of jieba, which can be read like a dict."""

    @staticmethod
    def get(word, default=None):
        found = _native.idf(word)
        return default if found is None else found


class IDFLoader:
    """Inverse document frequencies: those of jieba, or of a file."""

    def __init__(self, idf_path=None):
        self.path = ""
        self.idf_freq, self.median_idf = _BuiltIn(), _native.median_idf()
        if idf_path:
            self.set_new_path(idf_path)

    def set_new_path(self, new_idf_path):
        if self.path != new_idf_path:
            self.path = new_idf_path
            self.idf_freq = {}
            with open(new_idf_path, "rb") as file:
                for line in file.read().decode("utf-8").splitlines():
                    word, frequency = line.strip().split(" ")
                    self.idf_freq[word] = float(frequency)
            self.median_idf = sorted(self.idf_freq.values())[len(self.idf_freq) // 2]

    def get_idf(self):
        return self.idf_freq, self.median_idf


class TFIDF(KeywordExtractor):
    """Finds keywords by TF-IDF."""

    def __init__(self, idf_path=None):
        self.tokenizer = dt
        self.postokenizer = posseg.dt
        self.stop_words = self.STOP_WORDS.copy()
        self.idf_loader = IDFLoader(idf_path)
        self.idf_freq, self.median_idf = self.idf_loader.get_idf()

    def set_idf_path(self, idf_path):
        """Reads the inverse document frequencies of words from a file."""
        self.idf_loader.set_new_path(_existing(idf_path))
        self.idf_freq, self.median_idf = self.idf_loader.get_idf()

    def extract_tags(self, sentence, topK=20, withWeight=False, allowPOS=(), withFlag=False):
        """The keywords of a sentence, the best first; all of them if `topK` is `None`. `allowPOS` are the
        parts of speech that count. With them, `withFlag` gives pairs instead of words."""
        if allowPOS:
            allowed = frozenset(allowPOS)
            pairs = (pair for pair in self.postokenizer.cut(sentence) if pair.flag in allowed)
            words = pairs if withFlag else (pair.word for pair in pairs)
        else:
            words, withFlag = self.tokenizer.lcut(sentence), False
        name = (lambda pair: pair.word) if withFlag else (lambda word: word)
        weights, stop_words = {}, self.stop_words
        for word in words:
            text = name(word)
            if len(text.strip()) >= 2 and text.lower() not in stop_words:
                weights[word] = weights.get(word, 0.0) + 1.0
        total = sum(weights.values())
        get, median = self.idf_freq.get, self.median_idf
        for word in weights:
            weights[word] *= get(name(word), median) / total
        best = sorted(weights.items(), key=itemgetter(1), reverse=True)
        if not withWeight:
            best = [word for word, _ in best]
        return best[:topK] if topK else best
