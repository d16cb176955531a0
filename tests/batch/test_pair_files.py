"""Pairs of marks in CC and MLO as a file per study: what it holds, and which files a later run renews."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from mammoview.assess.results.assessment_files import figures
from mammoview.batch.batch_task import BatchResult, BatchState
from mammoview.batch.pair_files import write_pairs
from mammoview.cli.command_line import main
from mammoview.core.result_sources import ResultSource
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.study.scan import Laterality, Projection, Scan, Side, Study
from mammoview.study.spacing import Spacing, SpacingSource
from tests.support.dicom_files import write as write_dicom
from tests.support.phantoms import assessed, breast_pixels, scan_of

SPACING = Spacing(0.4, 0.4, SpacingSource.CALIBRATED)


@pytest.fixture(scope="module")
def views() -> dict[str, ScanAnalysis]:
    """Both projections of both breasts."""
    made = {}
    for side in Laterality:
        for projection in (Projection.CC, Projection.MLO):
            wall = Side.LEFT if side is Laterality.L else Side.RIGHT
            scan = scan_of(breast_pixels(side=wall), laterality=side, projection=projection, spacing=SPACING)
            made[scan.name] = analyse(scan)
    return made


def mark(analysis: ScanAnalysis, depth_mm: float) -> tuple[float, float]:
    """Return the scan point that far behind the nipple."""
    column, row = analysis.nipple
    step = depth_mm / 0.4
    return (column - step if analysis.orientation.chest_wall is Side.LEFT else column + step), row


class Results:
    """A folder of results, with a made-up SCAN.json for each scan."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[Scan, str] = {}

    def add(self, analysis: ScanAnalysis, *depths: float) -> Scan:
        """Write the result of a scan with marks that deep behind the nipple."""
        scan = analysis.scan
        assessment = assessed(scan, *(mark(analysis, depth) for depth in depths))
        self.names[scan] = f"scan_{scan.name.replace(' ', '_')}-{len(self.names):012x}"
        held = figures(assessment, scan, analysis)
        (self.folder / f"{self.names[scan]}.json").write_text(json.dumps(held))
        return scan

    def write(self, *studies: list[Scan], place: str = "") -> list[str]:
        """Write the pairs of these studies, whose files lie at a place; returns the results that cannot be read."""
        scans = [scan for study in studies for scan in study]
        sources = [ResultSource("file", f"{place}{self.names[scan]}") for scan in scans]
        outcomes = [
            BatchResult(self.names[scan], BatchState.ASSESSED, "", source)
            for scan, source in zip(scans, sources, strict=True)
        ]
        tasks = [SimpleNamespace(source=source) for source in sources]
        return write_pairs(self.folder, [Study("Doe", study) for study in studies], tasks, outcomes)

    @property
    def documents(self) -> list[dict]:
        """All files of pairs."""
        return [json.loads(file.read_text()) for file in sorted(self.folder.glob("*.pairs.json"))]


def test_a_study_has_its_pairs_and_its_marks_without_a_partner(views, tmp_path: Path) -> None:
    results = Results(tmp_path)
    cc, mlo = results.add(views["L CC"], 40, 80), results.add(views["L MLO"], 40)
    right = results.add(views["R CC"], 30)
    results.write([right, cc, mlo])
    (reported,) = results.documents
    (pair,) = reported["pairs"]
    assert (pair["laterality"], pair["letter"]) == ("L", "A")
    assert (pair["cc"]["scan"], pair["mlo"]["scan"]) == (results.names[cc], results.names[mlo])
    assert (pair["cc"]["view"], pair["cc"]["rank"], pair["mlo"]["rank"]) == ("L CC", 1, 1)
    assert pair["cc"]["behind_nipple_mm"] == pytest.approx(40, abs=1)
    assert pair["difference_mm"] <= reported["tolerance_mm"] == 12
    assert [(one["view"], one["rank"]) for one in reported["unpaired"]] == [("R CC", 1), ("L CC", 2)]
    assert [scan["view"] for scan in reported["scans"]] == ["R CC", "L CC", "L MLO"]
    assert reported["same_lesion"] is None  # These models have no operating curve.
    assert "Doe" not in json.dumps(reported)


