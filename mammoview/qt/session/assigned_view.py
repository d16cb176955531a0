"""Side and projection of a scan, as the reader gives them."""

from __future__ import annotations

from mammoview.study.scan import Laterality, Projection, Scan, Study

_ORDER = {view: place for place, view in enumerate((p, s) for p in ("CC", "MLO") for s in ("R", "L"))}


def assign_view(study: Study, scan: Scan, laterality: Laterality | None, projection: Projection | None) -> None:
    """Set side and projection of a scan, with its warnings, and order the study's scans anew; None is unknown."""
    from mammoview.formats.common.file_names import PROJECTION_UNKNOWN, SIDE_UNKNOWN, unknown

    scan.laterality, scan.projection = laterality, projection
    others = [line for line in scan.warnings if line not in (SIDE_UNKNOWN, PROJECTION_UNKNOWN)]
    scan.warnings[:] = [*others, *unknown(laterality, projection)]
    study.scans.sort(key=lambda s: _ORDER.get((str(s.projection), str(s.laterality)), len(_ORDER)))
