"""`python -m training bfloat16`: whether the bundled models may multiply in bfloat16 on this processor.

They may where every logit agrees within `AGREES` with single precision and no finding changes.
"""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.bundle import load_bundle
from mammoview.assess.models.scoring import logit
from mammoview.assess.results.assessment import Assessment
from mammoview.display.scan_analysis import analyse
from mammoview.study.scan import Scan
from training.datasets import Example, examples
from training.evaluation import one_path
from training.experiments.detection import SHIPPED_FOLD, known

AGREES = 1e-2


def half(*_models: object) -> AbstractContextManager[object]:
    """Return the context in which convolutions run in bfloat16."""
    return torch.autocast("cpu", torch.bfloat16)


def read(assessor: Assessor, scan: Scan) -> tuple[dict[str, NDArray[np.float64]], Assessment, float]:
    """Return logits by model, the assessment, and the seconds that it took."""
    prepared = prepared_scan(analyse(scan))
    logits = {}
    for um in assessor.bundle.classifiers:
        found = assessor.scanned(scan, prepared, um, lambda: None)
        logits[f"grid {um} um"] = found.logits[found.inside]
    start = perf_counter()
    assessment = assessor.assess(scan)
    seconds = perf_counter() - start
    logits["heatmap"] = logit(assessment.heatmap.values)
    logits["re-scorer"] = assessor.candidates(scan)[0].features[:, 2]
    return logits, assessment, seconds


def same_findings(one: Assessment, other: Assessment) -> bool:
    """Whether both list findings at the same places in the same order, with scores that read alike to a hundredth."""
    lists = [[(f.column, f.row, round(f.score, 2)) for f in a.findings] for a in (one, other)]
    return lists[0] == lists[1]


def run(data: Path, runs: Path, file: Path, views: int) -> None:
    """Write the largest differences of logits, how many lists of findings change, and the ratio of times.

    Of `views` mammograms spread over the fold that the bundled models never saw; each is read in both
    precisions in turn.
    """
    members = [m for m in known(runs) if m.fold == SHIPPED_FOLD]
    wanted = {(m.source, m.name) for m in members[:: max(1, len(members) // views)][:views]}
    assessor = Assessor("cpu", bundle=load_bundle(), flips=False)
    every = {model.facts.name for model in assessor.bundle.models}
    placement = assessor.placement
    apart: dict[str, list[float]] = {}
    changed, seconds = [], []
    for item in track(
        [e for e in examples(data) if isinstance(e, Example) and (e.source, e.name) in wanted], "reading"
    ):
        scan = one_path.scan_of_example(item)
        whole, before, took = read(assessor, scan)
        with patch.object(placement, "precision", half), patch.object(placement, "halved", every):
            halved, after, took_so = read(assessor, scan)
        scan.release()
        for name, values in whole.items():
            same = values.shape == halved[name].shape
            apart.setdefault(name, []).append(float(np.abs(values - halved[name]).max(initial=0)) if same else np.inf)
        changed.append(not same_findings(before, after))
        seconds.append((took, took_so))
    with file.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["figure", "value", "n"])
        for name, largest in apart.items():
            table.writerow(
                [f"{name}: largest difference of a logit, median of views", f"{np.median(largest):.4f}", len(largest)]
            )
            table.writerow([f"{name}: largest difference of a logit", f"{max(largest):.4f}", len(largest)])
        table.writerow(["views whose findings change", sum(changed), len(changed)])
        single, both = np.array(seconds).T
        table.writerow(
            ["time of an assessment in bfloat16 over that in float32", f"{np.median(both / single):.3f}", len(seconds)]
        )
