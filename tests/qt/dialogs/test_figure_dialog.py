"""The dialog of figures by itself: what goes with what, earlier choices, preview, copy and drag."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage

from mammoview.core.settings import FigureSettings, Settings
from mammoview.export.export_format import FigureKind, Grey
from mammoview.export.formats import FORMATS
from mammoview.qt.dialogs import figure_dialog
from mammoview.qt.dialogs.figure_dialog import FigureDialog
from mammoview.qt.dialogs.figure_preview import FILE_NAME, PixelText
from mammoview.qt.dialogs.figure_titles import FIGURE_TITLES, FORMAT_TITLES, GREY_TITLES, PRESETS
from tests.support.timeouts import PATIENCE_MS

CROPS = (("breast", "The breast"), ("finding:1", "Finding 1"))


@pytest.fixture
def dialog(qtbot, monkeypatch) -> FigureDialog:
    monkeypatch.setattr(figure_dialog, "SETTLE_MS", 1)
    made = FigureDialog({}, ("outlines", "heatmap"), CROPS)
    qtbot.addWidget(made)
    return made


def choose(box, value: str) -> None:
    box.setCurrentIndex(box.findData(value))


def test_everything_that_can_be_exported_has_a_title() -> None:
    assert set(FIGURE_TITLES) == set(FigureKind) and set(GREY_TITLES) == set(Grey)
    assert set(FORMAT_TITLES) <= set(FORMATS)


def test_only_formats_that_hold_the_figure_are_offered(dialog) -> None:
    for figure in FigureKind:
        choose(dialog.figure, figure.value)
        offered = [dialog.format.itemData(i) for i in range(dialog.format.count())]
        assert offered == [name for name, one in FORMATS.items() if figure in one.figures]
        dialog.choice.format.check(dialog.choice.options)


def test_what_does_not_go_with_the_choice_is_disabled(dialog) -> None:
    choose(dialog.figure, "report")
    assert dialog.identity.isEnabled() and dialog.reader_report.isEnabled() and not dialog.crop.isEnabled()
    dialog.identity.setChecked(True)
    assert dialog.choice.options.keep_identity
    choose(dialog.figure, "panels")
    assert dialog.crop.isEnabled() and not dialog.identity.isEnabled()
    assert not dialog.choice.options.keep_identity and not dialog.choice.options.reader_report
    choose(dialog.figure, "study")
    choose(dialog.protocol, "cc")
    assert dialog.choice.options.hanging_protocol == "cc"
    choose(dialog.figure, "scan")
    choose(dialog.format, "tiff")
    choose(dialog.grey, "stored")
    assert dialog.choice.options.grey is Grey.STORED
    choose(dialog.format, "svg")
    assert dialog.choice.options.grey is Grey.BURNED


def test_the_last_choice_and_named_ones_come_back(dialog, qtbot, monkeypatch) -> None:
    kept: dict[str, FigureSettings] = {}
    dialog.presets_changed.connect(kept.update)
    choose(dialog.figure, "scan")
    choose(dialog.format, "svg")
    dialog.layers["heatmap"].setChecked(False)
    dialog.dpi.setValue(600)
    monkeypatch.setattr(figure_dialog.QInputDialog, "getText", lambda *_: (" paper ", True))
    dialog.store.click()
    choose(dialog.figure, "study")
    choose(dialog.protocol, "cc")
    with qtbot.waitSignal(dialog.save_wanted, timeout=PATIENCE_MS) as wanted:
        dialog.save.click()
    assert wanted.args[0].options.figure is FigureKind.STUDY
    held = Settings.model_construct(figures=kept).model_copy(deep=True)
    again = FigureDialog(held.figures, (), CROPS)
    qtbot.addWidget(again)
    assert (again.choice.options.figure, again.choice.options.hanging_protocol) == (FigureKind.STUDY, "cc")
    choose(again.preset, "paper")
    again.preset.activated.emit(again.preset.currentIndex())
    chosen = again.choice
    assert (chosen.options.figure, chosen.format.name, chosen.options.dpi) == (FigureKind.SCAN, "svg", 600)
    assert chosen.layers == ("outlines",) and not chosen.options.keep_identity
    again.drop.click()
    assert again.preset.findData("paper") == -1


def test_the_programs_own_choices_are_offered_and_stay(dialog, qtbot, monkeypatch) -> None:
    dialog.crop.addItem("The Frame of the paper", "paper")
    for title, kept in PRESETS.items():
        choose(dialog.preset, title)
        dialog.preset.activated.emit(dialog.preset.currentIndex())
        options = dialog.choice.options
        assert (options.figure, dialog.choice.format.name) == (kept.figure, kept.format) and not dialog.drop.isEnabled()
        assert set(dialog.choice.layers) == {"outlines", "heatmap", "grid", "saliency"}
        dialog.choice.format.check(options)
    choose(dialog.preset, "Layout of the paper")
    dialog.preset.activated.emit(dialog.preset.currentIndex())
    assert (dialog.choice.options.figure, dialog.choice.options.crop) == (FigureKind.PANELS, "paper")
    # One that the reader keeps under the same name takes its place until it is removed.
    dialog.dpi.setValue(600)
    monkeypatch.setattr(figure_dialog.QInputDialog, "getText", lambda *_: ("Layout of the paper", True))
    dialog.store.click()
    assert dialog.preset.currentData() == "Layout of the paper" and dialog.drop.isEnabled()
    dialog.drop.click()
    assert dialog.preset.findData("Layout of the paper") > 0
    dialog.show_preset("Layout of the paper")
    assert dialog.choice.options.dpi == 300


def test_a_change_has_the_preview_made_anew(dialog, qtbot) -> None:
    qtbot.waitUntil(lambda: not dialog.preview_pending, timeout=PATIENCE_MS)  # that of a new dialog
    with qtbot.waitSignal(dialog.preview_wanted, timeout=PATIENCE_MS) as wanted:
        dialog.dpi.setValue(150)
    assert wanted.args[0].options.dpi == 150


def test_a_preview_of_the_choice_before_is_not_copied(dialog) -> None:
    image = QImage(300, 200, QImage.Format.Format_RGB888)
    image.fill(QColor("red"))
    dialog.show_preview(image)
    assert dialog.copy.isEnabled()
    choose(dialog.figure, "panels")
    dialog.black_outside.setChecked(True)
    assert not dialog.copy.isEnabled() and dialog.preview.mime_data() is None
    dialog.show_preview(image)
    assert dialog.copy.isEnabled() and dialog.preview.mime_data() is not None


def test_the_preview_is_copied_and_dragged_without_a_name(dialog) -> None:
    dialog.copy.click()  # there is nothing yet
    assert dialog.preview.mime_data() is None
    image = QImage(300, 200, QImage.Format.Format_RGB888)
    image.fill(QColor("red"))
    dialog.show_preview(image)
    dialog.copy.click()
    assert QGuiApplication.clipboard().image().size() == image.size()
    data = dialog.preview.mime_data()
    assert data.hasImage()
    (url,) = data.urls()
    assert url.fileName() == FILE_NAME and QImage(url.toLocalFile()).size() == image.size()
    dialog.show_problem("nothing")
    assert dialog.preview.text() == "nothing" and dialog.preview.mime_data() is None


def test_that_text_may_leave_holds_for_the_figure_that_was_asked_about(dialog) -> None:
    image = QImage(300, 200, QImage.Format.Format_RGB888)
    one, other = (PixelText("there are marks like text outside the breast", True, (name,)) for name in ("a", "b"))
    asked: list[PixelText] = []
    dialog.preview.text_suspected.connect(asked.append)
    dialog.show_preview(image, one)
    dialog.preview.copy()
    dialog.show_preview(image, other)  # while the question about the first one is open
    dialog.take_answer(asked[0], False)
    assert dialog.preview.mime_data() is None and asked == [one, other]
    dialog.show_preview(image, one)
    assert dialog.preview.mime_data() is not None and dialog.text_accepted == {one.about}
    dialog.take_answer(other, True)
    assert dialog.black_outside.isChecked() and dialog.text_accepted == {one.about}


def test_progress_is_shown_and_can_be_cancelled(dialog, qtbot) -> None:
    dialog.show()
    dialog.show_progress(0.25, "R CC: 2 min 5 s left")
    assert dialog.bar.value() == 250 and dialog.stop.isVisible() and not dialog.save.isEnabled()
    with qtbot.waitSignal(dialog.cancel_wanted, timeout=PATIENCE_MS):
        dialog.stop.click()
    dialog.show_done("Written")
    assert not dialog.stop.isVisible() and dialog.save.isEnabled()
