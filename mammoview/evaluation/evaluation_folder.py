"""The folder of an evaluation: its tables with where they come from, and which files in it are replaced."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.core.version import __version__
from mammoview.evaluation.evaluation import Evaluation
from mammoview.evaluation.evaluation_tables import TABLES
from mammoview.study.outline_sources import Truth

REPORT, PROVENANCE = "report.html", "evaluation.json"
FORMAT = 1
SETTINGS = ("grid_stride", "sensitivity")
"""How scans were assessed, in the provenance; a model of one's own has a stride of its own."""


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
    keep_identity
        Whether its tables have Patient IDs.
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
    keep_identity: bool = False

    @property
    def own_model(self) -> str:
        """Key of the user's own model; empty for the bundled ones."""
        return next((str(model["facts_sha256"]) for model in self.models if "facts_sha256" in model), "")

    @property
    def title(self) -> str:
        """Names and versions of the models in one line."""
        stated = ", ".join(f"{m['name']} {m['version']}" for m in self.models)
        return f"{stated or 'of no models'} (key {self.asked})"

    @property
    def bundled(self) -> bool:
        """Whether the models are those that are part of the program."""
        return not any("facts_sha256" in model for model in self.models)

    @classmethod
    def of(cls, held: Mapping[str, Any] | None, truth: Truth, by: Sequence[str]) -> Provenance:
        """Return that of a SCAN.json; nothing is known of models where nothing was assessed."""
        if held is None:
            return cls(truth=truth.value, by=tuple(by))
        stated = held["provenance"]
        return cls(
            held["asked"], truth.value, tuple(by), tuple(stated["models"]), held["thresholds"], held["budgets"],
            stated["scores"], {name: stated[name] for name in SETTINGS if name in stated},
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
    stated = {"mammoview_evaluation": FORMAT, "complete": complete, "program": f"mammoview {__version__}"}
    return write_text(folder / PROVENANCE, json.dumps(stated | asdict(provenance), indent=1))


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
        held.setdefault("keep_identity", True)  # it may have Patient IDs where nothing says that it has none
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
    tables = (*TABLES, "figures", "pairs", "differences", "readers", "reader_findings")
    names = [REPORT, *(f"{table}{ending}" for table in tables for ending in (".csv", ".parquet"))]
    return [folder / name for name in names if (folder / name).exists()]


def write_text(file: Path, text: str) -> Path:
    """Write a file of the folder, whole or not at all; returns its path. Raises MammoviewError."""
    try:
        with atomic_write(file) as partial:
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise MammoviewError(f"it cannot be written ({error.strerror})", "Choose another folder", file) from error
    return file
