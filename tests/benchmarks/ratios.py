"""How much faster the engine's ways are than the plain ones, as ratios of medians taken in turn, at equal results.

python -m tests.benchmarks.ratios PATH [TIMES]

Ratios are of the processor time of one thread, which a busy machine changes little; absolute seconds are not the point.
Those of the gradients are of the clock, and need an idle machine. Tried without gain: for the gradients,
convolution_backward and flipped weights in place of conv_transpose2d, pairs of pixels as one with twice the channels,
other ways of writing the un-pooling, the finest stage in smaller batches than the rest, fewer patches at a time, parts
of windows that neighbours share (at strides of 32 px and more none do); for both, pages of 2 MB; for the dense pass,
the unshuffled stem as a 6 x 6 convolution of stride 2 (three times slower) or as a matrix product, convolutions that
carry their ReLU with them, smaller strips.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from numpy.typing import NDArray

from mammoview import open_study
from mammoview.assess.inference import dense_classifier
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.inference.dense_classifier import DenseResult, dense_logits, patchwise_logits, scan_breast, tensor
from mammoview.assess.inference.gradients import by_itself, gradients
from mammoview.assess.inference.preprocessing import patch_starts
from mammoview.assess.inference.scan_input import prepared_scan
from mammoview.assess.models.networks import TissueClassifier
from mammoview.display.scan_analysis import analyse

BATCHES = (16, 32)
"""Patches per batch of what the dense pass is compared with; the faster counts. 8 and 64 are slower."""
CORES = torch.get_num_threads()
"""Threads that torch takes by itself."""


def taken(times: int, *ways: Callable[[], object], clock: Callable[[], float] = time.process_time) -> list[float]:
    """Median seconds of each way, of the processor by default; they take turns, and the first round only warms up."""
    seconds: list[list[float]] = [[] for _ in ways]
    for turn in range(times + 1):
        for k, way in enumerate(ways):
            start = clock()
            way()
            if turn:
                seconds[k].append(clock() - start)
    return [statistics.median(one) for one in seconds]


def multiply_adds(network: TissueClassifier, work: Callable[[], object]) -> int:
    """Multiplications of all convolutions of a network while some work is done."""
    count = 0

    def note(layer: torch.nn.Module, _inputs: object, output: torch.Tensor) -> None:
        nonlocal count
        assert isinstance(layer, torch.nn.Conv2d)
        count += output.numel() * layer.weight[0].numel()

    hooks = [one.register_forward_hook(note) for one in network.modules() if isinstance(one, torch.nn.Conv2d)]
    work()
    for hook in hooks:
        hook.remove()
    return count


def patch_by_patch(
    network: TissueClassifier, image: NDArray[np.float32], starts: NDArray[np.intp], batch: int
) -> NDArray[np.float64]:
    """Logit differences of patches, so many at a time."""
    with patch.object(dense_classifier, "BATCH", batch):
        return patchwise_logits(network, image, starts)


def sliding_window(
    network: TissueClassifier, image: NDArray[np.float32], stride: int, batch: int = BATCHES[0]
) -> list[torch.Tensor]:
    """Logit differences as MONAI's sliding window gives them to the network, window by window."""
    from monai.inferers import sliding_window_inference

    logits = []

    def predict(patches: torch.Tensor) -> torch.Tensor:
        both = network(patches)
        logits.append(both[:, 1, 0, 0] - both[:, 0, 0, 0])
        return both

    side = network.config.patch_px
    with torch.inference_mode():
        sliding_window_inference(
            tensor(image, torch.device("cpu")), (side, side), batch, predict, overlap=1 - stride / side
        )
    return logits


