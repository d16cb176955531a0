"""Pictures with text in their pixels leave the window only after a question, and viewports can be dragged out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QMessageBox

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import analyse
from mammoview.export.burned_in import text_warning
from mammoview.export.export_format import ExportOptions, FigureKind
from mammoview.export.formats import FORMATS
from mammoview.qt.dialogs.figure_dialog import FigureChoice
from mammoview.qt.dialogs.figure_preview import PixelText
from mammoview.qt.main_window import export_actions, figure_worker, viewport_copy, viewport_pictures
from mammoview.qt.main_window.pixel_text import PixelTextQuestion
from mammoview.qt.main_window.viewport_pictures import SeenViewport
from mammoview.qt.viewport.film_masking import FilmMasking
from mammoview.qt.widgets import picture_drag
from mammoview.study.grey_pipeline import VoiWindow
from tests.support.dicom_files import write as write_dicom
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A scan with a label beside the breast."""
    pixels = breast_pixels(450, 300)
    for column in range(200, 280, 14):
        pixels[20:34, column : column + 6] = 4000
    folder = tmp_path / "study"
    folder.mkdir()
    write_dicom(folder / "a.dcm", pixels=pixels, ImageLaterality="L", ViewPosition="CC", PixelSpacing=[0.2, 0.2])
    return folder


def answer(box, text: str) -> None:
    """Press the button of a question."""
    next(button for button in box.buttons() if text in button.text().replace("&", "")).click()


def brightest(picture: Image.Image) -> int:
    """Return the brightest grey where the label is, in a picture of the scan in its middle."""
    shown = np.asarray(picture.convert("L"))
    left = (shown.shape[1] - 300) // 2
    return int(shown[20:34, left + 200 : left + 280].max())


def shows_label(image: QImage, plain: QImage) -> bool:
    """Whether a picture of a viewport is the one with the label."""
    return image.convertToFormat(QImage.Format.Format_RGB32) == plain.convertToFormat(QImage.Format.Format_RGB32)


