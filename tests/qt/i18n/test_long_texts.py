"""A language whose texts are twice as long: nothing is cut, nothing overlaps, on the smallest screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QLabel, QPushButton, QToolButton, QWidget

from mammoview.core.run_record import Crash
from mammoview.core.settings import Settings
from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.drawing.journal_worker import LeftByCrash
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.widgets.status_bar import ElidedLabel
from tests.support.timeouts import PATIENCE_MS


class Doubled(QTranslator):
    """Says everything twice, values once."""

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str:
        """Return the text and its words once more."""
        words = re.sub(r"\{[^}]*\}|&", "", source).strip(" .:…")
        if context.startswith("Q"):
            return source  # Of Qt itself, such as the names of keys.
        return f"{source} {words}" if words else source

    def isEmpty(self) -> bool:
        """It has every text."""
        return False


@pytest.fixture
def doubled(qapp: QApplication) -> Iterator[None]:
    translator = Doubled()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def cut(parent: QWidget) -> list[str]:
    """Return the texts below a widget that have less room than they need."""
    found = []
    for widget in parent.findChildren(QWidget):
        if not widget.isVisible() or isinstance(widget, ElidedLabel):
            continue
        if isinstance(widget, QLabel) and widget.text():
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            wide = 0 if widget.wordWrap() else widget.sizeHint().width()
            if needed > widget.height() + 1 or wide > widget.width() + 1:
                found.append(widget.text())
        elif isinstance(widget, QPushButton | QCheckBox | QToolButton) and widget.text():
            shown = widget.toolButtonStyle().name if isinstance(widget, QToolButton) else ""
            if shown != "ToolButtonIconOnly" and widget.minimumSizeHint().width() > widget.width() + 1:
                found.append(widget.text())
    return found


def overlapping(parent: QWidget) -> list[tuple[str, str]]:
    """Return pairs of labels and buttons below a widget of which one lies on the other."""
    leaves = [w for w in parent.findChildren(QWidget) if isinstance(w, QLabel | QAbstractButton) and w.isVisible()]
    boxes = [(w, QRect(w.mapTo(parent, w.rect().topLeft()), w.size())) for w in leaves]
    return [
        (one.text(), other.text())
        for i, (one, box) in enumerate(boxes)
        for other, another in boxes[i + 1 :]
        if one.parent() is other.parent() and (box & another).width() > 1 and (box & another).height() > 1
    ]


def check(part: QWidget, name: str) -> None:
    for _ in range(3):
        QApplication.processEvents()
    assert cut(part) == [], name
    assert overlapping(part) == [], name


def test_nothing_is_cut_where_texts_are_twice_as_long(doubled, open_window, study, qtbot) -> None:
    window: MainWindow = open_window(settings=Settings.model_construct(notice_seen=True, reading="concurrent"))
    window.resize(1366, 768)
    window.crash_offer.offer.show_left(LeftByCrash(Crash(Path("none"), 1.7e9, ()), 2))
    window.crash_offer.offer.reopen.show()
    check(window.start_page, "start page")
    window.open_paths([study])
    qtbot.waitUntil(lambda: bool(window.session.studies) and not window.session.busy, timeout=PATIENCE_MS)
    window.layers.switch("heatmap", True)
    window.findings.show_next()
    check(window.top_bar, "top bar")
    check(window.side_dock, "panels")
    window.comparison_panel.open(True)
    check(window.comparison_panel, "comparison")
    window.comparison_panel.open(False)
    window.actions_by_name["worksheet"].trigger()
    check(window, "worksheet")
    window.actions_by_name["worksheet"].trigger()
    window.actions_by_name["settings"].trigger()
    dialog = window.findChild(SettingsDialog)
    check(dialog, "settings")
    assert dialog.width() <= 1366 and dialog.height() <= 768
    dialog.close()
    assert (window.width(), window.height()) == (1366, 768)
