"""What the tests share: sentences, and jieba itself, where it is installed."""

import logging
import os
import pathlib

import pytest

# The tests may run from a copy, so that they find the installed package.
ROOT = pathlib.Path(
    os.environ.get("BATCHPROC_SOURCES") or pathlib.Path(__file__).resolve().parents[2]
)
TEXT = ROOT / "fixtures" / "segmentation" / "input.txt"


@pytest.fixture(scope="session")
def lines():
    """Lines of Chinese text, some with odd characters."""
    return TEXT.read_text(encoding="utf-8", errors="surrogateescape").split("\n")


@pytest.fixture(scope="session")
def jieba():
    """Python jieba, the oracle."""
    jieba = pytest.importorskip("jieba", reason="Python jieba is not installed")
    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba
