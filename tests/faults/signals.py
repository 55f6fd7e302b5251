"""Signals at random moments, for each command that writes.

After a signal the output is the old one, or the complete new one if the run was done by then; the
same command again, with --resume where that exists, ends with the right result.
"""

import os
import re
import signal
import time

import making
import truth
from case import Skip
from work import Check, Compile

STOPS = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}


def large_tree(case):
    """Some large files and many small ones."""
    tree = truth.mixed(case, 12, 4_000_000)
    for number in range(700):
        tree.put(f"t/many/{number % 7}/n{number:04}", case.rng.randbytes(case.rng.randrange(3000)))
    return tree


def long_work(case, command):
    """A work that takes a few tenths of a second."""
    rng = case.rng
    if command in ("hash -o", "update"):
        chosen = ["-j", "1", "--io-threads", rng.choice(["1", "4", "auto"]), "--memory", "8M"]
        tree, form = large_tree(case), rng.choice(["gnu", "json", "csv"])
        if command == "hash -o":
            return making.Hash(case, tree, form, "out", chosen).begin()
        work = making.Update(case, tree, rng.choice(["json", "csv"]), [*chosen, "--rehash"])
        return work.begin()
    if command == "compile -o":
        return Compile(case, "out", rng.choice([300, 60_000])).begin()
    tree = truth.texts(case, files=30, lines=1500)
    chosen = ["-j", rng.choice(["1", "2"]), "--memory", "8M"]
    if command == "segment dir":
        return making.SegmentDir(case, tree, chosen).begin()
    kind = making.Count if command.startswith("count") else making.Segment
    return kind(case, tree, "out", chosen).begin()


def send(case, argv, names, moments, again=False):
    """Runs the program and sends it signals at given times, in seconds from its start."""
    def during(child):
        began = time.monotonic()
        for name, moment in zip(names, moments):
            time.sleep(max(0.0, began + moment - time.monotonic()))
            # The child was not waited for yet, so its id belongs to no other process.
            os.kill(child.pid, getattr(signal, name))
    return case.run(argv, during=during)


def duration(case, work):
    """The duration of the work without signals. Its output is judged and restored."""
    ran = case.run(work.argv)
    if work.output and not isinstance(work, making.Update) and not isinstance(work, making.SegmentDir):
        work.judge(ran, faulted=False)
    work.put_back()
    return ran.seconds


def leaves_old(case, work, ran, name):
    """Judges the output after a signal has ended the run."""
    got, found = work.content(), len(case.findings)
    if work.output and got != work.old:
        # If it was killed after renaming, the output is the complete new one.
        work.compare(ran, got or b"", False, False)
        if len(case.findings) > found:
            symptom, detail = case.findings[found]
            del case.findings[found:]
            case.found("output", f"neither the old nor the complete new one: {symptom}: {detail}")
    elif not work.output:
        work.compare(ran, ran.out, True, False)
    work.litter(ran, True, name == "SIGKILL")


def stopped(case):
    """INT, TERM or HUP: the exit code of the signal, the old output, and a second run that succeeds."""
    rng = case.rng
    work = long_work(case, rng.choice(making.WRITERS))
    name = rng.choice(sorted(STOPS))
    moment = rng.random() * 1.1 * duration(case, work)
    ran = send(case, work.argv, [name], [moment])
    # Before the program installs its handlers, a signal kills it. A late signal may find it finished.
    case.sound(ran, {STOPS[name], -getattr(signal, name), work.clean}, reason=ran.code > 0)
    if ran.code == work.clean:
        work.judge(ran, faulted=False)
    else:
        if ran.code == STOPS[name] and work.output and work.content() != work.old:
            case.found("output", f"exit code {ran.code}, and {work.output} is not the old one")
        leaves_old(case, work, ran, name if ran.code < 0 else None)
    work.again(work.resumable and rng.random() < 0.7, name)


def killed(case):
    """KILL, once or several times: the run with --resume ends with the right result."""
    rng = case.rng
    work = long_work(case, rng.choice(making.WRITERS))
    seconds = duration(case, work)
    resume = work.resumable and rng.random() < 0.7
    for round_ in range(rng.choice([1, 1, 3])):
        argv = [*work.argv, "--resume"] if resume and round_ else work.argv
        ran = send(case, argv, ["SIGKILL"], [rng.random() * 1.1 * seconds])
        case.sound(ran, {-signal.SIGKILL, work.clean}, reason=False)
        if ran.code == work.clean:
            break
        leaves_old(case, work, ran, "SIGKILL")
    work.again(resume, "SIGKILL")


def twice(case):
    """A second signal ends the run at once, and still nothing is torn."""
    rng = case.rng
    work = long_work(case, rng.choice(making.WRITERS))
    moment = rng.random() * duration(case, work)
    names = [rng.choice(sorted(STOPS)), rng.choice(sorted(STOPS))]
    ran = send(case, work.argv, names, [moment, moment + rng.random() * 0.02])
    codes = {code for name in names for code in (STOPS[name], -getattr(signal, name))}
    case.sound(ran, codes | {work.clean}, reason=False)
    if ran.code == work.clean:
        work.judge(ran, faulted=False)
    else:
        leaves_old(case, work, ran, "SIGKILL")
    work.again(work.resumable and rng.random() < 0.7, "SIGKILL")


