"""docs/accuracy.md gives the figures that the commands of training wrote, and names only tables that are there."""

from __future__ import annotations

import csv
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "training" / "results"
TEXT = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")
VALUE, INTERVAL = "value", ("low 95 %", "high 95 %")
MASSES, NEGATIVES = "CBIS masses", "tissue negatives"
CHANGE = "heatmap MSE, relative change against the"
LISTED, WOMEN = "re-scored, with clusters", "fitted on other women"
SHARE = "share that hold a finding"
GATE, WEIGHTINGS = "operating point", ("entropy", "evidence", "scored evidence")

# Start of a row, then the table and, for each of its figures, the first columns of that table's line.
ROWS: list[tuple[str, str, list[tuple[str, ...]]]] = [
    ("patch AUC at 200 um, CBIS", "figures", [("patch AUC", "200 um", f"cbis_masses, {NEGATIVES}")]),
    ("patch AUC at 200 um, mini-MIAS all", "figures", [("patch AUC", "200 um", f"mini_mias, {NEGATIVES}")]),
    ("patch AUC at 200 um, mini-MIAS masses", "figures", [("patch AUC by subset", "200 um", "mini_mias, kind mass")]),
    ("CBIS masses, TPR at 1 FP per image, fused", "fusing", [("convolutions", f"{MASSES}: TPR at 1 FP/image")]),
    ("CBIS masses, TPR at 2 FP per image, fused", "fusing", [("convolutions", f"{MASSES}: TPR at 2 FP/image")]),
    ("mini-MIAS, TPR at 1 FP", "fusing", [("convolutions", "mini-MIAS, all findings: TPR at 1 FP/image")]),
    ("fused heatmap's MSE against the zero", "fusing", [("convolutions", f"{CHANGE} zero map")]),
    ("fused heatmap's MSE against the mean", "fusing", [("convolutions", f"{CHANGE} mean map")]),
    ("fused heatmap's MSE against the heatmap", "fusing", [("convolutions", f"{CHANGE} heatmap")]),
    ("pointing game of the saliency (entropy)", "figures", [("saliency", "pointing game", "cbis_masses")]),
    ("the same, weighted by evidence", "figures", [("saliency", "pointing game, evidence", "cbis_masses")]),
    ("ECE after calibration, 200 um", "figures", [("calibration", "200 um", "ECE after calibration")]),
    ("false marks per normal view at TPR .70, fused", "fusing", [
        ("convolutions", "false marks per normal view at TPR .70, all sets")]),
    ("CBIS masses, TPR at 0.5 FP", "program_folds", [(LISTED, f"{MASSES}: TPR at 0.5 FP/image")]),
    ("the same at 1 FP", "program_folds", [(LISTED, f"{MASSES}: TPR at 1 FP/image")]),
    ("the same at 2 FP", "program_folds", [(LISTED, f"{MASSES}: TPR at 2 FP/image")]),
    ("masses to 10 mm", "program_folds", [(LISTED, f"{MASSES} to 10 mm: TPR at 1 FP/image")]),
    ("masses within 10 mm", "program_folds", [(LISTED, f"{MASSES} within 10 mm of the skin: TPR at 1 FP/image")]),
    ("architectural distortion", "program_folds", [(LISTED, f"{MASSES} architectural distortion: TPR at 1 FP/image")]),
    ("rank 1 holds the mass", "program_folds", [
        (LISTED, "CBIS views whose rank 1 hold a mass"), (LISTED, "CBIS views whose ranks 1 to 3 hold a mass")]),
    ("false marks per normal view at TPR .70 |", "program_folds", [
        (LISTED, "false marks per normal view at TPR .70, all sets")]),
    ("mini-MIAS, all findings", "program_folds", [(LISTED, "mini-MIAS, all findings: TPR at 1 FP/image")]),
    ("pointing game of the saliency inside", "saliency_gate", [(GATE, w, "pointing game") for w in WEIGHTINGS]),
    ("energy of that saliency", "saliency_gate", [(GATE, w, "energy inside the box") for w in WEIGHTINGS]),
    ("ECE of the grids as shown", "grid_calibration", [(f"{um} um", WOMEN, "ECE") for um in (100, 150, 200)]),
    ("mini-MIAS, calcifications hit", "program_folds", [(LISTED, "mini-MIAS, calcifications hit at 1 FP/image")]),
]  # fmt: skip


