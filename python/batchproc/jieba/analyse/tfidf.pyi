"""The types of TF-IDF. A keyword is a string, or a pair with its part of speech; with weights, it is a
tuple of that and its weight."""

from collections.abc import Iterable
from typing import Any, Literal, overload

from ..posseg import POSTokenizer
from ..tokenizer import _Sentence, Tokenizer

class KeywordExtractor:
    STOP_WORDS: set[str]
    stop_words: set[str]
    def set_stop_words(self, stop_words_path: str) -> None: ...
    def extract_tags(self, *args: Any, **kwargs: Any) -> list[Any]: ...

class IDFLoader:
    path: str
    idf_freq: Any
    median_idf: float
    def __init__(self, idf_path: str | None = None) -> None: ...
    def set_new_path(self, new_idf_path: str) -> None: ...
    def get_idf(self) -> tuple[Any, float]: ...

class TFIDF(KeywordExtractor):
    tokenizer: Tokenizer
    postokenizer: POSTokenizer
    idf_loader: IDFLoader
    idf_freq: Any
    median_idf: float
    def __init__(self, idf_path: str | None = None) -> None: ...
    def set_idf_path(self, idf_path: str) -> None: ...
    @overload
    def extract_tags(
        self,
        sentence: _Sentence,
        topK: int | None = 20,
        withWeight: Literal[False] = False,
        allowPOS: tuple[()] = (),
        withFlag: bool = False,
    ) -> list[str]: ...
    @overload
    def extract_tags(
        self,
        sentence: _Sentence,
        topK: int | None = 20,
        withWeight: bool = False,
        allowPOS: Iterable[str] = (),
        withFlag: bool = False,
    ) -> list[Any]: ...
