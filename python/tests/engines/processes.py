"""What the tests of engines share: texts, the program, and a process that is killed at its work."""

import os
import pathlib
import signal
import subprocess
import threading
import time

import batchproc

ROOT = pathlib.Path(os.environ.get("BATCHPROC_SOURCES") or pathlib.Path(__file__).resolve().parents[3])

# Lines that Java, Python or C would end elsewhere, and others that are easily lost.
ODD = ["来到\r北京", "来到\u2028北京", "来到\x85北京", "来\0到", "", " ", "来到北京\r", "𠀀\u0301来到", "来到\ufeff北京"]
# One line each of bytes, of which some are no UTF-8.
ODD_BYTES = [line.encode() for line in ODD] + [b"\xff", "来到".encode()[:-1] + b"x"]


def lines():
    """Lines of Chinese text: enough for several batches."""
    text = (ROOT / "fixtures" / "segmentation" / "input.txt").read_bytes().decode(errors="replace")
    return (text.split("\n") * 16)[:4000]


def program(*arguments, given=b""):
    """What the program prints in a single run."""
    command = [batchproc.find_binary(), *arguments]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


class Killing:
    """Kills a process in the middle of its work, and lets the work go on only then.

    The work calls `pause`, in whatever process it is. The first one that does is the victim, or rather its
    nearest ancestor with `named` in its command line, up to this process."""

    def __init__(self, directory, named=None):
        self.started, self.done = str(directory / "started"), str(directory / "done")
        self._named, self._error = named, None
        self._thread = threading.Thread(target=self._run)

    def pause(self):
        """A function that waits until something was killed, if it is the first one to be called. It is
        sent to other machines, so it needs nothing of this module."""
        started, done = self.started, self.done

        def pause():
            import os
            import time

            try:
                file = os.open(started + ".lock", os.O_CREAT | os.O_EXCL)
            except FileExistsError:
                return
            os.close(file)
            with open(started + ".new", "w") as out:
                out.write(str(os.getpid()))
            os.rename(started + ".new", started)
            limit = time.monotonic() + 120
            while not os.path.exists(done):
                assert time.monotonic() < limit, "nothing was killed"
                time.sleep(0.01)

        return pause

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._thread.join()
        if self._error:
            raise self._error

    def _run(self):
        try:
            limit = time.monotonic() + 120
            while not os.path.exists(self.started):
                assert time.monotonic() < limit, "the work did not begin"
                time.sleep(0.01)
            os.kill(self._victim(int(pathlib.Path(self.started).read_text())), signal.SIGKILL)
        except Exception as error:
            self._error = error
        pathlib.Path(self.done).touch()

    def _victim(self, process):
        """Only what this process started is killed."""
        ancestors = [process]
        while ancestors[-1] != os.getpid():
            assert ancestors[-1] > 1, f"{process} is no descendant of this process"
            status = pathlib.Path(f"/proc/{ancestors[-1]}/stat").read_text()
            ancestors.append(int(status.rpartition(")")[2].split()[1]))
        for ancestor in ancestors[:-1]:
            command = pathlib.Path(f"/proc/{ancestor}/cmdline").read_bytes()
            if self._named is None or self._named.encode() in command:
                return ancestor
        raise AssertionError(f"no ancestor of {process} is named {self._named}")
