"""Results as DICOM objects into an archive: python docs/examples/results_to_orthanc.py FILE http://localhost:8042.

Sends the measurement report and the segmentations of a mammogram to an Orthanc, over its REST interface. They keep the
identity and the UIDs of the mammogram and so join its study in the archive: for an archive that may hold it. Another
archive takes the same files by DICOMweb (STOW-RS).
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from pathlib import Path

import mammoview
from mammoview.display.scan_analysis import analyse
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions
from mammoview.export.formats import format_named

LAYERS = ("heatmap", "grid", "outlines")


def send(file: Path, server: str, assessor: mammoview.Assessor | None = None) -> list[str]:
    """Assess the first scan of a DICOM file and send its results; returns the identifiers that Orthanc gave them."""
    study = mammoview.open_study(file)[0]
    scan = study.scans[0]
    shown = AssessedScan(analyse(scan), (assessor or mammoview.Assessor()).assess(scan))
    options = ExportOptions(keep_identity=True)
    stored = []
    with tempfile.TemporaryDirectory() as folder:
        for name in ("sr", "seg"):
            kind = format_named(name)
            target = Path(folder) / f"results.{kind.suffix}"
            kind.write(ExportContent(target, study, (shown,), LAYERS, options=options))
        for made in sorted(Path(folder).iterdir()):
            request = urllib.request.Request(f"{server}/instances", made.read_bytes())
            with urllib.request.urlopen(request) as answer:
                stored.append(json.load(answer)["ID"])
    return list(dict.fromkeys(stored))  # the segmentation that a report refers to lies beside it, too


if __name__ == "__main__":
    print(*send(Path(sys.argv[1]), sys.argv[2].rstrip("/")), sep="\n")
