"""Builds the package for pip, from the source distribution or from the repository. maturin makes the module;
this adds the program, which maturin cannot put into the same wheel."""

import contextlib
import json
import pathlib
import shutil
import subprocess

import maturin
from maturin import (  # noqa: F401
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)

DATA = pathlib.Path("batchproc.data")


@contextlib.contextmanager
def _data(program):
    """The directory of the files that a wheel has beside the module, perhaps with the program."""
    scripts = DATA / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    try:
        if program:
            shutil.copy(_program(), scripts / "batchproc")
        yield
    finally:
        shutil.rmtree(DATA)


def _program():
    command = ["cargo", "build", "--locked", "--profile", "wheel", "--package", "batchproc"]
    # cargo says where the program is, which depends on the user's settings.
    command += ["--bin", "batchproc", "--message-format", "json-render-diagnostics"]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    made = (json.loads(line).get("executable") for line in told.splitlines())
    return next(path for path in made if path)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with _data(program=True):
        return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    with _data(program=True):
        return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    with _data(program=False):
        return maturin.build_sdist(sdist_directory, config_settings)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with _data(program=False):
        return maturin.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel
