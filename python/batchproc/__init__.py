"""Batch work on files and texts: parallel hashing, and Chinese word segmentation with the tokens of
jieba. `batchproc.jieba` takes the place of jieba itself.

    >>> import batchproc
    >>> batchproc.Segmenter().cut("我来到北京清华大学")
    ['我', '来到', '北京', '清华大学']
"""

from ._native import (
    Column,
    Error,
    FileHash,
    Verdict,
    __version__,
    algorithms,
    audit,
    check,
    digest_many,
    hash_tree,
)
from ._native import hash_paths as hash
from .program import find_binary
from .segmenter import Segmenter

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
