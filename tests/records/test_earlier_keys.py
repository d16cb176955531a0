"""Drawings and reports that earlier versions filed under other hashes are found, and nothing of them is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview.core.errors import MammoviewError
from mammoview.formats.common import outline_files
from mammoview.records.earlier_keys import (
    earlier_calibration_key,
    earlier_drawing_key,
    move_drawings,
    move_report,
)
from mammoview.records.own_drawings import DrawingJournal, fallback_file, own_outline, parse_own, same_drawings
from mammoview.records.reader_report import Impression, ReaderReport, ReaderReportStore, Verdict, report_key
from mammoview.study.scan import Scan
from tests.support.phantoms import scan_of

ONE, TWO = own_outline([(1, 1), (9, 1), (9, 9)]), own_outline([(2, 2), (8, 2), (8, 8)])


@pytest.fixture
def scan() -> Scan:
    return scan_of(np.arange(400, dtype=np.uint16).reshape(20, 20))


def test_the_earlier_keys_are_those_of_earlier_versions(scan: Scan) -> None:
    # Written down from the version before.
    assert earlier_drawing_key(scan) == "2e396cfed93447ca942e7686f8888f7c"
    assert earlier_calibration_key(scan) == "9ceb3757b56e6639f9708fcd04ffe9a6d503dbc89f26d14d2771cf8141250da6"


def journals(folder: Path, scan: Scan) -> tuple[DrawingJournal, DrawingJournal]:
    """Earlier and present journal of a scan."""
    return DrawingJournal.of(folder, earlier_drawing_key(scan)), DrawingJournal.of(folder, scan.pixel_hash)


def files(folder: Path, scan: Scan) -> tuple[Path, Path]:
    """Earlier and present file of what is drawn on a scan."""
    return fallback_file(folder, earlier_drawing_key(scan)), fallback_file(folder, scan.pixel_hash)


def test_a_journal_and_outlines_are_moved(tmp_path: Path, scan: Scan) -> None:
    (old, new), (old_file, new_file) = journals(tmp_path, scan), files(tmp_path, scan)
    old.keep((ONE,))
    outline_files.write_outlines(old_file, (TWO,))
    for _ in range(2):
        move_drawings(tmp_path, scan)
        assert same_drawings(new.recovered() or (), (ONE,))
        assert same_drawings(parse_own(new_file.read_text(), new_file), (TWO,))
        assert not old.path.exists() and not old_file.exists()


def test_where_both_are_there_nothing_is_lost_and_nothing_doubled(tmp_path: Path, scan: Scan) -> None:
    (old, new), (old_file, new_file) = journals(tmp_path, scan), files(tmp_path, scan)
    for _ in range(2):  # as after an interruption between writing and removing
        old.keep((ONE,))
        new.keep(new.recovered() or (TWO,))
        outline_files.write_outlines(old_file, (ONE,))
        if not new_file.exists():
            outline_files.write_outlines(new_file, (TWO,))
        move_drawings(tmp_path, scan)
        assert same_drawings(new.recovered() or (), (ONE, TWO))
        assert same_drawings(parse_own(new_file.read_text(), new_file), (ONE, TWO))
        assert not old.path.exists() and not old_file.exists()


def test_what_cannot_be_read_stays(tmp_path: Path, scan: Scan) -> None:
    (old, new), (old_file, new_file) = journals(tmp_path, scan), files(tmp_path, scan)
    new.keep((TWO,))
    outline_files.write_outlines(new_file, (TWO,))
    for file in (old.path, old_file):
        file.write_text("{")
    move_drawings(tmp_path, scan)
    assert old.path.read_text() == old_file.read_text() == "{"
    assert same_drawings(new.recovered() or (), (TWO,))


def test_files_of_other_scans_stay_and_cost_no_second_hash(
    tmp_path: Path, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = DrawingJournal.of(tmp_path, "ab" * 16)
    other.keep((ONE,))
    move_drawings(tmp_path, scan)
    assert other.path.exists()
    other.path.unlink()
    monkeypatch.setattr("mammoview.records.earlier_keys.earlier_drawing_key", None)
    move_drawings(tmp_path, scan)


@pytest.fixture
def store(tmp_path: Path) -> ReaderReportStore:
    return ReaderReportStore.of(tmp_path)


def earlier_report(store: ReaderReportStore, scan: Scan) -> ReaderReport:
    """Keep a report as an earlier version did."""
    key = earlier_drawing_key(scan)
    report = ReaderReport(report_key([key])[:32], {"L": Impression(None, "cyst")})
    report = report.with_verdict(Verdict(key, "L CC", 1.0, 2.0, 0.5, True))
    store.keep(report)
    return report


def test_a_report_is_moved_with_its_verdicts(store: ReaderReportStore, scan: Scan) -> None:
    report = earlier_report(store, scan)
    hashes = {scan: scan.pixel_hash}
    move_report(store, hashes)
    found = store.find(report_key(hashes.values()))
    assert found.first == report.first
    assert found.verdict(scan.pixel_hash, 1.0, 2.0) == replace(report.verdicts[0], scan=scan.pixel_hash)
    assert [file.stem for file in store.folder.iterdir()] == [found.key]


def test_a_report_that_is_there_is_kept_and_so_is_the_earlier_one(store: ReaderReportStore, scan: Scan) -> None:
    report, hashes = earlier_report(store, scan), {scan: scan.pixel_hash}
    now = ReaderReport(report_key(hashes.values()), {"L": Impression(None, "no cyst")})
    store.keep(now)
    move_report(store, hashes)
    assert (store.find(now.key), store.find(report.key)) == (now, report)


def test_a_report_that_cannot_be_moved_stays(
    store: ReaderReportStore, scan: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = earlier_report(store, scan)

    def full(*_: object) -> None:
        raise MammoviewError("the disk is full", "Make room")

    monkeypatch.setattr(ReaderReportStore, "keep", full)
    with pytest.raises(MammoviewError):
        move_report(store, {scan: scan.pixel_hash})
    assert store.find(report.key) == report
