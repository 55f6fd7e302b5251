"""What segmenting a text costs under Spark: CPU seconds, user and system, of all processes. Each way is run in
turns with the others, beside `cat` and a function that changes nothing, which show the part of Spark itself.

    benches/engines.py TEXT [ROUNDS]

It needs pyspark, pyarrow, rjieba and the wheel of batchproc; `local[1]` is one task at a time."""

import os
import sys

import batchproc
import batchproc.spark
import pyarrow
from pyspark.sql import SparkSession

from cpu_seconds import in_turns


def unchanged(batches):
    yield from batches


def rjieba(batches):
    import rjieba

    for batch in batches:
        texts = batch.column(0).to_pylist()
        words = [" ".join(rjieba.cut(text)) for text in texts]
        yield batch.append_column("words", pyarrow.array(words))


def main():
    text, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    os.environ |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    df, lines = spark.read.text(text), spark.sparkContext.textFile(text, 1)
    program = f"{batchproc.find_binary()} segment --records -j 1 --compat python"

    def run(frame):
        frame.write.format("noop").mode("overwrite").save()

    ways = {
        "mapInArrow, unchanged": lambda: run(df.mapInArrow(unchanged, df.schema)),
        "batchproc.spark.segment": lambda: run(batchproc.spark.segment(df, "value", delimiter=" ")),
        "mapInArrow, rjieba": lambda: run(df.mapInArrow(rjieba, "value string, words string")),
        "pipe, cat": lambda: lines.pipe("cat", checkCode=True).count(),
        "pipe, batchproc": lambda: lines.pipe(program, checkCode=True).count(),
    }
    in_turns(ways, rounds, os.path.getsize(text) / 1e6)
    spark.stop()


main()
