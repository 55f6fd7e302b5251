"""Runs the program on files. It reads, cuts and writes side by side, and so there is nothing that a module
could do better."""

import os
import subprocess
import tempfile

from ._native import Error
from .program import find_binary


def segment_file(arguments, source, target, encoding):
    """Cuts a file as a segmenter with these arguments does."""
    if arguments["tags"]:
        raise ValueError("segment_file does not choose words by their tags")
    command = [
        find_binary(),
        "segment",
        "--compat",
        arguments["compat"],
        "--mode",
        arguments["mode"],
    ]
    command += [] if arguments["hmm"] else ["--no-hmm"]
    for kind in arguments["drop"]:
        command += ["--drop", kind]
    if arguments["threads"]:
        command += ["--threads", str(arguments["threads"])]
    with tempfile.TemporaryDirectory() as directory:

        def file(name, content):
            path = os.path.join(directory, name)
            with open(path, "wb") as out:
                out.write(content)
            return path

        if arguments["dictionary"] is not None:
            command += ["--dict", file("dictionary", arguments["dictionary"])]
        words = arguments["user_words"]
        if isinstance(words, list):
            words = "".join(_line(*word) for word in words).encode()
        if words:
            command += ["--user-dict", file("user words", words)]
        if arguments["stop_words"]:
            stop_words = "".join(f"{word}\n" for word in arguments["stop_words"])
            command += ["--stop-words", file("stop words", stop_words.encode())]
        command += ["--encoding", encoding, "--output", os.fspath(target), "--", os.fspath(source)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise Error(done.stderr.decode(errors="replace").strip())


def _line(word, frequency, tag):
    parts = [word]
    if frequency is not None:
        parts.append(str(frequency))
    if tag:
        parts.append(tag)
    return " ".join(parts) + "\n"
