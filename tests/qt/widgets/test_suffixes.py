"""What is written ends as its format does: another ending is an error with a clear text, and no new name."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from mammoview.cli.command_line import main
from mammoview.core.errors import MammoviewError
from mammoview.qt import application
from mammoview.qt.main_window.fault_reports import FaultDialog
from mammoview.qt.widgets.file_dialogs import path_to_save
from mammoview.records.birads import AssessmentCategory
from mammoview.records.own_drawings import own_outline
from tests.qt.conftest import viewport_of
from tests.support.second_reading import give
from tests.support.timeouts import PATIENCE_MS


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_no_question_for_a_file_writes_under_a_name_that_was_not_given(begin, study, tmp_path, monkeypatch, qtbot):
    window = begin(study, reading="concurrent")
    give(window, "R", AssessmentCategory.NEGATIVE)
    viewport = viewport_of(window, "L CC")
    window.viewport_grid.activate(viewport)
    window.drawing.add(viewport.scan, own_outline([(50, 50), (150, 50), (100, 150)]))
    window.layers.switch("outlines", True)
    out = tmp_path / "out"
    out.mkdir()
    asks = {
        "png": (window.export.ask_for_scan, window.export.ask_for_seen),
        "json": (window.reader.ask_for_file,),
        "txt": (window.worksheets.ask_for_file,),
        "csv": (window.comparison_panel.ask_for_csv,),
        "OVERLAY": (window.outline_save.ask_for_overlay,),
        "own.outlines.json": (lambda: window.outline_save.ask_for_place(viewport.scan),),
    }
    for ending, those in asks.items():
        for ask in those:
            window.messages.clear()
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_what: (str(out / "x.pdf"), ""))
            ask()
            assert any("x.pdf" in text and f".{ending}" in text for text in window.messages.texts), ending
    fault = FaultDialog("a report", window)
    fault.ask()
    assert "x.pdf" in fault.problem.text() and ".txt" in fault.problem.text()
    qtbot.waitUntil(lambda: not window.export.exporter.is_busy, timeout=PATIENCE_MS)
    assert files(out) == []
    with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_what: (str(out / "plain"), ""))
        window.export.ask_for_seen()
    assert files(out) == ["plain.png"]


def test_a_name_that_is_completed_overwrites_nothing_that_nobody_was_asked_about(qtbot, tmp_path, monkeypatch):
    (tmp_path / "x.png").write_text("mine")
    reported: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_what: (str(tmp_path / "x"), ""))
    assert path_to_save(None, "", "", "", ".png", warn=reported.append) is None
    assert len(reported) == 1 and "x.png" in reported[0]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_what: (str(tmp_path / "x.png"), ""))
    assert path_to_save(None, "", "", "", ".png", warn=reported.append) == tmp_path / "x.png"


def test_a_snapshot_is_a_png_whatever_way_it_is_asked_for(study, tmp_path, capsys):
    assert main(["snapshot", str(study), "-o", str(tmp_path / "x.pdf"), "--layers", ""]) == 2
    assert ".pdf" in capsys.readouterr().err
    with pytest.raises(MammoviewError, match="pdf"):
        application.snapshot(study, tmp_path / "x.pdf", ())
    assert main(["snapshot", str(study), "-o", str(tmp_path / "shot"), "--layers", "", "--size", "600x400"]) == 0
    assert [name for name in files(tmp_path) if name.startswith(("x", "shot"))] == ["shot.png"]
