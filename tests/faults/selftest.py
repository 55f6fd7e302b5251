"""Tests the driver: it runs cases on programs with deliberate errors, which the driver must notice.

    python3 tests/faults/selftest.py --binary target/release/batchproc

Each faulty program is a script that runs batchproc and adds one error: a lost line, a torn line, or an
output that is emptied first. In the kinds of cases where the error can occur, the driver must find its
symptom.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

sys.dont_write_bytecode = True
import case as cases
import run

# The frame of every faulty program: it runs batchproc, then alters the result.
FRAME = '''#!{python}
import os, signal, subprocess, sys, time
real, argv = {binary!r}, sys.argv[1:]
output = argv[argv.index("-o") + 1] if "-o" in argv else None
directory = argv[argv.index("--output-dir") + 1] if "--output-dir" in argv else None
child = None
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda number, frame: child and child.send_signal(number))
{before}
child = subprocess.Popen([real, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
out, err = child.communicate()
code = child.returncode if child.returncode >= 0 else 128 - child.returncode
data = out if output is None else open(output, "rb").read() if os.path.exists(output) else b""
lines = data.splitlines(True)
truth = data
# The exit code if its own standard output fails.
failed = 2
{after}
try:
    if output is None:
        sys.stdout.buffer.write(data)
    elif data != truth:
        open(output, "wb").write(data)
    sys.stdout.flush()
except OSError:
    code = failed
try:
    sys.stderr.buffer.write(err)
    sys.stderr.flush()
except OSError:
    pass
os._exit(code)
'''

# name: (code before the run, code after it, kinds, symptom)
FAULTY = {
    "loses a line": ("", "data = b''.join(lines[:1] + lines[2:])", [
        "reads/open", "reads/status-of-directory", "reads/everywhere", "reads/manifest",
        "writes/slow-reader", "writes/not-blocking", "mutators/pretenders", "resources/bare",
        "resources/address-space", "resources/little-address-space", "resources/memory-group",
        "resources/process-group", "resources/sixteen-descriptors", "resources/memory-refused",
        "resources/no-directory", "resuming/states", "resuming/note",
        "resuming/changed", "resuming/hard-to-read", "signals/pause", "signals/progress"],
        {"lost", "exit", "resume", "output"}),
    "loses a line in the middle": (
        "", "data = b''.join(lines[:len(lines) // 2] + lines[len(lines) // 2 + 1:])",
        ["reads/late-read", "mutators/text", "signals/stream"], {"lost", "wrong"}),
    "tears the last line": ("", "data = data[:-3]", ["reads/read", "resources/threads"],
                            {"torn", "lost", "wrong"}),
    "swaps two lines": ("", "data = b''.join(lines[1:2] + lines[:1] + lines[2:])", ["reads/status"],
                        {"order", "lost"}),
    "invents a line": ("", "data += b'0' * 32 + b'  t/not there\\n'", ["reads/list"],
                       {"invented", "wrong"}),
    "has a wrong digest": ("", "data = data.replace(b'a', b'b', 1)", ["mutators/files"], {"wrong"}),
    "always ends with 0": ("", "code = failed = 0", ["reads/open-directory", "writes/stdout",
                                            "writes/output-end", "mutators/loops", "reads/word-lists",
                                            "reads/stdin", "writes/nothing-written",
                                            "writes/small-disk", "writes/size-limit",
                                            "resources/no-directory-for-output"], {"exit"}),
    "always ends with 1": ("", "code = 1", ["writes/reader-leaves", "resources/closed-input"],
                           {"exit", "silent"}),
    "ends with 0 unless it can say why": (
        "", "try:\n    sys.stderr.write(' ')\n    sys.stderr.flush()\nexcept OSError:\n    code = 0",
        ["writes/stderr-full"], {"exit"}),
    "takes every broken pipe for a reader that left": (
        "", "code, err = (0, b'') if b'Broken pipe' in err else (code, err)",
        ["writes/output", "writes/output-end"], {"exit"}),
    "says nothing": ("", "err = b''", ["reads/permission", "writes/dev-full", "mutators/loops"],
                     {"silent", "lost", "exit"}),
    "believes the manifest": (
        "old = open(output, 'rb').read() if output and os.path.exists(output) else b''",
        "data = old if old and '--update' in argv else data",
        ["clocks/manifests", "updating/whole-seconds"], {"wrong"}),
    "trusts the clock": (
        "begun = time.time()", "data = b''.join(lines[0 <= time.time() - begun < 60 or 1:])",
        ["clocks/jumping"], {"lost"}),
    "panics": ("", "err += b\"thread 'main' panicked at\"", ["resources/descriptors"], {"panic"}),
    "crashes": ("", "os.kill(os.getpid(), signal.SIGSEGV)", ["resources/closed"], {"crash"}),
    "hangs": ("", "time.sleep(3600)", ["reads/long-list"], {"hang"}),
    "leaves a file": ("", "open(f'.out.{os.getpid()}.tmp', 'w').close()",
                      ["writes/output", "writes/creating", "writes/removing"], {"litter"}),
    "spoils the old output": ("", "data = b'spoiled' if code > 1 and output else data",
                              ["writes/output"], {"output"}),
    "spoils a result of --output-dir": (
        "", "directory and open(directory + '/t/text0.txt', 'w').close()",
        ["writes/creating"], {"output", "lost", "exit"}),
    "empties the output first": (
        "if output:\n    open(output, 'w').close()\nos.execv(real, [real, *argv])", "",
        ["signals/kill", "signals/stop", "signals/twice", "signals/at-a-call", "signals/early"],
        {"output"}),
    "resumes without what was there": (
        "if '--resume' not in argv:\n    os.execv(real, [real, *argv])",
        "data = b''.join(lines[1:])", ["signals/kill", "signals/stop", "resuming/segment"],
        {"resume", "output"}),
    "does not heed SIGTERM": ("signal.signal(signal.SIGTERM, signal.SIG_IGN)", "",
                              ["mutators/sparse"], {"hang"}),
    "drops what is gone": ("", "err = b''.join(l for l in err.splitlines(True) if b'No such' not in l)",
                           ["mutators/directories"], {"lost", "silent"}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", type=Path, required=True, help="the program")
    parser.add_argument("--only", help="only the faulty program with this name")
    arguments = parser.parse_args()
    tried = {kind for _, _, kinds, _ in FAULTY.values() for kind in kinds}
    for kind in sorted(set(run.KINDS) - tried):
        print(f"NOT tried: {kind}, as no faulty program tests it")
    cases.LIMIT, unnoticed = 8.0, len(set(run.KINDS) - tried)
    with tempfile.TemporaryDirectory(prefix="faults.") as root:
        for number, (name, (before, after, kinds, symptoms)) in enumerate(FAULTY.items()):
            if arguments.only not in (None, name):
                continue
            faulty = Path(root) / f"faulty{number}"
            faulty.write_text(FRAME.format(
                python=sys.executable, binary=str(arguments.binary.resolve()), before=before, after=after))
            os.chmod(faulty, 0o755)
            for kind in kinds:
                unnoticed += not notices(name, faulty, kind, symptoms, root)
    print(f"{unnoticed} faulty programs unnoticed")
    return 1 if unnoticed else 0


def notices(name, faulty, kind, symptoms, root):
    """Whether one of a dozen cases of this kind finds the symptom of the faulty program."""
    asked = SimpleNamespace(binary=faulty, seed=1, keep=False)
    seen, reason = set(), None
    for number in range(12):
        outcome = run.perform(f"{kind}#{number}", asked, root)
        reason = reason or outcome["skipped"]
        seen |= {symptom for symptom, _ in outcome["findings"]}
        if seen & symptoms:
            print(f"noticed: {kind} on the program that {name}: {', '.join(sorted(seen))}", flush=True)
            return True
    if reason:
        print(f"skipped: {kind} on the program that {name}: {reason}", file=sys.stderr)
        return True
    print(f"NOT noticed: {kind} on the program that {name}: saw {sorted(seen)}", flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
