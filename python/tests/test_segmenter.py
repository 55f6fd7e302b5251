"""Segmenter: its words are those of jieba, for one text and for many, in threads and processes."""

import collections
import copy
import gc
import io
import multiprocessing
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading

import batchproc
import pytest

ODD = [
    "",
    "\n",
    "a\r",
    "\r",
    "\r\n\r\n",
    "来到\n北京",
    "\ud800来到\udfff北京",
    "\x00我",
    "，，",
    "𠀀𠀀",
    "e\u0301",
]


@pytest.fixture(scope="module")
def segmenter():
    return batchproc.Segmenter()


@pytest.mark.parametrize("hmm", [True, False])
def test_words_are_those_of_jieba(jieba, lines, hmm):
    segmenter = batchproc.Segmenter(hmm=hmm)
    search = batchproc.Segmenter(hmm=hmm, mode="search")
    for line in lines + ODD:
        assert segmenter.cut(line) == jieba.lcut(line, HMM=hmm)
        assert search.cut(line) == jieba.lcut_for_search(line, HMM=hmm)
        assert segmenter.tokenize(line) == list(jieba.tokenize(line, HMM=hmm))
        assert search.tokenize(line) == list(jieba.tokenize(line, mode="search", HMM=hmm))


def test_full_mode_is_that_of_jieba(jieba, lines):
    full = batchproc.Segmenter(mode="full")
    for line in lines:
        assert full.cut(line) == jieba.lcut(line, cut_all=True)


@pytest.mark.parametrize("mode", ["exact", "search", "full"])
@pytest.mark.parametrize("compat", ["python", "jieba-rs"])
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"drop": ["space", "punct"]},
        {"stop_words": ["的", "\n", " "]},
        {"tags": ["n", "v", "x"]},
    ],
)
def test_many_texts_have_the_words_of_each(lines, mode, compat, wanted):
    texts = (lines + ODD) * 5
    segmenter = batchproc.Segmenter(mode=mode, compat=compat, threads=3, **wanted)
    each = [segmenter.cut(text) for text in texts]
    assert segmenter.cut_many(texts) == each
    assert segmenter.cut_many(iter(texts)) == each
    assert segmenter.join_many(texts, "/") == ["/".join(words) for words in each]
    counts = segmenter.count(texts)
    assert counts == collections.Counter(word for words in each for word in words)


def test_count_is_in_the_order_of_the_first_occurrences(segmenter, lines):
    words = [word for line in lines for word in segmenter.cut(line)]
    assert list(segmenter.count(lines)) == list(dict.fromkeys(words))


def test_unwanted_tokens_are_left_out():
    text = "我 来到，北京。\n"
    assert batchproc.Segmenter(drop="space").cut(text) == ["我", "来到", "，", "北京", "。"]
    assert batchproc.Segmenter(drop=("space", "punct")).cut(text) == ["我", "来到", "北京"]
    assert batchproc.Segmenter(stop_words=["来到", " "]).cut(text) == [
        "我",
        "，",
        "北京",
        "。",
        "\n",
    ]
    assert batchproc.Segmenter(stop_words=io.StringIO("来到\n\n。\n")).cut(text) == [
        "我",
        " ",
        "，",
        "北京",
        "\n",
    ]
    assert batchproc.Segmenter(tags=["ns"]).cut_many([text, "北京"]) == [["北京", "\n"], ["北京"]]


def test_dictionaries_come_from_paths_files_and_iterables(tmp_path):
    (tmp_path / "words").write_text("云计算 5\n杭研大厦 3 nt\n")
    for words in [
        tmp_path / "words",
        str(tmp_path / "words"),
        io.StringIO("云计算\n杭研大厦 3 nt\n"),
        ["云计算", ("杭研大厦", 3, "nt")],
        [("云计算", 5), ("杭研大厦", None, "nt")],
    ]:
        segmenter = batchproc.Segmenter(user_words=words)
        for one in [segmenter, pickle.loads(pickle.dumps(segmenter)), copy.deepcopy(segmenter)]:
            assert one.cut("云计算杭研大厦") == ["云计算", "杭研大厦"]
            assert one.tag("杭研大厦") == [("杭研大厦", "nt")]
    os.unlink(tmp_path / "words")
    small = batchproc.Segmenter(dictionary=io.BytesIO("北京 5 ns\n".encode()), hmm=False)
    # The same words are not built again, others are.
    again, other = pickle.dumps(segmenter), pickle.dumps(small)
    assert pickle.loads(again) is pickle.loads(again)
    assert pickle.loads(again) is not pickle.loads(other)
    assert pickle.loads(pickle.dumps(small)).cut("来到北京") == ["来", "到", "北京"]


def test_wrong_arguments_are_errors():
    for arguments in [
        {"mode": "exakt"},
        {"compat": "rust"},
        {"drop": ["word"]},
        {"threads": 0},
        {"user_words": ["a\nb"]},
    ]:
        with pytest.raises(ValueError):
            batchproc.Segmenter(**arguments)
    with pytest.raises(batchproc.Error, match="line 1"):
        batchproc.Segmenter(dictionary=io.StringIO("no frequency\n"))
    with pytest.raises(FileNotFoundError):
        batchproc.Segmenter(user_words="/does/not/exist")
    segmenter = batchproc.Segmenter()
    with pytest.raises(TypeError, match="item 1 is no str"):
        segmenter.cut_many(["a", 5])
    with pytest.raises(TypeError):
        segmenter.cut_many("abc")
    with pytest.raises(TypeError):
        segmenter.cut(b"abc")
    with pytest.raises(ValueError):
        segmenter.keywords("a", 1, "best")


def test_keywords_are_those_of_jieba(jieba, segmenter, lines):
    import jieba.analyse

    for line in lines[:300]:
        found = segmenter.keywords(line, 5)
        assert found == jieba.analyse.extract_tags(line, 5, withWeight=True)


def test_frequent_words_share_one_string(segmenter):
    first, second = segmenter.cut_many(["来到北京", "来到上海"])
    assert first[0] is second[0]


def test_threads_share_a_segmenter(segmenter, lines):
    expected = [segmenter.cut(line) for line in lines]
    found = []

    def work():
        found.append(
            [segmenter.cut(line) for line in lines] == expected == segmenter.cut_many(lines)
        )

    threads = [threading.Thread(target=work) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert found == [True] * 6


def _joined(arguments):
    segmenter, texts = arguments
    return segmenter.join_many(texts)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes_cut_the_same(segmenter, lines, method):
    expected = segmenter.join_many(lines)
    with multiprocessing.get_context(method).Pool(2) as pool:
        for found in pool.map(_joined, [(segmenter, lines)] * 4):
            assert found == expected


def test_many_passes_leave_no_memory_behind(segmenter, lines):
    texts = lines * 20

    def peak():
        for _ in range(5):
            segmenter.cut_many(texts), segmenter.join_many(texts), segmenter.count(texts)
            [segmenter.tokenize(text) for text in lines]
        gc.collect()
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    peak()
    assert peak() - peak() > -8 << 10


def test_an_interrupt_ends_a_call():
    code = """
import batchproc, sys, time
texts = ["我来到北京清华大学，他来到了网易杭研大厦"] * 50_000
segmenter = batchproc.Segmenter()
try:
    print("ready", flush=True)
    while True:
        segmenter.cut_many(texts)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "interrupted\n"
    assert child.returncode == 0
