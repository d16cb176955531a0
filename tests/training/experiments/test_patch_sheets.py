"""Counts per split add up, and sheets show what training sees."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from training.data.prepare import FOLDS, PreparedMammogram
from training.experiments.patch_sheets import ACROSS, COLUMNS, SHOWN, SIDE, counts, synthetic_sheet, write


def test_every_patch_is_tested_once_and_trained_on_by_the_other_folds(members: list[PreparedMammogram]) -> None:
    lines = [dict(zip(COLUMNS, line, strict=True)) for line in counts(members, 200)]
    by = {(line["part"], line["use"]): line for line in lines}
    for column in ("positive", "negative, tissue", "negative, rim", "mammograms with findings"):
        tested = sum(int(by[str(fold), "test"][column]) for fold in range(FOLDS))
        assert tested == int(by["all", "training"][column])
        for fold in map(str, range(FOLDS)):
            assert int(by[fold, "training"][column]) + int(by[fold, "test"][column]) == tested
    total = by["all", "training"]
    placed = [m for m in members if not m.unplaced]
    assert int(total["mammograms with findings"]) + int(total["mammograms without"]) == len(placed)
    assert int(total["positive"]) + int(total["too large"]) + int(total["outside the mask"]) == sum(
        len(m.findings) for m in placed
    )


def test_sheets_and_counts_are_written(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "prepared").symlink_to(runs / "prepared")
    write(tmp_path, 200)
    with (tmp_path / "sheets" / "counts_200um.csv").open() as f:
        assert next(csv.reader(f)) == list(COLUMNS)
    shown = {}
    for kind in ("positives", "negatives"):
        for draw in ("real", "synthetic"):
            with Image.open(tmp_path / "sheets" / f"{kind}_{draw}_200um.png") as image:
                assert image.size == (ACROSS * (SIDE + 2), SHOWN // ACROSS * (SIDE + 2))
                shown[kind, draw] = np.asarray(image)
    assert (shown["positives", "real"] != shown["positives", "synthetic"]).any()
    assert (shown["positives", "real"] != shown["negatives", "real"]).any()


def test_the_sheet_of_synthetic_findings_needs_no_data_set(tmp_path: Path) -> None:
    synthetic_sheet(tmp_path / "one.png")
    with Image.open(tmp_path / "one.png") as image:
        sheet = np.asarray(image).astype(int)
    tissue, film = sheet[:SIDE], sheet[SIDE + 2 : 2 * SIDE + 2]
    middle = np.s_[SIDE // 2 - 16 : SIDE // 2 + 16]
    patches = [np.s_[:, k * (SIDE + 2) : k * (SIDE + 2) + SIDE] for k in range(ACROSS)]
    brighter = [(film[p] - tissue[p])[middle, middle].max() for p in patches]
    assert sum(b > 15 for b in brighter) >= ACROSS - 2, "findings show in most patches"
