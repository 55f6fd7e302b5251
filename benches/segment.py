"""Times `batchproc segment` against the smallest program around jieba-rs that does the same.

    python3 benches/segment.py TEXT [--rounds N] [--csv FILE]   a table of medians, in turns
    python3 benches/segment.py TEXT --answers                   only compares the outputs

Needs release builds of batchproc and of `jieba_lines` (crates/tools). TEXT is UTF-8.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/batchproc"
NAIVE = ROOT / "target/release/jieba_lines"
HAN = re.compile("[\u4e00-\u9fa5]{2,8}")


def rows(text, words):
    """Name, arguments of batchproc, arguments of the naive program, and whether the outputs are equal.
    No arguments for the naive program: it cannot do that."""
    yield "exact", [], ["exact"], True
    yield "exact without model", ["--no-hmm"], ["exact", "no-hmm"], True
    yield "search", ["--mode", "search"], ["search"], True
    yield "full", ["--mode", "full"], ["full"], True
    yield "tags", ["--pos"], ["pos"], True
    yield "tags of posseg", ["--pos", "--compat", "python"], None, False
    yield "JSON", ["--format", "json"], ["json"], True
    for count, file in words:
        yield f"{count} user words", ["--user-dict", file], ["exact", file], True
    yield "count", ["--count"], ["count"], True
    yield "keywords, TF-IDF", ["--keywords", "10"], ["tf-idf"], False
    yield "keywords, TextRank", ["--keywords", "10", "--keyword-method", "textrank"], ["textrank"], False
    yield "no spaces, no punctuation", ["--drop", "space,punct"], None, False
    yield "GB18030", ["--encoding", "gb18030"], None, False


def run(command, text, out=subprocess.DEVNULL):
    begun = time.perf_counter()
    with open(text, "rb") as file:
        subprocess.run(command, stdin=file, stdout=out, check=True)
    return time.perf_counter() - begun


def output(command, text):
    with tempfile.TemporaryFile() as file:
        run(command, text, file)
        file.seek(0)
        return file.read()


def user_words(text, directory):
    """Files with the words that the model finds most often in the text and no dictionary has."""
    def words(*options):
        counts = output([PROGRAM, "segment", "--count", *options], text).decode("utf-8", "replace")
        return [line.split("\t")[0] for line in counts.split("\n")]
    known = set(words("--no-hmm"))
    found = [word for word in words() if word not in known and HAN.fullmatch(word)]
    for count in (10, 100, 1000, 10_000, 100_000):
        if len(found) >= count:
            file = os.path.join(directory, f"words{count}.txt")
            pathlib.Path(file).write_text("\n".join(found[:count]) + "\n", encoding="utf-8")
            yield count, file


def shown(counts):
    """The counts of words that show something. The naive program counts all, and escapes none."""
    lines = counts.decode("utf-8").split("\n")
    return "\n".join(line for line in lines if line.split("\t")[0].strip().isprintable() and "\\" not in line
                     and line.split("\t")[0].strip()).encode()


def compare(text, words):
    failed = 0
    for name, ours, naive, same in rows(text, words):
        if not same:
            continue
        left, right = output([PROGRAM, "segment", *ours], text), output([NAIVE, *naive], text)
        if name == "count":
            left, right = shown(left), shown(right)
        failed += left != right
        print(f"{name}: {'same' if left == right else 'DIFFERENT'}, {len(left)} bytes")
    sys.exit(failed and 1)


def measure(text, words, rounds, csv, directory):
    legacy = os.path.join(directory, "gb18030.txt")
    content = pathlib.Path(text).read_text(encoding="utf-8", errors="replace")
    pathlib.Path(legacy).write_bytes(content.encode("gb18030", "replace"))
    table, plain = [], None
    print("| what | one thread | two threads | naive program | naive / one thread | share of plain's speed |")
    print("|---|---|---|---|---|---|")
    for name, ours, naive, _ in rows(text, words):
        source = legacy if name == "GB18030" else text
        commands = [[PROGRAM, "segment", *ours, "-j", "1", source],
                    [PROGRAM, "segment", *ours, "-j", "2", source]]
        commands += [[NAIVE, *naive]] if naive else []
        times = [[] for _ in commands]
        for number in range(rounds + 1):
            for command, own in zip(commands, times):
                seconds = run(command, source)
                if number > 0:
                    own.append(seconds)
        middle = [statistics.median(own) for own in times]
        plain = plain or middle[0]
        ratio = sorted(b / a for a, b in zip(times[0], times[2])) if naive else None
        shown = f"{statistics.median(ratio):.1f} ({ratio[0]:.1f} - {ratio[-1]:.1f})" if naive else ""
        theirs = f"{middle[2]:.3f} s" if naive else ""
        print(f"| {name} | {middle[0]:.3f} s | {middle[1]:.3f} s | {theirs} | {shown} "
              f"| {plain / middle[0] * 100:.0f} % |", flush=True)
        title = f"segment: {name.replace(',', '')}"
        table += [(title, "batchproc", middle[1]), (title, "batchproc -j 1", middle[0])]
        table += [(title, "loop of jieba-rs", middle[2])] if naive else []
    if csv:
        lines = [f"{title},{program},{seconds:.6f}\n" for title, program, seconds in table]
        pathlib.Path(csv).write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", metavar="TEXT")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--csv", metavar="FILE")
    parser.add_argument("--answers", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        words = list(user_words(options.text, directory))
        if options.answers:
            compare(options.text, words)
        measure(options.text, words, options.rounds, options.csv, directory)


main()
