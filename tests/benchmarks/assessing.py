"""Seconds and peak memory of assessing one scan after another, and the dense pass against patch by patch.

python -m tests.benchmarks.assessing PATH
"""

from __future__ import annotations

import itertools
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mammoview import open_study
from mammoview.anatomy.breast import find_breast
from mammoview.anatomy.intensity import tissue_bright
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import dense_logits, patchwise_logits
from mammoview.assess.inference.preprocessing import prepare


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """Median seconds of `work`."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def run(path: Path) -> None:
    """Print the figures, one line each."""
    start = time.perf_counter()
    assessor = Assessor()
    print(f"models loaded, torch imported before: {time.perf_counter() - start:.2f} s")
    scans = [scan for study in open_study(path) for scan in study.scans]
    taken = []
    stages: dict[str, float] = {}
    for scan in scans:
        _ = scan.pixels
        marks: list[tuple[float, str]] = []
        start = time.perf_counter()
        assessor.assess(scan, lambda _share, stage, m=marks: m.append((time.perf_counter(), stage)))
        taken.append(time.perf_counter() - start)
        for (at, stage), (until, _) in itertools.pairwise(marks):
            stages[stage] = stages.get(stage, 0.0) + until - at
    print(f"one scan, median of {len(scans)}: {statistics.median(taken):.2f} s; all: {sum(taken):.1f} s")
    print("where the time goes: " + ", ".join(f"{k} {v / sum(taken):.0%}" for k, v in stages.items()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory, {len(scans)} scans kept open: {peak:.2f} GiB")
    scan = scans[0]
    um, model = next(iter(assessor.bundle.classifiers.items()))
    pixels = tissue_bright(scan.pixels, scan.grey)
    prepared = prepare(pixels, find_breast(pixels, scan.spacing), scan.spacing)
    left, top, right, bottom = prepared.extent(um)
    image, _ = prepared.magnified(um, left - 64, top - 64, bottom - top + 128, right - left + 128)
    for stride in (64, 32):
        every = stride // model.network.step
        z = dense_logits(model.network, image, every)
        starts = np.stack(np.meshgrid(*(np.arange(n) * stride for n in z.shape), indexing="ij"), -1).reshape(-1, 2)
        off = float(np.abs(patchwise_logits(model.network, image, starts) - z.ravel()).max())
        fast = seconds(lambda e=every: dense_logits(model.network, image, e))
        slow = seconds(lambda s=starts: patchwise_logits(model.network, image, s), 1)
        print(f"stride {stride}: dense {slow / fast:.1f} x faster than patch by patch, logits within {off:.1e}")


if __name__ == "__main__":
    run(Path(sys.argv[1]))
