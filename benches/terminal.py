"""Draws a terminal in which batchproc runs, as an SVG: python3 benches/terminal.py PROGRAM > SVG

The commands really run, one after another, in a pseudo-terminal, in a directory of generated files. What
they print is put on a screen of text. The picture shows that screen while the last command is still
running, so that its progress can be seen. Python's standard library is all that it needs."""

import fcntl
import html
import os
import pathlib
import pty
import random
import struct
import sys
import tempfile
import termios
import time
import unicodedata

COLUMNS, WIDTH, HEIGHT, LEFT, TOP = 100, 7.3, 19, 16, 44
COMMANDS = [
    "batchproc audit --quiet photos.json photos",
    "echo 我来到北京清华大学 | batchproc segment --pos",
    "batchproc hash --limit 200M photos -o photos.md5",
]
# The picture is taken so many seconds after the last command has begun.
MOMENT = 2.0


class Screen:
    """Lines of text, with the few controls that batchproc's progress needs: CR, LF and "erase the line"."""

    def __init__(self):
        self.lines, self.place = [""], 0

    def write(self, text):
        while text:
            if text.startswith("\x1b[2K"):
                self.lines[-1], text = " " * self.place, text[4:]
                continue
            character, text = text[0], text[1:]
            if character == "\n":
                self.lines.append("")
                self.place = 0
            elif character == "\r":
                self.place = 0
            elif character == "\x1b":
                raise SystemExit(f"a control that this screen does not know: {text[:10]!r}")
            else:
                line = self.lines[-1].ljust(self.place)
                self.lines[-1] = line[: self.place] + character + line[self.place + 1 :]
                self.place += 1


def files():
    """The scene: photos with their manifest, and what has happened to them since."""
    chance = random.Random(3)
    for year in 2023, 2024:
        pathlib.Path(f"photos/{year}").mkdir(parents=True)
        for number in range(150):
            pathlib.Path(f"photos/{year}/{number:04}.jpg").write_bytes(chance.randbytes(chance.randint(1, 4) << 20))
    time.sleep(0.1)
    os.system("batchproc hash --format json photos -o photos.json")
    os.rename("photos/2023/0007.jpg", "photos/2024/beach.jpg")
    os.remove("photos/2023/0140.jpg")
    with open("photos/2024/0012.jpg", "ab") as edited:
        edited.write(b"more")


def run(command, screen, until):
    """Runs a command on the screen, to its end or, if `until` is given, for so many seconds."""
    screen.write(f"$ {command}\r\n")
    begin = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        os.environ["TERM"] = "xterm"
        os.execvp("sh", ["sh", "-c", command])
    rest = b""
    while until is None or time.monotonic() - begin < until:
        try:
            rest += os.read(terminal, 65536)
        except OSError:  # the end of the command
            break
        # A character or a control may not be whole yet. Progress is drawn anew from its CR on, so what comes
        # after the last CR or LF waits for the next read.
        whole = max(rest.rfind(b"\r"), rest.rfind(b"\n")) + 1
        text, rest = rest[:whole], rest[whole:]
        screen.write(text.decode())
    os.close(terminal)
    os.waitpid(child, 0)


def cells(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def draw(lines):
    width, height = COLUMNS * WIDTH + 2 * LEFT, TOP + len(lines) * HEIGHT + 8
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" '
           f'viewBox="0 0 {width:.0f} {height}" role="img" aria-label="A terminal in which batchproc runs">')
    yield ("<style>text{font:12px 'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#d6deeb;white-space:pre}"
           ".typed{fill:#7fdbca;font-weight:bold}</style>")
    yield '<rect width="100%" height="100%" rx="8" fill="#16202c"/>'
    for number, colour in enumerate(("#ff5f56", "#ffbd2e", "#27c93f")):
        yield f'<circle cx="{20 + 18 * number}" cy="18" r="6" fill="{colour}"/>'
    for row, line in enumerate(lines):
        kind = ' class="typed"' if line.startswith("$ ") else ""
        yield (f'<text x="{LEFT}" y="{TOP + row * HEIGHT}"{kind} textLength="{cells(line) * WIDTH:.1f}" '
               f'lengthAdjust="spacingAndGlyphs">{html.escape(line)}</text>' if line else "")
    yield "</svg>"


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as place:
        os.mkdir(f"{place}/bin")
        os.symlink(program, f"{place}/bin/batchproc")
        os.environ["PATH"] = f"{place}/bin:{os.environ['PATH']}"
        os.chdir(place)
        files()
        screen = Screen()
        for command in COMMANDS:
            run(command, screen, MOMENT if command is COMMANDS[-1] else None)
        os.chdir("/")
    print("\n".join(draw([line.rstrip() for line in screen.lines])))


main()
