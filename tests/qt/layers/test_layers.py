"""Each layer changes the picture when it is switched, at its place, and leaves no trace when it is off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from mammoview.display.layers.registry import STYLES
from mammoview.qt.findings.finding_marker import HALF_PX
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.qt.main_window.export_actions import rgb
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.layer_state import LayerState
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.scan import OutlineKind, box
from tests.qt.conftest import blob_place, picture, viewport_of
from tests.support.timeouts import PATIENCE_MS

NAMES = ("R CC", "L CC", "R MLO", "L MLO")


@pytest.fixture
def outlined(window):
    """The window, with a box on every scan."""
    for entry in window.session.entries.values():
        column, row = blob_place(entry.scan)
        entry.scan.outlines = (
            box(column - 50, row - 50, column + 50, row + 50, lesion_type="MASS", assessment=4, pathology="MALIGNANT"),
        )
        line = entry.scan.outlines[0].points
        entry.scan.marks = tuple(Mark(origin, line, closed=True) for origin in MarkOrigin)
    window.hanging.show("four-view")
    return window


def test_a_layer_changes_pixels_near_its_place_and_nowhere_else(outlined):
    bare = {name: picture(viewport_of(outlined, name)) for name in NAMES}
    for layer in [name for name in STYLES if name != "area"]:
        outlined.layers.switch(layer, True)
        for name in NAMES:
            viewport = viewport_of(outlined, name)
            changed = (picture(viewport) != bare[name]).any(2)
            assert changed.sum() > 20, (layer, name)
            rows, columns = np.nonzero(changed)
            place = viewport.viewport_point(*blob_place(viewport.scan))
            # The blob is about 1 cm wide; with its cells nothing lies more than 3 cm away.
            reach = 30 * viewport.scale_px
            assert np.abs(columns - place.x()).max() < reach, (layer, name)
            assert np.abs(rows - place.y()).max() < reach, (layer, name)
            # Centred on its place to a cell (6.4 mm).
            assert abs((columns.min() + columns.max()) / 2 - place.x()) < 7 * viewport.scale_px, (layer, name)
            assert abs((rows.min() + rows.max()) / 2 - place.y()) < 7 * viewport.scale_px, (layer, name)
        outlined.layers.switch(layer, False)
        for name in NAMES:
            assert (picture(viewport_of(outlined, name)) == bare[name]).all(), (layer, name)


def test_all_layers_are_off_at_the_start(window):
    assert window.layers.switched_on == ()
    assert not any(row.body.isVisibleTo(window) for row in window.layers_panel.rows.values())


def test_the_bare_image_is_shown_while_its_key_is_held(window, qtbot):
    viewport = viewport_of(window, "L CC")
    bare = picture(viewport)
    window.layers.switch("heatmap", True)
    layered = picture(viewport)
    qtbot.keyPress(window, Qt.Key.Key_B)
    assert (picture(viewport) == bare).all()
    qtbot.keyRelease(window, Qt.Key.Key_B)
    assert (picture(viewport) == layered).all()
    assert window.layers.is_on("heatmap")


def test_the_colour_bar_comes_and_goes_with_its_layer_and_ticks_the_operating_point(window):
    row = window.layers_panel.rows["grid"]
    window.layers.switch("grid", True)
    window.layers_panel.unfold("grid")
    assert row.bar.isVisibleTo(window)
    assert row.bar.operating_point == pytest.approx(0.6)
    assert window.layers.style("grid").threshold == pytest.approx(0.6)
    window.layers.switch("grid", False)
    assert not row.bar.isVisibleTo(window)


def test_the_threshold_slider_takes_cells_away(window):
    viewport = viewport_of(window, "L CC")
    bare = picture(viewport)
    window.layers.switch("heatmap", True)
    slider = window.layers_panel.rows["heatmap"].threshold
    sizes = []
    for value in (20, 50, 80):
        slider.setValue(value)
        sizes.append(int((picture(viewport) != bare).any(2).sum()))
    assert sizes[0] > sizes[1] > sizes[2] > 0


def test_the_readers_threshold_outlives_the_models_operating_point(open_window, study, qtbot):
    window = open_window(study, wait=False)
    window.layers.set_threshold("heatmap", 0.77)
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=PATIENCE_MS)
    assert window.layers.style("heatmap").threshold == pytest.approx(0.77)
    assert window.layers.style("grid").threshold == pytest.approx(0.6)


def test_opacity_is_constant_and_the_heatmaps_fill_is_bounded(window):
    window.layers.set_opacity("heatmap", 1.0)
    assert window.layers.style("heatmap").opacity == pytest.approx(0.35)
    window.layers.set_opacity("saliency", 1.0)
    assert window.layers.style("saliency").opacity == pytest.approx(1.0)


def test_two_layers_alternate_in_place(window):
    window.layers.switch("grid", True)
    window.layers.switch("saliency", True)
    window.layers.alternate()
    first = window.layers.switched_on
    window.layers.alternate()
    second = window.layers.switched_on
    window.layers.alternate()
    assert {first, second} == {("grid",), ("saliency",)}
    assert window.layers.switched_on == first


def test_all_layers_leaves_out_how_the_program_worked(window):
    window.layers.toggle_all()
    assert window.layers.switched_on == tuple(name for name in window.layers.names if name != "area")


def test_all_off_and_on_again(window):
    window.layers.show_only(["grid", "outlines"])
    window.layers.toggle_all()
    assert window.layers.switched_on == ()
    window.layers.toggle_all()
    assert window.layers.switched_on == ("outlines", "grid")


def test_tips_tell_outline_and_score_only_while_shown(outlined):
    viewport = viewport_of(outlined, "L CC")
    place = viewport.viewport_point(*blob_place(viewport.scan))
    assert viewport.tip_at(place) == ""
    outlined.layers.show_only(["outlines", "grid"])
    tip = viewport.tip_at(place)
    assert "Mass (box)" in tip
    assert "BI-RADS assessment 4" in tip
    assert "malignant" in tip
    assert "Patch grid 200 um: 0." in tip
    assert "subtlety" not in tip.lower()
    assert viewport.tip_at(QPointF(5, viewport.height() - 5)) == ""


def test_kinds_of_outlines_look_different(window):
    viewport = viewport_of(window, "L MLO")
    shapes = {}
    window.layers.switch("outlines", True)
    for kind in (OutlineKind.BOUNDARY, OutlineKind.CORE, OutlineKind.BOX):
        viewport.scan.outlines = (replace(box(60, 200, 260, 400), kind=kind),)
        window.hanging.show("four-view")
        viewport = viewport_of(window, "L MLO")
        shapes[kind] = picture(viewport).tobytes()
    assert len(set(shapes.values())) == 3


def test_the_read_out_is_silent_about_layers_that_are_off(window, qtbot):
    viewport = viewport_of(window, "R MLO")
    column, row = blob_place(viewport.scan)
    viewport.hovered.emit(viewport, column, row)
    text = window.status.readout.text()
    assert f"value {int(viewport.scan.pixels[int(row), int(column)])}" in text
    assert "mm, calibrated" in text or "mm, at detector" in text
    assert "heatmap" not in text
    window.layers.show_only(["heatmap", "grid", "saliency"])
    viewport.hovered.emit(viewport, column, row)
    text = window.status.readout.text()
    assert text.count("grid") == 1
    for word in ("grid 200 \u00b5m 0.", "heatmap 0.", "model sensitivity percentile"):
        assert word in text
    viewport.unhovered.emit()
    assert window.status.readout.text() == ""


def test_findings_are_covered_until_asked_for_and_then_step(window):
    assert not window.findings.list.isVisibleTo(window)
    assert "Covered" in window.findings.states.text()
    window.findings.show_next()
    assert window.findings.list.count() == 4
    seen = []
    for _ in range(4):
        active = window.viewport_grid.active
        seen.append(active.scan.name)
        finding = window.findings.listed[window.findings.list.currentRow()].finding
        place = active.viewport_point(finding.column, finding.row)
        middle = active.viewport().rect().center()
        assert abs(place.y() - middle.y()) < 2
        assert active.viewport().rect().contains(place.toPoint())
        window.findings.show_next()
    assert sorted(seen) == sorted(NAMES)
    window.findings.show_previous()
    assert window.viewport_grid.active.scan.name == seen[-1]


def test_the_chosen_finding_is_marked_without_any_layer_until_it_is_let_go(window):
    window.findings.show_next()
    assert not window.layers.switched_on
    active, mark = window.viewport_grid.active, window.finding_marker
    finding = window.findings.chosen_finding.finding
    place = mark.place_in(active)
    assert place == active.viewport_point(finding.column, finding.row)
    assert [mark.place_in(view) is not None for view in window.viewport_grid.viewports].count(True) == 1
    corner = (place + QPointF(-HALF_PX, -HALF_PX)).toPoint()
    marked = active.grab().toImage()
    window.layers.hold_bare(True)
    assert mark.place_in(active) is None
    assert active.grab().toImage().pixelColor(corner) != marked.pixelColor(corner)
    window.layers.hold_bare(False)
    assert active.grab().toImage().pixelColor(corner) == marked.pixelColor(corner)
    window.layers.toggle_all()
    assert mark.place_in(active) is not None
    window.layers.toggle_all()
    assert mark.place_in(active) is None
    window.findings.show_next()
    assert mark.place_in(window.viewport_grid.active) is not None
    window.findings.cover()
    assert all(mark.place_in(view) is None for view in window.viewport_grid.viewports)


@pytest.mark.parametrize("place", [(0, 0), (0, 200), (5, 5)])
def test_the_mark_is_whole_at_the_viewports_edge(window, monkeypatch, place):
    window.findings.show_next()
    view, mark = window.viewport_grid.active, window.finding_marker
    monkeypatch.setattr(mark, "place_in", lambda v: QPointF(*place) if v is view else None)
    canvas = QImage(view.viewport().size(), QImage.Format.Format_RGB888)
    canvas.fill(0)
    painter = QPainter(canvas)
    mark.paint(painter, view)
    painter.end()
    drawn = rgb(canvas)[..., 0] > 100
    left, top = (max(3, int(at - HALF_PX)) for at in place)
    right, foot = (int(at + HALF_PX) for at in place)
    for x in (left, right):
        for y in (top, foot):
            assert drawn[y - 2 : y + 3, x - 2 : x + 3].any(), (x, y)


def test_nothing_found_not_run_failed_and_out_of_scope_are_reported_apart(window):
    entries = list(window.session.entries.values())
    nothing = entries[0].assessed
    entries[0].assessed = replace_assessment(nothing, marks=())
    for entry in entries[1:]:
        entry.assessed = None
    entries[1].shown.reset()
    entries[2].fail("the reason")
    entries[3].exclude("no breast")
    window.findings.reveal()
    window.findings.show_entries(entries)
    lines = window.findings.states.text().splitlines()
    assert lines == [
        "R CC: nothing found at or above 0.40",
        "L CC: not run",
        "R MLO: failed: the reason",
        "L MLO: out of scope: no breast",
    ]
    # That the spacing is assumed stands beside lengths; other warnings of the models are shown here.
    doubt = "digital mammogram: the models were trained on digitised film"
    entries[0].assessed = replace_assessment(nothing, marks=(), warnings=("spacing is assumed (50 um)", doubt))
    window.findings.show_entries(entries)
    assert window.findings.states.text().splitlines()[4:] == [f"Note: {doubt}"]


def replace_assessment(assessed, **changes):
    return type(assessed)(replace(assessed.assessment, **changes), assessed.sensitivity)


def test_the_reader_chooses_the_colours_of_a_layer_and_they_are_kept(window):
    viewport = viewport_of(window, "L CC")
    window.layers.switch("heatmap", True)
    before = picture(viewport)
    row = window.layers_panel.rows["heatmap"]
    row.colours.setCurrentIndex(row.colours.findData("ember"))
    row.colours.activated.emit(row.colours.currentIndex())
    after = picture(viewport)
    changed = (before != after).any(2)
    assert changed.any() and window.layers.style("heatmap").colours == "ember"
    assert window.layers.style("grid").colours == "rose"
    # Red outweighs green in every colour of ember by more than in amber.
    assert (after[changed][:, 1] <= before[changed][:, 1]).mean() > 0.9
    window.store_state()
    assert window.settings.layers["heatmap"].colours == "ember"
    assert window.settings.layers["heatmap"].threshold is None


def test_options_are_folded_until_they_are_asked_for_and_one_layers_at_a_time(window: MainWindow) -> None:
    rows = window.layers_panel.rows

    def seen() -> list[str]:
        return [name for name, row in rows.items() if row.body.isVisibleTo(window)]

    assert not rows["grid"].fold.isVisibleTo(window)
    window.layers.show_only(["outlines", "grid", "heatmap"])
    assert seen() == [] and rows["grid"].fold.isVisibleTo(window)
    rows["grid"].fold.click()
    assert seen() == ["grid"] and rows["grid"].fold.arrowType() is Qt.ArrowType.DownArrow
    rows["heatmap"].fold.click()
    assert seen() == ["heatmap"]
    rows["heatmap"].fold.click()
    assert seen() == []
    rows["saliency"].check.click()
    assert seen() == ["saliency"], "who switches a layer on here sees its options"
    window.layers.switch("saliency", False)
    assert seen() == []


def test_with_all_layers_on_the_findings_are_in_sight_in_a_small_window(window: MainWindow) -> None:
    window.resize(1366, 768)
    window.layers.show_only(window.layers.names)
    QApplication.processEvents()
    panel, head = window.side_panel, window.side_panel.sections[window.findings].head
    window.side_panel.verticalScrollBar().setValue(0)
    first = window.findings.list.mapTo(panel.viewport(), QPoint(0, window.findings.list.sizeHintForRow(0))).y()
    assert head.mapTo(panel.viewport(), QPoint(0, 0)).y() > 0
    assert first < panel.viewport().height(), "with the first row of the list"


def test_nothing_in_the_layers_panel_covers_anything(window: MainWindow) -> None:
    window.layers.show_only(window.layers.names)
    QApplication.processEvents()
    for name, row in window.layers_panel.rows.items():
        if row.isHidden():
            continue  # This study has no marks of other programs.
        window.layers_panel.unfold(name)
        QApplication.processEvents()
        shown = row.body.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        shown = [w.geometry() for w in shown if w.isVisible()]
        assert len(shown) > 3
        for index, one in enumerate(shown):
            assert not any(one.intersects(other) for other in shown[index + 1 :]), name


@pytest.mark.parametrize("name", ["grid", "heatmap"])
def test_fills_come_on_demand_and_faintly(window, name):
    viewport = viewport_of(window, "L CC")
    before = picture(viewport)
    window.layers.switch(name, True)
    lines = (picture(viewport) != before).any(2)
    assert lines.any()
    place = viewport.viewport_point(*blob_place(viewport.scan)).toPoint()
    window.actions_by_name[f"{name}_fill"].trigger()
    filled = picture(viewport)
    changed = (filled != before).any(2)
    assert changed.sum() > lines.sum() and changed[place.y(), place.x()]
    # The tissue below stays readable: at most 0.35 of the colour.
    inside = changed & ~lines
    assert np.abs(filled[inside].astype(int) - before[inside]).max() <= 0.35 * 255 + 2
    assert window.layers_panel.rows[name].fill.isChecked()
    window.layers_panel.rows[name].fill.click()
    assert ((picture(viewport) != before).any(2) == lines).all()


def test_every_colour_table_is_a_strip_where_it_comes_into_sight(qtbot):
    panel = LayersPanel(LayerState(), {})
    qtbot.addWidget(panel)
    box = panel.rows["heatmap"].colours
    for index in (box.currentIndex(), 3):
        box.setCurrentIndex(index)
        assert not box.itemIcon(index).isNull()
    box.showPopup()
    strips = [box.itemIcon(index).pixmap(48, 8).toImage() for index in range(box.count())]
    box.hidePopup()
    assert all(strip.width() == 48 for strip in strips)
    assert len({bytes(strip.constBits()) for strip in strips}) == box.count()