def paused(case):
    """STOP and CONT change nothing."""
    rng = case.rng
    work = long_work(case, rng.choice(making.WRITERS))
    moment = rng.random() * duration(case, work)
    ran = send(case, work.argv, ["SIGSTOP", "SIGCONT", "SIGSTOP", "SIGCONT"],
               [moment, moment + 0.1, moment + 0.12, moment + 0.2])
    work.judge(ran, faulted=False)


def progress(case):
    """USR1 prints a line of progress and changes nothing."""
    rng = case.rng
    work = long_work(case, rng.choice(making.WRITERS))
    seconds = duration(case, work)
    moments = sorted(0.02 + rng.random() * seconds for _ in range(6))
    ran = send(case, work.argv, ["SIGUSR1"] * 6, moments)
    if ran.code == -signal.SIGUSR1 and not ran.err:
        return  # The signal came before the program installed its handlers.
    work.judge(ran, faulted=False)


def stopped_stream(case):
    """INT, TERM or HUP while results go to standard output: whole lines, in order, from the start."""
    rng = case.rng
    name, flags = rng.choice(sorted(STOPS)), ["-j", "1", "--memory", "8M"]
    form, lines, command = "gnu", truth.lines_of, rng.choice(["hash", "hash", "check", "segment"])
    if command == "hash":
        tree, form = large_tree(case), rng.choice(["gnu", "json", "csv"])
        work = making.Hash(case, tree, form, None, flags).begin()
        right = list(truth.records(tree, form).values())
    elif command == "check":
        work = Check(case, large_tree(case), rng.choice(["gnu", "json", "csv"]), flags).begin()
        right = list(work.verdicts.values())
    else:
        work = making.Segment(case, truth.texts(case, 12, 8000), None, flags).begin()
        lines = lambda data, form: (data.splitlines(), b"")
        right = [line for path in work.tree.files() for line in work.pieces[path].splitlines()]
    ran = send(case, work.argv, [name], [rng.random() * case.run(work.argv).seconds])
    case.sound(ran, {STOPS[name], -getattr(signal, name), work.clean}, reason=ran.code > 0)
    whole, _ = lines(ran.out, form)
    if whole != right[:len(whole)]:
        case.found("wrong", "what was written is not the beginning of the result")
    work.compare(ran, ran.out, ran.code != work.clean, False)


def at_a_call(case):
    """KILL or TERM comes exactly at a call that makes the output: opening, writing, renaming."""
    rng = case.rng
    work = making.work(case, rng.choice(making.WRITERS), files=60)
    name = rng.choice(["SIGKILL", "SIGTERM", "SIGINT"])
    output = re.compile("/out|/o/|/m\\.|O_CREAT|\\.tmp|\\.partial")
    several = ["openat", "write,pwrite64", "rename,renameat,renameat2", "fsync,fdatasync,syncfs",
               "unlink,unlinkat", "mkdir,mkdirat", "ftruncate"]
    # Not every command makes all of these calls.
    for calls in rng.sample(several, len(several)):
        numbers = case.calls(work.argv, calls, output)
        if "rename" in calls and "--output-dir" in work.argv:
            # Another thread than the first renames the files of a batch.
            numbers = list(range(1, 60))
        work.put_back()
        if numbers:
            break
    else:
        raise Skip("the first thread does not make the output")
    ran = case.inject(work.argv, calls, f"signal={name}", str(rng.choice(numbers)))
    code = STOPS.get(name, -signal.SIGKILL)
    # strace counts the calls of each thread, so two threads may each get the signal. The second one ends
    # the run at once, without a line.
    once = ran.log.count(f"--- {name}") < 2
    case.sound(ran, {code, -getattr(signal, name), work.clean}, reason=ran.code > 0 and once)
    if ran.code == work.clean:
        work.judge(ran, faulted=False)
    else:
        leaves_old(case, work, ran, "SIGKILL" if ran.code < 0 else None)
    work.again(work.resumable and rng.random() < 0.7, "SIGKILL")


def early(case):
    """INT, TERM or HUP while the program installs its handlers: no file may be left behind."""
    rng = case.rng
    work = making.work(case, rng.choice(["hash -o", "segment -o", "count -o"]))
    numbers = case.calls(work.argv, "rt_sigaction", re.compile("SIG(HUP|TERM|INT|USR1|RT_1)"))
    work.put_back()
    if not numbers:
        raise Skip("the program does not catch signals")
    name = rng.choice(sorted(STOPS))
    ran = case.inject(work.argv, "rt_sigaction", f"signal={name}", str(rng.choice(numbers)))
    case.sound(ran, {STOPS[name], -getattr(signal, name), work.clean}, reason=ran.code > 0)
    if ran.code == work.clean:
        work.judge(ran, faulted=False)
    else:
        leaves_old(case, work, ran, name)
    work.again(work.resumable, name)


KINDS = {
    "signals/stop": (stopped, 4),
    "signals/kill": (killed, 4),
    "signals/twice": (twice, 2),
    "signals/pause": (paused, 1),
    "signals/progress": (progress, 1),
    "signals/stream": (stopped_stream, 2),
    "signals/at-a-call": (at_a_call, 3),
    "signals/early": (early, 1),
}
