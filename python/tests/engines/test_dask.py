"""Dask distributed, with two processes on this machine: `batchproc.dask`, and the program in a task. What comes
out is what a single run gives."""

import io
import subprocess

import batchproc
import pytest
from processes import ODD, ODD_BYTES, Killing, lines, program

pytest.importorskip("distributed", reason="dask distributed is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

import batchproc.dask  # noqa: E402
import dask  # noqa: E402
import dask.dataframe  # noqa: E402
import pandas  # noqa: E402
from distributed import Client, LocalCluster  # noqa: E402

TERMS = "杭研大厦 5 n\n"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    directory = str(tmp_path_factory.mktemp("dask"))
    arguments = {"host": "127.0.0.1", "dashboard_address": None, "local_directory": directory}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **arguments) as cluster,
        Client(cluster) as client,
    ):
        yield client


def frame(texts):
    return dask.dataframe.from_pandas(pandas.DataFrame({"text": texts}), npartitions=8, sort=False)


def words_of(frame):
    return [None if words is pandas.NA else list(words) for words in frame["words"]]


def test_the_module_gives_the_words_of_a_single_run(client):
    texts = lines() + ODD + ["来到杭研大厦", None]
    words = batchproc.dask.segment(frame(texts), "text", user_words=io.StringIO(TERMS))
    segmenter = batchproc.Segmenter(user_words=io.StringIO(TERMS))
    result = words.compute()
    assert words_of(result) == [*segmenter.cut_many(texts[:-1]), None]
    assert (result.dtypes == words.dtypes).all()
    joined = batchproc.dask.segment(frame(texts), "text", "joined", delimiter="/", mode="full")
    segmenter = batchproc.Segmenter(mode="full")
    result = joined.compute()
    assert list(result["joined"])[:-1] == segmenter.join_many(texts[:-1], "/")
    assert (result.dtypes == joined.dtypes).all()


def test_a_killed_worker_changes_nothing_for_the_module(client, tmp_path):
    texts = lines()
    with Killing(tmp_path, "spawn_main") as killing:
        pause = killing.pause()

        def half(part):
            if part.index[0] > 1000:
                pause()
            return part

        df = frame(texts)
        words = batchproc.dask.segment(df.map_partitions(half, meta=df._meta), "text").compute()
    assert words_of(words) == batchproc.Segmenter().cut_many(texts)


def test_a_killed_worker_changes_nothing_for_the_program(client, tmp_path):
    texts = [line.encode() for line in lines()] + ODD_BYTES
    given = b"".join(text + b"\n" for text in texts)
    command = [batchproc.find_binary(), "segment", "--records"]
    with Killing(tmp_path, "spawn_main") as killing:
        pause = killing.pause()

        def segment(part):
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
                process.stdin.write(part[:10])
                process.stdin.flush()
                pause()
                words, _ = process.communicate(part[10:])
            # Without this, a part that failed is a part with fewer lines.
            if process.returncode != 0:
                raise subprocess.CalledProcessError(process.returncode, command)
            return words

        size = len(texts) // 8
        parts = [texts[at : at + size] for at in range(0, len(texts), size)]
        parts = [b"".join(text + b"\n" for text in part) for part in parts]
        words = client.gather(client.map(segment, parts))
    assert b"".join(words) == program("segment", "--records", given=given)
    assert b"".join(words).count(b"\n") == len(texts)


def test_a_segmenter_takes_its_user_dictionary_to_the_workers(client):
    segmenter = batchproc.Segmenter(user_words=io.StringIO(TERMS))
    assert client.submit(segmenter.cut, "来到杭研大厦").result() == ["来到", "杭研大厦"]


def test_wrong_use_is_an_error_before_the_work():
    df = frame(["来到"])
    with pytest.raises(FileNotFoundError, match="gone"):
        batchproc.dask.segment(df, "text", user_words="gone")
    with pytest.raises(ValueError, match="there is a column 'text'"):
        batchproc.dask.segment(df, "text", "text")
    with pytest.raises(ValueError, match="no column 'gone'"):
        batchproc.dask.segment(df, "gone")
