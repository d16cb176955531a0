"""Keys of assessments: what was looked at, and what was asked of it. Equal keys mean equal answers. No torch.

Both are hashes and name nobody: no name, no number, no path of a patient is part of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from mammoview.assess.models.hashes import PINS
from mammoview.core.version import __version__
from mammoview.records.user_calibration import pixel_key
from mammoview.study.scan import Scan


def model_key(settings: Sequence[object]) -> str:
    """Return 64 hexadecimal digits for the models, the version of the program, and settings such as the stride."""
    return _hashed([__version__, PINS, *settings])


def input_key(scan: Scan) -> str:
    """Return 64 hexadecimal digits for all that the models are given of a scan: its pixels and how they are read.

    Decodes the scan. Raises UnreadableError.
    """
    grey = scan.grey
    return _hashed(
        [
            pixel_key(scan),
            [scan.spacing.row_mm, scan.spacing.column_mm, scan.spacing.source.value],
            [scan.laterality, scan.projection, scan.orientation],
            [grey.inverted, grey.slope, grey.padding, grey.exposures, repr(grey.density)],
            {name: scan.facts.get(name, "") for name in ("acquisition", "implant", "modifiers")},
        ]
    )


def content_key(scan: Scan) -> str:
    """Return 64 hexadecimal digits for a scan as SCAN.json tells of it: `input_key` and the outlines drawn on it.

    Two readers' copies of one picture, each with outlines of their own, are two contents. Decodes the scan. Raises
    UnreadableError.
    """
    outlines = sorted(
        json.dumps([o.points.tolist(), o.kind, o.lesion_type, o.pathology, o.source]) for o in scan.outlines
    )
    return _hashed([input_key(scan), outlines])


def _hashed(told: object) -> str:
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
