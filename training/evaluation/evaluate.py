"""`python -m training evaluate`: all tables and plots, of the paper and common ones, from out-of-fold predictions."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch

from mammoview.assess.inference.gradients import gradients
from mammoview.assess.results.sensitivity import Weighting
from training.data.memmaps import write_text
from training.data.patches import fixed
from training.evaluation import leakage_checks, plots, result_tables, results_page
from training.evaluation.out_of_fold import OutOfFoldEvidence, operating
from training.evaluation.result_tables import TableRow
from training.evaluation.saliency_probe import UM, saliency_of, saliency_rows
from training.fit.classifier import logits
from training.fit.predictions import load_predictions, predictions_folder
from training.fit.stages import classifier_of

GALLERY = 8
"""Images in a gallery."""


def rows_of(evidence: OutOfFoldEvidence) -> list[TableRow]:
    """Every figure."""
    rows: list[TableRow] = []
    for name, part in (
        ("patches", result_tables.patch_rows),
        ("comparison", result_tables.comparison_rows),
        ("robustness", result_tables.robustness_rows),
        ("heatmaps", result_tables.heatmap_rows),
        ("free response", result_tables.froc_rows),
        ("lesions", result_tables.lesion_rows),
        ("saliency", saliency_rows),
    ):
        print(name, flush=True)
        rows += part(evidence)
    return rows


def write_rows(rows: list[TableRow], file: Path) -> None:
    """Write the figures as one table."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as f:
        table = csv.writer(f)
        table.writerow(["table", "figure", "subset", "value", "low 95 %", "high 95 %", "n", "split"])
        for r in rows:
            v = r.figure
            table.writerow([r.table, r.name, r.subset, f"{v.value:.4f}", f"{v.low:.4f}", f"{v.high:.4f}", v.n, r.split])


def evaluate(runs: Path) -> list[TableRow]:
    """Write tables, plots, galleries and the report into `runs`/evaluation; returns the figures.

    Raises
    ------
    MammoviewError
        When a stage has not been run, or a rule against leakage is broken.
    """
    evidence = OutOfFoldEvidence(runs)
    leakage_checks.check_evidence(evidence)
    folder = runs / "evaluation"
    rows = rows_of(evidence)
    warnings = [*leakage_checks.check_rows(rows), *evidence.omitted]
    write_rows(rows, folder / "figures.csv")
    plots.roc(evidence, rows, folder / "plots")
    plots.froc(evidence, folder / "plots")
    plots.calibration(evidence, folder / "plots")
    plots.errors(rows, folder / "plots")
    galleries(evidence, folder / "galleries")
    results_page.write(rows, folder, warnings)
    write_text(folder / "goals.md", results_page.goals_markdown(rows))
    for warning in warnings:
        print(warning)
    print(f"{len(rows)} figures in {folder / 'report.html'}")
    return rows


def galleries(evidence: OutOfFoldEvidence, folder: Path) -> None:
    """Folders with pictures of the data: they stay beside the runs, under the terms of the data sets."""
    plots.heatmap_gallery(evidence, folder)
    fold = 0
    network = classifier_of(evidence.runs, evidence.recipe, UM, str(fold))
    calibration, tau = evidence.calibrations[UM][fold], evidence.mark(fold)
    read = evidence.patches[UM].read
    threshold = operating(calibration.probability(read.z), read)
    with_findings = [i for i in evidence.images if i.member.fold == fold and i.member.findings]
    chosen = with_findings[:: max(1, len(with_findings) // GALLERY)][:GALLERY]
    items = []
    for image in chosen:
        z = load_predictions(predictions_folder(evidence.runs), image.member).logits[UM]
        items.append((image, saliency_of(network, image, z, calibration, threshold, tau)[Weighting.ENTROPY]))
    plots.saliency_gallery(items, folder)
    cut = fixed([i.member for i in with_findings], UM, network.config.patch_px, 0)
    patches = cut.patches[:: max(1, len(cut.patches) // 40)][:40, 0].numpy()
    tall = np.concatenate(list(patches))
    starts = np.stack([np.arange(len(patches)) * patches.shape[1], np.zeros(len(patches), int)], 1)
    maps = gradients(network, tall, starts)
    p = calibration.probability(logits(network, torch.from_numpy(patches[:, None])))
    best = np.flatnonzero(p >= threshold)[:10]
    if len(best):
        plots.patch_gallery(patches[best], maps[best].astype(float), p[best], folder)
