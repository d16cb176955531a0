"""Random results of models that never ran, set against random outlines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mammoview.assess.results.hits_and_overlap import lesions
from mammoview.evaluation.results import ScanResult
from mammoview.evaluation.study_codes import StudyCodes
from mammoview.study.finding_status import NORMAL_FACT
from mammoview.study.scan import Laterality, Outline, Projection, Scan, box
from mammoview.study.spacing import Spacing, SpacingSource

SPACING = Spacing(0.1, 0.1, SpacingSource.CALIBRATED)
LISTED = 0.4


@dataclass(frozen=True)
class Case:
    """One view as it was made: boxes and marks, for an independent count."""

    patient: str
    breast: str
    boxes: list[tuple[float, float, float, float]]
    marks: list[tuple[float, float, float]]
    pathologies: list[str]


def scan_of(name: str, outlines: tuple[Outline, ...] = (), side: str = "L", **more: Any) -> Scan:
    return Scan(
        path=Path(f"/data/{name}.png"), rows=1000, columns=800, read=lambda: np.zeros((1000, 800), np.uint16),
        laterality=Laterality(side), projection=Projection.CC, outlines=outlines,
        **{"spacing": SPACING, "facts": {} if outlines else {"finding": NORMAL_FACT}} | more,
    )  # fmt: skip


def held_of(scan: Scan, marks: list[tuple[float, float, float]], **more: Any) -> dict[str, Any]:
    """What SCAN.json of a scan holds: marks of (column, row, score)."""
    name = scan.path.stem
    return {
        "content": f"{name:0>12}",
        "pixels": f"pixels of {name}",
        "asked": "0123",
        "thresholds": {"listed": LISTED},
        "budgets": {"0.25": 0.8, "0.5": 0.6, "1": 0.4, "2": 0.2},
        "marks": [
            {
                "column": column, "row": row, "score": score, "flips": (0.1, 0.2), "folds": None,
                "cluster": column < 400, "values": {"grid_100um": 0.3, "grid_200um": 0.5, "heatmap": score},
            }
            for column, row, score in sorted(marks, key=lambda mark: -mark[2])
        ],
        "outlines": [
            {"kind": o.kind.value, "box": list(o.box), "iou": 0.25, "dice": 0.4, "highest": {"heatmap": 0.5}}
            for o in lesions(scan.outlines)
        ],
        "highest": {"heatmap": marks[0][:2] if marks else None, "saliency": None},
        "provenance": {
            "models": [{"name": "made", "version": "1", "sha256": "00"}],
            "scores": "frequencies", "grid_stride": "even",
        },
        **more,
    }  # fmt: skip


def result_of(scan: Scan, patient: str, marks: list[tuple[float, float, float]], **more: Any) -> ScanResult:
    name = scan.path.stem
    owner = StudyCodes(patient, f"study of {patient}")
    return ScanResult(scan, owner, f"view {name}", f"{name}.png", f"{name}-0", held_of(scan, marks, **more))


def random_cases(seed: int, women: int = 25) -> list[Case]:
    """Two or four views of each woman; boxes may overlap, scores may be alike, some marks hit two boxes or none."""
    rng = np.random.default_rng(seed)
    found = []
    for woman in range(women):
        for view in range(2 * rng.integers(1, 3)):
            corners = rng.uniform(50, 650, (rng.choice([0, 0, 1, 1, 2]), 2))
            boxes = [(float(x), float(y), float(x + a), float(y + b)) for (x, y), (a, b) in
                     zip(corners, rng.uniform(20, 140, (len(corners), 2)), strict=True)]  # fmt: skip
            places = rng.uniform(0, 800, (rng.integers(0, 7), 2)).tolist()
            places += [[(left + right) / 2, bottom + 10] for left, _, right, bottom in boxes if rng.random() < 0.7]
            marks = [(x, y, round(float(rng.beta(2, 2)), 2)) for x, y in places]
            words = [str(rng.choice(["MALIGNANT", "BENIGN", ""])) for _ in boxes]
            found.append(Case(f"woman {woman}", "LR"[view % 2], boxes, marks, words))
    return found


def results_of(cases: list[Case]) -> list[ScanResult]:
    found = []
    for k, case in enumerate(cases):
        outlines = tuple(
            replace(box(*b), pathology=p, lesion_type="MASS", subtlety=1 + k % 5)
            for b, p in zip(case.boxes, case.pathologies, strict=False)
        )
        found.append(result_of(scan_of(f"v{k}", outlines, case.breast), case.patient, case.marks))
    return found
