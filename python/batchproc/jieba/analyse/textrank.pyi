"""The types of TextRank. Its keywords are like those of TF-IDF."""

from collections.abc import Iterable
from typing import Any

from ..posseg import POSTokenizer, pair
from ..tokenizer import _Sentence
from .tfidf import KeywordExtractor

class UndirectWeightedGraph:
    d: float
    graph: dict[Any, list[tuple[Any, Any, float]]]
    def __init__(self) -> None: ...
    def addEdge(self, start: Any, end: Any, weight: float) -> None: ...
    def rank(self) -> dict[Any, float]: ...

class TextRank(KeywordExtractor):
    tokenizer: POSTokenizer
    postokenizer: POSTokenizer
    pos_filt: frozenset[str]
    span: int
    def __init__(self) -> None: ...
    def pairfilter(self, wp: pair) -> bool: ...
    def textrank(
        self,
        sentence: _Sentence,
        topK: int | None = 20,
        withWeight: bool = False,
        allowPOS: Iterable[str] = ("ns", "n", "vn", "v"),
        withFlag: bool = False,
    ) -> list[Any]: ...
    def extract_tags(
        self,
        sentence: _Sentence,
        topK: int | None = 20,
        withWeight: bool = False,
        allowPOS: Iterable[str] = ("ns", "n", "vn", "v"),
        withFlag: bool = False,
    ) -> list[Any]: ...
