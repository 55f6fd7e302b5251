"""Injects faults into runs of batchproc and reports results that are wrong, torn, lost or late.

    python3 tests/faults/run.py --binary target/release/batchproc --seed 1 --cases 500
    python3 tests/faults/run.py --binary target/release/batchproc --quick
    python3 tests/faults/run.py --binary target/release/batchproc --seed 2 --cases 100000 --minutes 60
    python3 tests/faults/run.py --binary target/release/batchproc --seed 1 --case reads/open#7

The same seed gives the same cases. Each case has a name, KIND#NUMBER. A failure prints the command that
repeats its case alone. With --state FILE, cases that FILE records as done are not run again. Findings
listed in known.txt do not count as failures. Cases that need strace, root or control groups are skipped
if these are missing, and reported at the end. Exit code 0: no failures; 1: failures; 2: wrong usage.
"""

import argparse
import hashlib
import json
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from fnmatch import fnmatch
from pathlib import Path

sys.dont_write_bytecode = True
import case as cases
import clocks
import mutators
import reads
import resources
import resuming
import signals
import updating
import writes

KINDS = {**reads.KINDS, **writes.KINDS, **mutators.KINDS, **updating.KINDS,
         **resources.KINDS, **clocks.KINDS, **resuming.KINDS, **signals.KINDS}

# The seed of --quick, and the number of cases that two cores run in under two minutes.
QUICK_SEED, QUICK_CASES = 20, 280


def plan(seed, number, only):
    """The names of the cases, shuffled. Each kind occurs in proportion to its weight."""
    chosen = [kind for kind in KINDS if not only or any(fnmatch(kind, p) for p in only)]
    deck = [kind for kind in chosen for _ in range(KINDS[kind][1])]
    random.Random(f"{seed}/deck").shuffle(deck)
    # The first round has each kind once, so that even a short run covers all kinds.
    order, counts, names = chosen + deck, Counter(), []
    while len(names) < number and order:
        for kind in order[:number - len(names)]:
            names.append(f"{kind}#{counts[kind]}")
            counts[kind] += 1
        order = deck
    return names


def known_findings(path):
    """Reads lines of KIND SYMPTOM REASON. `*` in a kind matches anything."""
    found = []
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            kind, symptom, reason = line.split(None, 2)
            found.append((kind, symptom, reason))
    return found


def perform(name, arguments, root):
    """Runs one case. Returns its outcome in the form of the state file."""
    kind = name.partition("#")[0]
    directory = Path(tempfile.mkdtemp(dir=root))
    (directory / "w").mkdir()
    case = cases.Case(name, str(arguments.binary), random.Random(f"{arguments.seed}/{name}"),
                      directory / "w")
    began, skipped = time.monotonic(), None
    try:
        KINDS[kind][0](case)
    except cases.Skip as reason:
        skipped = str(reason)
    except Exception:
        case.found("driver", traceback.format_exc())
    finally:
        if arguments.keep:
            print(f"kept: {directory}", file=sys.stderr)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return {"case": name, "seconds": round(time.monotonic() - began, 2), "skipped": skipped,
            "findings": case.findings, "command": case.blamed,
            "aimed": case.aimed, "hit": case.hit, "killed": case.killed}


def report(outcome, known, arguments):
    """Prints the findings of a case. Returns whether one of them is a failure."""
    kind, failed = outcome["case"].partition("#")[0], False
    unique = dict.fromkeys((symptom, detail) for symptom, detail in outcome["findings"])
    for symptom, detail in list(unique)[:4]:
        reason = next((reason for k, s, reason in known
                       if fnmatch(kind, k) and fnmatch(symptom, s)), None)
        failed = failed or reason is None
        word = "known  " if reason else "FAILURE"
        print(f"{word} {outcome['case']} {symptom}: {detail}" + (f" [{reason}]" if reason else ""))
    if outcome["findings"] and (failed or arguments.case):
        print(f"  ran: {outcome['command']}")
        print(f"  repeat: python3 tests/faults/run.py --binary {arguments.binary} "
              f"--seed {arguments.seed} --case '{outcome['case']}'", flush=True)
    return failed


