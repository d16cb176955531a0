"""Torch's library is there before torch is imported, and torch works with it."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys
from pathlib import Path
from mammoview.assess.preloading import LIBRARY, preload_torch
before = LIBRARY in Path("/proc/self/maps").read_text()
done = preload_torch()
print(before, done, LIBRARY in Path("/proc/self/maps").read_text(), "torch" in sys.modules)
import torch
print(float(torch.ones(3).sum()), preload_torch())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems load the library with the import")
def test_the_library_is_loaded_first_and_used():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=300, check=True)
    assert done.stdout.split() == ["False", "True", "True", "False", "3.0", "False"]
