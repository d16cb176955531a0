"""DICOM to a figure of panels in ten lines: python docs/examples/panel_figure.py FILE FOLDER."""

import sys
from pathlib import Path

import mammoview
from mammoview.display.scan_analysis import analyse
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind
from mammoview.export.formats import format_named

LAYERS = ("heatmap", "grid", "saliency", "outlines")


def write_panels(file: Path, folder: Path, assessor: mammoview.Assessor | None = None) -> Path:
    """Write the first scan of a file as PDF, bare and with each layer side by side; returns the file."""
    study = mammoview.open_study(file)[0]
    scan = study.scans[0]
    found = (assessor or mammoview.Assessor()).assess(scan)
    shown = AssessedScan(analyse(scan), found)
    target = folder / f"{file.stem}.panels.pdf"
    options = ExportOptions(FigureKind.PANELS, dpi=300)
    format_named("pdf").write(ExportContent(target, study, (shown,), LAYERS, options=options))
    return target


if __name__ == "__main__":
    print(write_panels(Path(sys.argv[1]), Path(sys.argv[2])))