def test_the_window_asks_before_text_leaves(window, study: Path, qtbot, tmp_path: Path, monkeypatch) -> None:
    """All of it in one window, which takes long to make."""
    window.viewport_grid.set_film_mask(FilmMasking.OFF)
    export, figures, copy = window.export, window.figures, window.viewport_copy

    def question(owner):
        qtbot.waitUntil(lambda: owner.text_box is not None, timeout=PATIENCE_MS)
        box, owner.text_box = owner.text_box, None
        assert "may name the patient" in box.text() and "marks like text" in box.informativeText()
        return box

    # The annotated scan: black, as it is, or not at all.
    for text, bright in (("Black out", False), ("as it is", True)):
        target = tmp_path / f"scan-{bright}.png"
        with qtbot.waitSignal(export.done, timeout=PATIENCE_MS):
            export.export_scan(target)
            answer(question(export), text)
        assert (brightest(Image.open(target)) > 128) is bright
    export.export_scan(tmp_path / "none.png")
    question(export).button(QMessageBox.StandardButton.Cancel).click()
    qtbot.waitUntil(lambda: not export.exporter.is_busy, timeout=PATIENCE_MS)
    assert not (tmp_path / "none.png").exists()

    # The viewport as it is seen.
    for text in ("as it is", "Black out"):
        with qtbot.waitSignal(export.done, timeout=PATIENCE_MS):
            export.export_seen(tmp_path / f"seen {text}.png")
            answer(question(export), text)
    seen = [np.asarray(Image.open(tmp_path / f"seen {text}.png")).astype(int) for text in ("as it is", "Black out")]
    rows, _columns, _ = np.nonzero(seen[0] - seen[1] > 100)
    assert len(rows) and rows.max() < seen[0].shape[0] / 3  # the label alone

    # A figure, and a folder, in which one answer holds for all.
    choice = FigureChoice(FORMATS["png"], ExportOptions(FigureKind.SCAN), ("outlines",))
    dark = ExportOptions(FigureKind.SCAN, black_outside=True)
    with qtbot.waitSignal(figures.done, timeout=PATIENCE_MS):
        figures.write(figures.request(choice), tmp_path / "figure.png")
        answer(question(figures), "Black out")
    assert brightest(Image.open(tmp_path / "figure.png")) < 20
    out = tmp_path / "out"
    figures.show()
    figures.export_folder(choice, study, out)
    box = question(figures)
    assert "all pictures" in box.informativeText()
    answer(box, "Black out")
    qtbot.waitUntil(lambda: "Written: 1" in figures.dialog.stage.text(), timeout=PATIENCE_MS)
    (written,) = out.iterdir()
    assert written.stem.endswith("-black-outlines") and brightest(Image.open(written)) < 20

    # A question goes with what it is about, and cancels nothing else.
    figures.write(figures.request(choice), tmp_path / "cancelled.png")
    box = question(figures)
    figures.cancel()
    assert not box.isVisible()
    figures.write(figures.request(choice), tmp_path / "late.png")
    box, first = question(figures), figures.writing
    with qtbot.waitSignal(figures.done, timeout=PATIENCE_MS):
        figures.write(figures.request(replace(choice, options=dark)), tmp_path / "dark.png")
        box.button(QMessageBox.StandardButton.Cancel).click()
        assert not first.is_pending and figures.writing.is_pending
    assert not (tmp_path / "cancelled.png").exists() and not (tmp_path / "late.png").exists()
    figures.dialog.preview.text_suspected.emit(PixelText("there are marks like text outside the breast", True, ()))
    box = question(figures)
    figures.show()
    assert not box.isVisible()

    # The preview: nothing is copied before the answer, which holds for this figure of these pixels.
    dialog = figures.dialog
    qtbot.waitUntil(lambda: dialog.preview.pixel_text is not None, timeout=PATIENCE_MS)
    assert dialog.preview.pixel_text.coverable
    QGuiApplication.clipboard().clear()
    assert dialog.preview.mime_data() is None
    question(figures).button(QMessageBox.StandardButton.Cancel).click()
    dialog.preview.copy()
    assert QGuiApplication.clipboard().image().isNull()
    answer(question(figures), "as it is")
    dialog.preview.copy()
    assert not QGuiApplication.clipboard().image().isNull()
    accepted, shown = figures.request(choice).accepted, dialog.choice
    with qtbot.waitSignal(figures.done, timeout=PATIENCE_MS):
        figures.write(figures.request(shown), tmp_path / "accepted.png")  # without a question
    figures.write(figures.request(replace(shown, options=replace(shown.options, crop="scan"))), tmp_path / "other.png")
    question(figures).button(QMessageBox.StandardButton.Cancel).click()
    other = figures.request(shown)
    pixels = other.scans[0].scan.pixels.copy()
    pixels[0, 0] += 1
    scan = replace(other.scans[0].scan, read=lambda: pixels, _pixels=pixels)
    content = SimpleNamespace(scans=[SimpleNamespace(scan=scan)])
    assert len(accepted) == 1 and figure_worker.doubt_subject(shown, content) not in accepted
    content = SimpleNamespace(scans=other.scans)
    assert figure_worker.doubt_subject(shown, content) in accepted
    unlike = replace(shown.options, keep_identity=not shown.options.keep_identity)
    assert figure_worker.doubt_subject(replace(shown, options=unlike), content) not in accepted
    dialog.close()

    # The viewport on the clipboard.
    viewport = window.viewport_grid.active
    copy.copy()
    answer(question(copy), "as it is")
    qtbot.waitUntil(lambda: not export.exporter.is_busy, timeout=PATIENCE_MS)
    plain = QGuiApplication.clipboard().image()
    copy.copy()
    answer(question(copy), "Black out")
    qtbot.waitUntil(lambda: not export.exporter.is_busy, timeout=PATIENCE_MS)
    assert not shows_label(QGuiApplication.clipboard().image(), plain)
    assert window.viewport_grid.film_mask is FilmMasking.OFF and not viewport.film_covered

    # Dragged out with Ctrl+Shift: a picture and a file, without the label and the patient, and no pan.
    dropped: list[QImage] = []
    files: list[Path] = []

    def let_go(drag, image):
        mime = drag.mime_data(image)
        (url,) = mime.urls()
        dropped.append(QImage(url.toLocalFile()))
        assert mime.hasImage() and Path(url.toLocalFile()).name == "mammoview-viewport.png"
        files.append(Path(url.toLocalFile()))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(picture_drag.PictureDrag, "start", let_go)
    before, held = viewport.centre, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    move(viewport, held)
    assert len(dropped) == 1 and viewport.centre == before and not shows_label(dropped[0], plain)
    assert dropped[0].size() == plain.size()
    move(viewport, Qt.KeyboardModifier.NoModifier)
    assert len(dropped) == 1 and viewport.centre != before

    # The next drag leaves the file of the first one alone, which may not have been read yet.
    first = files[0].read_bytes()
    window.viewport_grid.set_film_mask(FilmMasking.ALL)
    copy.drag(viewport)
    assert files[1] != files[0] and files[0].read_bytes() == first
    window.viewport_grid.set_film_mask(FilmMasking.OFF)

    # Where the breast is not known clearly, nothing is dragged.
    monkeypatch.setattr(viewport_copy, "seen_viewport", lambda *_: SeenViewport(plain, False, None))
    copy.drag(viewport)
    assert len(files) == 2

    def noted() -> list[str]:
        return [line["facts"].get("what") for line in AuditLog.of(paths.data_folder()).verify().lines]

    qtbot.waitUntil(lambda: (noted().count("copy"), noted().count("drag")) == (3, 2), timeout=PATIENCE_MS)

    # What is being copied, and its question, go with the study; a file that is written later is noted by its own view.
    QGuiApplication.clipboard().clear()
    copy.copy()
    qtbot.waitUntil(lambda: copy.text_box is not None, timeout=PATIENCE_MS)
    pictures = noted().count("picture")
    export.export_scan(tmp_path / "later.png")
    window.session.close_study()
    assert not any(box.isVisible() for box in window.findChildren(QMessageBox))
    with qtbot.waitSignal(export.done, timeout=PATIENCE_MS):
        answer(question(export), "as it is")
    qtbot.waitUntil(lambda: noted().count("picture") == pictures + 1, timeout=PATIENCE_MS)
    last = AuditLog.of(paths.data_folder()).verify().lines[-1]
    assert (last["facts"]["view"], last["study"]) == ("L CC", "")
    assert QGuiApplication.clipboard().image().isNull()


