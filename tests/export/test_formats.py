"""The registry of export formats: names, figures, and combinations that make no sense."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.assess.results.assessment import Assessment
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import CancelledError, MammoviewError, OutOfScopeError
from mammoview.core.false_mark_budgets import DEFAULT_BUDGET
from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.export import export_run
from mammoview.export.assessments import AssessmentSource
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, FigureKind, Grey
from mammoview.export.export_run import ExportPlan, ExportState
from mammoview.export.formats import FORMATS, format_named
from mammoview.export.grey_pictures import grey_picture
from mammoview.export.targets import ExportTargets
from mammoview.records.reader_report import report_key
from mammoview.study.grey_pipeline import GreyPipeline, VoiWindow
from mammoview.study.identity import PatientIdentity
from mammoview.study.scan import Laterality, Side, Study
from tests.support.operating_curves import CURVES
from tests.support.phantoms import assessed, breast_pixels, scan_of


def study() -> Study:
    """Two small scans in memory."""
    sides = ((Laterality.R, Side.RIGHT), (Laterality.L, Side.LEFT))
    return Study("", [scan_of(breast_pixels(300, 200, side), laterality) for laterality, side in sides])


class NoModels(AssessmentSource):
    """Fails when an assessment is asked for."""

    own_model = ""

    def __init__(self) -> None:
        pass

    def assessment(self, *_: object, **__: object) -> None:
        raise AssertionError("the models were asked")


def plan(folder: Path, **changes: object) -> ExportPlan:
    return ExportPlan(**{
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
        next(export_run.export(plan(tmp_path, options=ExportOptions(FigureKind.REPORT)), NoModels()))
    with pytest.raises(MammoviewError, match="PNG pictures never name the patient"):
        FORMATS["png"].check(ExportOptions(keep_identity=True))
    with pytest.raises(MammoviewError, match="PDF documents with the figure panels never name the patient"):
        FORMATS["pdf"].check(ExportOptions(FigureKind.PANELS, keep_identity=True))
    FORMATS["pdf"].check(ExportOptions(FigureKind.REPORT, keep_identity=True))


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


def test_text_in_the_pixels_is_said_and_can_be_blacked_out(tmp_path: Path) -> None:
    pixels = breast_pixels(450, 300)
    for column in range(200, 280, 14):
        pixels[20:34, column : column + 6] = 4000
    marked = Study("", [scan_of(pixels)])
    (outcome,) = export_run.export(plan(tmp_path, studies=[marked]), NoModels())
    assert outcome.warning == "there are marks like text outside the breast"
    dark = plan(tmp_path, studies=[marked], options=ExportOptions(black_outside=True), overwrite=True)
    (covered,) = export_run.export(dark, NoModels())
    assert covered.warning == ""
    shown, black = (np.asarray(Image.open(file).convert("L")) for file in (outcome.text, covered.text))
    column, row = np.argwhere((shown > 128) & (black < 20)).mean(0)[::-1]
    assert shown.shape == black.shape and row < 60  # the label's row, and the margin of narrow pictures
    for name in ("csv", "sr", "gsps"):
        with pytest.raises(MammoviewError, match="cannot be asked to black out"):
            FORMATS[name].check(ExportOptions(FORMATS[name].figures[0], black_outside=True))
    # Secondary captures black out burned-in text that the file states, and films, without being asked to.
    burned = scan_of(pixels)
    burned.facts = {"burned-in": "yes"}
    content = ExportContent(Path(), marked, (AssessedScan(analyse(burned)),), ())
    assert export_run.pixel_text_warning(FORMATS["sc"], content) == ""
    assert "the file says" in export_run.pixel_text_warning(FORMATS["png"], content)
    kept = replace(content, options=ExportOptions(keep_identity=True))
    assert "the file says" in export_run.pixel_text_warning(FORMATS["sc"], kept)
    # The window asks once, and then blacks out the doubtful ones alone, or none.
    asked: list[str] = []
    both = [marked, study()]
    for answer in (False, True):
        out = tmp_path / str(answer)
        question = plan(out, studies=[*both, marked], layers=USUAL_LAYERS[3:])
        outcomes = list(export_run.export(question, NoModels(), ask=lambda why, said=answer: asked.append(why) or said))
        assert [one.state for one in outcomes] == [ExportState.WRITTEN] * 4 and not any(one.warning for one in outcomes)
        assert sum("-black" in one.text for one in outcomes) == 2 * answer
    assert asked == [outcome.warning] * 2
    again = list(export_run.export(question, NoModels(), ask=lambda _why: True))
    assert [one.state for one in again] == [ExportState.KEPT] * 4
    table = plan(tmp_path, studies=[marked], format=FORMATS["csv"], options=ExportOptions(FigureKind.STUDY))
    assert [one.warning for one in export_run.export(table, NoModels())] == [""]


def test_an_export_has_the_thresholds_of_its_budget(tmp_path: Path) -> None:
    """Without a choice those of a new window."""
    scan = scan_of(breast_pixels(300, 200))
    made = assessed(scan, (60.0, 100.0), (60.0, 150.0), (60.0, 200.0))
    marks = tuple(replace(mark, score=score) for mark, score in zip(made.marks, (0.9, 0.7, 0.3), strict=True))

    class Measured(NoModels):
        def assessment(self, *_: object, **__: object) -> Assessment:
            return replace(made, marks=marks, curves=CURVES)

    found = {}
    for budget in (None, DEFAULT_BUDGET, 0.25, 2.0):
        options = ExportOptions() if budget is None else ExportOptions(false_marks=budget)
        what = {"format": FORMATS["csv"], "layers": ("heatmap",), "options": options, "overwrite": True}
        asked = plan(tmp_path, studies=[Study("", [scan])], **what)
        (outcome,) = export_run.export(asked, Measured())
        with Path(outcome.text).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        found[budget] = sum(row["what"] == "finding" for row in rows), Path(outcome.text).name
    assert [count for count, _ in found.values()] == [2, 2, 1, 3]
    assert found[None][1] == found[DEFAULT_BUDGET][1]
    assert "-0-25-false-marks" in found[0.25][1] and "-2-false-marks" in found[2.0][1]


def test_variants_of_a_picture_never_share_a_file(tmp_path: Path) -> None:
    variants = [
        ExportOptions(),
        ExportOptions(grey=Grey.STORED),
        ExportOptions(black_outside=True),
        ExportOptions(FigureKind.PANELS),
        ExportOptions(FigureKind.PANELS, crop="scan"),
        ExportOptions(FigureKind.STUDY),
        ExportOptions(FigureKind.STUDY, hanging_protocol="cc"),
        ExportOptions(dpi=150),
    ]
    names = set()
    for options, layers in [*((options, ("outlines",)) for options in variants), (ExportOptions(), ())]:
        outcomes = list(export_run.export(plan(tmp_path / "out", options=options, layers=layers), NoModels()))
        assert {one.state for one in outcomes} == {ExportState.WRITTEN}
        names |= {Path(one.text).name for one in outcomes}
    assert len(names) == 7 * 2 + 2 == len(list((tmp_path / "out").iterdir()))
    for end in ("panels-scan-outlines", "150dpi-outlines", "no-layers"):
        assert any(name.endswith(f"-{end}.png") for name in names)


def test_names_of_the_usual_choices_have_no_words_and_data_depend_on_no_resolution(tmp_path: Path) -> None:
    (scan, _other) = study().scans
    usual = ExportTargets(tmp_path, FORMATS["png"]).of(scan).name.removesuffix(".png")
    for name, options, layers, word in (
        ("csv", ExportOptions(dpi=150), USUAL_LAYERS, ""),
        ("csv", ExportOptions(), ("outlines",), "-no-models"),
        ("overlay", ExportOptions(), ("outlines",), ""),
        ("png", ExportOptions(), tuple(reversed(USUAL_LAYERS)), ""),
        ("gif", ExportOptions(dpi=150), ("outlines", "area"), "-outlines-area"),
    ):
        target = ExportTargets(tmp_path, FORMATS[name], options, layers).of(scan)
        assert target.name == f"{usual}{word}.{FORMATS[name].suffix}"


def test_files_of_another_model_have_names_of_their_own(tmp_path: Path) -> None:
    (scan, _other) = study().scans

    def name(kind: str, layers: tuple[str, ...], own_model: str) -> str:
        return ExportTargets(tmp_path, FORMATS[kind], None, layers, own_model).of(scan).name

    for kind in ("png", "csv", "sr"):
        assert len({name(kind, USUAL_LAYERS, one) for one in ("", "a1b2c3d4", "e5f6a7b8")}) == 3
    # What does not come from models is one file.
    assert name("png", ("outlines",), "a1b2c3d4") == name("png", ("outlines",), "")


def test_the_models_do_not_run_for_a_file_of_outlines() -> None:
    assert not FORMATS["overlay"].wants_models(USUAL_LAYERS) and FORMATS["coco"].wants_models(USUAL_LAYERS)


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("windowed", [False, True])
def test_stored_values_are_blacked_out_with_what_shows_black(inverted: bool, windowed: bool) -> None:
    pixels = breast_pixels(450, 300)
    for column in range(200, 280, 14):
        pixels[20:34, column : column + 6] = 4000
    window = VoiWindow(3000 if not inverted else 1000, 1500)
    grey = GreyPipeline(inverted=inverted, bits=12, windows=(window,) if windowed else ())
    scan = scan_of(4095 - pixels if inverted else pixels, grey=grey)
    content = ExportContent(
        Path(), Study("", [scan]), (AssessedScan(analyse(scan)),), (),
        options=ExportOptions(grey=Grey.STORED, black_outside=True),
    )  # fmt: skip
    stored = grey_picture(content)
    covered = scan_of(stored, grey=grey)
    shown = render(covered, analysis=replace(analyse(scan), scan=covered))
    assert shown[:36, 195:].max() == 0 and stored[0, -1] == (4095 if inverted else 0)


def test_two_studies_never_share_a_file(tmp_path: Path) -> None:
    one, other = study(), study()
    names = [
        outcome.text
        for outcome in export_run.export(
            plan(tmp_path / "out", studies=[one, other], options=ExportOptions(FigureKind.STUDY), layers=()), NoModels()
        )
    ]
    assert len(set(names)) == 2 == len(list((tmp_path / "out").iterdir()))


def test_a_report_that_names_the_patient_is_noted(tmp_path: Path, fresh_data_folder: Path) -> None:
    named = plan(tmp_path, format=FORMATS["pdf"], options=ExportOptions(FigureKind.REPORT, keep_identity=True, dpi=60))
    assert [one.state for one in export_run.export(named, NoModels())] == [ExportState.WRITTEN]
    (line,) = AuditLog.of(fresh_data_folder).verify().lines
    facts = {"what": "pdf", "view": "R CC, L CC", "layers": "outlines", "identity": True}
    assert line["event"] == "export" and line["facts"] == facts


def test_every_file_has_one_entry_in_the_audit_log_that_names_nobody(tmp_path: Path, fresh_data_folder: Path) -> None:
    (of,) = studies = [study()]
    for scan in of.scans:
        scan.identity = PatientIdentity(name="DOE^JANE", patient_id="4711")
    key = report_key(scan.pixel_hash for scan in of.scans)

    def exported(**what: object) -> list[ExportState]:
        return [one.state for one in export_run.export(plan(tmp_path, studies=studies, **what), NoModels())]

    for name, count in (("png", 2), ("csv", 1), ("svg", 2)):
        options = ExportOptions(FORMATS[name].figures[0], dpi=60)
        assert exported(format=FORMATS[name], options=options) == [ExportState.WRITTEN] * count
    assert exported(options=ExportOptions(dpi=60)) == [ExportState.KEPT] * 2
    assert exported(format=FORMATS["pdf"], options=ExportOptions(FigureKind.STUDY, dpi=60)) == [ExportState.WRITTEN]
    verified = AuditLog.of(fresh_data_folder).verify()
    assert [(line["facts"]["what"], line["facts"]["view"]) for line in verified.lines] == [
        *(("png", view) for view in ("R CC", "L CC")),
        ("csv", "R CC, L CC"),
        *(("svg", view) for view in ("R CC", "L CC")),
        ("pdf", "R CC, L CC"),
    ]
    assert {line["study"] for line in verified.lines} == {key} and not verified.problems
    reported = (fresh_data_folder / "audit.jsonl").read_text()
    assert not any(word in reported for word in ("DOE", "JANE", "4711", str(tmp_path), "identity"))


def test_what_the_audit_log_cannot_take(tmp_path: Path, fresh_data_folder: Path) -> None:
    """An anonymous file stays, with a warning; one that names its patient is not written."""
    fresh_data_folder.write_text("a file in the way")
    outcomes = list(export_run.export(plan(tmp_path / "out", options=ExportOptions(dpi=60)), NoModels()))
    assert {one.state for one in outcomes} == {ExportState.WRITTEN} and len(list((tmp_path / "out").iterdir())) == 2
    assert all("the audit log cannot be written" in one.unnoted for one in outcomes)
    named = plan(
        tmp_path / "named", format=FORMATS["pdf"], options=ExportOptions(FigureKind.REPORT, keep_identity=True, dpi=60)
    )
    (outcome,) = export_run.export(named, NoModels())
    assert outcome.state is ExportState.FAILED and "the audit log cannot be written" in outcome.text
    assert not (tmp_path / "named").exists()


class OutOfScope(NoModels):
    def assessment(self, *_: object, **__: object) -> None:
        raise OutOfScopeError("this is no digitised film", "Use other files")


def test_a_study_is_shown_with_scans_that_the_models_refuse(tmp_path: Path) -> None:
    sheet = plan(tmp_path, options=ExportOptions(FigureKind.STUDY), layers=("heatmap",))
    assert [one.state for one in export_run.export(sheet, OutOfScope())] == [ExportState.WRITTEN]
    alone = plan(tmp_path, layers=("heatmap",))
    outcomes = list(export_run.export(alone, OutOfScope()))
    assert {one.state for one in outcomes} == {ExportState.FAILED}
    assert "no digitised film" in outcomes[0].text


def test_a_scan_without_a_breast_is_exported(tmp_path: Path) -> None:
    empty = Study("", [scan_of(np.full((300, 200), 40, np.uint16))])
    for figure in (FigureKind.SCAN, FigureKind.PANELS, FigureKind.STUDY):
        (outcome,) = export_run.export(plan(tmp_path, studies=[empty], options=ExportOptions(figure)), NoModels())
        assert outcome.state is ExportState.WRITTEN
