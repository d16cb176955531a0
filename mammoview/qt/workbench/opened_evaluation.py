"""An evaluation that was opened: its rows, where their pictures are, and the notes on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mammoview.core import paths
from mammoview.qt.workbench.model_line import OTHER_BUNDLED, EvaluatedModel
from mammoview.qt.workbench.opened_sources import held_by, not_found
from mammoview.records.error_notes import NotesOnRows, RowNote, RowNotes

if TYPE_CHECKING:
    from mammoview.evaluation.evaluation_folder import Provenance
    from mammoview.qt.concurrency.task import Task
    from mammoview.qt.workbench.error_rows import ErrorRows


@dataclass(frozen=True, eq=False)
class OpenedEvaluation:
    """What a folder holds.

    Parameters
    ----------
    folder
        The folder.
    rows
        Lesions and marks.
    files
        The picture's file by `view_code`; views whose file is not known on this machine are left out.
    pixels
        The hash of the pixels that were assessed by `view_code`, empty where it is not known.
    sources
        What is opened for the study of a picture by its `view_code`: files, and zips for what lies in one.
    notes
        By the name of their row.
    row_notes
        The notes on each row; None where that is to be worked out.
    named
        Whether the tables have Patient IDs.
    model
        Which model the rows are of; None where the evaluation does not state it.
    """

    folder: Path
    rows: ErrorRows
    files: Mapping[str, Path]
    pixels: Mapping[str, str]
    sources: Mapping[str, tuple[Path, ...]]
    notes: Mapping[str, RowNote]
    row_notes: NotesOnRows | None = None
    named: bool = False
    model: EvaluatedModel | None = None

    def place_of(self, row: int) -> RowPlace:
        """Return where a row of `rows` is. Raises MammoviewError where its picture is not known on this machine."""
        (facts,) = self.rows.at([row])
        code = facts["view_code"]
        if code not in self.files:
            raise not_found()
        pixels = self.pixels.get(code, "")
        return RowPlace(self.sources[code], self.files[code], pixels, facts["column"], facts["row"])


@dataclass(frozen=True)
class RowPlace:
    """Where a lesion or a mark is.

    Parameters
    ----------
    sources
        What is opened for its study: files, and zips for what lies in one.
    file
        The file of its picture; of a zip, the path of the member below that of the zip.
    pixels
        The hash of the pixels that were assessed; empty where it is not known.
    column, row
        Stored pixels.
    """

    sources: tuple[Path, ...]
    file: Path
    pixels: str
    column: float
    row: float


def open_evaluation(folder: Path, task: Task[OpenedEvaluation, None]) -> OpenedEvaluation:
    """Read the tables of an evaluation and where its pictures are. Raises MammoviewError where they are not there."""
    from mammoview.core.result_sources import remembered_files
    from mammoview.evaluation.evaluation_folder import read_provenance
    from mammoview.evaluation.evaluation_tables import read_table
    from mammoview.qt.workbench.error_rows import ErrorRows

    provenance = read_provenance(folder)  # of a stopped run the tables may be of two
    views = read_table(folder, "views")
    task.check()
    files = remembered_files()
    studies: dict[str, dict[Path, None]] = {}
    for view in views:
        if view["view_code"] in files:
            studies.setdefault(view["study"], {})[held_by(files[view["view_code"]])] = None
    sources = {view["view_code"]: tuple(studies.get(view["study"], ())) for view in views}
    rows = ErrorRows.read(folder)
    task.check()
    notes = RowNotes.of(paths.data_folder()).read()
    pixels = {view["view_code"]: view["pixels"] for view in views}
    files = {code: file for code, file in files.items() if code in sources}
    row_notes = NotesOnRows.of(notes, rows.keys, rows.places)
    named, model = provenance.keep_identity, _model_of(provenance)
    return OpenedEvaluation(folder, rows, files, pixels, sources, notes, row_notes, named, model)


def _model_of(provenance: Provenance) -> EvaluatedModel | None:
    """Return the model of an evaluation; None where nothing was assessed."""
    from mammoview.assess.models.hashes import PINS

    if not provenance.models:
        return None
    if provenance.own_model:
        name = next(f"{one['name']} {one['version']}" for one in provenance.models if "facts_sha256" in one)
        return EvaluatedModel(provenance.own_model, name)
    pinned = {digest for files in PINS.values() for digest in files.values()}
    return EvaluatedModel("" if all(one["sha256"] in pinned for one in provenance.models) else OTHER_BUNDLED)
