"""Makes random works: the command, the form of the output, the number of threads."""

import truth
from segmenting import Count, Segment, SegmentDir
from work import Audit, Check, Compile, Hash, Update

READERS = ["hash", "hash -o", "update", "check", "audit", "segment", "segment -o", "segment dir",
           "count"]
WRITERS = ["hash -o", "update", "segment -o", "segment dir", "count -o", "compile -o"]


def flags(rng):
    """Random threads, readers and memory, which do not affect the result."""
    chosen = ["-j", str(rng.randrange(1, 5))] if rng.random() < 0.6 else []
    if rng.random() < 0.6:
        chosen += ["--io-threads", str(rng.choice([1, 2, 3, 8, "auto"]))]
    if rng.random() < 0.3:
        chosen += ["--memory", "8M"]
    return chosen


def work(case, command, files=14, largest=40_000, extra=()):
    """The work for this command, ready to run."""
    rng = case.rng
    chosen = [*flags(rng), *extra]
    form = rng.choice(["gnu", "json", "csv"])
    if command == "compile" or command == "compile -o":
        made = Compile(case, "out" if command.endswith("-o") else None)
    elif command.startswith(("segment", "count")):
        tree = truth.texts(case, files=max(2, files // 3))
        output = "out" if command.endswith("-o") else None
        if command == "segment dir":
            made = SegmentDir(case, tree, chosen)
        else:
            made = (Count if command.startswith("count") else Segment)(case, tree, output, chosen)
    else:
        tree = truth.mixed(case, files, largest)
        if command == "hash":
            made = Hash(case, tree, form, None, chosen)
        elif command == "hash -o":
            made = Hash(case, tree, form, "out", chosen)
        elif command == "update":
            made = Update(case, tree, rng.choice(["json", "csv"]), chosen)
        elif command == "check":
            made = Check(case, tree, form, chosen)
        else:
            made = Audit(case, tree, form, chosen)
    return made.begin()
