"""Spark, with two executors on this machine: the program as a pipe, and `batchproc.spark`. What comes out is
what a single run gives, and a job is never green while something is missing."""

import json
import os
import re
import shutil
import sys

import batchproc
import pytest
from processes import ODD, ROOT, Killing, lines, program

pytest.importorskip("pyspark", reason="pyspark is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")
if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
    pytest.skip("there is no Java for Spark", allow_module_level=True)

import batchproc.spark  # noqa: E402
from pyspark.errors import PySparkException  # noqa: E402
from pyspark.sql import SparkSession, functions  # noqa: E402

EXECUTOR = "CoarseGrainedExecutorBackend"


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    # The Python of the executors, and nothing beyond this machine.
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    os.environ["SPARK_WORKER_DIR"] = str(tmp_path_factory.mktemp("work"))
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.local.dir", str(tmp_path_factory.mktemp("local")))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "100")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.task.maxFailures", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def command(*arguments):
    return " ".join([batchproc.find_binary(), *arguments])


def frame(spark, texts, parts=4):
    """Texts, in this order and so many parts."""
    rows = spark.sparkContext.parallelize(list(enumerate(texts)), parts)
    return spark.createDataFrame(rows, "id long, text string")


def column(df, name):
    """A column in the order of the texts."""
    return [row[name] for row in df.orderBy("id").select(name).collect()]


def records(*arguments, texts):
    given = "".join(text + "\n" for text in texts).encode()
    return program(*arguments, given=given).decode().split("\n")[:-1]


def test_a_pipe_gives_what_a_single_run_gives(spark):
    texts = lines() + ODD
    piped = spark.sparkContext.parallelize(texts, 4).pipe(command("segment", "--records"), checkCode=True)
    assert piped.collect() == records("segment", "--records", texts=texts)


