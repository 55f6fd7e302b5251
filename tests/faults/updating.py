"""Updates of a manifest while its files change, on a file system whose times are too coarse to show it."""

import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import making
import truth
from case import Skip, private_mounts_work, tool
from mutators import meanwhile


@contextmanager
def whole_seconds(case):
    """Mounts a file system whose times are whole seconds, like FAT and many network file systems. All
    changes within a second then have the same time."""
    if not private_mounts_work():
        raise Skip("mounts of one's own need root")
    image = case.dir.parent / "image"
    image.touch()
    os.truncate(image, 8 << 20)
    # Inodes of 128 bytes have no room for finer times.
    subprocess.run([tool("mkfs.ext4"), "-q", "-I", "128", image], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    # The mount is in a namespace of this process, and the case goes there through /proc.
    holder = subprocess.Popen(
        ["unshare", "-m", "sh", "-c", 'mount -o loop "$0" "$1" && echo mounted && exec cat', image,
         case.dir],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    usual = case.dir
    try:
        if not holder.stdout.readline():
            raise Skip("no file system can be mounted from a file")
        case.dir = Path(f"/proc/{holder.pid}/root{case.dir}")
        yield
    finally:
        case.dir = usual
        holder.communicate()


def updates(case):
    """Files are written to while a manifest is brought up to date, and right after that; their sizes
    and times stay. The next update has what is there: it believes no line of a file that may have been
    written to in the second in which it was read."""
    with whole_seconds(case):
        update_meanwhile(case)


def update_meanwhile(case):
    rng = case.rng
    tree, form = truth.mixed(case, 40, 3000), rng.choice(["json", "csv"])
    name = f"m.{form}"
    plain = ["hash", "--format", form, *making.flags(rng), "t", "-o", name]
    argv = [*plain, "--update", name]
    if rng.random() < 0.5:
        case.sound(case.run(argv), {0})
    paths = [path for path in tree.files() if tree.content[path]]

    def rewrite(path):
        first, *rest = tree.content[path]
        tree.content[path] = bytes([(first + 1) % 256, *rest])
        with open(case.at(path), "r+b", buffering=0) as file:
            file.write(tree.content[path][:1])

    def action(child):
        while child.poll() is None:
            rewrite(rng.choice(paths[::2]))
            time.sleep(0.001)

    # A second has just begun. All that follows happens within it, unless the machine is too slow.
    time.sleep(1 - time.time() % 1)
    for path in rng.sample(paths, 10):
        rewrite(path)
    begin, join = meanwhile(action)
    case.sound(case.run(rng.choice([plain, argv]), during=begin), {0, 1})
    join()
    for path in rng.sample(paths, rng.randrange(10)):
        rewrite(path)
    ran = case.run(argv)
    # It may report that it cannot tell writing from damage.
    case.sound(ran, {0, 1})
    got, _ = truth.lines_of(truth.without_hashed(form, case.at(name).read_bytes()), form)
    wrong = [line for line in truth.records(tree, form).values() if line not in got]
    if wrong or len(got) != len(tree.content):
        case.found("wrong", f"{len(got)} lines, and {len(wrong)} files have no right one, as "
                            f"{wrong[:1]!r}; {ran.err.strip()[:200]!r}")


KINDS = {
    "updating/whole-seconds": (updates, 2),
}
