"""Exported pictures hold the layers that are shown, and not the patient."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication

from mammoview.export.annotated_png import draw_annotated
from mammoview.study.scan import Laterality, Projection
from tests.qt.conftest import scan_of, viewport_of
from tests.support.timeouts import PATIENCE_MS


def test_an_export_as_seen_has_the_mark_and_says_so_the_annotated_scan_has_not(window, qtbot, tmp_path):
    window.findings.show_next()
    chosen, view = window.findings.chosen_finding, window.viewport_grid.active
    assert window.finding_marker.marked_in(view) == (1, chosen.finding.score)
    sent = []
    window.export.write = sent.append
    window.export.export_seen(tmp_path / "seen.png")
    window.export.export_scan(tmp_path / "full.png")
    assert [request.marked for request in sent] == [(1, chosen.finding.score), None]
    del window.export.write
    pictures = {}
    for name, marked in (("with", sent[0].marked), ("without", None)):
        with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
            window.export.write(replace(sent[0], path=tmp_path / f"{name}.png", marked=marked))
        pictures[name] = np.asarray(Image.open(tmp_path / f"{name}.png"))
    assert pictures["with"].shape[0] > pictures["without"].shape[0], "one line more below the picture"


def test_exports_hold_the_layers_and_not_the_patient(window, qtbot, tmp_path: Path):
    window.viewport_grid.activate(viewport_of(window, "L CC"))
    window.layers.switch("heatmap", True)
    for export, name in ((window.export.export_scan, "full.png"), (window.export.export_seen, "seen.png")):
        with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
            window.messages.clear()
            QApplication.processEvents()
            export(tmp_path / name)
    full = Image.open(tmp_path / "full.png")
    seen = Image.open(tmp_path / "seen.png")
    assert full.height > 600
    assert seen.width >= viewport_of(window, "L CC").viewport().width()
    assert full.info == {}
    assert seen.info == {}
    # "As seen" without patient and date is the same picture whatever they are.
    viewport_of(window, "L CC").scan.patient = "Somebody^Else"
    with qtbot.waitSignal(window.export.done, timeout=PATIENCE_MS):
        window.messages.clear()
        QApplication.processEvents()
        window.export.export_seen(tmp_path / "again.png")
    assert Image.open(tmp_path / "again.png").tobytes() == seen.tobytes()
    assert any("Written" in text for text in window.messages.texts)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (3, 200)])
def test_a_viewport_with_hardly_any_room_is_exported_or_says_why_not(window, qtbot, tmp_path: Path, size):
    window.viewport_grid.active.resize(*size)
    path = tmp_path / "seen.png"
    window.export.export_seen(path)
    if 0 in size:
        assert any("no room" in text for text in window.messages.texts)
    else:
        qtbot.waitUntil(path.is_file, timeout=PATIENCE_MS)
        with Image.open(path) as shown:
            shown.load()


def test_an_export_that_cannot_be_written_is_a_message(window, qtbot, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with qtbot.waitSignal(window.notifier.notified, timeout=PATIENCE_MS):
        window.export.export_scan(tmp_path / "file" / "x.png")
    assert "x.png" in window.messages.texts[0]
    assert "\n" not in window.messages.texts[0]


def test_a_fill_is_kept_and_exported(open_window, study):
    window = open_window(study)
    window.layers.fill("grid", True)
    window.store_state()
    assert window.settings.layers["grid"].filled is True and "heatmap" not in window.settings.layers
    again = open_window(study, settings=window.settings)
    assert again.layers.style("grid").filled and not again.layers.style("heatmap").filled
    entry = again.session.entries[scan_of(again, Laterality.L, Projection.CC)]
    styles = again.layers.styles
    plain = {**styles, "grid": replace(styles["grid"], filled=False)}
    bare, lines, filled = (
        np.array(draw_annotated(entry.scan, entry.assessed.assessment, layers, looks), int)[: entry.scan.rows]
        for layers, looks in (((), styles), (("grid",), plain), (("grid",), styles))
    )
    assert (filled != bare).any(2).sum() > 1.3 * (lines != bare).any(2).sum()
