"""The types of `batchproc.jieba.analyse`. Its functions are methods of two extractors."""

from .textrank import TextRank
from .tfidf import TFIDF

default_tfidf: TFIDF
default_textrank: TextRank

extract_tags = default_tfidf.extract_tags
tfidf = default_tfidf.extract_tags
set_idf_path = default_tfidf.set_idf_path
textrank = default_textrank.extract_tags

def set_stop_words(stop_words_path: str) -> None: ...

__all__ = [
    "TFIDF",
    "TextRank",
    "default_textrank",
    "default_tfidf",
    "extract_tags",
    "set_idf_path",
    "set_stop_words",
    "textrank",
    "tfidf",
]
