"""The report of an evaluation: one HTML page that needs no network, no script and no other file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mammoview.assess.results.hits_and_overlap import HIT_MARGIN_MM
from mammoview.core import paths
from mammoview.core.version import __version__
from mammoview.evaluation.curve_plots import plots_of, subset_plots
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_folder import REPORT, Provenance, write_text
from mammoview.evaluation.evaluation_tables import write_columns
from mammoview.evaluation.figures import COLUMNS, DRAWS, CountedViews, Figure
from mammoview.evaluation.statistics import CALIBRATION_BINS, SEED, Estimate

FIGURES = "figures.csv"
TRAINED_ON = ("CBIS-DDSM", "mini-MIAS", "DDSM")
"""Data sets of which the bundled models have seen many women."""
FEW_MARKS = 300
"""Marks below which the calibration error is mostly that of the bins: twenty in each."""
FREQUENCIES = "frequencies"
"""Value in the provenance for scores that are meant as probabilities."""
_HEADLINE = (
    "lesions hit by the list", "false marks per image of the list", "TPR at 1 FP/image", "CPM, FP/image",
    "TPR at 1 FP/normal view", "area of the AFROC", "AUC per view, finding against normal",
    "AUC per patient, finding against normal", "expected calibration error",
)  # fmt: skip


@dataclass(frozen=True)
class ReportPart:
    """A further part of the report: a comparison, or readers.

    Parameters
    ----------
    title, note
        Heading, and a sentence below it.
    head, rows
        Its table: two columns of texts, which stand left, then numbers, which stand right.
    plot
        SVG above the table.
    """

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    plot: str = ""


def ends(estimate: Estimate, form: str = ".3f") -> str:
    """Return an interval in words; "none" where there is none."""
    return f"{estimate.low:{form}} to {estimate.high:{form}}" if math.isfinite(estimate.low) else "none"


def write_report(
    folder: Path,
    evaluation: Evaluation,
    figures: Sequence[Figure],
    provenance: Provenance,
    lines: Sequence[str] = (),
    parts: Sequence[ReportPart] = (),
) -> Path:
    """Write figures.csv and report.html; returns the path of the report.

    Parameters
    ----------
    folder
        Where they are written.
    evaluation, figures
        The tables, and what `figures_of` makes of them.
    provenance
        Where the results come from.
    lines
        What was not as it should be.
    parts
        Further parts.

    Raises
    ------
    MammoviewError
        When they cannot be written.
    """
    views = CountedViews.of(evaluation)
    write_columns(folder / FIGURES, COLUMNS, [figure.row for figure in figures])
    environment = Environment(
        loader=FileSystemLoader(paths.resources() / "reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    )  # fmt: skip
    text = environment.get_template("evaluation.html").render(
        program=f"Mammoview {__version__}",
        counts=_counts(evaluation, views),
        cautions=cautions(views, provenance.bundled),
        headline=[f for name in _HEADLINE for f in figures if f.name == name and f.subset in ("all", "marks")],
        draws=DRAWS,
        seed=SEED,
        margin=HIT_MARGIN_MM,
        listed=provenance.thresholds.get("listed"),
        ends=ends,
        plots=plots_of(views, figures, provenance.scores == FREQUENCIES),
        subset_plots=subset_plots(figures),
        groups=[(name, list(of)) for name, of in groupby(figures, key=lambda f: f.figure)],
        lines=lines,
        parts=parts,
        provenance=_provenance(provenance),
    )
    return write_text(folder / REPORT, text)


def _counts(evaluation: Evaluation, views: CountedViews) -> list[tuple[str, int]]:
    of = Counter(row["state"] for row in evaluation.views)
    labels = Counter(row["label"] for row in views.rows)
    duplicates = sum(bool(row["duplicate_of"]) for row in evaluation.views)
    return [
        ("patients", len(evaluation.patients)),
        ("breasts", len(evaluation.breasts)),
        ("views found", len(evaluation.views)),
        ("views that could not be assessed", of["failed"]),
        ("views that are copies of another", duplicates),
        ("views that count", len(views.rows)),
        ("of these with a lesion", labels["finding"]),
        ("of these normal", labels["normal"]),
        ("lesions", len(views.lesions)),
        ("marks", sum(row["marks"] for row in views.rows)),
    ]


def cautions(views: CountedViews, bundled: bool = True) -> list[str]:
    """Return sentences about what limits the figures of these data.

    Parameters
    ----------
    views
        Those that count.
    bundled
        Whether the models are those that are part of the program, of which it is known what they were trained on.
    """
    found = []
    if not views.rows:
        return ["No view counts: there are no figures."]
    if not len(views.lesions):
        found.append(
            "No view has an outline that counts: there is no sensitivity, only false marks. Outlines that you drew "
            "yourself count with --truth own."
        )
    elif not views.normal.any():
        found.append(
            "No view is normal. False marks per image are those beside lesions, on breasts with a finding: their "
            "number on normal screening mammograms may be another. There is no ROC of findings against normal views, "
            "and no AFROC."
        )
    else:
        share = float(views.normal.mean())
        found.append(
            f"A view without an outline counts as normal: {views.normal.sum()} of {len(views.rows)} views "
            f"({100 * share:.0f} %). Where the data do not outline every lesion, marks on the others count as false. "
            "In screening nearly all views are normal: calibration and false marks per image differ there."
        )
    seen = sorted({row["data_set"] for row in views.rows} & set(TRAINED_ON))
    if not bundled:
        found.append(
            "The model is one of your own: whether it was trained on women of these data is not known here. Figures "
            "on the same women are too good."
        )
    elif seen:
        found.append(
            f"The bundled models were trained on women of {', '.join(seen)}: figures on the same women are too good. "
            "Those on women whom no model saw are in the chapter on accuracy."
        )
    if bundled and any(not row["data_set"] for row in views.rows):
        found.append(
            f"Some views have no data set. If they are of {', '.join(TRAINED_ON)}, on whose women the bundled models "
            "were trained, figures are too good."
        )
    marks = sum(row["marks"] for row in views.rows)
    if 0 < marks < FEW_MARKS:
        found.append(
            f"Only {marks} marks: the expected calibration error takes the mean of {CALIBRATION_BINS} bins, and is too "
            "high with so few."
        )
    patients = len(set(views.groups.tolist()))
    if patients < 30:
        found.append(f"Only {patients} patients: intervals by bootstrap are too narrow with so few.")
    return found


def _provenance(provenance: Provenance) -> list[tuple[str, str]]:
    models = [(m["name"], _identity(m)) for m in provenance.models]
    thresholds = _pairs(provenance.thresholds)
    return [
        *models,
        ("scores of marks", provenance.scores),
        ("thresholds", thresholds),
        ("thresholds by false marks per normal view, as the models state", _pairs(provenance.budgets)),
        ("settings", ", ".join(f"{k} {v}" for k, v in provenance.settings.items())),
        ("outlines that count", provenance.truth),
        ("DICOM attributes", ", ".join(provenance.by) or "none"),
        ("split", "none made here: whatever lies in the data is evaluated"),
        ("key of models, version and settings", provenance.asked),
    ]


def _identity(model: Mapping[str, Any]) -> str:
    """Return version and hashes of a model, with task and licence of one of the user's own."""
    stated = f"version {model['version']}, SHA-256 {model['sha256']}"
    if "facts_sha256" not in model:
        return stated
    return f"a model of your own: {model['task']}, {stated}, facts {model['facts_sha256']}, licence {model['licence']}"


def _pairs(values: Mapping[str, float]) -> str:
    stated: Iterable[str] = (f"{name} {value:.4g}" for name, value in values.items())
    return ", ".join(stated) or "none"