def lines_of(name: str) -> list[dict[str, str]]:
    """All lines of a published table."""
    with (RESULTS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def figure(name: str, words: tuple[str, ...]) -> dict[str, str]:
    """The one line of a table whose first columns are these words."""
    (found,) = [line for line in lines_of(name) if tuple(line.values())[: len(words)] == words]
    return found


def rounded(value: str, like: str) -> str:
    """A figure with as many digits as another."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-len(like.partition(".")[2])), ROUND_HALF_UP))


def test_every_row_of_the_page_is_compared() -> None:
    body = [line for line in TEXT.splitlines() if line.startswith("| ") and not line.startswith("| goal")]
    assert [next(start for start, *_ in ROWS if line.startswith(f"| {start}")) for line in body] == [r[0] for r in ROWS]


@pytest.mark.parametrize(("start", "name", "rows"), ROWS, ids=[row[0] for row in ROWS])
def test_figures_are_those_of_the_tables(start: str, name: str, rows: list[tuple[str, ...]]) -> None:
    (line,) = [line for line in TEXT.splitlines() if line.startswith(f"| {start}")]
    _, _, values, intervals, counts, *_ = (cell.strip() for cell in line.split("|"))
    found = [figure(name, words) for words in rows]
    assert values.split("; ") == [rounded(f[VALUE], v) for f, v in zip(found, values.split("; "), strict=True)]
    for one, written in zip(found, intervals.split("; "), strict=True):
        assert written.split(" to ") == [
            rounded(one[end], "0.00" if len(written) < 13 else "0.000") for end in INTERVAL
        ]
    assert sorted(set(counts.split("; "))) == sorted({one["n"] for one in found})


def test_the_sample_study_is_hit_as_the_tables_say() -> None:
    listed, layers = lines_of("boxes"), lines_of("sample_study")
    listed = [line for line in listed if line["case"].startswith("sfm-")]
    views = len({(line["case"], line["scan"]) for line in layers})
    boxes = [line for line in listed if line["what"] == "box"]
    hits = sum(line["outcome"] == "hit" for line in boxes)
    false = rounded(str(sum(line["outcome"] == "false" for line in listed) / views), "0.0")
    assert f"list of findings hits {hits} of {len(boxes)} lesion boxes with {false}" in " ".join(TEXT.split())
    for layer, words in (
        ("heatmap", "the fused heatmap {} ({})"),
        ("heatmap_baseline", "the heatmap below it {} ({})"),
        ("grid_200um", "the grid at 200 um {} ({})"),
        ("saliency", "the saliency {} ({})"),
    ):
        of = [line for line in layers if line["layer"] == layer]
        false = rounded(str(sum(int(line["hit"]) for line in of if line["hit"].isdigit()) / views), "0.0")
        assert words.format(sum(line["hit"] == "yes" for line in of), false) in " ".join(TEXT.split())


def test_what_is_said_of_calcifications_is_what_the_table_has() -> None:
    found = {
        way: figure("program_folds", (way, "mini-MIAS, calcifications hit at 1 FP/image"))
        for way in (LISTED, "re-scored")
    }
    listed, n = found[LISTED], int(found[LISTED]["n"])
    hits, without = (round(float(line[VALUE]) * n) for line in found.values())
    share, low, high = (rounded(str(100 * Decimal(listed[name])), "0") for name in (VALUE, *INTERVAL))
    said = f"({share} %, 95 % interval {low} to {high} %)"
    cards = " ".join((ROOT / "docs" / "manual" / "cards.md").read_text(encoding="utf-8").split())
    assert f"{n} of mini-MIAS alone: {hits} of them {said} are hit at one false mark per image" in cards
    for card in (ROOT / "resources" / "models").glob("*/MODEL_CARD.md"):
        text = " ".join(card.read_text(encoding="utf-8").split())
        assert f"of the {n} of mini-MIAS {hits} are hit at one false mark per image {said}" in text, card
        assert f"without the network of clusters {without}" in text, card


def test_what_scores_of_clusters_are_worth_is_what_the_table_has() -> None:
    text = " ".join(TEXT.split())
    for sets, words in (
        (
            "calcifications",
            "{n} clusters that are listed there at 1 FP are scored {score} in the mean, and {held} hold",
        ),
        ("masses alone", "The {n} on views of masses are scored {score}, and {held} hold"),
    ):
        of = f"clusters listed at 1 FP/image, sets with outlined {sets}"
        score, held = (figure("program_folds", (LISTED, f"{of}: {what}")) for what in ("mean score", SHARE))
        mean, share, low, high = (
            rounded(value, ".000").lstrip("0") for value in (score[VALUE], *(held[name] for name in (VALUE, *INTERVAL)))
        )
        assert words.format(n=held["n"], score=mean, held=f"{share} ({low} to {high})") in text
