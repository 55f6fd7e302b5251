"""The frequencies of a tokenizer's words."""


class Frequencies:
    """Reads the frequencies of words as from jieba's dict, in which the beginning of each word has
    frequency zero if it is no word. It cannot list all words."""

    __slots__ = ("_of",)

    def __init__(self, tokenizer):
        self._of = tokenizer._frequency

    def get(self, word, default=None):
        """The frequency of a word, or the default if it is not there."""
        frequency = self._of(word) if isinstance(word, str) and word else None
        return default if frequency is None else frequency

    def __getitem__(self, word):
        frequency = self.get(word)
        if frequency is None:
            raise KeyError(word)
        return frequency

    def __contains__(self, word):
        return self.get(word) is not None
