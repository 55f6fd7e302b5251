"""The commands that cases run, and how their results are judged.

A `Work` has the arguments, the files that are read, and the output file if there is one. `judge`
applies one rule: for each file either the result is present and correct, or a line on standard error
names the file and the exit code is not 0.
"""

import re

import truth


class Work:
    """One command over one tree."""

    # The exit code without faults, and whether the command may leave FILE.partial.
    clean = 0
    resumable = False

    def __init__(self, case, argv, tree, output=None):
        self.case = case
        self.tree = tree
        self.output = output
        self.argv = list(argv)
        if output:
            self.argv += ["-o", output]
        self.old = None
        # Files outside of the tree that the program reads.
        self.others = []

    def begin(self):
        """Records which files exist. Call it when all files are made."""
        if self.output and not self.case.at(self.output).exists() and self.case.rng.random() < 0.7:
            self.case.at(self.output).write_bytes(self.earlier_output())
        self.old = self.content()
        self.before = self.everything()
        return self

    def earlier_output(self):
        """Earlier content of the output, of a kind that the command replaces."""
        return b"what was here before\n"

    def content(self):
        path = self.output and self.case.at(self.output)
        return path.read_bytes() if path and path.is_file() else None

    def everything(self):
        """All names in the directory of the case."""
        return {str(path.relative_to(self.case.dir)) for path in self.case.dir.rglob("*")}

    def put_back(self):
        """Restores the output and removes all new files, for another run."""
        for name in self.everything() - self.before:
            if self.case.at(name).is_file():
                self.case.at(name).unlink()
        if self.output and self.old is not None:
            self.case.at(self.output).write_bytes(self.old)

    # Judging

    def judge(self, ran, *, faulted, codes=None, cut=False, killed=False):
        """Judges a run. `faulted`: a fault was injected; without it, all results must be present. `codes`:
        the allowed exit codes. `cut`: standard output failed, so its last line may be torn. `killed`: the
        program could not clean up."""
        case = self.case
        if any(symptom == "hang" for symptom, _ in case.findings):
            return
        codes = codes or ({0, 1} | {self.clean} if faulted else {self.clean})
        case.sound(ran, codes)
        # Where no file at all could be read, the run ends as one that could not go on.
        stopped = ran.code not in (0, 1, 3) or " is unchanged" in ran.err
        got = self.content() if self.output else ran.out
        if self.output and ran.out:
            case.found("invented", f"standard output has {ran.out[:80]!r}, though there is -o")
        if self.output and stopped:
            if got != self.old:
                case.found("output", f"exit code {ran.code}, and {self.output} is not the old one "
                                     f"({-1 if got is None else len(got)} bytes)")
        elif self.output and got is None:
            case.found("output", f"exit code {ran.code}, and there is no {self.output}: "
                                 f"{ran.err.strip()[:150]!r}")
        elif self.output and faulted and ran.code and got == self.old:
            if not ran.err.strip():
                case.found("silent", "the old output stays, without a word")
        else:
            self.compare(ran, got, stopped, cut)
        self.litter(ran, stopped, killed)

    def litter(self, ran, stopped, killed):
        left = self.everything() - self.before - {self.output}
        for name in sorted(left):
            partial = self.output and name in (
                f"{self.output}.partial", f"{self.output}.partial.run")
            temporary = re.search(r"(^|/)\.[^/]+\.tmp$", name)
            if partial and self.resumable and stopped:
                continue
            # Without memory the program cannot clean up; the next run does.
            if name in ran.err or self.own(name):
                continue
            if temporary and (killed or "out of memory" in ran.err):
                continue
            self.case.found("litter", f"{name} stays, exit code {ran.code}")

    def own(self, name):
        """Whether this is a result."""
        return False

    def compare(self, ran, got, stopped, cut):
        raise NotImplementedError

    def again(self, resume, after):
        """Runs the command again, with or without --resume, and expects the right result."""
        case, found = self.case, len(self.case.findings)
        ran = case.run([*self.argv, "--resume"] if resume else self.argv)
        messages = ran.err
        if self.clean == 0:
            # A message about leftover files is no error.
            ran.err = ""
        self.judge(ran, faulted=False, killed=after == "SIGKILL")
        if len(case.findings) > found:
            symptom, detail = case.findings[found]
            del case.findings[found:]
            case.found("resume" if resume else symptom, f"after {after}, the second run: {symptom}: "
                                                        f"{detail}; {messages.strip()[:300]!r}")

    def lines(self, ran, lines, rest, accepted, stopped, cut, ordered=True):
        """Compares lines with the accepted lines of each file, in order. Each line must be an accepted
        one, and a file without a line must be named on standard error."""
        case = self.case
        place = {line: (index, path)
                 for index, (path, right) in enumerate(accepted.items()) for line in right}
        seen, last = {}, -1
        for line in lines:
            if line not in place:
                if any(right.startswith(line) or right.endswith(line) for right in place):
                    case.found("torn", f"{line[:120]!r}")
                elif any(path.encode() in line for path in accepted):
                    case.found("wrong", f"{line[:200]!r}")
                else:
                    case.found("invented", f"{line[:200]!r}")
                continue
            index, path = place[line]
            if path in seen:
                case.found("invented", f"{path} comes twice")
            elif ordered and index < last:
                case.found("order", f"{path} comes too late")
            seen[path], last = line, max(last, index)
        if rest and not cut:
            case.found("torn", f"{rest[:120]!r} without a line end")
        missing = [path for path, right in accepted.items() if path not in seen]
        self.missing(ran, missing, stopped)
        return seen

    def missing(self, ran, paths, stopped):
        """Files without a result must be named, unless the run itself failed with a reason."""
        case = self.case
        if ran.code in (0, 3) and paths:
            case.found("exit", f"{ran.code}, though {paths[0]} has no result")
        if not stopped:
            for path in paths:
                if not truth.is_named(ran.err, path):
                    case.found("lost", f"{path} has no result and is not named; exit code {ran.code},"
                                       f" standard error: {ran.err.strip()[:150]!r}")
                    break
        if ran.code == 0 and re.search(r"(?m)^batchproc: t/", ran.err):
            case.found("exit", f"0, though it says {ran.err.strip()[:150]!r}")


