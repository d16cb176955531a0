"""Side and projection as the reader entered them, for scans whose file does not state them.

Only the hash of a scan's decoded values, its size and what was entered are stored, in one JSON file in the user's data
folder. A scan is found again after it was moved, zipped or renamed. What a file states is never replaced.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from mammoview.formats.common.file_names import PROJECTION_UNKNOWN, SIDE_UNKNOWN, unknown
from mammoview.study.pixel_changes import refuse_altered
from mammoview.study.scan import Laterality, Projection, Scan, Study

_LOCK = Lock()
_ORDER = {(p, s): i for i, (p, s) in enumerate((p, s) for p in ("CC", "MLO") for s in ("R", "L"))}


@dataclass(frozen=True)
class UserView:
    """What the reader entered for one scan.

    Parameters
    ----------
    rows, columns
        Its size in pixels, so that only scans of a stored size are looked up.
    laterality, projection
        What was entered; None is unknown.
    """

    rows: int
    columns: int
    laterality: Laterality | None
    projection: Projection | None


def use_view(scan: Scan, laterality: Laterality | None, projection: Projection | None) -> None:
    """Set side and projection of a scan, and the warnings about them; None is unknown."""
    scan.laterality, scan.projection = laterality, projection
    others = [line for line in scan.warnings if line not in (SIDE_UNKNOWN, PROJECTION_UNKNOWN)]
    scan.warnings[:] = [*others, *unknown(laterality, projection)]


def sort_scans(study: Study) -> None:
    """Sort the scans of a study: CC before MLO, right before left, all others behind them."""
    study.scans.sort(key=lambda scan: _ORDER.get((str(scan.projection), str(scan.laterality)), len(_ORDER)))


def remember_view(scan: Scan) -> None:
    """Store side and projection of a scan as they are. Decodes: call it in worker threads.

    Raises
    ------
    MammoviewError
        When the scan cannot be decoded or the file cannot be written.
    """
    refuse_altered(scan, "an answer about the view")
    key = scan.pixel_hash
    with _LOCK:
        stored = dict(_stored())
        stored[key] = UserView(scan.rows, scan.columns, scan.laterality, scan.projection)
        _write(stored)


def recall_views(studies: Iterable[Study]) -> None:
    """Set what the files of these studies do not state and the reader entered earlier.

    Decodes the scans of unknown side or projection that have the size of a stored one, and no others.
    """
    stored = _stored()
    sizes = {(kept.rows, kept.columns) for kept in stored.values()}
    for study in studies:
        found = False
        for scan in study.scans:
            if (scan.laterality is None or scan.projection is None) and (scan.rows, scan.columns) in sizes:
                found |= _recall(scan, stored)
        if found:
            sort_scans(study)


def _recall(scan: Scan, stored: Mapping[str, UserView]) -> bool:
    """Set what is unknown of one scan; returns whether there was anything."""
    try:
        kept = stored.get(scan.pixel_hash)
    except MammoviewError:
        return False  # Reported where the pixels are used.
    finally:
        scan.release()
    if kept is None:
        return False
    use_view(scan, scan.laterality or kept.laterality, scan.projection or kept.projection)
    return True


def views_file() -> Path:
    """Return the file of the answers about views."""
    return paths.data_folder() / "views.json"


def _stored() -> Mapping[str, UserView]:
    """All that is stored; invalid entries, or an invalid file, are ignored."""
    try:
        scans = json.loads(views_file().read_text(encoding="utf-8"))["scans"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    found = {}
    for key, entry in scans:
        try:
            side, view = entry["laterality"], entry["projection"]
            found[key] = UserView(
                int(entry["rows"]),
                int(entry["columns"]),
                None if side is None else Laterality(side),
                None if view is None else Projection(view),
            )
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _write(stored: Mapping[str, UserView]) -> None:
    """Write the file atomically."""
    file = views_file()
    try:
        with atomic_write(file, lasting=True, private=True) as partial:
            known = {"version": 1, "scans": {key: vars(kept) for key, kept in stored.items()}}
            partial.write_text(json.dumps(known, indent=1), encoding="utf-8")
    except OSError as error:
        raise MammoviewError(
            f"side and projection cannot be kept ({error.strerror})", "It holds until the program ends", file
        ) from error
