"""Keys of assessments: of the scan and of the models with their options. Equal keys mean equal results. No torch.

Both are hashes and name nobody: no name, no number, no path of a patient is part of them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256

from mammoview.assess.models.hashes import PINS
from mammoview.core.version import __version__
from mammoview.records.earlier_keys import earlier_calibration_key
from mammoview.study.scan import Scan


def model_key(settings: Sequence[object]) -> str:
    """Return 64 hexadecimal digits for the models, the version of the program, and settings such as the stride."""
    return _hashed([__version__, PINS, *settings])


def input_key(scan: Scan) -> str:
    """Return 64 hexadecimal digits for all that the models are given of a scan: its pixels and how they are read.

    Decodes the scan. Raises UnreadableError.
    """
    return _input_key(scan, scan.still().pixel_hash)


def earlier_input_key(scan: Scan) -> str:
    """Return what `input_key` was while it used the earlier hash of the pixels. Decodes. Raises UnreadableError."""
    return _input_key(scan, earlier_calibration_key(scan.still()))


def _input_key(scan: Scan, pixels: str) -> str:
    """Return the key of a scan whose pixels have that hash."""
    grey = scan.grey
    return _hashed(
        [
            pixels,
            [scan.spacing.row_mm, scan.spacing.column_mm, scan.spacing.source.value],
            [scan.laterality, scan.projection, scan.orientation],
            [grey.inverted, grey.slope, grey.padding, grey.exposures, repr(grey.density)],
            {name: scan.facts.get(name, "") for name in ("acquisition", "implant", "modifiers")},
        ]
    )


def content_key(scan: Scan) -> str:
    """Return 64 hexadecimal digits for a scan as described in SCAN.json: `input_key` and the outlines drawn on it.

    Two readers' copies of one picture, each with outlines of their own, are two contents. Decodes the scan. Raises
    UnreadableError.
    """
    return _content_key(scan, input_key(scan))


def earlier_content_key(scan: Scan) -> str:
    """Return what `content_key` was while it used the earlier hash of the pixels. Decodes. Raises UnreadableError."""
    return _content_key(scan, earlier_input_key(scan))


def _content_key(scan: Scan, read: str) -> str:
    """Return the content key of a scan whose `input_key` is `read`."""
    outlines = sorted(
        json.dumps([o.points.tolist(), o.kind, o.lesion_type, o.pathology, o.source]) for o in scan.outlines
    )
    return _hashed([read, outlines])


def _hashed(content: object) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