class Hash(Work):
    """Digests to standard output or with -o."""

    def __init__(self, case, tree, form, output=None, flags=()):
        super().__init__(case, ["hash", "--format", form, *flags, tree.root], tree, output)
        self.form = form
        self.resumable = output is not None
        # Earlier lines of files that changed.
        self.lines_then = {}

    def earlier_output(self):
        return b"d41d8cd98f00b204e9800998ecf8427e  what was here before\n"

    def compare(self, ran, got, stopped, cut):
        lines, rest = truth.lines_of(got, self.form)
        there = {**truth.records(self.tree, self.form), **self.lines_then}
        right = {path: [there[path]] if path in there else [] for path in self.tree.files()}
        self.lines(ran, lines, rest, right, stopped, cut)
        if self.form == "csv" and not stopped and not got.startswith(truth.HEADER):
            self.case.found("wrong", "the header is missing")


class Update(Work):
    """An update of a manifest. Some files are unchanged, two are edited, one is new, one is gone."""

    resumable = True

    def __init__(self, case, tree, form, flags=()):
        super().__init__(
            case, ["hash", "--update", f"m.{form}", *flags, tree.root], tree, f"m.{form}")
        self.form = form
        made = case.run(["hash", "--format", form, "-o", self.output, tree.root])
        case.sound(made, {0})
        self.others = [self.output]
        self.recorded = truth.records(tree, form)
        files = tree.files()
        for path in case.rng.sample(files, 2):
            tree.put(path, tree.content[path] + b"more")
        tree.remove(case.rng.choice(files))
        tree.put(f"{tree.root}/a/new", b"new")

    def compare(self, ran, got, stopped, cut):
        lines, rest = truth.lines_of(truth.without_hashed(self.form, got), self.form)
        new = truth.records(self.tree, self.form)
        accepted = {}
        every = {**self.recorded, **new}
        for path in sorted(every, key=lambda path: [part.encode() for part in path.split("/")]):
            old = [self.recorded[path]] if path in self.recorded else []
            accepted[path] = [new[path]] if path in new else []
            if not accepted[path] or truth.is_named(ran.err, path):
                accepted[path] += old
        # A file that is gone needs no line. A line that is kept for it must have a reason.
        gone = {path for path in self.recorded if path not in new}
        present = set(lines)
        for path in gone:
            if self.recorded[path] in present and not truth.is_named(ran.err, path):
                self.case.found("wrong", f"{path} is gone, and still listed")
            if self.recorded[path] not in present:
                del accepted[path]
        seen = self.lines(ran, lines, rest, accepted, stopped, cut)
        for path in set(self.recorded) & set(new) - set(seen):
            # If every call reports that the file does not exist, it counts as gone.
            gone = re.search(rf"(?m)^batchproc: {re.escape(path)}: No such file", ran.err)
            if not stopped and not gone:
                self.case.found("lost", f"{path} could not be read, and its old line is dropped")
                break


