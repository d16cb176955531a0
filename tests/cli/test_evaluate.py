"""`mammoview evaluate` from a folder to tables and a report: resumed, anonymous, and as training evaluates."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.assess.inference.assessor import Assessor
from mammoview.batch.evaluation_run import ASSESSMENTS
from mammoview.cli.command_line import main
from mammoview.core import paths
from mammoview.core.result_sources import private_table
from mammoview.evaluation.evaluation import Evaluation, evaluation_of
from mammoview.evaluation.evaluation_folder import Provenance, read_provenance, write_provenance
from mammoview.evaluation.figures import CountedViews, Figure, figures_of
from mammoview.evaluation.statistics import CandidateMarks, FreeResponse
from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, report_key
from mammoview.study.outline_sources import Truth
from mammoview.study.scan import box
from tests.evaluation.made_results import random_cases, results_of
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels
from training.datasets.ddsm_examples import ddsm_100um
from training.datasets.example import Example, ExcludedImage
from training.datasets.mini_mias_examples import mini_mias

Capture = pytest.CaptureFixture[str]


def evaluate(data: Path, out: Path, *words: str) -> int:
    return main(["evaluate", str(data), "-o", str(out), "--device", "cpu", *words])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two women, one in two folders, with outlines on one view; a copy, a blank picture and lone outlines."""
    folder = tmp_path / "data"
    for place, patient, projection, kvp in (("x", "P17", "CC", 28), ("y", "P17", "MLO", 29), ("z", "P18", "CC", 30)):
        (folder / place).mkdir(parents=True)
        pixels = breast_pixels(top=4000 + kvp)
        names = {
            "ImagerPixelSpacing": [0.2, 0.2],
            "PatientID": patient,
            "PatientName": f"Doe^{patient}",
            "StudyInstanceUID": f"1.2.{kvp}",
        }
        file = folder / place / f"{projection}.dcm"
        write(
            file,
            pixels=pixels,
            ImageLaterality="L",
            ViewPosition=projection,
            KVP=kvp,
            **names,
        )
    mass = box(40, 230, 160, 340, lesion_type="MASS", pathology="MALIGNANT")
    write_outlines(own_file(folder / "x" / "CC.dcm"), [mass])
    write_outlines(own_file(folder / "x" / "gone.png"), [mass])
    shutil.copy(folder / "z" / "CC.dcm", folder / "z" / "copy.dcm")
    Image.fromarray(np.zeros((600, 400), np.uint16)).save(folder / "blank_L_MLO.png")
    return folder


