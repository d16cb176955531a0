"""What stands in place of SciPy's OpenBLAS in the packages: the parts of SciPy that are left load with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import scipy

from tests.support.timeouts import PROGRAM_S

SCRIPT = Path(__file__).parents[2] / "packaging" / "lapack_stub.py"
RUN = """
from scipy import ndimage, special
print(special.expit(0), special.erf(0), ndimage.label([1, 0, 1])[1])
print(*{line.split()[-1] for line in open("/proc/self/maps") if "libscipy_openblas-" in line})
"""


def test_images_and_special_functions_need_nothing_of_lapack(tmp_path: Path) -> None:
    library = next((Path(scipy.__file__).parents[1] / "scipy.libs").glob("libscipy_openblas-*.so"), None)
    if library is None or not (shutil.which("as") and shutil.which("ld")):
        pytest.skip("SciPy has no OpenBLAS here, or there are no binutils")
    made = tmp_path / library.name
    subprocess.run([sys.executable, str(SCRIPT), str(library), str(made)], timeout=PROGRAM_S, check=True)
    assert made.stat().st_size < library.stat().st_size / 1000
    # A library that is loaded already serves all that ask for its name.
    environment = os.environ | {"LD_PRELOAD": str(made)}
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PROGRAM_S, check=True)
    assert done.stdout.splitlines() == ["0.5 0.0 2", str(made)]