class Check(Work):
    """`check` of a manifest that was made here. Sometimes one file has changed."""

    def __init__(self, case, tree, form, flags=()):
        super().__init__(case, ["check", *flags, "m.list"], tree)
        lines = truth.records(tree, form).values()
        head = [truth.HEADER] if form == "csv" else []
        case.at("m.list").write_bytes(b"\n".join([*head, *lines, b""]))
        self.others = ["m.list"]
        self.verdicts = {path: f"{path}: OK".encode() for path in tree.files()}
        if case.rng.random() < 0.5:
            path = case.rng.choice(tree.files())
            tree.put(path, tree.content[path] + b"rot")
            self.verdicts[path] = f"{path}: FAILED".encode()
            self.clean = 1

    def compare(self, ran, got, stopped, cut):
        lines, rest = truth.lines_of(got)
        accepted = {}
        for path, right in self.verdicts.items():
            accepted[path] = [right]
            if truth.is_named(ran.err, path):
                accepted[path].append(f"{path}: FAILED open or read".encode())
        if re.search(r"(?m)^batchproc: (cannot read the manifest )?m\.list: ", ran.err):
            stopped = True
        self.lines(ran, lines, rest, accepted, stopped, cut)
        if ran.code == 0 and any(b": FAILED" in line for line in lines):
            self.case.found("exit", "0, though a verdict is FAILED")


class Audit(Work):
    """`audit` of a tree in which one file is edited, one is new, one is gone."""

    clean = 1

    def __init__(self, case, tree, form, flags=()):
        super().__init__(case, ["audit", *flags, f"m.{form}", tree.root], tree)
        made = case.run(["hash", "--format", form, "-o", f"m.{form}", tree.root])
        case.sound(made, {0})
        self.others = [f"m.{form}"]
        files = tree.files()
        edited, gone = case.rng.sample([path for path in files if tree.content[path]], 2)
        tree.put(edited, tree.content[edited] + b"more")
        tree.remove(gone)
        tree.put(f"{tree.root}/a/new", b"new")
        self.verdicts = {path: "ok" for path in tree.files()}
        self.verdicts[edited] = "changed" if form == "gnu" else "edited"
        self.verdicts[f"{tree.root}/a/new"] = "new"
        self.verdicts[gone] = "missing"

    def compare(self, ran, got, stopped, cut):
        lines, rest = truth.lines_of(got)
        accepted = {}
        for path, verdict in self.verdicts.items():
            accepted[path] = [f"{path}: {verdict}".encode()]
            if truth.is_named(ran.err, path):
                accepted[path].append(f"{path}: unreadable".encode())
        # A directory that could not be listed has a verdict of its own.
        directories = {f"{name}: unreadable".encode(): name
                       for name in [self.tree.root, *self.tree.directories()]}
        own = [line for line in lines if directories.get(line)
               and truth.is_named(ran.err, directories[line])]
        self.lines(ran, [line for line in lines if line not in own], rest, accepted, stopped, cut,
                   ordered=not own and "vanished before it was read" not in ran.err)


class Compile(Work):
    """A dictionary that is compiled."""

    def __init__(self, case, output=None, number=300):
        letters = "我来到北京清华大学小明硕士毕业于"
        words = sorted({"".join(case.rng.sample(letters, 3 if number < 1000 else 5))
                        for _ in range(number)})
        text = "".join(f"{word} {case.rng.randrange(1, 999)} n\n" for word in words)
        case.at("words").write_text(text)
        super().__init__(case, ["dict", "compile", "words"], None, output)
        self.others = ["words"]
        self.right = case.run(["dict", "compile", "words"]).out

    def earlier_output(self):
        return self.right[:-1]

    def compare(self, ran, got, stopped, cut):
        if stopped:
            if not self.right.startswith(got):
                self.case.found("wrong", "what was written is not the beginning of the dictionary")
        elif got != self.right:
            self.case.found("wrong" if len(got) == len(self.right) else "lost",
                            f"exit code {ran.code}, {len(got)} bytes of {len(self.right)}")
