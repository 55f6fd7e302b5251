"""The class `Segmenter`: reads dictionaries from wherever they are, and can be pickled. All the rest is
native."""

import os

from . import _native


def _content(source):
    """The bytes of a dictionary: of a path, or of an object with `read`."""
    if hasattr(source, "read"):
        content = source.read()
        return content.encode() if isinstance(content, str) else bytes(content)
    with open(source, "rb") as file:
        return file.read()


def _is_file(source):
    return isinstance(source, (str, bytes, os.PathLike)) or hasattr(source, "read")


def _word(item):
    """A word with its frequency and tag, either of which may be missing."""
    if isinstance(item, str):
        return (item, None, None)
    word, *more = item
    frequency, tag = (*more, None, None)[:2]
    return (word, frequency, tag)


def _lines(sources):
    """Words, one a line of a path or file, or those of an iterable."""
    if not _is_file(sources):
        return list(sources)
    words = (line.strip() for line in _content(sources).decode("utf-8-sig").splitlines())
    return [word for word in words if word]


def _several(names):
    return [names] if isinstance(names, str) else list(names)


class Segmenter(_native.Segmenter):
    """Cuts Chinese text into words. Nothing changes a segmenter: threads may share it, and it can be
    pickled with all of its words.

    - `dictionary`: a path or an open file that takes the place of the built-in dictionary.
    - `user_words`: a path or an open file of a user dictionary, or an iterable of words; each of them is a
      string, or a tuple of word, frequency and tag, of which the last two may be `None` or missing.
    - `mode`: "exact", "search" or "full". `hmm`: whether to look for words that are in no dictionary.
    - `compat`: "python" for the tokens of Python jieba 0.42.1, "jieba-rs" for those of jieba-rs 0.11.0.
    - `stop_words`: a path or an open file with a word on each line, or an iterable: these are left out.
    - `drop`: "space" or "punct" or both: tokens of white space, and of punctuation and symbols.
    - `tags`: if there are any, only words with these parts of speech are kept. With "exact" and "python",
      the words are then those of `jieba.posseg`, as those of `tag` are.
    - `threads`: how many threads cut many texts; `None`: one for each CPU.
    """

    __slots__ = ("_arguments",)

    def __new__(
        cls,
        *,
        dictionary=None,
        user_words=(),
        mode="exact",
        hmm=True,
        compat="python",
        stop_words=(),
        drop=(),
        tags=(),
        threads=None,
    ):
        if dictionary is not None and not isinstance(dictionary, _Content):
            dictionary = _Content(_content(dictionary))
        if isinstance(user_words, _Content):
            added = [bytes(user_words)]
        elif _is_file(user_words):
            user_words = _Content(_content(user_words))
            added = [bytes(user_words)]
        else:
            user_words = added = [_word(item) for item in user_words]
        stop_words, drop, tags = _lines(stop_words), _several(drop), _several(tags)
        arguments = {"mode": mode, "hmm": hmm, "compat": compat, "drop": drop}
        arguments |= {"stop_words": stop_words, "threads": threads}
        self = super().__new__(
            cls,
            dictionary=dictionary and bytes(dictionary),
            added=added,
            tags=tags or None,
            **arguments,
        )
        self._arguments = arguments | {
            "dictionary": dictionary,
            "user_words": user_words,
            "tags": tags,
        }
        return self

    def __reduce__(self):
        import pickle  # Not before it is needed: it loads much.

        return (_make, (type(self), pickle.dumps(self._arguments)))

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def segment_file(self, source, target, encoding="utf-8"):
        """Cuts the file `source` and writes its words, with spaces between them, into the file `target`,
        which is replaced when it is complete. This runs the program `batchproc`. Raises
        `batchproc.Error` with its messages if anything was lost."""
        from .files import segment_file

        segment_file(self._arguments, source, target, encoding)


class _Content(bytes):
    """The content of a dictionary, as opposed to the path of one."""


# An engine sends the same segmenter with each task, so a worker that gets it again need not build it again.
_made: dict = {}


def _make(cls, arguments):
    import pickle

    made = _made.get((cls, arguments))
    if made is None:
        made = cls(**pickle.loads(arguments))
        if len(_made) > 1:
            _made.clear()
        _made[cls, arguments] = made
    return made
