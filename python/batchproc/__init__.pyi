"""The types of the package."""

import os
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import IO, Any, Generic, Literal, Protocol, Self, TypeAlias, TypeVar

from typing_extensions import Buffer

Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
Source: TypeAlias = Path | IO[str] | IO[bytes]
Word: TypeAlias = str | tuple[str] | tuple[str, int | None] | tuple[str, int | None, str | None]
Order: TypeAlias = Literal["input", "completion"]

__version__: str

class Error(Exception): ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class Column:
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> Any: ...
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class Segmenter:
    def __new__(
        cls,
        *,
        dictionary: Source | None = None,
        user_words: Source | Iterable[Word] = (),
        mode: Literal["exact", "search", "full"] = "exact",
        hmm: bool = True,
        compat: Literal["python", "jieba-rs"] = "python",
        stop_words: Source | Iterable[str] = (),
        drop: str | Iterable[Literal["space", "punct"]] = (),
        tags: str | Iterable[str] = (),
        threads: int | None = None,
    ) -> Self: ...
    def cut(self, text: str) -> list[str]: ...
    def tag(self, text: str) -> list[tuple[str, str]]: ...
    def tokenize(self, text: str) -> list[tuple[str, int, int]]: ...
    def cut_many(self, texts: Iterable[str]) -> list[list[str]]: ...
    def join_many(self, texts: Iterable[str], delimiter: str = " ") -> list[str]: ...
    def cut_column(self, column: _ArrowArray | _ArrowStream) -> Column: ...
    def join_column(
        self, column: _ArrowArray | _ArrowStream, delimiter: str = " "
    ) -> Column: ...
    def count(self, texts: Iterable[str]) -> dict[str, int]: ...
    def keywords(
        self, text: str, n: int, method: Literal["tfidf", "textrank"] = "tfidf"
    ) -> list[tuple[str, float]]: ...
    def segment_file(self, source: Path, target: Path, encoding: str = "utf-8") -> None: ...

P = TypeVar("P")

class FileHash(Generic[P]):
    path: P
    digest: bytes | None
    hexdigest: str | None
    size: int | None
    mtime_ns: int | None
    error: OSError | None

class Verdict:
    path: str | None
    verdict: str
    ok: bool
    line: int | None
    moved_from: str | None
    reason: str | None
    error: OSError | None

class _Run(Iterator[P]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> P: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...

def hash(
    paths: Iterable[P],
    algorithm: str = "md5",
    *,
    order: Order = "input",
    threads: int | None = None,
    memory: int | None = None,
) -> _Run[FileHash[P]]: ...
def hash_tree(
    root: P,
    algorithm: str = "md5",
    *,
    glob: Iterable[str] = ...,
    exclude: Iterable[str] = ...,
    follow: bool = False,
    one_file_system: bool = False,
    order: Order = "input",
    threads: int | None = None,
    memory: int | None = None,
) -> _Run[FileHash[P]]: ...
def check(
    manifest: Source,
    *,
    root: Path | None = None,
    require_seal: bool = False,
    threads: int | None = None,
) -> _Run[Verdict]: ...
def audit(
    manifest: Source,
    *roots: Path,
    root: Path | None = None,
    require_seal: bool = False,
    glob: Iterable[str] = ...,
    exclude: Iterable[str] = ...,
    follow: bool = False,
    one_file_system: bool = False,
    threads: int | None = None,
) -> _Run[Verdict]: ...
def digest_many(
    buffers: Iterable[Buffer], algorithm: str = "md5", *, threads: int | None = None
) -> list[bytes]: ...
def algorithms() -> list[str]: ...
def find_binary() -> str: ...