def scanning(network: TissueClassifier, scanned: DenseResult, times: int) -> None:
    """The grid in one dense pass against patch by patch, against MONAI, and with the background left out."""
    image, side = scanned.image, scanned.patch_px
    # Whole strides, so that MONAI adds no window of its own at the edges.
    image = np.ascontiguousarray(
        image[: (image.shape[0] - side) // 64 * 64 + side, : (image.shape[1] - side) // 64 * 64 + side]
    )
    for stride in (64, 32):
        every = stride // network.step
        starts = patch_starts(tuple((n - side) // stride + 1 for n in image.shape), stride)
        z = dense_logits(network, image, every)
        off = float(np.abs(patchwise_logits(network, image, starts) - z.ravel()).max())
        theirs = torch.cat(sliding_window(network, image, stride)).double().numpy()
        far = float(np.abs(np.sort(theirs) - np.sort(z.ravel())).max())
        ours, *others = taken(
            times,
            lambda e=every: dense_logits(network, image, e),
            *(lambda s=starts, b=b: patch_by_patch(network, image, s, b) for b in BATCHES),
            *(lambda s=stride, b=b: sliding_window(network, image, s, b) for b in BATCHES),
        )
        plain, monai = min(others[: len(BATCHES)]), min(others[len(BATCHES) :])
        few = multiply_adds(network, lambda e=every: dense_logits(network, image, e))
        many = multiply_adds(network, lambda s=starts: patchwise_logits(network, image, s))
        print(
            f"stride {stride}, {len(starts)} patches: dense {plain / ours:.2f} x faster than patch by patch (within "
            f"{off:.0e}; {many / few:.2f} x fewer multiplications), {monai / ours:.2f} x faster than MONAI's sliding "
            f"window (within {far:.0e})",
            flush=True,
        )
    needed, image = scanned.inside, scanned.image
    fewer, strips, whole = taken(
        times,
        lambda: dense_logits(network, image, needed=needed),
        lambda: dense_logits(network, image),
        lambda: one_pass(network, image),
    )
    print(f"in strips: {whole / strips:.2f} x faster than in one pass; background once: another {strips / fewer:.2f} x")


def one_pass(network: TissueClassifier, image: NDArray[np.float32]) -> torch.Tensor:
    """The same convolutions over the image as a whole."""
    with torch.inference_mode():
        return network(tensor(image, torch.device("cpu")))


def saliency(
    network: TissueClassifier, scanned: DenseResult, gated: NDArray[np.intp], slider: NDArray[np.intp], times: int
) -> None:
    """Gradients against one backward per patch, and of gated patches against all of the breast."""
    rows, columns = scanned.strided(32)
    inside = scanned.inside[np.ix_(rows, columns)].ravel()
    every = np.stack(np.meshgrid(rows * scanned.step, columns * scanned.step, indexing="ij"), -1).reshape(-1, 2)[inside]
    for name, some in (("gated", gated), ("all that the slider may ask for", slider)):
        ours = gradients(network, scanned.image, some, kept=scanned.kept)
        alone = np.stack([by_itself(network, scanned.image, one) for one in some])
        off = float(np.abs(ours - alone).max() / alone.max())
        for threads in (1, CORES):
            torch.set_num_threads(threads)
            kept, anew, single = taken(
                times,
                lambda some=some: gradients(network, scanned.image, some, kept=scanned.kept),
                lambda some=some: gradients(network, scanned.image, some),
                lambda: [by_itself(network, scanned.image, one) for one in gated],
                clock=time.perf_counter,
            )
            each = single / len(gated) * len(some)
            print(
                f"{len(some)} gradients ({name}), {threads} threads: {each / kept:.2f} x faster than one backward per "
                f"patch, {each / anew:.2f} x where the scan kept nothing, within {off:.1e} of the highest"
            )
    torch.set_num_threads(1)
    gate, all_ = taken(
        max(1, times // 2),
        lambda: gradients(network, scanned.image, gated, kept=scanned.kept),
        lambda: gradients(network, scanned.image, every, kept=scanned.kept),
    )
    share = f"{len(gated)} of {len(every)} patches"
    print(f"gated saliency ({share}): {all_ / max(gate, 1e-4):.1f} x faster than all patches of the breast", flush=True)


def run(path: Path, times: int) -> None:
    """Print the figures, one line each."""
    torch.set_num_threads(1)
    assessor = Assessor("cpu")
    scans = [scan for study in open_study(path) for scan in study.scans]
    scan = scans[0]
    prepared = prepared_scan(analyse(scan))
    for um, model in assessor.bundle.classifiers.items():
        print(f"{um} um:")
        scanning(model.network, scan_breast(model.network, prepared, um, model.facts.temperature), times)
    leading = assessor.bundle.leading
    model = assessor.bundle.classifiers[leading]
    scanned = scan_breast(model.network, prepared, leading, model.facts.temperature, keep=True)
    assessment = assessor.assess(scan)
    kept = assessor.sensitivity(scan, assessment)
    p = 1 / (1 + np.exp(-kept.logits))
    inside = [
        (assessment.heatmap.at(*kept.lattice(start[::-1] + 64.0)) or 0) >= assessment.tau for start in kept.starts
    ]
    gated = kept.starts[(p >= assessment.grids[leading].threshold) & np.array(inside)]
    print(f"saliency at {leading} um, {scan.name}:")
    saliency(model.network, scanned, gated, kept.starts, times)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)
