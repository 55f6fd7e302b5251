"""Finds the program `batchproc`, which is installed with the package."""

import os
import sys


def find_binary():
    """The path of the program `batchproc`: the one that was installed with this package, or else the first
    one on the PATH. Raises `FileNotFoundError` if there is none."""
    # Importing these takes longer than all the rest of the package.
    import shutil
    import sysconfig

    places = [sysconfig.get_path("scripts"), os.path.dirname(sys.executable)]
    if scheme := sysconfig.get_preferred_scheme("user"):
        places.append(sysconfig.get_path("scripts", scheme))
    # `pip install --target` puts scripts beside the packages.
    places.append(os.path.join(os.path.dirname(os.path.dirname(__file__)), "bin"))
    for place in places:
        program = os.path.join(place, "batchproc")
        if os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    if program := shutil.which("batchproc"):
        return program
    raise FileNotFoundError("the program batchproc is neither beside this Python nor on the PATH")
