"""The plots of the report, each as PNG and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from mammoview.assess.inference.heatmap_cells import CELL_PX, INPUT_UM
from mammoview.evaluation.statistics import FreeResponse, balanced, reliability
from training.evaluation.out_of_fold import OutOfFoldEvidence, OutOfFoldImage
from training.evaluation.result_tables import SOURCES, TableRow

mpl.use("Agg")
mpl.rcParams["svg.hashsalt"] = "mammoview"  # Otherwise the ids in the SVG differ from run to run.
COLOURS = {100: "#cc79a7", 150: "#e69f00", 200: "#0072b2", "fused": "#0072b2", "baseline": "#e69f00"}
DASHES = {100: ":", 150: "--", 200: "-", "fused": "-", "baseline": "--"}
TITLES = {
    "cbis_masses": "CBIS-DDSM masses",
    "mini_mias": "mini-MIAS, all findings",
    "own": "own pictures, all findings",
}
"""Titles of the panels, one for each data set of `SOURCES`."""


def save(picture: Picture, folder: Path, name: str) -> None:
    """Write PNG and SVG, without the date, so that the same figures give the same files."""
    folder.mkdir(parents=True, exist_ok=True)
    picture.savefig(folder / f"{name}.png", dpi=110, metadata={"Software": None})
    picture.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(picture)


def panels(evidence: OutOfFoldEvidence) -> tuple[Picture, list[tuple[Axes, str]]]:
    """Return a picture with a panel for each data set of `SOURCES` that has findings here; the panels, by data set."""
    found = {i.member.source for i in evidence.images if i.member.findings}
    shown = [source for source in SOURCES if source in found]
    size = (4.5 * len(shown), 4.3)
    picture, axes = plt.subplots(1, len(shown), figsize=size, layout="constrained", squeeze=False)
    for axis, source in zip(axes[0], shown, strict=True):
        axis.set_title(TITLES[source])
    return picture, list(zip(axes[0], shown, strict=True))


def roc(evidence: OutOfFoldEvidence, rows: Sequence[TableRow], folder: Path) -> None:
    """ROC curves per magnification, negatives with at least 80 % tissue (P14)."""
    picture, shown = panels(evidence)
    for axis, source in shown:
        for um, patches in evidence.patches.items():
            keep = patches.tissue & patches.of(source)
            if len(set(patches.read.label[keep])) < 2:
                continue
            false, true, _ = roc_curve(patches.read.label[keep], patches.p[keep])
            f = next(
                (
                    r.figure
                    for r in rows
                    if (r.table, r.name, r.subset) == ("patch AUC", f"{um} um", f"{source}, tissue negatives")
                ),
            )
            text = f"{um} um: {f.value:.3f} ({f.low:.3f}-{f.high:.3f}), n = {f.n}"
            axis.plot(false, true, DASHES[um], color=COLOURS[um], label=text)
        axis.plot([0, 1], [0, 1], color="0.8", lw=0.8)
        axis.set(xlabel="1 - specificity", ylabel="sensitivity", aspect="equal")
        axis.legend(fontsize=7, loc="lower right")
    save(picture, folder, "roc")


def froc(evidence: OutOfFoldEvidence, folder: Path) -> None:
    """Free-response curves of every map."""
    picture, shown = panels(evidence)
    for axis, source in shown:
        for name in evidence.maps:
            chosen = [m for m, s in zip(evidence.marks[name], evidence.sources, strict=True) if s == source]
            key = int(name.split()[1]) if name.startswith("grid") else name
            curve = FreeResponse(chosen).curve()
            width = 1.8 if name in ("fused", "baseline") else 0.9
            axis.plot(*curve.T, DASHES[key], color=COLOURS[key] if width > 1 else "0.4", lw=width, label=name)
        axis.set(xlabel="false marks per image", ylabel="lesions hit", ylim=(0, 1), xlim=(0, 8))
        axis.grid(color="0.92")
        axis.legend(fontsize=7, loc="lower right")
    save(picture, folder, "froc")


def calibration(evidence: OutOfFoldEvidence, folder: Path) -> None:
    """Reliability before and after calibration, bins of equal mass."""
    picture, axes = plt.subplots(1, len(evidence.patches), figsize=(10, 3.6), layout="constrained")
    for axis, (um, patches) in zip(np.atleast_1d(axes), evidence.patches.items(), strict=True):
        keep = patches.all
        label = patches.read.label[keep]
        before = 1 / (1 + np.exp(-patches.read.z[keep]))
        for p, marker, name in ((before, "x--", "before"), (patches.p[keep], "o-", "after")):
            points = reliability(label, p, balanced(label))
            axis.plot(*points.T, marker, ms=4, lw=1, label=f"{name} calibration")
        axis.plot([0, 1], [0, 1], color="0.8", lw=0.8)
        axis.set(title=f"{um} um", xlabel="probability", ylabel="share of findings", aspect="equal")
        axis.legend(fontsize=7)
    save(picture, folder, "reliability")


def errors(rows: Sequence[TableRow], folder: Path) -> None:
    """Heatmap errors with intervals (P21)."""
    picture, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for axis, size in zip(axes, ("32 x 32", "256 x 256"), strict=True):
        chosen = [r for r in rows if r.table == "heatmap MSE x 1000 (P21)" and r.name.endswith(size)]
        names = [r.name.split(",")[0] for r in chosen]
        values = np.array([r.figure.value for r in chosen])
        reach = np.abs(np.array([(r.figure.low, r.figure.high) for r in chosen]).T - values)
        axis.barh(names, values, xerr=reach, color="#9db8cf", error_kw={"lw": 1, "capsize": 3})
        axis.set(title=f"mean squared error x 1000, {size}")
    save(picture, folder, "heatmap_mse")


def _window(image: OutOfFoldImage) -> NDArray[np.float32]:
    return np.asarray(image.member.image(INPUT_UM), np.float32).clip(-2.5, 2.5)


def _outlines(axis: Axes, image: OutOfFoldImage) -> None:
    for points in image.member.polygons(INPUT_UM):
        axis.plot(*np.vstack([points, points[:1]]).T - 0.5, "--", color="#56d7ff", lw=1)


def heatmap_gallery(evidence: OutOfFoldEvidence, folder: Path, number: int = 8) -> None:
    """Held-out scans with outline, baseline and fused heatmap: the best, the median and the worst (P27)."""
    gain = []
    for k, image in enumerate(evidence.images):
        if image.member.findings:
            gain.append((min(image.lesion_peaks(image.fused)), k))
    ranked = [k for _, k in sorted(gain, reverse=True)]
    chosen = [ranked[int(q * (len(ranked) - 1))] for q in np.linspace(0.02, 0.98, number)]
    picture, axes = plt.subplots(3, number, figsize=(1.9 * number, 7.5), layout="constrained", squeeze=False)
    for column, k in enumerate(chosen):
        image = evidence.images[k]
        maps = (None, image.stacked[0], image.fused)
        for axis, values in zip(axes[:, column], maps, strict=True):
            axis.imshow(_window(image), cmap="gray")
            if values is not None:
                spread = values.repeat(CELL_PX, 0).repeat(CELL_PX, 1)
                axis.imshow(spread, cmap="inferno", vmin=0, vmax=1, alpha=np.where(spread > 0.05, 0.5, 0.0))
            _outlines(axis, image)
            axis.set_axis_off()
        axes[0, column].set_title(f"{image.member.source}\n{image.member.name}", fontsize=6)
    save(picture, folder, "gallery_heatmaps")


def saliency_gallery(items: Sequence[tuple[OutOfFoldImage, NDArray[np.float32]]], folder: Path) -> None:
    """Whole-scan saliency beside the outlines (P27); saliency at 200 um."""
    picture, axes = plt.subplots(2, len(items), figsize=(1.9 * len(items), 6), layout="constrained", squeeze=False)
    for column, (image, saliency) in enumerate(items):
        axes[0, column].imshow(_window(image), cmap="gray")
        _outlines(axes[0, column], image)
        top = np.quantile(saliency[saliency > 0], 0.99) if saliency.any() else 1
        axes[1, column].imshow(saliency, cmap="inferno", vmin=0, vmax=top)
        for axis in axes[:, column]:
            axis.set_axis_off()
        axes[0, column].set_title(f"{image.member.source}\n{image.member.name}", fontsize=6)
    save(picture, folder, "gallery_saliency")


def patch_gallery(
    patches: NDArray[np.float32], maps: NDArray[np.float64], p: NDArray[np.float64], folder: Path
) -> None:
    """Correct patches with their saliency (P27)."""
    n = len(patches)
    picture, axes = plt.subplots(2, n, figsize=(1.3 * n, 3), layout="constrained", squeeze=False)
    for k in range(n):
        axes[0, k].imshow(patches[k], cmap="gray", vmin=-2.5, vmax=2.5)
        axes[0, k].set_title(f"p = {p[k]:.2f}", fontsize=7)
        axes[1, k].imshow(maps[k], cmap="inferno")
        for axis in axes[:, k]:
            axis.set_axis_off()
    save(picture, folder, "gallery_patches")