def state_of(arguments):
    """The outcomes in the state file, and the file opened for appending."""
    if not arguments.state:
        return {}, None
    head = {"seed": arguments.seed,
            "binary": hashlib.sha256(arguments.binary.read_bytes()).hexdigest()}
    done = {}
    if arguments.state.exists():
        text = arguments.state.read_text()
        lines = text[:text.rfind("\n") + 1].splitlines()
        if lines and json.loads(lines[0]) != head:
            sys.exit(f"{arguments.state} belongs to another seed or binary")
        done = {outcome["case"]: outcome for outcome in map(json.loads, lines[1:])}
        arguments.state.write_text("".join(line + "\n" for line in lines))
    file = arguments.state.open("a")
    if file.tell() == 0:
        print(json.dumps(head), file=file, flush=True)
    return done, file


def usage():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=Path, required=True, help="the program")
    parser.add_argument("--seed", type=int, default=1, help="selects the random cases [default: 1]")
    parser.add_argument("--cases", type=int, default=500, help="the number of cases [default: 500]")
    parser.add_argument("--minutes", type=float, help="start no case after this time [default: no limit]")
    parser.add_argument("--only", action="append", metavar="KIND",
                        help="only these kinds; * matches anything (repeatable)")
    parser.add_argument("--case", metavar="KIND#NUMBER", help="only this case")
    parser.add_argument("--state", type=Path, help="record finished cases in this file, and skip those in it")
    parser.add_argument("--quick", action="store_true",
                        help=f"the same as --seed {QUICK_SEED} --cases {QUICK_CASES}")
    parser.add_argument("--known", type=Path, default=Path(__file__).with_name("known.txt"),
                        help="known findings, which are no failures [default: known.txt beside run.py]")
    parser.add_argument("--keep", action="store_true", help="do not remove the directories")
    parser.add_argument("--list", action="store_true", help="list the kinds and exit")
    arguments = parser.parse_args()
    if arguments.list:
        for kind, (function, weight) in KINDS.items():
            print(f"{kind:28} {function.__doc__.split('.')[0].strip()}")
        sys.exit(0)
    arguments.binary = arguments.binary.resolve()
    if not arguments.binary.is_file():
        parser.error(f"{arguments.binary} is not there")
    if arguments.quick:
        arguments.seed, arguments.cases = QUICK_SEED, QUICK_CASES
    return parser, arguments


def main():
    parser, arguments = usage()
    names = [arguments.case] if arguments.case else plan(
        arguments.seed, arguments.cases, arguments.only)
    if not names or names[0].partition("#")[0] not in KINDS:
        parser.error("there is no such kind; --list prints all kinds")
    known = known_findings(arguments.known)
    done, state = state_of(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    root = tempfile.mkdtemp(prefix="faults.")
    failures, outcomes, began = [], [], time.monotonic()
    pool = ThreadPoolExecutor(2)

    def in_time(name):
        over = arguments.minutes is not None and time.monotonic() - began > 60 * arguments.minutes
        return None if over else perform(name, arguments, root)

    try:
        futures = [pool.submit(in_time, name) for name in names if name not in done]
        for outcome in [done[name] for name in names if name in done]:
            outcomes.append(outcome)
            failures += [outcome["case"]] * report(outcome, known, arguments)
        for future in as_completed(futures):
            outcome = future.result()
            if outcome is None:
                continue
            outcomes.append(outcome)
            if state:
                print(json.dumps(outcome), file=state, flush=True)
            failures += [outcome["case"]] * report(outcome, known, arguments)
    except KeyboardInterrupt:
        print("interrupted; with --state the same command goes on", file=sys.stderr)
        return 130
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        cases.end_all()
        pool.shutdown(wait=True)
        if not arguments.keep:
            shutil.rmtree(root, ignore_errors=True)
    summary(outcomes, failures, time.monotonic() - began)
    return 1 if failures else 0


def summary(outcomes, failures, seconds):
    skipped = Counter(
        (outcome["case"].partition("#")[0], outcome["skipped"])
        for outcome in outcomes if outcome["skipped"])
    for (kind, reason), number in sorted(skipped.items()):
        print(f"skipped {kind} ({number} cases): {reason}", file=sys.stderr)
    kinds = Counter(name.partition("#")[0] for name in failures)
    for kind, number in sorted(kinds.items()):
        print(f"failures of {kind}: {number}")
    with_known = sum(1 for outcome in outcomes if outcome["findings"]) - len(failures)
    aimed, hit, killed = (sum(outcome[key] for outcome in outcomes) for key in ("aimed", "hit", "killed"))
    print(f"strace injected an error in {hit} of {aimed} runs; SIGKILL ended {killed} runs")
    print(f"{len(outcomes)} cases in {seconds:.0f} s: {len(failures)} failures, {with_known} known, "
          f"{sum(skipped.values())} skipped")


if __name__ == "__main__":
    sys.exit(main())
