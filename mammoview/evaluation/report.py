"""The report of an evaluation: one HTML page that needs no network, no script and no other file."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from mammoview.assess.results.hits_and_overlap import HIT_MARGIN_MM
from mammoview.core import paths
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.core.version import __version__
from mammoview.evaluation.curves import plots_of, subset_plots
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.figures import COLUMNS, DRAWS, CountedViews, Figure
from mammoview.evaluation.statistics import CALIBRATION_BINS, SEED, Estimate
from mammoview.evaluation.tables import TABLES, write_columns
from mammoview.study.outline_sources import Truth

REPORT, PROVENANCE, FIGURES = "report.html", "evaluation.json", "figures.csv"
FORMAT = 1
TRAINED_ON = ("CBIS-DDSM", "mini-MIAS", "DDSM")
"""Data sets of which the bundled models have seen many women."""
SETTINGS = ("grid_stride", "sensitivity")
"""What provenance says of how scans were assessed; a model of one's own has a stride of its own."""
FEW_MARKS = 300
"""Marks below which the calibration error is mostly that of the bins: twenty in each."""
FREQUENCIES = "frequencies"
"""What provenance says of scores that are meant as probabilities."""
_HEADLINE = (
    "lesions hit by the list", "false marks per image of the list", "TPR at 1 FP/image", "CPM, FP/image",
    "TPR at 1 FP/normal view", "area of the AFROC", "AUC per view, finding against normal",
    "AUC per patient, finding against normal", "expected calibration error",
)  # fmt: skip