def test_a_breast_in_one_projection_has_no_pairs(views, tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.write([results.add(views["L CC"], 40), results.add(views["R MLO"], 40)])
    assert results.documents == []


def test_only_the_file_of_the_study_that_grew_is_renewed(views, tmp_path: Path) -> None:
    results = Results(tmp_path)
    left = [results.add(views["L CC"], 40), results.add(views["L MLO"], 40)]
    right = [results.add(views["R CC"], 30), results.add(views["R MLO"], 30)]
    results.write(left)
    results.write(right)
    files = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.glob("*.pairs.json")}
    assert len(files) == 2
    # The same again changes nothing, nor does a part of it.
    results.write(left, right)
    assert files == {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.glob("*.pairs.json")}
    results.write([*left, right[0]])
    now = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.glob("*.pairs.json")}
    assert len(now) == 2 and len(now.items() & files.items()) == 1
    results.write(left)
    assert now == {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.glob("*.pairs.json")}


def test_a_copy_of_a_study_elsewhere_keeps_its_pairs_while_the_other_grows(views, tmp_path: Path) -> None:
    results = Results(tmp_path)
    left = [results.add(views["L CC"], 40), results.add(views["L MLO"], 40)]
    more = results.add(views["R CC"], 40)
    results.write(left, place="a")
    results.write(left, place="b")
    results.write([*left, more], place="b")
    assert sorted(len(reported["scans"]) for reported in results.documents) == [2, 3]


def test_results_without_positions_have_no_pairs(views, tmp_path: Path) -> None:
    results = Results(tmp_path)
    scans = [results.add(views["L CC"], 40), results.add(views["L MLO"], 40)]
    file = tmp_path / f"{results.names[scans[0]]}.json"
    held = json.loads(file.read_text())
    del held["findings"][0]["from_nipple"]
    other = [results.add(views["R CC"], 30), results.add(views["R MLO"], 30)]
    for text in (json.dumps(held), "{", "[]", json.dumps({"findings": [1], "listed_false_marks": None})):
        file.write_text(text)
        assert results.write(scans, other) == [file.name]
    assert [{scan["view"] for scan in reported["scans"]} for reported in results.documents] == [{"R CC", "R MLO"}]


@pytest.mark.usefixtures("small_models")
def test_assess_writes_the_pairs_and_names_neither_patient_nor_file(tmp_path: Path, capsys) -> None:
    folder, out = tmp_path / "Roe", tmp_path / "out"
    folder.mkdir()
    for view in ("CC", "MLO"):
        write_dicom(
            folder / f"Roe_{view}.dcm",
            pixels=breast_pixels(),
            PatientID="Roe",
            StudyInstanceUID="1.2.3",
            ImageLaterality="L",
            ViewPosition=view,
            PixelSpacing=[0.4, 0.4],
        )
    assert main(["assess", str(folder), "-o", str(out), "--device", "cpu", "--anonymous"]) == 0
    (file,) = out.glob("*.pairs.json")
    reported = json.loads(file.read_text())
    assert {scan["scan"] for scan in reported["scans"]} == {f.stem for f in out.glob("scan*.json")}
    listed = sum(len(json.loads(f.read_text())["findings"]) for f in out.glob("scan*.json"))
    assert 2 * len(reported["pairs"]) + len(reported["unpaired"]) == listed
    assert "Roe" not in file.read_text() and "1.2.3" not in file.read_text()
    # A result without what pairs are made of leaves its study without them, and a line says so.
    damaged = min(out.glob("scan*.json"))
    damaged.write_text(json.dumps({**json.loads(damaged.read_text()), "listed_false_marks": {}, "findings": [{}]}))
    file.unlink()
    capsys.readouterr()
    assert main(["assess", str(folder), "-o", str(out), "--device", "cpu", "--anonymous"]) == 0
    assert f"cannot be read: {damaged.name} (--overwrite" in capsys.readouterr().err
