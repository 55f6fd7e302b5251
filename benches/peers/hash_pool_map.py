"""What people write today: MD5 of all files below a directory, with Pool.map over hashlib.

Usage: python3 hash_pool_map.py DIR > OUT. Each file is read whole; one that cannot be read ends the run."""

import hashlib
import os
import sys
from multiprocessing import Pool


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest(), path


if __name__ == "__main__":
    paths = [os.path.join(place, name) for place, _, names in os.walk(sys.argv[1]) for name in names]
    with Pool() as pool:
        for digest, path in pool.map(md5, sorted(paths)):
            print(f"{digest}  {path}")
