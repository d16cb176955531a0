"""The data of ICU in the packages is small, and Qt sorts by it as by the whole."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import PySide6
import pytest

SCRIPT = Path(__file__).parents[2] / "packaging" / "icu_data.py"
SORT = """
from functools import cmp_to_key
from PySide6.QtCore import QCollator, QLocale

for name in ("en_US", "es_ES", "de_DE"):
    collator = QCollator(QLocale(name))
    collator.setNumericMode(True)
    print(sorted(["o", "ñu", "nz", "img10", "img2", "Z", "a", "Ä"], key=cmp_to_key(collator.compare)))
"""


@pytest.fixture
def library() -> Path:
    found = next((Path(PySide6.__file__).parent / "Qt" / "lib").glob("libicudata.so.*"), None)
    if found is None or not (shutil.which("as") and shutil.which("ld")):
        pytest.skip("Qt has no ICU here, or there are no binutils")
    return found


def sorted_with(folder: Path) -> str:
    environment = os.environ | {"LD_LIBRARY_PATH": str(folder), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", SORT], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def test_qt_sorts_as_before(library: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCRIPT), str(library), str(tmp_path / library.name)], check=True)
    assert (tmp_path / library.name).stat().st_size < library.stat().st_size / 8
    found = sorted_with(tmp_path)
    assert found == sorted_with(library.parent)
    assert "'nz', 'ñu', 'o'" in found and "'img2', 'img10'" in found


def test_a_package_is_read_as_it_was_written() -> None:
    script = runpy.run_path(str(SCRIPT))
    header = b"\x20\0\xda\x27\x14\0\0\0\0\0\2\0CmnD" + bytes(16)
    items = {"icudt1l/root.res": b"root" * 4, "icudt1l/coll/es.res": b"s" * 32, "icudt1l/zone/es.res": b"z" * 16}
    assert script["items_of"](script["package_of"](header, items)) == items
    assert [name for name in items if script["kept"](name)] == ["icudt1l/root.res", "icudt1l/coll/es.res"]
