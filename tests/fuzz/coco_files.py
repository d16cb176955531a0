"""Damaged COCO files of intact pictures: these open nevertheless, and none that may have a lesion counts as normal."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mammoview.core.errors import MammoviewError
from mammoview.formats.datasets import coco
from mammoview.formats.opening.open_study import open_study
from mammoview.study.finding_status import FindingStatus, finding_status, lost_outlines, may_have_finding
from tests.fuzz import dicom, guarded
from tests.fuzz.mutations import mutated
from tests.fuzz.outlines import absurd

_ROWS, _COLUMNS = 64, 48
_NAMES = ("a_L_CC.png", "b_R_CC.png", "images/c_L_MLO.png")
_FILES = ("coco.json", "annotations/instances_train.json", "images/labels.json")
_WORDS = (
    b"[", b"]", b"{", b"}", b'"', b",", b"null", b"NaN", b"-Infinity", b"1e999", b"\\u0000", b"\\ud800", b"\xff",
    b'"score": 1,', b'"iscrowd": 1,', b'"segmentation": [],', b'"file_name": "..",', b'"id": 1,',
)  # fmt: skip
_ABSURD: tuple[Any, ...] = (
    "../../x.png", "/etc/passwd", "C:\\x.png", "images\\c_L_MLO.png", "x" * 5000, _NAMES[0], _NAMES[1],
    {"size": [10**6, 10**6], "counts": [10**12]}, {"size": [_ROWS, _COLUMNS], "counts": "0" * 10_000},
    {"size": [_ROWS, _COLUMNS], "counts": [-1, 5]}, {"size": [0, 0], "counts": []}, [[1e300, 1, 2, 3, 4, 5]],
    [1e7, 1e7, 5, 5], [0, 0, 0, 0], "not known", "normal", {"digitizer": "x", "intercept": 1e308, "slope": -1e308,
    "logarithmic": 1},
)  # fmt: skip


@cache
def sound() -> bytes:
    """Return a COCO file of three pictures: with a polygon and a mask, with a box, and without a lesion."""
    facts = {
        "um_per_px": [50, 100], "spacing_source": "digitizer", "patient": "17", "laterality": "L", "projection": "CC",
        "data_set": "DDSM", "bits": 12, "low_values_are_bright": True, "facts": {"density": "3"}, "warnings": ["w"],
        "density_calibration": {"digitizer": "made", "intercept": 4, "slope": -1e-3, "logarithmic": False},
        "exported_picture": {"width": 48, "height": 64, "from_stored": [[1, 0, 0], [0, 1, 0]]},
    }  # fmt: skip
    images = [{"id": n, "file_name": name, "height": _ROWS, "width": _COLUMNS} for n, name in enumerate(_NAMES, 1)]
    annotations = [
        {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[5, 5, 30, 6, 20, 40]], "bbox": [5, 5, 25, 35]},
        {"id": 2, "image_id": 1, "category_id": 2, "iscrowd": 1,
         "segmentation": {"size": [_ROWS, _COLUMNS], "counts": [70, 9, 55, 9, _ROWS * _COLUMNS - 143]}},
        {"id": 3, "image_id": 2, "category_id": 1, "bbox": [1, 2, 30, 40], "attributes": {"pathology": "BENIGN"}},
    ]  # fmt: skip
    categories = [{"id": 1, "name": "mass"}, {"id": 2, "name": "malignant calcification"}]
    document = {"info": {}, "images": [images[0] | facts, *images[1:]], "annotations": annotations}
    return json.dumps(document | {"categories": categories}).encode()


@cache
def _picture() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.arange(_ROWS * _COLUMNS, dtype=np.uint16).reshape(_ROWS, _COLUMNS) * 20).save(out, "PNG")
    return out.getvalue()


def damaged(number: int, seed: int) -> dict[str, bytes]:
    """Return the COCO files of case `number` of the run `seed`, one or two."""
    chance = random.Random(f"coco-{seed}-{number}")
    made = {}
    for name in chance.sample(_FILES, chance.choice((1, 1, 2))):
        kind = chance.random()
        if kind < 0.4:
            made[name] = mutated(sound(), chance, _WORDS, len(sound()))
        elif kind < 0.45:
            begun = b'{"images": '
            made[name] = begun + chance.choice((b"[" * 100_000, b'{"a":' * 50_000, b"", b"\0" * 100, b"1" * 10**6))
        else:
            made[name] = json.dumps(absurd(json.loads(sound()), chance, _ABSURD)).encode("utf-8", "replace")
    return made


def make(case: tuple[int, int], folder: Path) -> None:
    """Write pictures and damaged files of them, given by number and the seed of the run."""
    for name, data in (*dict.fromkeys(_NAMES, _picture()).items(), *damaged(*case).items()):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def look(folder: Path) -> Counter[str]:
    """Open the pictures together and one by itself; no file is refused for what lies beside it."""
    counts = dicom.examine(folder)
    for path in (folder, folder / _NAMES[2]):
        scans = [scan for study in open_study(path) for scan in study.scans]
        assert len(scans) == (len(_NAMES) if path == folder else 1)
        readable = _readable(folder)
        for scan in scans:
            assert all(np.isfinite(outline.points).all() for outline in scan.outlines)
            assert not any("\n" in line for line in (*scan.warnings, scan.patient))
            status = finding_status(scan)
            counts[status.value] += 1
            if readable is False:
                assert status is not FindingStatus.NORMAL and (
                    scan.outlines or may_have_finding(scan) or lost_outlines(scan)
                )
    return counts


def _readable(folder: Path) -> bool | None:
    """Whether a COCO file about all pictures can be read; None where there is none, or not for all of them."""
    files = [folder / name for name in _FILES[:2] if coco.is_coco(folder / name)]
    if len(files) != 1 or coco.is_coco(folder / _FILES[2]):
        return None
    try:
        coco.read(files[0])
    except MammoviewError:
        return False
    return True


def run(count: int, seed: int) -> str:
    """Check `count` cases; returns a summary line."""
    return guarded.run(((number, seed) for number in range(count)), make, look)
