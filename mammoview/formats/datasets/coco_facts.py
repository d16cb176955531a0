"""Facts about pictures in COCO files of this program, beside their outlines: side, spacing, patient, grey levels.

A converted picture is read as the one of its data set was. What a picture states itself takes precedence over the file.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mammoview.formats.common import file_names
from mammoview.formats.common.found_scan import FoundScan
from mammoview.formats.datasets.coco import FAULTS, Entry, is_whole
from mammoview.formats.image.image_reader import SPACING_UNKNOWN
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import DensityCalibration
from mammoview.study.scan import Laterality, Projection, Scan
from mammoview.study.spacing import Spacing, SpacingSource

FACTS = ("density", "background", "finding", "findings", "digitizer", "manufacturer", "model")
"""Facts of a scan that are written."""
_PICTURES = ("PNG", "TIFF")
_MOST_BITS = 32
_LONGEST = 500
_SAME_MM = 1e-6


def facts_of(scan: Scan) -> dict[str, Any]:
    """Return what a COCO file states about a converted scan, ready for JSON, beside what its table does."""
    grey = scan.grey
    stated: dict[str, Any] = {"bits": grey.bits, "low_values_are_bright": grey.inverted}
    if grey.density is not None:
        stated["density_calibration"] = asdict(grey.density)
    facts = {name: scan.facts[name] for name in FACTS if scan.facts.get(name)}
    return stated | ({"facts": facts} if facts else {}) | ({"warnings": scan.warnings} if scan.warnings else {})


def with_facts(found: FoundScan, entry: Entry, folder: Path, *, turned: bool = False) -> FoundScan:
    """Return a scan with what the entry of its picture in a COCO file states; other values are ignored.

    Parameters
    ----------
    found
        The scan.
    entry
        Its attributes in the file.
    folder
        Folder of all pictures of the file.
    turned
        Whether its rows are the columns of the file.
    """
    scan = found.scan
    scan = file_names.with_view(scan, *_view(scan, entry))
    scan = _with_spacing(scan, entry, turned)
    stated = entry.get("facts")
    facts = {name: stated[name] for name in FACTS if isinstance(stated, dict) and _is_text(stated.get(name))}
    if _is_text(entry.get("data_set")):
        facts["data set"] = entry["data_set"]
    noted = entry.get("warnings")
    warnings = [text for text in noted if _is_text(text)] if isinstance(noted, list) else []
    if scan.facts.get("format") in _PICTURES:
        scan = replace(scan, grey=_with_calibration(_grey(scan.grey, entry), entry))
    elif "format" not in scan.facts and scan.grey == _plain(scan.grey):
        scan = replace(scan, grey=_with_calibration(scan.grey, entry))
    scan = replace(scan, facts={**facts, **scan.facts}, warnings=list(dict.fromkeys([*scan.warnings, *warnings])))
    return _grouped(replace(found, scan=scan), entry, folder)


def _grouped(found: FoundScan, entry: Entry, folder: Path) -> FoundScan:
    """Return a scan with its patient, who is one in all folders of a file.

    One that is not stated is its own: else all of a folder would count as one patient's.
    """
    patient = entry.get("patient")
    if found.study[0] != "picture" or (patient is None and found.scan.patient):
        return found
    stated = str(patient) if isinstance(patient, str) or is_whole(patient) else ""
    patient, path = stated or found.scan.patient, found.scan.path
    key = ("COCO", str(folder if stated else path.parent), patient or path.name)
    return replace(found, scan=replace(found.scan, patient=patient or file_names.stem(path.name)), study=key)


def _view(scan: Scan, entry: Entry) -> tuple[Laterality | None, Projection | None]:
    """Return side and projection as far as the scan does not have them."""
    side, projection = str(entry.get("laterality") or "")[:1].upper(), str(entry.get("projection") or "").upper()
    return (
        next((one for one in Laterality if one == side and not scan.laterality), None),
        next((one for one in Projection if one == projection and not scan.projection), None),
    )


def _with_spacing(scan: Scan, entry: Entry, turned: bool) -> Scan:
    """Return a scan with the stated spacing, where it has none, or the same from a less specific source."""
    source = next((one for one in SpacingSource if one.value == entry.get("spacing_source")), SpacingSource.ASSUMED)
    if source in (SpacingSource.UNKNOWN, SpacingSource.USER):
        return scan
    um: Any = entry.get("um_per_px")
    if not isinstance(um, list) or len(um) != 2:
        um = entry.get("um_per_column"), entry.get("um_per_row")
    with suppress(*FAULTS):
        stated = Spacing(float(um[1]) / 1000, float(um[0]) / 1000, source)
        stated = stated.turned if turned else stated
        present = scan.spacing
        apart = max(abs(stated.row_mm - present.row_mm), abs(stated.column_mm - present.column_mm))
        if not present.known or apart < _SAME_MM:
            warnings = [line for line in scan.warnings if line != SPACING_UNKNOWN]
            return replace(scan, spacing=stated, warnings=warnings)
    return scan


def _grey(grey: GreyPipeline, entry: Entry) -> GreyPipeline:
    """Return how the stored values of a converted picture are read, but for a film's calibration."""
    bits, bright = entry.get("bits"), entry.get("low_values_are_bright")
    if is_whole(bits) and 0 < bits <= _MOST_BITS:
        grey = replace(grey, bits=bits)
    if isinstance(bright, bool):
        grey = replace(grey, inverted=bright)
    return grey


def _plain(grey: GreyPipeline) -> GreyPipeline:
    """Return the pipeline of a DICOM image whose header states only how its values are stored."""
    return GreyPipeline(bits=grey.bits, signed=grey.signed, padding=grey.padding)


def _with_calibration(grey: GreyPipeline, entry: Entry) -> GreyPipeline:
    """Return a pipeline with the calibration of the digitizer, where one is stated."""
    stated = entry.get("density_calibration")
    if isinstance(stated, dict):
        with suppress(*FAULTS):
            numbers = float(stated["intercept"]), float(stated["slope"])
            if all(map(math.isfinite, numbers)) and numbers[1] < 0:
                density = DensityCalibration(str(stated["digitizer"]), *numbers, bool(stated["logarithmic"]))
                return replace(grey, density=density, inverted=True)
    return grey


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST
