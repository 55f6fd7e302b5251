"""pip builds the package from its source distribution, which takes minutes: this runs if BATCHPROC_SDIST is a
directory with one."""

import os
import pathlib
import platform
import subprocess
import venv

import batchproc
import pytest


# Whether the sources are complete does not depend on how well they are optimised, which takes longest. A
# target that is named puts what is built into another directory.
FAST = {
    "CARGO_PROFILE_WHEEL_CODEGEN_UNITS": "16",
    "CARGO_PROFILE_WHEEL_LTO": "off",
    "CARGO_PROFILE_WHEEL_OPT_LEVEL": "0",
    "CARGO_BUILD_TARGET": platform.machine() + "-unknown-linux-gnu",
}


def test_the_source_distribution_builds_the_whole_package(tmp_path):
    place = os.environ.get("BATCHPROC_SDIST")
    if not place:
        pytest.skip("BATCHPROC_SDIST says no directory")
    [sdist] = pathlib.Path(place).glob(f"batchproc-{batchproc.__version__}.tar.gz")
    venv.create(tmp_path / "venv", with_pip=True)
    scripts = tmp_path / "venv" / "bin"

    def run(program, *arguments):
        command = [scripts / program, *arguments]
        # The package that is tested here must not be found.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        environment |= FAST
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("pip", "--disable-pip-version-check", "install", sdist)
    code = "import batchproc; print(batchproc.__file__, batchproc.Segmenter().cut('来到北京'))"
    shown = run("python", "-c", code)
    assert shown.startswith(str(tmp_path)) and shown.endswith(" ['来到', '北京']\n")
    assert run("batchproc", "--version").split()[:2] == ["batchproc", batchproc.__version__]
