"""The user's own calibration: a known length on the picture gives the spacing of its study, and is stored.

Only `Scan.pixel_hash`, the scan's size and the spacing are stored, in one JSON file in the user's data folder. A scan
is found again after it was moved, zipped or renamed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.records.earlier_keys import CALIBRATION_DIGITS, earlier_calibration_key
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Scan, Study
from mammoview.study.spacing import Spacing, SpacingSource

LONGEST_MM = 1000.0
"""Longest length accepted; no mammogram is longer."""
_SPACING_LINES = ("spacing unknown", "spacing assumed")
"""Starts of the warnings that a calibration resolves."""
_LOCK = Lock()


@dataclass(frozen=True)
class UserCalibration:
    """The stored calibration of one scan.

    Parameters
    ----------
    rows, columns
        Its size in pixels, so that only scans of a stored size are looked up.
    row_mm, column_mm
        Its calibrated spacing.
    """

    rows: int
    columns: int
    row_mm: float
    column_mm: float


def calibrated(spacing: Spacing, measured: float, millimetres: float) -> Spacing:
    """Return the spacing with which a line has the length given by the user.

    The ratio of row to column spacing stays, so that pixels that are not square keep their shape.

    Parameters
    ----------
    spacing
        The scan's present spacing.
    measured
        Length of the line with it: mm, or pixels where it is unknown.
    millimetres
        True length of the line.

    Raises
    ------
    MammoviewError
        When the line has no length, or the lengths make no possible spacing.
    """
    if not math.isfinite(measured) or measured <= 0:
        raise MammoviewError("the ruler has no length", "Draw it over something whose length is known")
    if not math.isfinite(millimetres) or not 0 < millimetres <= LONGEST_MM:
        raise MammoviewError("this is no possible length", f"Give a number of mm between 0 and {LONGEST_MM:g}")
    factor = millimetres / measured
    try:
        return Spacing(
            spacing.row_mm * factor, spacing.column_mm * factor, SpacingSource.USER, stated=spacing.stated or spacing
        )
    except ValueError as error:
        raise MammoviewError(
            f"a ruler of {millimetres:g} mm makes {spacing.row_mm * factor:.3g} mm per pixel, which is not possible",
            "Measure a longer line, or check the number",
        ) from error


def companions(scan: Scan, scans: Iterable[Scan]) -> list[Scan]:
    """Return the scans with the spacing of `scan`, itself included: they share one calibration.

    Views of another spacing, such as magnified ones, keep their own.
    """
    return [other for other in scans if other is scan or other.spacing == scan.spacing]


def use(scan: Scan, spacing: Spacing) -> None:
    """Set the spacing of a scan; a calibration removes the warnings it resolves, the file's spacing restores them."""
    scan.spacing = spacing
    if spacing.source is SpacingSource.USER:
        answered = [line for line in scan.warnings if line.startswith(_SPACING_LINES)]
        if answered:
            scan.answered_warnings = answered
            scan.warnings[:] = [line for line in scan.warnings if line not in answered]
    else:
        scan.warnings += [line for line in scan.answered_warnings if line not in scan.warnings]
        scan.answered_warnings = []


def remember(scans: Iterable[Scan]) -> None:
    """Store the spacing of the calibrated scans and remove that of the others. Decodes: call it in worker threads.

    Raises
    ------
    MammoviewError
        When the file of calibrations cannot be written.
    """
    scans = list(scans)
    for scan in scans:
        refuse_altered(scan, "a calibration")
    keyed = [(scan.pixel_hash, scan) for scan in scans]
    with _LOCK:
        stored = dict(_stored())
        for key, scan in keyed:
            spacing = scan.spacing
            if any(map(_is_earlier, stored)):
                stored.pop(earlier_calibration_key(scan), None)
            if spacing.source is SpacingSource.USER:
                stored[key] = UserCalibration(scan.rows, scan.columns, spacing.row_mm, spacing.column_mm)
            else:
                stored.pop(key, None)
        _write(stored)


def apply_user_calibration(scan: Scan) -> bool:
    """Apply the stored calibration of a scan; returns whether there was one.

    Decodes the scan if one of its size has been calibrated, and does nothing otherwise.
    """
    if scan.spacing.source is SpacingSource.USER:
        return False
    stored = _stored()
    sized = [key for key, kept in stored.items() if (kept.rows, kept.columns) == (scan.rows, scan.columns)]
    if not sized:
        return False
    try:
        kept = stored.get(scan.pixel_hash)
        if kept is None and any(map(_is_earlier, sized)):
            kept = _moved(scan)
    except MammoviewError:
        return False  # Reported where the pixels are used.
    if kept is None:
        return False
    use(scan, Spacing(kept.row_mm, kept.column_mm, SpacingSource.USER, stated=scan.spacing))
    return True


def recall_all(studies: Iterable[Study]) -> None:
    """Apply the stored calibrations of all scans of these studies."""
    for study in studies:
        for scan in study.scans:
            apply_user_calibration(scan)


def calibrations_file() -> Path:
    """Return the file of the calibrations."""
    return paths.data_folder() / "calibrations.json"


def _is_earlier(key: str) -> bool:
    """Whether an entry is filed under the key of earlier versions."""
    return len(key) == CALIBRATION_DIGITS


def _moved(scan: Scan) -> UserCalibration | None:
    """File the calibration that an earlier version kept of a scan under its pixel hash, and return it."""
    old, new = earlier_calibration_key(scan), scan.pixel_hash
    with _LOCK:
        stored = dict(_stored())
        found = stored.pop(old, None)
        if found is not None:
            with suppress(MammoviewError):  # It stays as it was.
                _write({new: found, **stored})
    return found


def _stored() -> Mapping[str, UserCalibration]:
    """All stored calibrations; invalid entries, or an invalid file, are ignored."""
    try:
        held = json.loads(calibrations_file().read_text(encoding="utf-8"))
        scans = held["scans"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    found = {}
    for key, entry in scans:
        try:
            kept = UserCalibration(
                int(entry["rows"]), int(entry["columns"]), float(entry["row_mm"]), float(entry["column_mm"])
            )
            Spacing(kept.row_mm, kept.column_mm, SpacingSource.USER)
        except (ValueError, KeyError, TypeError):
            continue
        found[key] = kept
    return found


def _write(stored: Mapping[str, UserCalibration]) -> None:
    """Write the file atomically; without entries it is removed."""
    file = calibrations_file()
    try:
        if not stored:
            file.unlink(missing_ok=True)
            return
        with atomic_write(file, lasting=True, private=True) as partial:
            known = {"version": 1, "scans": {key: vars(kept) for key, kept in stored.items()}}
            partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
    except OSError as error:
        raise MammoviewError(
            f"the calibration cannot be kept ({error.strerror})", "It holds until the program ends", file
        ) from error
