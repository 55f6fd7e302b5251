"""The types of the package."""

import os
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import (
    IO,
    Any,
    Generic,
    Literal,
    Protocol,
    Self,
    TypeAlias,
    TypedDict,
    TypeVar,
    final,
)

from typing_extensions import Buffer

from .program import find_binary as find_binary

__all__ = [
    "Column",
    "Error",
    "FileHash",
    "Segmenter",
    "Verdict",
    "__version__",
    "algorithms",
    "audit",
    "check",
    "digest_many",
    "find_binary",
    "hash",
    "hash_tree",
]

_Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Source: TypeAlias = _Path | IO[str] | IO[bytes]
_Word: TypeAlias = str | tuple[str] | tuple[str, int | None] | tuple[str, int | None, str | None]
_Order: TypeAlias = Literal["input", "completion"]

__version__: str

class Error(Exception): ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

_Columnar: TypeAlias = _ArrowArray | _ArrowStream

# The options of Segmenter, as the modules for engines pass them on.
class _Options(TypedDict, total=False):
    dictionary: _Source | None
    user_words: _Source | Iterable[_Word]
    mode: Literal["exact", "search", "full"]
    hmm: bool
    compat: Literal["python", "jieba-rs"]
    stop_words: _Source | Iterable[str]
    drop: str | Iterable[Literal["space", "punct"]]
    tags: str | Iterable[str]
    threads: int | None

@final
class Column:
    def __len__(self) -> int: ...
    def __arrow_c_schema__(self) -> Any: ...
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

class Segmenter:
    def __new__(
        cls,
        *,
        dictionary: _Source | None = None,
        user_words: _Source | Iterable[_Word] = (),
        mode: Literal["exact", "search", "full"] = "exact",
        hmm: bool = True,
        compat: Literal["python", "jieba-rs"] = "python",
        stop_words: _Source | Iterable[str] = (),
        drop: str | Iterable[Literal["space", "punct"]] = (),
        tags: str | Iterable[str] = (),
        threads: int | None = None,
    ) -> Self: ...
    def cut(self, text: str) -> list[str]: ...
    def tag(self, text: str) -> list[tuple[str, str]]: ...
    def tokenize(self, text: str) -> list[tuple[str, int, int]]: ...
    def cut_many(self, texts: Iterable[str]) -> list[list[str]]: ...
    def join_many(self, texts: Iterable[str], delimiter: str = " ") -> list[str]: ...
    def cut_column(self, column: _Columnar) -> Column: ...
    def join_column(self, column: _Columnar, delimiter: str = " ") -> Column: ...
    def count(self, texts: Iterable[str]) -> dict[str, int]: ...
    def keywords(
        self, text: str, n: int, method: Literal["tfidf", "textrank"] = "tfidf"
    ) -> list[tuple[str, float]]: ...
    def segment_file(self, source: _Path, target: _Path, encoding: str = "utf-8") -> None: ...
    def __copy__(self) -> Self: ...
    def __deepcopy__(self, memo: object) -> Self: ...

_P = TypeVar("_P")

@final
class FileHash(Generic[_P]):
    path: _P
    digest: bytes | None
    hexdigest: str | None
    size: int | None
    mtime_ns: int | None
    error: OSError | None

@final
class Verdict:
    path: str | None
    verdict: str
    ok: bool
    line: int | None
    moved_from: str | None
    reason: str | None
    error: OSError | None

class _Run(Iterator[_P]):
    def __iter__(self) -> Self: ...
    def __next__(self) -> _P: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...

def hash(
    paths: Iterable[_P],
    algorithm: str = "md5",
    *,
    order: _Order = "input",
    threads: int | None = None,
    io_threads: int | None = None,
    memory: int | None = None,
    map_files: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> _Run[FileHash[_P]]: ...
def hash_tree(
    root: _P,
    algorithm: str = "md5",
    *,
    glob: Iterable[str] = ...,
    exclude: Iterable[str] = ...,
    follow: bool = False,
    one_file_system: bool = False,
    order: _Order = "input",
    threads: int | None = None,
    io_threads: int | None = None,
    memory: int | None = None,
    map_files: bool = False,
    progress: Callable[[int, int], object] | None = None,
) -> _Run[FileHash[_P]]: ...
def check(
    manifest: _Source,
    *,
    root: _Path | None = None,
    require_seal: bool = False,
    threads: int | None = None,
) -> _Run[Verdict]: ...
def audit(
    manifest: _Source,
    *roots: _Path,
    root: _Path | None = None,
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