def test_text_is_looked_for_in_the_greys_that_leave() -> None:
    """Which the label is bright in only with the window of both breasts, or with the reader's own."""
    label = breast_pixels(450, 300)
    for column in range(200, 280, 14):
        label[20:34, column : column + 6] = 1100
    scan = scan_of(label)
    alone, dim = analyse(scan), analyse(scan_of((0.2 * breast_pixels(450, 300)).astype(np.uint16)))
    asked: list[PixelTextQuestion] = []

    def deliver(question: PixelTextQuestion) -> None:
        asked.append(question)
        question.answer(True)

    task = SimpleNamespace(deliver=deliver, check=lambda: None)
    assert text_warning(alone, render(scan)) == "" and text_warning(alone, render(scan, beside=(dim,))) != ""
    assert not export_actions.is_to_be_black(alone, (), task, True) and not asked
    assert export_actions.is_to_be_black(alone, (dim,), task, True) and len(asked) == 1
    assert export_actions.is_to_be_black(alone, (), task, False, VoiWindow(900, 800)) and not asked[1].coverable


def test_bands_along_the_film_edges_are_not_taken_for_covered(monkeypatch) -> None:
    """A mask with a band may cover film on screen, and leaves in sight what is written on the band."""
    breast = SimpleNamespace(warning="")
    content = SimpleNamespace(grey=SimpleNamespace(picture=SimpleNamespace(analysis=SimpleNamespace(breast=breast))))
    viewport = SimpleNamespace(content=content, film_covered=True)
    monkeypatch.setattr(viewport_pictures, "without_patient", lambda _: QImage(4, 4, QImage.Format.Format_RGB32))
    seen = viewport_pictures.seen_viewport(viewport, FilmMasking.ALL)
    assert seen.is_covered and seen.covered is seen.image
    breast.warning = "the breast mask is implausible: it holds a straight band along an edge of the picture"
    seen = viewport_pictures.seen_viewport(viewport, FilmMasking.ALL)
    assert not seen.is_covered and seen.covered is None


def move(viewport, held: Qt.KeyboardModifier) -> None:
    """Press the left button, move the mouse, and release."""
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    start = QPointF(viewport.viewport().rect().center())
    for kind, place, button, buttons in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, start + QPointF(30, 5), none, left),
        (QEvent.Type.MouseButtonRelease, start + QPointF(30, 5), left, none),
    ):
        there = QPointF(viewport.mapToGlobal(place.toPoint()))
        event = QMouseEvent(kind, place, there, button, buttons, held)
        {
            QEvent.Type.MouseButtonPress: viewport.mousePressEvent,
            QEvent.Type.MouseMove: viewport.mouseMoveEvent,
            QEvent.Type.MouseButtonRelease: viewport.mouseReleaseEvent,
        }[kind](event)
