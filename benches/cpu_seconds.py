"""CPU seconds, user and system, of several ways to do the same work, in turns."""

import os
import pathlib
import statistics


def seconds():
    """CPU seconds of this process, its descendants, and what they have waited for."""
    stats = {}
    for place in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended.
        stats[int(place.parent.name)] = (int(fields[1]), sum(map(int, fields[11:15])))
    tree = {os.getpid()}
    while more := {pid for pid, (parent, _) in stats.items() if parent in tree} - tree:
        tree |= more
    return sum(stats[pid][1] for pid in tree) / os.sysconf("SC_CLK_TCK")


def in_turns(ways, rounds, size):
    """Runs the ways one after another, so many times and once more before, for compilers and caches. Prints
    the medians; `size` is in MB."""
    taken = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            before = seconds()
            way()
            if number > 0:
                taken[name].append(seconds() - before)
    print(f"{size:.1f} MB, {rounds} rounds, load {os.getloadavg()[0]:.1f}\n")
    print("| way | CPU seconds | MB/s per core |\n|---|---|---|")
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"| {name} | {middle:.2f} ({min(times):.2f} - {max(times):.2f}) | {size / max(middle, 0.01):.1f} |")
