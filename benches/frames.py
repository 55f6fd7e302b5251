"""What segmenting a column costs under polars, pandas, DuckDB, Dask and GNU parallel, one task at a time, beside
the same engine with a function that changes nothing, and with rjieba.

    benches/frames.py TEXT [ROUNDS]

It needs these packages, pyarrow, rjieba and the wheel of batchproc, and GNU parallel."""

import os
import pathlib
import subprocess
import sys

import batchproc
import batchproc.dask
import batchproc.duckdb
import batchproc.pandas
import batchproc.polars
import dask.dataframe
import duckdb
import pandas
import polars
import rjieba

from cpu_seconds import in_turns


def words(text):
    return " ".join(rjieba.cut(text))


def main():
    text, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    lines = pathlib.Path(text).read_text(encoding="utf-8").splitlines()
    frame, series = polars.DataFrame({"text": lines}), pandas.Series(lines, dtype="string[pyarrow]")
    parts = dask.dataframe.from_pandas(pandas.DataFrame({"text": series}), npartitions=4)
    table = frame.to_arrow()
    connection = duckdb.connect(config={"threads": 1})
    connection.register("texts", table)
    connection.create_function("same", lambda text: text, ["VARCHAR"], "VARCHAR", type="arrow")
    batchproc.duckdb.register(connection, delimiter=" ")
    connection.create_function("rjieba", words, ["VARCHAR"], "VARCHAR")
    program = f"{batchproc.find_binary()} segment --records -j 1 --compat python"

    def select(expression):
        return lambda: frame.select(expression)

    def sql(function):
        return lambda: connection.sql(f"SELECT sum(length({function}(text))) FROM texts").fetchall()

    def compute(function):
        return lambda: function(parts).compute(scheduler="synchronous")

    def parallel(command):
        line = f"parallel --pipe-part -a {text} --block 10M -j 1 --keep-order {command}"
        return lambda: subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)

    column, kind = polars.col("text"), polars.String
    meta = parts._meta.assign(words=parts._meta.text)
    in_turns({
        "polars, unchanged": select(column.map_batches(lambda all: all + "", return_dtype=kind)),
        "polars, batchproc": select(batchproc.polars.segment("text", delimiter=" ", threads=1)),
        "polars, rjieba": select(column.map_elements(words, return_dtype=kind)),
        "pandas, unchanged": lambda: series + "",
        "pandas, batchproc": lambda: batchproc.pandas.segment(series, delimiter=" ", threads=1),
        "pandas, rjieba": lambda: series.map(words),
        "DuckDB, unchanged": sql("same"),
        "DuckDB, batchproc": sql("cut"),
        "DuckDB, rjieba": sql("rjieba"),
        "Dask, unchanged": compute(lambda parts: parts.assign(words=parts.text + "")),
        "Dask, batchproc": compute(lambda parts: batchproc.dask.segment(parts, "text", delimiter=" ")),
        "Dask, rjieba": compute(lambda parts: parts.map_partitions(
            lambda part: part.assign(words=part.text.map(words)), meta=meta)),
        "GNU parallel, cat": parallel("cat"),
        "GNU parallel, batchproc": parallel(program),
    }, rounds, os.path.getsize(text) / 1e6)


main()