def test_the_recipe_of_the_cookbook(spark):
    text = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(words = .*?)```", text, re.DOTALL)
    here = {"lines": spark.sparkContext.parallelize(["我来到北京", "", "清华大学"], 2)}
    exec(recipe.replace("batchproc", batchproc.find_binary(), 1), here)
    assert here["words"].collect() == ["我 来到 北京", "", "清华大学"]


def test_the_module_gives_the_words_of_a_single_run(spark):
    texts = lines() + ODD + [None, "来到北京" * 20000]
    df = frame(spark, texts)
    cut = batchproc.Segmenter().cut
    expected = [None if text is None else cut(text) for text in texts]
    words = batchproc.spark.segment(df, "text")
    assert words.columns == ["id", "text", "words"]
    assert column(words, "words") == expected
    assert column(words, "text") == texts
    options = {"mode": "search", "drop": ["punct"], "delimiter": "/"}
    joined = batchproc.spark.segment(df, "text", "joined", **options)
    segmenter = batchproc.Segmenter(mode="search", drop=["punct"])
    expected = [text if text is None else "/".join(segmenter.cut(text)) for text in texts]
    assert column(joined, "joined") == expected


def test_a_killed_executor_changes_nothing_for_a_pipe(spark, tmp_path):
    texts = lines()
    with Killing(tmp_path, EXECUTOR) as killing:
        pause = killing.pause()

        def half(rows):
            for number, row in enumerate(rows):
                if number == 500:
                    pause()
                yield row

        rows = spark.sparkContext.parallelize(texts, 4).mapPartitions(half)
        piped = rows.pipe(command("segment", "--records"), checkCode=True).collect()
    assert piped == records("segment", "--records", texts=texts)


def test_a_killed_executor_changes_nothing_for_the_module(spark, tmp_path):
    texts = lines()
    with Killing(tmp_path, EXECUTOR) as killing:
        pause = killing.pause()

        def half(batches):
            for number, batch in enumerate(batches):
                if number == 5:
                    pause()
                yield batch

        df = frame(spark, texts)
        words = batchproc.spark.segment(df.mapInArrow(half, df.schema), "text").collect()
    words = [row["words"] for row in sorted(words, key=lambda row: row["id"])]
    assert words == batchproc.Segmenter().cut_many(texts)


def test_a_missing_dictionary_fails_the_job(spark, tmp_path):
    texts = ["来到杭研大厦"] * 100
    pipe = command("segment", "--records", "--user-dict", str(tmp_path / "gone"))
    rows = spark.sparkContext.parallelize(texts, 1)
    with pytest.raises(Exception, match="exit"):
        rows.pipe(pipe, checkCode=True).collect()
    # This is why the recipe has `checkCode`.
    assert rows.pipe(pipe).collect() == []
    for option in ["user_words", "dictionary", "stop_words"]:
        df = batchproc.spark.segment(frame(spark, texts, 1), "text", **{option: "gone"})
        with pytest.raises(PySparkException, match="gone"):
            df.collect()


def test_a_dictionary_comes_from_the_driver_or_with_the_job(spark, tmp_path):
    here, there = tmp_path / "here.txt", tmp_path / "there.txt"
    here.write_text("杭研大厦 5 n\n")
    there.write_text("来到杭研\n")
    spark.sparkContext.addFile(str(there))
    df = frame(spark, ["来到杭研大厦"])
    options = {"delimiter": "/"}
    words = batchproc.spark.segment(df, "text", user_words=here, **options)
    here.unlink()
    assert column(words, "words") == ["来到/杭研大厦"]
    words = batchproc.spark.segment(df, "text", user_words="there.txt", **options)
    assert column(words, "words") == ["来到杭研/大厦"]


def test_text_that_is_no_utf8_fails_the_job_unless_it_is_mended_before(spark):
    df = spark.sql("SELECT 0L AS id, CAST(X'FFE69DA5E588B0' AS STRING) AS text")
    with pytest.raises(PySparkException, match="no UTF-8"):
        batchproc.spark.segment(df, "text").collect()
    mended = df.withColumn("text", functions.make_valid_utf8("text"))
    assert column(batchproc.spark.segment(mended, "text"), "words") == [["\ufffd", "来到"]]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Names of thousands of files, one of which is gone."""
    directory = tmp_path_factory.mktemp("files")
    paths = [directory / f"{number}" for number in range(3000)] + [directory / "a\u2028b"]
    for path in paths:
        path.write_text(path.name)
    paths[1234].unlink()
    return [str(path) for path in paths]


def test_one_file_of_thousands_that_cannot_be_read_is_a_row_of_a_pipe(spark, files):
    rows = spark.sparkContext.parallelize(files, 4)
    hashing = ["hash", "--records", "--files-from", "-"]
    piped = rows.pipe(command(*hashing, "--allow-failed", "1%"), checkCode=True).collect()
    assert piped == records(*hashing, "--allow-failed", "1", texts=files)
    assert [json.loads(line)["path"] for line in piped] == files
    assert [number for number, line in enumerate(piped) if "error" in json.loads(line)] == [1234]
    with pytest.raises(Exception, match="exit"):
        rows.pipe(command(*hashing), checkCode=True).collect()


def test_one_file_of_thousands_that_cannot_be_read_is_a_row_of_the_module(spark, files):
    odd = [None, "", "/", "/a\0b"]
    rows = batchproc.spark.hash_files(frame(spark, files + odd), "text", "sha256").orderBy("id").collect()
    expected = {file.path: file for file in batchproc.hash(files, "sha256")}
    for path, row in zip(files, rows, strict=False):
        file = expected[path]
        assert (row["text"], row["digest"], row["size"]) == (path, file.hexdigest, file.size)
    errors = {row["text"]: row["error"] for row in rows if row["error"] is not None}
    assert errors == {
        files[1234]: "No such file or directory",
        None: "there is no path",
        "": "No such file or directory",
        "/": "Is a directory",
        "/a\0b": "Invalid argument",
    }


def test_a_path_may_be_bytes(spark, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff"
    with open(path, "wb") as file:
        file.write(b"abc")
    df = spark.createDataFrame([(bytearray(path),)], "path binary")
    row = batchproc.spark.hash_files(df, "path").first()
    assert (row["digest"], row["error"]) == ("900150983cd24fb0d6963f7d28e17f72", None)


def test_wrong_use_is_an_error_before_the_job(spark):
    df = frame(spark, ["来到"])
    with pytest.raises(ValueError, match="no column 'gone'"):
        batchproc.spark.segment(df, "gone")
    with pytest.raises(ValueError, match="there is a column 'TEXT'"):
        batchproc.spark.segment(df, "text", "TEXT")
    with pytest.raises(ValueError, match="there is a column 'size'"):
        batchproc.spark.hash_files(df.withColumnRenamed("id", "size"), "text")
    with pytest.raises(ValueError, match="mode"):
        batchproc.spark.segment(df, "text", mode="other")
    with pytest.raises(ValueError, match="md55"):
        batchproc.spark.hash_files(df, "text", "md55")
