"""Scope of the models: warnings about a scan outside of it, or a refusal."""

from __future__ import annotations

import numpy as np

from mammoview.assess.inference.preprocessing import PreparedScan
from mammoview.core.errors import OutOfScopeError
from mammoview.study.scan import Projection, Scan
from mammoview.study.spacing import SpacingSource

LEAST_PX, MOST_PX = 256, 400_000_000
"""Scans with a shorter side or more pixels than this are refused."""
COARSEST_MM = 1.0
"""Scans with larger pixels are refused: a patch at 100 um would be drawn from a dozen of them."""
SEEN_MM = (0.04, 0.25)
"""Range of spacings that the models were trained on, mm per pixel."""
LEAST_LEVELS = 64
"""With fewer grey levels in the breast, steps between them look like edges."""
MOST_SATURATED = 0.05
"""Largest share of the breast at the end of the scale that training saw."""
BREAST_MM = (25.0, 350.0)
"""A breast whose longer side on the picture is outside of this has a wrong spacing or a wrong mask."""


def spacing_lines(scan: Scan) -> list[str]:
    """Lines about a spacing that is not known for certain, which holds for any model.

    Raises
    ------
    OutOfScopeError
        For what makes no sense to assess.
    """
    if min(scan.rows, scan.columns) < LEAST_PX or scan.rows * scan.columns > MOST_PX:
        raise OutOfScopeError(
            f"a picture of {scan.columns} x {scan.rows} pixels is out of the models' scope",
            f"Give a whole mammogram of at least {LEAST_PX} pixels each way",
            scan.path,
        )
    if scan.spacing.known and max(scan.spacing.row_mm, scan.spacing.column_mm) > COARSEST_MM:
        raise OutOfScopeError(
            f"pixels of {max(scan.spacing.row_mm, scan.spacing.column_mm):g} mm are out of the models' scope",
            f"Give a mammogram of at most {COARSEST_MM:g} mm per pixel, or calibrate it",
            scan.path,
        )
    lines = []
    if not scan.spacing.known:
        lines.append("spacing is unknown: the longer side is taken as 24 cm, so the models may look at the wrong scale")
    elif scan.spacing.source is SpacingSource.ASSUMED:
        lines.append(f"spacing is assumed ({scan.spacing.size})")
    return lines


def header_lines(scan: Scan) -> list[str]:
    """Lines about what the bundled models never saw in training, as far as the header states it.

    Raises
    ------
    OutOfScopeError
        For what makes no sense to assess.
    """
    lines = spacing_lines(scan)
    if scan.spacing.known and not SEEN_MM[0] <= scan.spacing.row_mm <= SEEN_MM[1]:
        low, high = (1000 * mm for mm in SEEN_MM)
        lines.append(
            f"spacing {1000 * scan.spacing.row_mm:g} um: the models were trained on scans of {low:g} to {high:g} um"
        )
    if scan.projection not in (Projection.CC, Projection.MLO):
        lines.append(f"projection {scan.projection or 'unknown'}: the models were trained on CC and MLO")
    modifiers = scan.facts.get("modifiers", "")
    if any(word in modifiers.lower() for word in ("magnif", "spot")):
        lines.append(f"{modifiers}: the models were trained on whole views without magnification")
    if scan.grey.for_processing:
        lines.append("FOR PROCESSING pixels: the models were trained on digitised film")
    elif scan.facts.get("acquisition") == "digital":
        lines.append("digital mammogram: the models were trained on digitised film")
    if scan.facts.get("implant") == "yes":
        lines.append("breast implant: the models never saw one")
    return lines


def pixel_lines(scan: Scan, prepared: PreparedScan) -> list[str]:
    """Lines about what the models never saw in training, as far as the pixels show it."""
    lines = []
    pixels = np.asarray(scan.pixels)
    without = int(np.count_nonzero(~np.isfinite(pixels))) if pixels.dtype.kind == "f" else 0
    if without:
        lines.append(f"{without} pixels hold no number: the models see the darkest value there")
    mask = prepared.breast.mask
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    to_scan = prepared.breast.to_scan
    if scan.spacing.known:
        width, height = to_scan.cell(scan.spacing.column_mm, scan.spacing.row_mm)
        size = max((columns[-1] + 1 - columns[0]) * width, (rows[-1] + 1 - rows[0]) * height)
        if not BREAST_MM[0] <= size <= BREAST_MM[1]:
            lines.append(f"the breast would be {size:.0f} mm long: the spacing or the mask of the breast is wrong")
    # One pixel per cell of the mask is enough.
    places = to_scan(np.argwhere(mask)[:, ::-1] + 0.5).astype(np.intp)
    inside = pixels[places[:, 1].clip(0, scan.rows - 1), places[:, 0].clip(0, scan.columns - 1)]
    inside = inside[np.isfinite(inside)]
    levels = np.unique(inside)
    if levels.size < LEAST_LEVELS:
        lines.append(f"only {levels.size} grey levels in the breast: detail that the models look for may be lost")
    elif inside.size:
        saturated = max(float((inside == end).mean()) for end in (levels[0], levels[-1]))
        if saturated > MOST_SATURATED:
            lines.append(f"{saturated:.0%} of the breast lies at the end of the grey scale: no detail is left there")
    return lines
