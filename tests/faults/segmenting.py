"""The works of `segment`: to one stream, to a directory, and counted.

The truth is what a run without faults makes of each file. It is itself compared with the text: as
many lines, the same characters.
"""

from collections import Counter

import truth
from work import Work


def pieces(case, tree, words=()):
    """The output of `segment` for each file. `words` are options that name word lists."""
    made = case.run(["segment", *words, "--output-dir", "../" + case.dir.name + ".truth", tree.root])
    case.sound(made, {0})
    result = {}
    for path in tree.files():
        piece = (case.dir.parent / f"{case.dir.name}.truth" / path).read_bytes()
        text = tree.content[path]
        if not words and piece.replace(b" ", b"") != text.replace(b" ", b""):
            case.found("wrong", f"{path}: other characters or lines than the text, without a fault")
        result[path] = piece
    return result


class Segment(Work):
    """All texts to standard output or to one file."""

    def __init__(self, case, tree, output=None, flags=(), words=()):
        super().__init__(case, ["segment", *flags, *words, tree.root], tree, output)
        self.resumable = output is not None and "completion" not in flags
        self.pieces = pieces(case, tree, words)

    def compare(self, ran, got, stopped, cut):
        case, lines = self.case, got.split(b"\n")
        rest = lines.pop()
        if rest:
            lines.append(rest)
        place = {}
        for index, path in enumerate(self.tree.files()):
            for number, line in enumerate(self.pieces[path].splitlines()):
                place[line] = (index, number, path)
        counts, last = Counter(), (-1, -1)
        for line in lines:
            if line not in place:
                torn = any(right.startswith(line[:8]) or right.endswith(line) for right in place)
                if torn and cut and line is lines[-1]:
                    continue
                case.found("torn" if torn else "wrong", f"{line[:120]!r}")
                return
            index, number, path = place[line]
            if (index, number) <= last:
                case.found("order", f"line {number} of {path} comes too late, or twice")
            if number != counts[path]:
                case.found("lost", f"line {counts[path]} of {path}, in the middle")
                return
            counts[path], last = counts[path] + 1, (index, number)
        whole = {path: len(self.pieces[path].splitlines()) for path in self.tree.files()}
        self.missing(ran, [path for path in whole if counts[path] < whole[path]], stopped)


class SegmentDir(Work):
    """Each text to a separate file below `o`; some of these exist already."""

    def __init__(self, case, tree, flags=()):
        super().__init__(case, ["segment", *flags, "--output-dir", "o", tree.root], tree)
        self.pieces = pieces(case, tree)
        self.earlier = {}
        for path in tree.files():
            if case.rng.random() < 0.3:
                case.at(f"o/{path}").parent.mkdir(parents=True, exist_ok=True)
                case.at(f"o/{path}").write_bytes(b"what was here before\n")
                self.earlier[path] = b"what was here before\n"

    def own(self, name):
        return name == "o" or name.removeprefix("o/") in self.pieces or self.case.at(name).is_dir()

    def put_back(self):
        super().put_back()
        for path, content in self.earlier.items():
            self.case.at(f"o/{path}").write_bytes(content)

    def compare(self, ran, got, stopped, cut):
        missing = []
        for path, right in self.pieces.items():
            at = self.case.at(f"o/{path}")
            piece = at.read_bytes() if at.is_file() else None
            if piece == right:
                continue
            if piece not in (None, self.earlier.get(path)):
                self.case.found("output", f"{path}: {len(piece)} bytes of {len(right)}")
            missing.append(path)
        if got:
            self.case.found("invented", f"standard output has {got[:80]!r}")
        # A message may name the text or its result.
        named = [path for path in missing if truth.is_named(ran.err, f"o/{path}")]
        self.missing(ran, [path for path in missing if path not in named], stopped)
        if named and ran.code == 0:
            self.case.found("exit", f"0, though {named[0]} has no result")


class Count(Work):
    """Word counts. A file that failed is counted in part or not at all."""

    def __init__(self, case, tree, output=None, flags=()):
        super().__init__(case, ["segment", "--count", *flags, tree.root], tree, output)
        self.counts = {}
        for path, piece in pieces(case, tree).items():
            self.counts[path] = Counter(
                word for line in piece.splitlines() for word in line.split(b" ") if word)

    def compare(self, ran, got, stopped, cut):
        case = self.case
        lines, rest = truth.lines_of(got)
        counted = Counter()
        for line in lines:
            word, _, number = line.rpartition(b"\t")
            if not number.isdigit() or word in counted:
                case.found("torn", f"{line[:120]!r}")
                return
            counted[word] = int(number)
        if rest and not cut:
            case.found("torn", f"{rest[:120]!r} without a line end")
        least, most, failed = Counter(), Counter(), []
        for path, words in self.counts.items():
            most += words
            if truth.is_named(ran.err, path):
                failed.append(path)
            else:
                least += words
        for word, number in counted.items():
            if word.strip() and not stopped and number > most[word]:
                case.found("wrong", f"{word.decode('utf-8', 'replace')}: {number} times")
                return
        if not stopped:
            lost = [word for word in least if word.strip() and counted[word] < least[word]]
            if lost:
                case.found("lost", f"{len(lost)} words, of files that are not named")
        self.missing(ran, failed, stopped)
