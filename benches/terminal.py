"""Draws a terminal in which commands really run, as SVG: python3 terminal.py BATCHPROC TREE TEXT > SVG

TREE is a directory of files to hash, TEXT a Chinese text. The commands run in a pseudo-terminal of 98
columns; what the program draws there over itself, such as a progress bar, looks as it does at the end."""

import html
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
from fcntl import ioctl

COLUMNS, WIDTH, HEIGHT = 98, 8.43, 19
COMMANDS = [
    "batchproc hash --format json photos -o photos.json",
    "batchproc audit --quiet photos.json photos",
    "printf X | dd of=photos/0/7 conv=notrunc status=none; mv photos/0/8 photos/new",
    "batchproc audit --quiet photos.json photos",
    "batchproc segment corpus.txt -o words.txt",
    "batchproc segment --keywords 3 --drop punct,symbol,latin corpus.txt",
    "echo 我来到北京清华大学 | batchproc segment --pos",
]


def ran(command, directory, environment):
    """What a terminal shows after a command: a list of lines."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    child = subprocess.Popen(["sh", "-c", command], stdin=theirs, stdout=theirs, stderr=theirs,
                             cwd=directory, env=environment)
    os.close(theirs)
    data = b""
    while child.poll() is None or select.select([ours], [], [], 0)[0]:
        try:
            data += os.read(ours, 65536)
        except OSError:
            break
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", data.decode()):
        if piece == "\n":
            row += 1
            if row == len(lines):
                lines.append("")
        elif piece == "\r":
            column = 0
        elif piece.startswith("\x1b["):
            number = int(re.sub(r"\D", "", piece) or 1)
            if piece[-1] == "K":
                lines[row] = lines[row][:column]
            elif piece[-1] == "A":
                row = max(0, row - number)
        else:
            lines[row] = lines[row][:column].ljust(column) + piece + lines[row][column + len(piece):]
            column += len(piece)
    return [line.rstrip() for line in lines if line.strip()]


def main():
    program, tree, text = map(os.path.abspath, sys.argv[1:])
    with tempfile.TemporaryDirectory() as directory:
        os.mkdir(os.path.join(directory, "bin"))
        os.symlink(program, os.path.join(directory, "bin", "batchproc"))
        shutil.copytree(tree, os.path.join(directory, "photos"))
        shutil.copy(text, os.path.join(directory, "corpus.txt"))
        path = os.path.join(directory, "bin") + ":" + os.environ["PATH"]
        environment = {**os.environ, "PATH": path, "TERM": "xterm"}
        shown = []
        for command in COMMANDS:
            shown.append(("typed", "$ " + command))
            shown += [("", line) for line in ran(command, directory, environment)]
    height = len(shown) * HEIGHT + 30
    width = round(COLUMNS * WIDTH) + 30
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
          'aria-label="A terminal in which batchproc makes and audits a manifest, and cuts Chinese text">')
    print("<style>text{font:14px ui-monospace,monospace;fill:#d8dee9;white-space:pre}"
          ".typed{fill:#8fd0ff;font-weight:bold}</style>")
    print(f'<rect width="{width}" height="{height}" rx="8" fill="#1b2330"/>')
    for number, (kind, line) in enumerate(shown):
        y = 28 + number * HEIGHT
        print(f'<text x="15" y="{y}" class="{kind}" xml:space="preserve">{html.escape(line)}</text>')
    print("</svg>")


main()
