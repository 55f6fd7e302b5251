"""What people write today: MD5 of all files below a directory, with a ThreadPool over hashlib, which lets go
of the interpreter's lock while it reads and computes.

Usage: python3 hash_thread_pool.py DIR > OUT. Files are read in pieces; one that cannot be read ends the run."""

import hashlib
import os
import sys
from multiprocessing.pool import ThreadPool


def md5(path):
    digest = hashlib.md5()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest(), path


if __name__ == "__main__":
    paths = [os.path.join(place, name) for place, _, names in os.walk(sys.argv[1]) for name in names]
    with ThreadPool(os.cpu_count()) as pool:
        for digest, path in pool.imap(md5, sorted(paths)):
            print(f"{digest}  {path}")
