"""Rulers, angles, regions, arrows and texts with mouse and keys: figures, handles, undo, saving, export, snapshot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter

from mammoview.cli.command_line import main
from mammoview.core import paths
from mammoview.display.layers.outlines import OWN_DASH
from mammoview.formats.common.outline_files import own_file, write_outlines
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.canvas import annotation_item
from mammoview.qt.canvas.annotation_item import text_position
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.viewport.viewport import Viewport
from mammoview.records.own_drawings import DrawingJournal
from mammoview.study.annotations import Annotation, AnnotationKind
from tests.qt.conftest import drag, picture, viewport_of
from tests.qt.drawing.test_outline_tool import at, click
from tests.support.timeouts import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def pull(qtbot, viewport: Viewport, *places: tuple[float, float]) -> None:
    """Drag along scan points."""
    way = [at(viewport, *place) for place in places]
    drag(qtbot, viewport, LEFT, way[0], *way[1:])


def take(window: MainWindow, name: str) -> None:
    """Choose a tool in its menu."""
    action = window.actions_by_name[name]
    if not action.isChecked():
        action.trigger()


def reported(viewport: Viewport, index: int = -1) -> tuple[str, ...]:
    """What stands beside an annotation."""
    return viewport.content.annotations.shown[index][1]


def pixel(viewport: Viewport) -> float:
    """Scan pixels per screen pixel."""
    return 1 / (viewport.scale_px * viewport.scan.spacing.column_mm)


def test_the_ruler_measures_by_drag_and_by_clicks_with_the_source_of_the_spacing(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "ruler")
    start, end = viewport.viewport_point(50, 300).toPoint(), viewport.viewport_point(150, 300).toPoint()
    drag(qtbot, viewport, LEFT, start, end)
    length, unit = reported(viewport)[0].split(" ", 1)
    assert float(length) == pytest.approx((end.x() - start.x()) / viewport.scale_px, abs=0.06)
    assert unit in ("mm, calibrated", "mm, at detector")
    drag(qtbot, viewport, LEFT, QPoint(30, 30))
    drag(qtbot, viewport, LEFT, QPoint(90, 110))
    assert len(viewport.scan.annotations) == 2
    assert float(reported(viewport)[0].split()[0]) == pytest.approx(100 / viewport.scale_px, abs=0.06)
    # Panning is back when the tool is laid down.
    window.actions_by_name["ruler"].trigger()
    assert window.drawing.mode == "" and window.viewport_grid.tool is None


@pytest.mark.parametrize("name", ["L CC", "R MLO"])
def test_an_angle_on_pixels_that_are_not_square(open_window, make_study, qtbot, name):
    window = open_window(make_study(spacings={name: (0.8, 0.2)}))
    viewport = viewport_of(window, name)
    take(window, "angle")
    # 160 columns of 0.2 mm and 40 rows of 0.8 mm are both 32 mm: half a right angle.
    for place in ((260, 250), (100, 250), (260, 290)):
        click(qtbot, viewport, *place)
    assert float(reported(viewport)[0].rstrip("\u00b0")) == pytest.approx(45, abs=3)
    (angle,) = viewport.scan.annotations
    (x0, y0), (x1, y1) = (angle.points[[0, 2]] - angle.points[1]) * (0.2, 0.8)
    by_hand = np.degrees(np.arccos((x0 * x1 + y0 * y1) / np.hypot(x0, y0) / np.hypot(x1, y1)))
    assert reported(viewport)[0] == f"{by_hand:.1f}\u00b0"


def test_an_elliptic_region_tells_the_figures_of_its_pixels(window, qtbot):
    viewport = viewport_of(window, "R CC")
    take(window, "ellipse")
    pull(qtbot, viewport, (300, 250), (340, 300), (380, 350))
    qtbot.waitUntil(lambda: not window.drawing.figures.busy, timeout=PATIENCE_MS)
    (ellipse,) = viewport.scan.annotations
    (cx, cy), (rx, ry) = ellipse.points.mean(0), np.abs(np.diff(ellipse.points, axis=0)[0]) / 2
    rows, columns = np.mgrid[:600, :400] + 0.5
    values = viewport.scan.pixels[((columns - cx) / rx) ** 2 + ((rows - cy) / ry) ** 2 <= 1]
    area, mean, span, count = reported(viewport)
    assert area == f"{np.pi * rx * ry * 0.16:.1f} mm\u00b2, at detector" or area.endswith("calibrated")
    assert float(area.split()[0]) == pytest.approx(np.pi * rx * ry * 0.16, abs=0.06)
    assert mean == f"mean {values.mean():.1f}  SD {values.std():.1f}"
    assert span == f"min {values.min()}  max {values.max()}  (stored value)"
    assert count == f"n {values.size} px"


@pytest.mark.parametrize("act", ["delete", "undo"])
@pytest.mark.parametrize("tool", ["edit", "ruler"])
def test_what_goes_while_it_is_held_takes_no_other_with_it(window, qtbot, act, tool):
    viewport = viewport_of(window, "L CC")
    take(window, "ruler")
    for row in (200, 300):
        pull(qtbot, viewport, (100, row), (150, row), (200, row))
    first, second = viewport.scan.annotations
    take(window, tool)
    reach, (column, row) = pixel(viewport), second.handles[1]
    viewport.tool.press(viewport, QPointF(column, row), reach)
    viewport.tool.move(viewport, QPointF(column + 20, row + 10), reach, True)
    window.actions_by_name[act].trigger()
    assert viewport.scan.annotations == (first,)
    viewport.tool.move(viewport, QPointF(column + 30, row + 20), reach, True)
    assert len(viewport.content.annotations.shown) == 1
    viewport.tool.release(viewport, QPointF(column + 40, row + 30), reach)
    assert viewport.scan.annotations == (first,)


def test_a_freehand_region_is_one_drag_and_a_click_is_none(window, qtbot):
    viewport = viewport_of(window, "L MLO")
    take(window, "freehand")
    t = np.linspace(0, 2 * np.pi, 60)
    pull(qtbot, viewport, *((120 + 60 * np.cos(a), 300 + 60 * np.sin(a)) for a in t))
    click(qtbot, viewport, 200, 100)
    (region,) = viewport.scan.annotations
    assert len(region.points) > 10
    qtbot.waitUntil(lambda: not window.drawing.figures.busy, timeout=PATIENCE_MS)
    assert float(reported(viewport)[0].split()[0]) == pytest.approx(np.pi * 24**2, rel=0.05)


def test_arrow_and_text(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "arrow")
    pull(qtbot, viewport, (100, 200), (150, 260))
    take(window, "text")
    click(qtbot, viewport, 60, 120)
    prompt = window.drawing.prompt
    qtbot.keyClicks(prompt.words, "seen in MLO too")
    qtbot.keyClick(prompt.words, Qt.Key.Key_Return)
    arrow, text = viewport.scan.annotations
    assert arrow.kind is AnnotationKind.ARROW and text.text == "seen in MLO too"
    # The words of the arrow are asked for by the key of the chosen drawing.
    window.drawing.choose(viewport.scan, 0)
    window.actions_by_name["label"].trigger()
    qtbot.keyClicks(window.drawing.prompt.words, "cluster")
    qtbot.keyClick(window.drawing.prompt.words, Qt.Key.Key_Return)
    assert viewport.scan.annotations[0].text == "cluster"
    window.actions_by_name["text"].trigger()
    take(window, "text")
    click(qtbot, viewport, 60, 220)
    qtbot.keyClick(window.drawing.prompt.words, Qt.Key.Key_Escape)
    assert len(viewport.scan.annotations) == 2


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_the_keyboard_goes_back_to_the_viewport_when_words_were_asked_for(window, qtbot, key):
    viewport = viewport_of(window, "L CC")
    take(window, "text")
    click(qtbot, viewport, 60, 120)
    qtbot.keyClicks(window.drawing.prompt.words, "seen")
    window.status.cancel.show()
    qtbot.keyClick(window.drawing.prompt.words, key)
    assert window.focusWidget() is viewport
    stage = window.windowTitle()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert window.windowTitle() != stage, "a space goes on to the next hanging stage, and presses no button"


def test_handles_and_wholes_are_moved_deleted_and_undone(window, qtbot):
    viewport = viewport_of(window, "R CC")
    take(window, "ruler")
    pull(qtbot, viewport, (200, 200), (300, 260))
    (first,) = viewport.scan.annotations
    # With the ruler still active a press on its end corrects it.
    pull(qtbot, viewport, tuple(first.points[1]), (330, 280), (350, 300))
    (pulled,) = viewport.scan.annotations
    assert (
        np.abs(pulled.points[1] - (350, 300)).max() <= pixel(viewport) and (pulled.points[0] == first.points[0]).all()
    )
    take(window, "edit")
    middle, way = pulled.points.mean(0), np.array([-40, 30])
    pull(qtbot, viewport, tuple(middle), tuple(middle + 5), tuple(middle + way))
    (moved,) = viewport.scan.annotations
    steps = moved.points - pulled.points
    assert np.ptp(steps, axis=0).max() < 1e-9 and np.abs(steps[0] - way).max() <= 2 * pixel(viewport)
    qtbot.keyClick(window, Qt.Key.Key_Delete)
    assert viewport.scan.annotations == ()
    for expected in (moved, pulled, first):
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert np.allclose(viewport.scan.annotations[0].points, expected.points)
    window.actions_by_name["undo"].trigger()
    assert viewport.scan.annotations == ()
    for _ in range(3):
        window.actions_by_name["redo"].trigger()
    assert np.allclose(viewport.scan.annotations[0].points, moved.points)


def test_escape_drops_what_is_under_way(window, qtbot):
    viewport = viewport_of(window, "L CC")
    take(window, "angle")
    click(qtbot, viewport, 50, 200)
    click(qtbot, viewport, 100, 300)
    window.actions_by_name["undo"].trigger()
    click(qtbot, viewport, 120, 300)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    click(qtbot, viewport, 20, 20)
    assert viewport.scan.annotations == () and len(window.drawing.tool.line(viewport.scan)) >= 1


def test_an_annotation_stays_on_its_place_through_zoom_stages_and_bare_image(window, qtbot):
    viewport = viewport_of(window, "L CC")
    bare = picture(viewport)
    window.drawing.add(viewport.scan, Annotation(AnnotationKind.RULER, np.array([[50, 300], [250, 300]])))
    with_ruler = picture(viewport)
    column, row = viewport.viewport_point(150, 300).toTuple()
    assert (with_ruler[int(row) - 2 : int(row) + 3, int(column)].max(0) > (200, 180, 90)).all()
    qtbot.keyPress(window, Qt.Key.Key_B)
    assert (picture(viewport) == bare).all(), "the bare image is bare"
    qtbot.keyRelease(window, Qt.Key.Key_B)
    window.hanging.show("l-cc")
    again = viewport_of(window, "L CC")
    assert reported(again)[0].startswith("80.0 mm")
    assert (picture(again) != 0).any()


def test_they_are_saved_with_the_study_and_reopened(open_window, study, qtbot):
    window = open_window(study)
    viewport = viewport_of(window, "L CC")
    before = {file: file.read_bytes() for file in study.iterdir()}
    window.drawing.add(viewport.scan, Annotation(AnnotationKind.RULER, np.array([[50, 300], [150, 300]])))
    window.drawing.add(viewport.scan, Annotation(AnnotationKind.ELLIPSE, np.array([[50, 250], [150, 350]])))
    with qtbot.waitSignal(window.outline_save.done, timeout=PATIENCE_MS):
        qtbot.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert own_file(viewport.scan.path).is_file()
    assert {f: f.read_bytes() for f in before} == before, "no source file is touched"
    again = open_window(study)
    reopened = viewport_of(again, "L CC")
    assert [a.kind.value for a in reopened.scan.annotations] == ["ruler", "ellipse"]
    qtbot.waitUntil(lambda: not again.drawing.figures.busy, timeout=PATIENCE_MS)
    assert reported(reopened, 0)[0].startswith("40.0 mm") and reported(reopened, 1)[1].startswith("mean")


def test_unsaved_ones_come_back_after_a_crash(open_window, study, qtbot):
    scan = next(s for s in open_study(study)[0].scans if s.name == "R CC")
    ruler = Annotation(AnnotationKind.RULER, np.array([[50, 300], [150, 300]]))
    DrawingJournal.of(paths.data_folder(), scan.pixel_hash).keep((ruler,))
    window = open_window(study)
    qtbot.waitUntil(lambda: len(viewport_of(window, "R CC").scan.annotations) == 1, timeout=PATIENCE_MS)
    assert any("recovered" in text for text in window.messages.texts)


def saved(study: Path) -> None:
    """Lay annotations beside the left CC."""
    drawn = (
        Annotation(AnnotationKind.RULER, np.array([[50, 300], [350, 300]])),
        Annotation(AnnotationKind.ELLIPSE, np.array([[60, 350], [160, 420]])),
        Annotation(AnnotationKind.TEXT, np.array([[200, 100]]), "here"),
    )
    write_outlines(own_file(study / "LCC.dcm"), drawn)


def test_export_and_snapshot_show_them(study, tmp_path, capsys):
    assert main(["export", str(study), "-o", str(tmp_path / "plain"), "--layers", ""]) == 0
    assert main(["snapshot", str(study), "-o", str(tmp_path / "plain.png"), "--layers", ""]) == 0
    saved(study)
    assert main(["export", str(study), "-o", str(tmp_path / "drawn"), "--layers", ""]) == 0
    assert main(["snapshot", str(study), "-o", str(tmp_path / "drawn.png"), "--layers", ""]) == 0
    for name in ("LCC", "RCC"):
        (plain,) = (tmp_path / "plain").glob(f"{name}-*.png")
        (drawn,) = (tmp_path / "drawn").glob(f"{name}-*.png")
        with Image.open(plain) as one, Image.open(drawn) as other:
            differs = (np.asarray(one) != np.asarray(other)).any(2)
        assert differs.any() == (name == "LCC")
        if name == "LCC":
            left = (differs.shape[1] - 400) // 2 if differs.shape[1] > 400 else 0
            touched = np.flatnonzero(differs[300, left + 60 : left + 340])
            # Lines of this small scan are 2 px wide.
            assert np.diff(touched, prepend=-1, append=280).max() <= 2 * OWN_DASH[1] + 1, (
                "dashes lie on the ruler's row"
            )
    with Image.open(tmp_path / "plain.png") as one, Image.open(tmp_path / "drawn.png") as other:
        shot = (np.asarray(one.convert("RGB")) != np.asarray(other.convert("RGB"))).any(2)
    assert shot.any() and not shot[:, : shot.shape[1] // 4].any()


@pytest.mark.parametrize(
    "drawn",
    [QRectF(20, 40, 60, 50), QRectF(220, 40, 60, 50), QRectF(120, 60, 160, 50), QRectF(120, 150, 160, 140)],
    ids=["room to the right", "left", "below", "above"],
)
def test_the_figures_of_a_region_leave_it_free_and_stay_in_the_viewport(drawn):
    room, size = QRectF(0, 0, 300, 300), QSizeF(150, 70)
    words = text_position(drawn.topRight() + QPointF(6, -4), size, drawn, room)
    assert room.contains(words) and words.size() == size
    assert not words.intersects(drawn)


def test_figures_stay_in_the_viewport_where_a_region_fills_it():
    room = QRectF(0, 0, 300, 300)
    assert room.contains(text_position(QPointF(306, -4), QSizeF(150, 70), room, room))


@pytest.mark.parametrize("place", [QPointF(300, 200), QPointF(580, 390), QPointF(10, 5)])
def test_words_of_annotations_at_one_place_do_not_cover_each_other(place):
    room, drawn, size = QRectF(0, 0, 600, 400), QRectF(place, QSizeF(20, 20)), QSizeF(150, 56)
    taken: list[QRectF] = []
    for _ in range(6):
        taken.append(text_position(drawn.topRight() + QPointF(6, -4), size, drawn, room, taken))
    assert all(room.contains(one) for one in taken)
    assert not any(one.intersects(other) for i, one in enumerate(taken) for other in taken[:i])


def test_an_annotation_out_of_sight_leaves_no_words_at_the_edge(window):
    viewport = viewport_of(window, "L CC")
    scan = viewport.scan
    viewport.zoom_about(viewport.viewport_point(350, 550), 8.0)
    before = picture(viewport)
    window.drawing.put(scan, (Annotation(AnnotationKind.RULER, [[20, 30], [60, 30]]),))
    np.testing.assert_array_equal(picture(viewport), before)


@pytest.mark.parametrize("width", [120, 250, 900])
def test_words_wider_than_the_viewport_go_on_below_and_none_is_cut(qapp, monkeypatch, width):
    lines = ("543.4 mm\u00b2, assumed 50 \u00b5m", "mean 48147.8  SD 6611.9", "min 22942  max 57464  (stored value)")
    written = []
    monkeypatch.setattr(annotation_item, "shadowed", lambda painter, at, text, _colour: written.append((at, text)))
    item = annotation_item.AnnotationItem(QRectF(0, 0, width, 400))
    region = Annotation(AnnotationKind.ELLIPSE, np.array([(60.0, 60.0), (100.0, 90.0)]))
    item.show_annotations(((region, lines),), None, False)
    image = QImage(width, 400, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    item.paint(painter, None)
    advance = painter.fontMetrics().horizontalAdvance
    painter.end()
    assert "  ".join(text for _, text in written).split() == " ".join(lines).split()
    assert all(at.x() >= 0 and at.x() + advance(text) <= width for at, text in written)
    assert len(written) == len(lines) or width < 900
