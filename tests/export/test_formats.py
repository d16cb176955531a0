"""The registry of export formats: names, figures, and combinations that make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import CancelledError, MammoviewError
from mammoview.export import export_run
from mammoview.export.assessments import AssessmentSource
from mammoview.export.export_format import ExportOptions, Figure
from mammoview.export.export_run import ExportPlan, ExportState
from mammoview.export.formats import FORMATS, format_named
from mammoview.study.scan import Laterality, Side, Study
from tests.support.phantoms import breast_pixels, scan_of


def study() -> Study:
    """Two small scans in memory."""
    sides = ((Laterality.R, Side.RIGHT), (Laterality.L, Side.LEFT))
    return Study("", [scan_of(breast_pixels(300, 200, side), laterality) for laterality, side in sides])


class NoModels(AssessmentSource):
    """Fails when an assessment is asked for."""

    def __init__(self) -> None:
        pass

    def assessment(self, *_: object, **__: object) -> None:  # type: ignore[override]
        raise AssertionError("the models were asked")


def plan(folder: Path, **changes: object) -> ExportPlan:
    return ExportPlan(**{  # type: ignore[arg-type]
        "studies": [study()],
        "format": FORMATS["png"],
        "options": ExportOptions(),
        "layers": ("outlines",),
        "folder": folder,
        **changes,
    })  # fmt: skip


def test_every_format_has_a_writer_and_a_name_of_its_own() -> None:
    for name, one in FORMATS.items():
        assert name == one.name == name.lower()
        assert one.figures and one.title
        module, _, function = one.writer.partition(":")
        assert callable(getattr(__import__(module, fromlist=[function]), function))


def test_formats_are_found_by_name() -> None:
    assert format_named(" PNG ") is FORMATS["png"]
    with pytest.raises(MammoviewError, match=r"'bmp' is not a format of export\. Choose from png"):
        format_named("bmp")


def test_what_a_format_cannot_hold_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MammoviewError, match="there is no report as png"):
        next(export_run.export(plan(tmp_path, options=ExportOptions(Figure.REPORT)), NoModels()))
    with pytest.raises(MammoviewError, match="PNG pictures never name the patient"):
        FORMATS["png"].check(ExportOptions(keep_identity=True))
    with pytest.raises(MammoviewError, match="PDF documents with the figure panels never name the patient"):
        FORMATS["pdf"].check(ExportOptions(Figure.PANELS, keep_identity=True))
    FORMATS["pdf"].check(ExportOptions(Figure.REPORT, keep_identity=True))


def test_what_is_there_is_kept_and_cancelling_leaves_whole_files(tmp_path: Path) -> None:
    outcomes = list(export_run.export(plan(tmp_path), NoModels()))
    assert [one.state for one in outcomes] == [ExportState.WRITTEN, ExportState.WRITTEN]
    Path(outcomes[1].text).unlink()
    again = [one.state for one in export_run.export(plan(tmp_path), NoModels())]
    assert again == [ExportState.KEPT, ExportState.WRITTEN]
    asked = iter((False, True))
    with pytest.raises(CancelledError):
        list(export_run.export(plan(tmp_path / "other"), NoModels(), cancelled=lambda: next(asked)))
    assert len(list((tmp_path / "other").iterdir())) == 1


def test_a_file_that_cannot_be_written_does_not_stop_the_others(tmp_path: Path) -> None:
    (first, second) = (one.text for one in export_run.export(plan(tmp_path), NoModels()))
    Path(first).unlink()
    Path(first).mkdir()
    (Path(first) / "inside").write_text("")
    outcomes = list(export_run.export(plan(tmp_path, overwrite=True), NoModels()))
    assert [one.state for one in outcomes] == [ExportState.FAILED, ExportState.WRITTEN]
    assert "cannot be written" in outcomes[0].text and outcomes[1].text == second
