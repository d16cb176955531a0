"""What the reader says about a study: the first impression is locked, and everything comes back from the disk."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError, UnreadableError
from mammoview.records.birads import AssessmentCategory
from mammoview.records.reader_report import (
    DrawnPlace,
    Impression,
    ReaderReport,
    ReaderReportStore,
    Verdict,
    VerdictReason,
    report_document,
    report_key,
)

KEY = "0" * 32
VERDICT = Verdict(
    "ab" * 16, "R CC", 100.5, 200.5, 0.7, False, VerdictReason.ARTEFACT, "a label", "2026-05-01T08:30:00Z"
)


HERE, THERE = DrawnPlace("ab" * 16, 100.5, 200.25), DrawnPlace("cd" * 16, 1.0, 2.0)


@pytest.fixture
def reports(tmp_path: Path) -> ReaderReportStore:
    return ReaderReportStore.of(tmp_path)


def test_what_was_drawn_first_is_locked_once_the_layers_were_opened(reports: ReaderReportStore):
    own = ReaderReport(KEY).with_places((HERE,), final=False)
    assert (own.first_places, own.final_places) == ((HERE,), (HERE,)) and own
    later = own.opened("2026-05-01T08:30:00Z", "second_reader").with_places((HERE, THERE), final=False)
    assert (later.first_places, later.final_places) == ((HERE,), (HERE, THERE))
    aided = ReaderReport(KEY).with_places((HERE,), final=True)
    assert (aided.first_places, aided.final_places) == ((), (HERE,))
    reports.keep(later)
    assert reports.find(KEY) == later
    # Where nothing was drawn or seen, the document is that of earlier versions.
    new = {"first_places", "final_places", "first_seen", "final_seen"}
    assert not new & report_document(ReaderReport(KEY)).keys()


def test_what_was_on_the_screen_first_is_locked_once_the_layers_were_opened(reports: ReaderReportStore):
    own = ReaderReport(KEY).with_seen(["b"], final=False).with_seen(["a"], final=False)
    assert (own.first_seen, own.final_seen) == (("a", "b"), ("a", "b"))
    assert not own, "who has only looked has reported nothing"
    later = own.opened("2026-05-01T08:30:00Z", "second_reader").with_seen(["c"], final=False)
    assert (later.first_seen, later.final_seen) == (("a", "b"), ("a", "b", "c"))
    assert ReaderReport(KEY).with_seen(["a"], final=True).first_seen == ()
    reports.keep(later)
    assert reports.find(KEY) == later


def test_the_first_impression_is_locked_once_the_layers_were_opened():
    own = ReaderReport(KEY).with_impression("R", Impression(AssessmentCategory.BENIGN, "cyst"), final=False)
    own = own.opened("2026-05-01T08:30:00Z", "second_reader")
    later = own.with_impression("R", Impression(AssessmentCategory.HIGHLY_SUGGESTIVE), final=False)
    assert later.first == {"R": Impression(AssessmentCategory.BENIGN, "cyst")}
    last = own.with_impression("R", Impression(AssessmentCategory.HIGHLY_SUGGESTIVE), final=True)
    assert (last.first, last.final) == (own.first, {"R": Impression(AssessmentCategory.HIGHLY_SUGGESTIVE)})
    assert own.opened("2027-01-01T00:00:00Z", "concurrent").revealed == "2026-05-01T08:30:00Z"


def test_it_is_complete_when_each_breast_has_a_category():
    own = ReaderReport(KEY).with_impression("R", Impression(AssessmentCategory.NEGATIVE), final=False)
    assert own.complete(["R"])
    assert not own.complete(["R", "L"])
    assert not own.with_impression("L", Impression(None, "words alone"), final=False).complete(["R", "L"])


def test_a_finding_has_one_verdict():
    own = ReaderReport(KEY).with_verdict(VERDICT)
    assert own.verdict(VERDICT.scan, 100.9, 200.1) == VERDICT
    assert own.verdict(VERDICT.scan, 160.0, 200.5) is None
    assert own.verdict("other", 100.5, 200.5) is None
    other = replace(VERDICT, accepted=True, reason=VerdictReason.MASS)
    assert own.with_verdict(other).verdicts == (other,)
    assert own.without_verdict(other).verdicts == ()


def test_what_is_kept_comes_back(reports: ReaderReportStore):
    own = ReaderReport(
        KEY,
        {"R": Impression(AssessmentCategory.LOW_SUSPICION, "Größe 12 mm"), "L": Impression(None, "?")},
        {"?": Impression(AssessmentCategory.INCOMPLETE)},
        "2026-05-01T08:30:00Z",
        "second_reader",
        (VERDICT,),
    )
    reports.keep(own)
    assert reports.find(KEY) == own
    assert [file.name for file in reports.folder.iterdir()] == [f"{KEY}.json"]
    assert reports.find("1" * 32) == ReaderReport("1" * 32)


MISPLACED = json.dumps(report_document(ReaderReport(KEY, verdicts=(VERDICT,)))).replace("100.5", '"here"')


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"mammoview_reader_report": 7}', '{"mammoview_reader_report": 1}', MISPLACED]
)
def test_a_damaged_report_is_told_and_put_aside(reports: ReaderReportStore, content: str):
    reports.folder.mkdir()
    (reports.folder / f"{KEY}.json").write_text(content)
    with pytest.raises(UnreadableError, match="damaged"):
        reports.find(KEY)
    assert reports.find(KEY) == ReaderReport(KEY)
    reports.keep(ReaderReport(KEY))
    assert (reports.folder / f"{KEY}.damaged").read_text() == content


def test_reports_of_earlier_versions_are_found_under_their_folder_and_key(tmp_path: Path):
    own = ReaderReport(KEY, {"R": Impression(AssessmentCategory.BENIGN, "a round mass")}, revealed="2026-05-01")
    held = report_document(own)
    held["mammoview_reading"] = held.pop("mammoview_reader_report")
    (tmp_path / "readings").mkdir()
    (tmp_path / "readings" / f"{KEY}.json").write_text(json.dumps(held))
    (tmp_path / "readings" / f"{'1' * 40}.damaged").write_text("{")
    assert ReaderReportStore.of(tmp_path).find(KEY) == own
    assert [path.name for path in tmp_path.iterdir()] == ["reader_reports"]
    assert (tmp_path / "reader_reports" / f"{'1' * 40}.damaged").read_text() == "{"


def test_a_full_disk_leaves_the_report_before(reports: ReaderReportStore, monkeypatch: pytest.MonkeyPatch):
    own = ReaderReport(KEY, {"R": Impression(AssessmentCategory.BENIGN)})
    reports.keep(own)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(MammoviewError, match="room"):
            reports.keep(ReaderReport(KEY))
    assert reports.find(KEY) == own
    assert len(list(reports.folder.iterdir())) == 1


def test_the_key_of_a_study_is_that_of_its_scans_in_any_order():
    assert report_key(["a", "b"]) == report_key(["b", "a"]) != report_key(["a"])


def test_the_document_names_every_part():
    assert set(report_document(ReaderReport(KEY))) == {
        "mammoview_reader_report", "key", "first", "final", "revealed", "mode", "verdicts", "worksheet",
    }  # fmt: skip


def test_a_verdict_is_on_the_finding_of_one_model(reports):
    mine = replace(VERDICT, model="c" * 64, accepted=True)
    own = ReaderReport(KEY).with_verdict(VERDICT).with_verdict(mine).seen_with("bundled").seen_with("mean 1")
    place = (VERDICT.scan, VERDICT.column, VERDICT.row)
    assert own.verdict(*place) == VERDICT and own.verdict(*place, "c" * 64) == mine
    assert own.verdict(*place, "d" * 64) is None
    assert own.without_verdict(mine).verdicts == (VERDICT,)
    assert own.seen_with("bundled").models == ("bundled", "mean 1")
    earlier = ReaderReport(KEY, revealed="2026-05-01T08:30:00Z")
    assert earlier.seen_with("bundled") is earlier, "an earlier version named no models: they were the bundled ones"
    assert earlier.seen_with("mean 1").models == ("bundled", "mean 1")
    reports.keep(own)
    assert reports.find(KEY) == own


def test_a_report_of_the_bundled_models_has_verdicts_that_earlier_versions_read():
    (verdict,) = report_document(ReaderReport(KEY).with_verdict(VERDICT))["verdicts"]
    assert "model" not in verdict
