"""What people write today: MD5 of all files below a directory, with apply_async and a callback, in the order in
which the files are ready.

Usage: python3 hash_apply_async.py DIR > OUT. Without an error_callback, a file that cannot be read is missing
from the output, nothing says so, and the exit code is 0. That is how such scripts lose files."""

import hashlib
import os
import sys
from multiprocessing import Pool


def md5(path):
    with open(path, "rb") as file:
        return hashlib.md5(file.read()).hexdigest(), path


if __name__ == "__main__":
    with Pool() as pool:
        for place, _, names in os.walk(sys.argv[1]):
            for name in names:
                pool.apply_async(md5, [os.path.join(place, name)], callback=lambda done: print("%s  %s" % done))
        pool.close()
        pool.join()