@dataclass(frozen=True)
class Provenance:
    """Where the results of an evaluation come from; ready for JSON.

    Parameters
    ----------
    asked
        Key of models, version and settings.
    truth
        Whose outlines count.
    by
        DICOM keywords of further columns.
    models
        Name, version and SHA-256 of each.
    thresholds
        By name: `listed` is that of the list.
    budgets
        Thresholds that the model states, by false marks per normal view.
    scores
        What scores are.
    settings
        Of the assessments, such as stride.
    notes
        Lines about what was not as it should be.
    """

    asked: str = ""
    truth: str = Truth.OTHERS.value
    by: tuple[str, ...] = ()
    models: tuple[Mapping[str, Any], ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    budgets: Mapping[str, float] = field(default_factory=dict)
    scores: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def own_model(self) -> str:
        """Key of the user's own model; empty for the bundled ones."""
        return next((str(model["facts_sha256"]) for model in self.models if "facts_sha256" in model), "")

    @property
    def title(self) -> str:
        """Names and versions of the models in one line."""
        told = ", ".join(f"{m['name']} {m['version']}" for m in self.models)
        return f"{told or 'of no models'} (key {self.asked})"

    @property
    def bundled(self) -> bool:
        """Whether the models are those that are part of the program."""
        return not any("facts_sha256" in model for model in self.models)

    @classmethod
    def of(cls, held: Mapping[str, Any] | None, truth: Truth, by: Sequence[str]) -> Provenance:
        """Return that of a SCAN.json; nothing is known of models where nothing was assessed."""
        if held is None:
            return cls(truth=truth.value, by=tuple(by))
        told = held["provenance"]
        return cls(
            held["asked"], truth.value, tuple(by), tuple(told["models"]), held["thresholds"], held["budgets"],
            told["scores"], {name: told[name] for name in SETTINGS if name in told},
        )  # fmt: skip


def write_provenance(folder: Path, provenance: Provenance, complete: bool = True) -> Path:
    """Write evaluation.json; returns its path. Raises MammoviewError.

    Parameters
    ----------
    folder
        Folder of the evaluation.
    provenance
        Where its results come from.
    complete
        Whether its tables and report are there; an evaluation that is not complete is not read.
    """
    told = {"mammoview_evaluation": FORMAT, "complete": complete, "program": f"mammoview {__version__}"}
    return _write(folder / PROVENANCE, json.dumps(told | asdict(provenance), indent=1))


def read_provenance(folder: Path) -> Provenance:
    """Read evaluation.json. Raises UnreadableError where it is missing, of something else, or of a stopped run."""
    provenance, complete = _read(folder)
    if not complete:
        raise UnreadableError("its evaluation was stopped before all was written", "Run it again", folder)
    return provenance


def _read(folder: Path) -> tuple[Provenance, bool]:
    file = folder / PROVENANCE
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        if held.pop("mammoview_evaluation") != FORMAT:
            raise ValueError("another version")
        held.pop("program")
        complete = bool(held.pop("complete", True))
        return Provenance(**held | {name: tuple(held.get(name, ())) for name in ("by", "models", "notes")}), complete
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(
            "it is no folder of an evaluation", "Give the folder that mammoview evaluate wrote", folder
        ) from error


def read_evaluation(folder: Path) -> tuple[Evaluation, Provenance]:
    """Read the tables of a folder, and where they come from. Raises UnreadableError."""
    provenance = read_provenance(folder)
    return Evaluation.read(folder), provenance


def is_evaluation(folder: Path) -> bool:
    """Whether a folder holds an evaluation."""
    return (folder / PROVENANCE).is_file()


def check_folder(folder: Path, asked: str = "", overwrite: bool = False) -> None:
    """Check that a folder has no report or tables but those of an earlier evaluation, which are replaced.

    Parameters
    ----------
    folder
        Where an evaluation is to be written.
    asked
        Key of its models, version and settings; "" where it is not known.
    overwrite
        Replace an evaluation of another key.

    Raises
    ------
    MammoviewError
        When something else lies there under these names, or an evaluation of another key.
    """
    there = _written_files(folder)
    if there and not is_evaluation(folder):
        raise MammoviewError(
            f"it holds a {there[0].name} that is not of an evaluation", "Choose another folder", folder
        )
    if asked and there and not overwrite:
        other = _read(folder)[0].asked
        if other not in ("", asked):
            raise MammoviewError(
                "it holds an evaluation of other models, another version or other settings",
                "Choose another folder, or replace it with --overwrite",
                folder,
            )


def remove_tables(folder: Path) -> None:
    """Remove report, figures and tables of an earlier evaluation; `check_folder` has found them to be such.

    Raises
    ------
    MammoviewError
        When one cannot be removed.
    """
    for file in _written_files(folder):
        try:
            file.unlink()
        except OSError as error:
            raise MammoviewError(f"it cannot be replaced ({error.strerror})", "Close it elsewhere", file) from error


def _written_files(folder: Path) -> list[Path]:
    """Return the files of an evaluation that are there, but for its provenance and assessments."""
    tables = (*TABLES, "figures", "pairs", "differences", "readers")
    names = [REPORT, *(f"{table}{ending}" for table in tables for ending in (".csv", ".parquet"))]
    return [folder / name for name in names if (folder / name).exists()]


@dataclass(frozen=True)
class ReportPart:
    """A further part of the report: a comparison, or readers.

    Parameters
    ----------
    title, note
        Heading, and a sentence below it.
    head, rows
        Its table: texts stand left, numbers right.
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
    return _write(folder / REPORT, text)


def _write(file: Path, text: str) -> Path:
    try:
        with atomic_write(file) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", file) from error
    return file


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
            f"Some views tell no data set. If they are of {', '.join(TRAINED_ON)}, on whose women the bundled models "
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
    told = f"version {model['version']}, SHA-256 {model['sha256']}"
    if "facts_sha256" not in model:
        return told
    return f"a model of your own: {model['task']}, {told}, facts {model['facts_sha256']}, licence {model['licence']}"


def _pairs(values: Mapping[str, float]) -> str:
    told: Iterable[str] = (f"{name} {value:.4g}" for name, value in values.items())
    return ", ".join(told) or "none"