@pytest.mark.usefixtures("small_models")
def test_a_folder_becomes_tables_and_a_report(data: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    words = ("--truth", "own", "--by", "KVP", "--anonymous")
    assert evaluate(data, out, *words) == 2  # of the blank picture
    said = capsys.readouterr()
    assert "no breast was found" in said.err
    assert "is in 2 folders, and is one patient" in said.err
    assert "has the pixels of" in said.err
    assert "its picture gone.png is not there" in said.err
    found = Evaluation.read(out)
    assert [len(getattr(found, table)) for table in ("views", "lesions", "patients")] == [5, 1, 3]
    assert sorted(view["KVP"] for view in found.views) == ["", "28.0", "29.0", "30.0", "30.0"]
    assert [(row["pathology"], row["size_mm"] is None) for row in found.lesions] == [("malignant", False)]
    assert len(CountedViews.of(found).rows) == 3
    assert all(view["pixels"] for view in found.views), "a reader's report is found by all views of its study"
    # Nothing names a woman or a file; the private table has the files.
    written = "".join(file.read_text() for file in out.rglob("*") if file.suffix in (".csv", ".json", ".html"))
    assert not [word for word in ("P17", "P18", "Doe", "copy.dcm", str(tmp_path)) if word in written]
    codes = private_table(out).read_text()
    assert all(view["view_code"] in codes for view in found.views)
    # Again: nothing is assessed twice, and everything is as it was.
    times = {file: file.stat().st_mtime_ns for file in (out / ASSESSMENTS).glob("*.npz")}
    tables = {file.name: file.read_bytes() for file in out.glob("*.csv")}
    assert evaluate(data, out, *words) == 2
    assert times == {file: file.stat().st_mtime_ns for file in (out / ASSESSMENTS).glob("*.npz")}
    assert tables == {file.name: file.read_bytes() for file in out.glob("*.csv")}


@pytest.mark.usefixtures("small_models")
def test_what_cannot_be_done_is_one_line_before_the_work(
    data: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    assert evaluate(data, out, "--by", "PatientID") == 2
    assert evaluate(data, out, "--truth", "mine") == 2
    out.mkdir(exist_ok=True)
    (out / "views.csv").write_text("of somebody else")
    assert evaluate(data, out) == 2
    errors = capsys.readouterr().err
    for line in ("PatientID may identify", "'mine' is not whose", "views.csv that is not of an eval"):
        assert line in errors
    assert not (out / ASSESSMENTS).exists()
    assert (out / "views.csv").read_text() == "of somebody else"


def test_two_evaluations_and_readers_come_into_the_report(tmp_path: Path, capsys: Capture) -> None:
    cases = random_cases(6, 8)
    results = results_of(cases)
    for name, of in (
        ("a", results),
        ("b", [replace(r, held=r.held | {"marks": r.held["marks"][:1]}) for r in results]),
    ):
        evaluation_of(of)[0].write(tmp_path / name)
        write_provenance(tmp_path / name, Provenance.of(of[0].held, Truth.OTHERS, ()))
    made = Evaluation.read(tmp_path / "a")
    woman = next(breast["patient"] for breast in made.breasts if breast["pathology"] == "malignant")
    first = [view["pixels"] for view in made.views if view["patient"] == woman]
    suspicious = {side: Impression(AssessmentCategory.SUSPICIOUS) for side in "LR"}
    ReaderReportStore.of(paths.data_folder()).keep(ReaderReport(report_key(first), suspicious))
    (ReaderReportStore.of(paths.data_folder()).folder / f"{'0' * 40}.json").write_text("{")
    words = ["evaluate", str(tmp_path / "a"), "-o", str(tmp_path / "out"), "--against", str(tmp_path / "b")]
    assert main([*words, "--reader", "mine"]) == 0
    text = (tmp_path / "out" / "report.html").read_text()
    assert "Against another evaluation" in text and "made 1 (key 0123)" in text and "Readers" in text
    assert f"1 reports of reader 1 cannot be read, and are left out: {'0' * 40}.json" in text
    figures = (tmp_path / "out" / "figures.csv").read_text()
    assert (
        "difference,TPR at 1 FP/image,this minus other" in figures
        and 'readers,"sensitivity, unaided",reader 1' in figures
    )
    assert {"differences.csv", "readers.csv", "reader_findings.csv"} <= {
        file.name for file in (tmp_path / "out").iterdir()
    }
    assert main([*words, "--reader", str(tmp_path / "b")]) == 2
    kept = {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    write_provenance(tmp_path / "b", Provenance.of(results[0].held, Truth.OWN, ()))
    assert main(words) == 2
    assert kept == {file.name: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    assert main([*words[:4], "--against", str(tmp_path)]) == 2
    errors = capsys.readouterr().err
    assert "outlines of others count in the one evaluation, and of own in the other" in errors
    assert "no reader report lies here" in errors and "it is no folder of an evaluation" in errors


def _evaluation(folder: Path, asked: str = "0123", notes: tuple[str, ...] = ()) -> Path:
    """A small evaluation that was written earlier."""
    results = results_of(random_cases(6, 2))
    evaluation_of(results)[0].write(folder)
    write_provenance(folder, replace(Provenance.of(results[0].held, Truth.OTHERS, ()), asked=asked, notes=notes))
    return folder


def test_no_evaluation_is_written_over_unasked(tmp_path: Path, capsys: Capture) -> None:
    one, other = _evaluation(tmp_path / "one"), _evaluation(tmp_path / "other", "another key")
    kept = {file: file.read_bytes() for folder in (one, other) for file in folder.iterdir()}
    assert evaluated(one, one) == evaluated(one, other, "--against", str(other)) == evaluated(one, other) == 2
    for words in (["--truth", "others"], ["--by", "KVP"], ["--grid", "even"], ["--keep-identity"], ["--jobs", "1"]):
        assert evaluated(one, tmp_path / "new", *words) == 2
        assert f"{words[0]} has no effect where DATA is an evaluation" in capsys.readouterr().err
    (tmp_path / "data").mkdir()
    assert evaluated(tmp_path / "data", tmp_path / "data") == 2
    assert "in a folder that is read" in capsys.readouterr().err
    assert kept == {file: file.read_bytes() for folder in (one, other) for file in folder.iterdir()}
    assert evaluated(one, other, "--overwrite") == 0
    assert read_provenance(other).asked == "0123"


def test_an_evaluation_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    one, out = _evaluation(tmp_path / "one", notes=("a note of the assessments",)), _evaluation(tmp_path / "out")
    (out / "differences.csv").write_text("of an earlier run")
    (out / "readers.parquet").write_text("of an earlier run")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Evaluation, "write", stopped)
        assert evaluated(one, out) != 0
    assert evaluated(out, tmp_path / "new") == 2
    assert "its evaluation was stopped before all was written" in capsys.readouterr().err
    assert evaluated(one, out) == 0
    assert not [file.name for file in out.iterdir() if file.stem in ("differences", "readers")]
    assert read_provenance(out).notes == ("a note of the assessments",)
    assert "a note of the assessments" in (out / "report.html").read_text()


def evaluated(data: Path, out: Path, *words: str) -> int:
    return main(["evaluate", str(data), "-o", str(out), *words])


def _mini_mias(shared_data: Path, folder: Path, names: tuple[str, ...]) -> Path:
    """A few pictures of mini-MIAS, with the lines of its table about them."""
    source = shared_data / "mini_mias"
    (folder / "images").mkdir(parents=True)
    for name in names:
        shutil.copy(source / "images" / f"{name}.png", folder / "images")
    head, *lines = (source / "labels.csv").read_text().splitlines()
    kept = [line for line in lines if line.split(",")[0] in names]
    (folder / "labels.csv").write_text("\n".join([head, *kept, ""]))
    return folder


def _as_training(examples: Iterable[Example | ExcludedImage]) -> list[tuple[str, float, float, float]]:
    """Figures of the same pictures by training's examples, its way to read them, and its count."""
    from training.evaluation.one_path import lesion_of, scan_of_example

    assessor = Assessor("cpu", flips=False)
    marks = []
    for example in examples:
        assert isinstance(example, Example)
        scan = scan_of_example(example)
        found = assessor.assess(scan).marks
        places = np.array([(mark.column, mark.row) for mark in found], float).reshape(-1, 2)
        scores = np.array([mark.score for mark in found], float)
        woman = example.patient.rjust(8, "0")  # women are drawn in the order of the files
        marks.append(CandidateMarks(woman, scores, lesion_of(scan, places), len(example.outlines)))
    response = FreeResponse(marks)
    names = [(f"TPR at {rate:g} FP/image", response.figure(rate, 50)) for rate in (0.125, 0.5, 1.0, 4.0)]
    return [(name, e.value, e.low, e.high) for name, e in (*names, ("CPM, FP/image", response.cpm(50)))]


def _told(figures: list[Figure], names: list[str]) -> list[tuple[str, float, float, float]]:
    found = {f.name: f.estimate for f in figures if f.figure == "FROC"}
    return [(name, found[name].value, found[name].low, found[name].high) for name in names]


@pytest.mark.usefixtures("small_models")
def test_figures_are_those_of_training(shared_data: Path, tmp_path: Path) -> None:
    folder = _mini_mias(shared_data, tmp_path / "data", ("mdb013", "mdb014", "mdb023"))
    assert evaluate(folder, tmp_path / "out") == 0
    expected = _as_training(mini_mias(folder))
    assert _told(figures_of(Evaluation.read(tmp_path / "out"), 50), [name for name, *_ in expected]) == expected


OF_A_FOLDER = {"study", "view_code", "source", "result"}
"""Columns that depend on where the pictures lie and what they are called."""


@pytest.mark.usefixtures("small_models")
def test_a_converted_data_set_has_the_tables_of_its_source(shared_data: Path, tmp_path: Path, capsys: Capture) -> None:
    source, made = _mini_mias(shared_data, tmp_path / "data", ("mdb013", "mdb014")), tmp_path / "made"
    assert main(["convert", str(source), "-o", str(made), "--to", "png", "--outlines", "coco"]) == 0
    (made / "coco.json").rename(made / "instances.json")
    tables = []
    for folder in (source, made):
        assert evaluate(folder, tmp_path / f"of {folder.name}") == 0
        found = Evaluation.read(tmp_path / f"of {folder.name}")
        tables.append(
            {
                table: [{k: v for k, v in row.items() if k not in OF_A_FOLDER} for row in getattr(found, table)]
                for table in ("lesions", "marks", "views", "breasts", "patients")
            }
        )
    assert tables[0] == tables[1] and tables[0]["lesions"] and tables[0]["marks"]
    # Pictures that are not there, and others that are not listed, are reported; the rest stays as it is.
    next(made.glob("*_L_MLO-*.png")).rename(made / "other_L_MLO.png")
    capsys.readouterr()
    assert evaluate(made, tmp_path / "of made") == 0
    said = capsys.readouterr().err
    assert "instances.json: its picture mini-MIAS-007_L_MLO-" in said and "is not there" in said
    assert sorted(row["label"] for row in Evaluation.read(tmp_path / "of made").views) == ["finding", "unplaced"]


@pytest.mark.slow
@pytest.mark.parametrize("examples", [mini_mias, ddsm_100um])
def test_figures_of_the_bundled_models_are_those_of_training(
    examples: Callable[[Path], Iterable[Example | ExcludedImage]], shared_data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    if examples is mini_mias:
        names = tuple(f"mdb{n:03}" for n in (1, 2, 3, 4, 13, 14, 17, 18, 23, 24, 29, 30))
        _mini_mias(shared_data, folder, names)
    else:
        for case in ("case0033", "case0235", "case0237"):
            shutil.copytree(shared_data / "ddsm_100um" / case, folder / case)
    assert evaluate(folder, tmp_path / "out") == 0
    expected = _as_training(examples(folder))
    assert any(value not in (0.0, 1.0) for _, value, _, _ in expected)
    assert _told(figures_of(Evaluation.read(tmp_path / "out"), 50), [name for name, *_ in expected]) == expected
    held = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert held["models"] and held["scores"] == "frequencies"


@pytest.mark.usefixtures("small_models")
def test_a_model_of_ones_own_is_set_against_the_bundled_one(data: Path, tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("onnxruntime")
    from tests.support.own_models import mean_classifier, write_model

    for place in ("y", "z"):
        shutil.rmtree(data / place)
    (data / "blank_L_MLO.png").unlink()
    bundled, own, both = (tmp_path / name for name in ("bundled", "own", "both"))
    folder = write_model(tmp_path / "model", mean_classifier(), thresholds={"lowest": 0.1})
    assert evaluate(data, bundled, "--truth", "own") == 0
    assert evaluate(data, bundled, "--truth", "own", "--model", str(folder)) == 2
    assert "an evaluation of other models" in capsys.readouterr().err
    assert evaluate(data, own, "--truth", "own", "--model", str(folder), "--against", str(bundled)) == 0
    facts = read_provenance(own)
    assert [model["name"] for model in facts.models] == ["mean"] and not facts.bundled
    assert read_provenance(bundled).bundled and read_provenance(bundled).asked != facts.asked
    page = (own / "report.html").read_text()
    assert "a model of your own: patch classifier" in page and "Against another evaluation" in page
    assert Evaluation.read(own).marks
    # Other thresholds make another model of the same weights.
    write_model(folder, mean_classifier(), thresholds={"lowest": 0.2})
    assert evaluate(data, own, "--truth", "own", "--model", str(folder)) == 2
    assert main(["evaluate", str(own), "-o", str(both), "--against", str(bundled)]) == 0
    assert main(["evaluate", str(own), "-o", str(both), "--model", str(folder)]) == 2
    assert "--model has no effect where DATA is an evaluation" in capsys.readouterr().err
