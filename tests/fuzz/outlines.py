"""Damaged outlines JSON beside an intact picture: it opens nevertheless, and an invalid file is one warning."""

from __future__ import annotations

import copy
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
from mammoview.formats.common.outline_files import outline_document
from mammoview.formats.opening.open_study import open_study
from mammoview.records.own_drawings import own_drawings_of
from tests.fuzz import dicom, guarded
from tests.fuzz.mutations import mutated

_NAMES = (
    "outlines.json",
    "case_L_CC.outlines.json",
    "case_L_CC.own.outlines.json",
    "case_L_CC.png.own.outlines.json",
)
_WORDS = (b"[", b"]", b"{", b"}", b'"', b",", b"null", b"NaN", b"-Infinity", b"1e999", b"\\u0000", b"\\ud800", b"\xff")
_ABSURD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    -1e308,
    5e-324,
    float("nan"),
    float("inf"),
    10**400,
    "",
    "x",
    "1e5",
    "\ud800",
    "a\nb\0c",
    "9" * 5000,
    [],
    {},
    [[]],
    [None],
    [1],
    [1, 2, 3],
    [[1, 2]] * 3,
    [[0, 0], [1, 1], [1e300, -1e300]],
    [["1", "2"]] * 4,
    {"points": []},
    "boundary",
    "box",
    "circle",
    "text",
    "ruler",
)


@cache
def sound() -> tuple[bytes, bytes]:
    """Return the text of a file for a folder, and of one for a picture with annotations."""
    outlines = [
        {
            "kind": "boundary",
            "points": [[5, 5], [30, 6], [20, 40]],
            "lesion_type": "MASS",
            "assessment": 3,
            "subtlety": 5,
            "note": "seen",
        },
        {"kind": "core", "points": [[5, 5], [30, 6], [20, 40]], "source": "drawn in Mammoview"},
        {"kind": "box", "box": [1, 2, 30, 40], "pathology": "BENIGN"},
        {"kind": "circle", "circle": [20, 20, 9]},
    ]
    annotations = [
        {"kind": kind, "points": points, "text": "words"}
        for kind, points in (
            ("ruler", [[1, 2], [30, 40]]),
            ("angle", [[1, 2], [30, 40], [5, 9]]),
            ("region", [[1, 2], [30, 2], [30, 40], [1, 40]]),
            ("arrow", [[1, 2], [30, 40]]),
            ("text", [[9, 9]]),
        )
    ]
    whole = {"mammoview_outlines": 1, "source": "a reader", "files": {"case_L_CC.png": outlines}, "instances": {}}
    one = {"mammoview_outlines": 1, "source": "drawn in Mammoview", "outlines": outlines, "annotations": annotations}
    return json.dumps(whole).encode(), json.dumps(one).encode()


@cache
def _picture() -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.arange(64 * 48, dtype=np.uint16).reshape(64, 48) * 20).save(out, "PNG")
    return out.getvalue()


def damaged(number: int, seed: int) -> dict[str, bytes]:
    """Return the JSON files of case `number` of the run `seed`."""
    chance = random.Random(f"outlines-{seed}-{number}")
    made = {}
    for name in chance.sample(_NAMES, chance.randint(1, 3)):
        data = sound()[name != _NAMES[0]]
        kind = chance.random()
        if kind < 0.4:
            made[name] = mutated(data, chance, _WORDS, len(data))
        elif kind < 0.45:
            made[name] = chance.choice(
                (b"[" * 100_000, b'{"a":' * 50_000, b"", b"\0" * 100, b"\xff\xfe[", b"1" * 10**6)
            )
        else:
            made[name] = json.dumps(absurd(json.loads(data), chance)).encode("utf-8", "replace")
    return made


def absurd(document: Any, chance: random.Random, more: tuple[Any, ...] = ()) -> Any:
    """Replace, drop or duplicate some values of a document; `more` are further values that replace others."""
    for _ in range(chance.randint(1, 4)):
        at, key = document, None
        while isinstance(at, dict | list) and at and (key is None or chance.random() < 0.8):
            above, key = at, chance.choice(list(at)) if isinstance(at, dict) else chance.randrange(len(at))
            at = above[key]
        if key is None:
            break
        match chance.randrange(5):
            case 0:
                del above[key]
            case 1 if isinstance(above, list):
                above *= chance.choice((2, 50))
            case _:
                above[key] = copy.deepcopy(chance.choice((*_ABSURD, *more)))
    return document


def make(case: tuple[int, int], folder: Path) -> None:
    """Write a picture and damaged files beside it, given by number and the seed of the run."""
    (folder / "case_L_CC.png").write_bytes(_picture())
    for name, data in damaged(*case).items():
        (folder / name).write_bytes(data)


def look(folder: Path) -> Counter[str]:
    """Open the picture; it is never refused for files beside it, and the outlines read can be written again."""
    counts = dicom.examine(folder)
    assert counts["opened"] == 1
    for scan in (scan for study in open_study(folder) for scan in study.scans):
        try:
            outline_document(own_drawings_of(scan))
        except MammoviewError as error:
            assert "\n" not in str(error)
        counts["outlines"] += len(scan.outlines)
        counts["annotations"] += len(scan.annotations)
        assert all("\n" not in line for line in scan.warnings)
    return counts


def run(count: int, seed: int) -> str:
    """Check `count` cases; returns a summary line."""
    return guarded.run(((number, seed) for number in range(count)), make, look)
