"""The truth: trees that are made here, and results that are computed without the program.

Digests come from Python's hashlib, names and their order from the trees. Segmentation has no second
implementation here: its truth is a run without faults, whose output must have as many lines as the text
and the same characters.
"""

import csv
import hashlib
import io
import json
import os
import re
from functools import lru_cache

WORDS = ("我来到北京清华大学 今天天气很好 小明硕士毕业于中国科学院计算所 工信处女干事每月经过下属科室 "
         "他来到了网易杭研大厦 乒乓球拍卖完了 南京市长江大桥 研究生命的起源 结婚的和尚未结婚的").split()

HEADER = b"path,algorithm,digest,size,mtime,ino,dev,ctime"


class Tree:
    """The files below `t` in the order of the walk: names by their bytes, the files of a directory at
    the position of its name."""

    def __init__(self, case, root="t"):
        self.case = case
        self.root = root
        self.content = {}

    def put(self, path, content):
        """Writes a file with an old time, so that every later change is noticed."""
        full = self.case.at(path)
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content)
        os.utime(full, (1_500_000_000 + len(self.content), 1_500_000_000 + len(self.content)))
        self.content[path] = content

    def remove(self, path):
        self.case.at(path).unlink()
        del self.content[path]

    def files(self):
        return sorted(self.content, key=lambda path: [part.encode() for part in path.split("/")])

    def directories(self):
        """All directories but the root, which is an argument."""
        found = set()
        for path in self.content:
            parts = path.split("/")[:-1]
            found.update("/".join(parts[:n]) for n in range(2, len(parts) + 1))
        return sorted(found)


def mixed(case, files=14, largest=40_000, root="t"):
    """A small tree with unusual names, an empty file, and nested directories."""
    rng, tree = case.rng, Tree(case, root)
    places = [root, f"{root}/a", f"{root}/a/deep/er", f"{root}/b c", f"{root}/目录", f"{root}/a.d"]
    for number in range(files):
        size = 0 if number == 3 else rng.randrange(1, largest)
        name = rng.choice(["f{}", "x {}.bin", "文件{}", ".h{}", "F-{}.txt"]).format(number)
        tree.put(f"{places[number % len(places)]}/{name}", rng.randbytes(size))
    return tree


def texts(case, files=5, lines=40, root="t"):
    """A tree of texts. Each line begins with a unique word, so that all lines of the output differ."""
    rng, tree = case.rng, Tree(case, root)
    places = [root, f"{root}/a", f"{root}/b c"]
    for number in range(files):
        rows = [f"f{number:03}x{row:05} {''.join(rng.choices(WORDS, k=rng.randrange(4)))}"
                for row in range(rng.randrange(1, lines))]
        end = "\n" if rng.random() < 0.8 else ""
        text = "\n".join(rows) + end
        tree.put(f"{places[number % len(places)]}/text{number}.txt", text.encode())
    return tree


def digest(content):
    return hashlib.md5(content).hexdigest()


def record(form, path, content, status):
    """The line of one file, without its line end."""
    hexadecimal = digest(content)
    if form == "gnu":
        return f"{hexadecimal}  {path}".encode()
    fields = {"path": path, "algorithm": "md5", "digest": hexadecimal, "size": len(content),
              "mtime": status.st_mtime_ns, "ino": status.st_ino, "dev": status.st_dev,
              "ctime": status.st_ctime_ns}
    if form == "json":
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(fields.values())
    return row.getvalue().encode()


def records(tree, form):
    """The line of each existing file, in order."""
    return {path: record(form, path, tree.content[path], os.stat(tree.case.at(path)))
            for path in tree.files() if tree.case.at(path).exists()}


def without_hashed(form, data):
    """A manifest without the times at which files were read, which cannot be predicted."""
    if form == "json":
        return re.sub(rb',"hashed":-?\d+', b"", data)
    if form == "csv" and data.split(b"\n", 1)[0].rstrip(b"\r") == HEADER + b",hashed":
        return re.sub(rb"(?m),(hashed|-?\d*)(\r?)$", rb"\2", data)
    return data


def lines_of(data, form="gnu"):
    """The complete lines, and the bytes after the last line end."""
    *whole, rest = data.split(b"\n")
    if form == "csv":
        whole = [line.removesuffix(b"\r") for line in whole]
        if whole and whole[0] == HEADER:
            whole = whole[1:]
    return whole, rest


def names(path):
    """The names of a file and of the directories above it. One of them must be reported."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


@lru_cache(4)
def named(err):
    """The names that lines of standard error may report: all text before a colon."""
    lines = [line.removeprefix("batchproc: ") for line in err.splitlines()
             if line.startswith("batchproc: ")]
    return {line[:colon.start()] for line in lines for colon in re.finditer(r": (?=\S)", line)}


def is_named(err, path):
    """Whether a line of standard error reports this file or a directory above it."""
    return any(name in named(err) for name in names(path))
