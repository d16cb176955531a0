"""Every run over many scans leaves one entry in the audit log, which is anonymous."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.cli.command_line import main
from mammoview.core.audit_log import AuditLog
from mammoview.evaluation.evaluation import evaluation_of
from mammoview.evaluation.evaluation_folder import Provenance, read_provenance, write_provenance
from mammoview.study.outline_sources import Truth
from tests.evaluation.made_results import random_cases, results_of
from tests.formats.datasets.test_mini_mias import folder
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels

Capture = pytest.CaptureFixture[str]


def entries(kept: Path) -> list[dict[str, object]]:
    """Facts of the lines of the audit log, which is whole and has no study in them."""
    verified = AuditLog.of(kept).verify()
    assert not verified.problems and {line["event"] for line in verified.lines} == {"export"}
    assert {line["study"] for line in verified.lines} == {""}
    return [dict(line["facts"]) for line in verified.lines]


def evaluation(place: Path, keep_identity: bool = False) -> Path:
    results = results_of(random_cases(6, 2))
    evaluation_of(results)[0].write(place)
    write_provenance(place, replace(Provenance.of(results[0].held, Truth.OTHERS, ()), keep_identity=keep_identity))
    return place


def test_a_conversion_has_one_entry(tmp_path: Path, fresh_data_folder: Path) -> None:
    data = folder(tmp_path / "DOE", (1, 2), size=1024)
    words = ["convert", str(data), "-o", str(tmp_path / "out"), "--to", "tiff", "--outlines", "coco"]
    assert main(words) == 0 and main(words) == 0
    assert entries(fresh_data_folder) == [{"what": "conversion", "scans": 2, "format": "tiff", "outlines": "coco"}] * 2
    assert "DOE" not in (fresh_data_folder / "audit.jsonl").read_text()


@pytest.mark.usefixtures("small_models")
def test_assessing_and_evaluating_have_one_entry_each(tmp_path: Path, fresh_data_folder: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "DOE.dcm", pixels=breast_pixels(top=4000), ImageLaterality="L", ViewPosition="CC",
          ImagerPixelSpacing=[0.2, 0.2], PatientID="P17", PatientName="DOE^JANE")  # fmt: skip
    for command, words in (("assess", ["--anonymous"]), ("evaluate", []), ("evaluate", ["--keep-identity"])):
        out = tmp_path / "-".join([command, *words])
        assert main([command, str(tmp_path / "data"), "-o", str(out), "--device", "cpu", *words]) == 0
    of_evaluation = {"what": "evaluation", "scans": 1, "compared": False}
    assert entries(fresh_data_folder) == [
        {"what": "assessment", "scans": 1, "anonymous": True}, of_evaluation, of_evaluation | {"identity": True},
    ]  # fmt: skip
    reported = (fresh_data_folder / "audit.jsonl").read_text()
    assert not any(word in reported for word in ("DOE", "JANE", "P17", str(tmp_path)))
    assert read_provenance(tmp_path / "evaluate---keep-identity").keep_identity


def test_an_evaluation_that_is_set_against_another_has_an_entry(tmp_path: Path, fresh_data_folder: Path) -> None:
    one, other = evaluation(tmp_path / "one"), evaluation(tmp_path / "other")
    assert main(["evaluate", str(one), "-o", str(tmp_path / "out"), "--against", str(other)]) == 0
    ((facts),) = entries(fresh_data_folder)
    assert (facts["what"], facts["compared"]) == ("evaluation", True) and "identity" not in facts


def test_what_the_audit_log_cannot_take(tmp_path: Path, fresh_data_folder: Path, capsys: Capture) -> None:
    """An anonymous run stays, with a warning; tables with Patient IDs are not written, and replace nothing."""
    fresh_data_folder.write_text("a file in the way")
    assert main(["evaluate", str(evaluation(tmp_path / "one")), "-o", str(tmp_path / "out")]) == 0
    data = folder(tmp_path / "mias", (1,), size=1024)
    assert main(["convert", str(data), "-o", str(tmp_path / "converted")]) == 0
    assert capsys.readouterr().err.count("the audit log cannot be written") == 2
    kept = {file: file.read_bytes() for file in (tmp_path / "out").iterdir()}
    named = evaluation(tmp_path / "named", keep_identity=True)
    assert main(["evaluate", str(named), "-o", str(tmp_path / "out")]) == 2
    assert "the audit log cannot be written" in capsys.readouterr().err
    assert kept == {file: file.read_bytes() for file in (tmp_path / "out").iterdir()}
