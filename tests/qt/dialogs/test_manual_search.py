"""Words are found in every chapter of the manual, one place after another, in both directions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from mammoview.core import paths
from mammoview.qt.dialogs import manual_window
from mammoview.qt.dialogs.manual_search import chapters, searchable
from mammoview.qt.dialogs.manual_window import ManualWindow
from tests.support.timeouts import PATIENCE_MS

PAGES = {
    "index.md": "# Start\n\n| the |\n|---|\n| [1](one.md), [2](two.md), [terms](../terms.md) |\n\n[More](unlinked.md)",
    "one.md": "# One\n\nA nipple. No more of it.",
    "two.md": "# Two\n\nHere the Nipple, there the nipple.",
}


@pytest.fixture
def manual(qtbot, tmp_path: Path, monkeypatch) -> Iterator[ManualWindow]:
    """A manual of three chapters and a page beside it."""
    folder = tmp_path / "manual"
    folder.mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text)
    (tmp_path / "terms.md").write_text("# Terms\n\nNo such word.")
    (folder / "unlinked.md").write_text("# Unlinked\n\nNipple.")
    monkeypatch.setattr(manual_window, "documentation", lambda: tmp_path)
    parent = QWidget()
    qtbot.addWidget(parent)
    window = ManualWindow(parent)
    window.show()
    window.search.prepare()
    qtbot.waitUntil(lambda: window.search.ready, timeout=PATIENCE_MS)
    yield window
    window.close()


def place(manual: ManualWindow) -> tuple[str, int]:
    """The current chapter, and where the selection starts in it."""
    browser = manual.browser
    assert browser.textCursor().selectedText().lower() == "nipple"
    return Path(browser.source().toLocalFile()).name, browser.textCursor().selectionStart()


def test_places_follow_one_another_through_all_chapters(manual: ManualWindow) -> None:
    field = manual.search.field
    QTest.keyClicks(field, "nipple")
    found = []
    for _ in range(4):
        QTest.keyClick(field, Qt.Key.Key_Return)
        found.append(place(manual))
    assert [name for name, _ in found] == ["one.md", "two.md", "two.md", "one.md"]
    assert found[1][1] < found[2][1] and found[3] == found[0]
    back = []
    for _ in range(3):
        QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
        back.append(place(manual))
    assert back == found[2:0:-1] + found[:1]


def test_what_is_nowhere_is_said_and_the_page_stays(manual: ManualWindow) -> None:
    assert not manual.search.next.isEnabled()
    manual.search.field.setText("thorax")
    QTest.mouseClick(manual.search.next, Qt.MouseButton.LeftButton)
    assert manual.search.result.text() == "Not found"
    assert manual.browser.source().fileName() == "index.md"
    manual.search.field.setText("such word")  # on a page beside the chapters
    assert manual.search.result.text() == ""
    QTest.mouseClick(manual.search.previous, Qt.MouseButton.LeftButton)
    assert manual.browser.source().fileName() == "terms.md"


def test_chapters_are_read_in_the_background_and_only_those_with_the_words_are_made(qtbot, tmp_path, monkeypatch):
    read: list[bool] = []
    gui, original = threading.get_ident(), Path.read_text

    def noted(path: Path, *more: object) -> str:
        read.append(threading.get_ident() != gui)
        return original(path, *more)

    parent = QWidget()
    qtbot.addWidget(parent)
    (tmp_path / "manual").mkdir()
    for name, text in PAGES.items():
        (tmp_path / "manual" / name).write_text(text)
    monkeypatch.setattr(manual_window, "documentation", lambda: tmp_path)
    window = ManualWindow(parent)
    monkeypatch.setattr(Path, "read_text", noted)
    window.search.field.setText("here the nipple")
    window.search.find_next()
    assert window.browser.source().fileName() == "index.md"
    qtbot.waitUntil(lambda: window.search.ready, timeout=PATIENCE_MS)
    assert window.browser.source().fileName() == "two.md"
    assert read == [True] * 4 and [page.name for page in window.search.laid_out] == ["two.md"]


def test_what_is_searched_holds_all_words_that_are_shown() -> None:
    text = "See *the* `H` key\nof [The\nwindow](window.md), ![](a.png) z_ij."
    shown = QTextDocument()
    shown.setMarkdown(text)
    for words in ("the H key of The window", "z_ij.", "KEY OF"):
        assert not shown.find(words).isNull() and searchable(words) in searchable(text)


def test_control_f_goes_to_the_field(manual: ManualWindow, qtbot) -> None:
    with qtbot.waitActive(manual, timeout=PATIENCE_MS):
        manual.activateWindow()
    manual.search.field.setText("nipple")
    QTest.keyClick(manual.browser, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert manual.search.field.hasFocus() and manual.search.field.selectedText() == "nipple"


def test_the_manual_speaks_the_language_of_the_window(qtbot, spanish) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    window = ManualWindow(parent)
    assert window.browser.toPlainText().startswith("Manual de Mammoview")
    assert window.search.field.placeholderText() == "Buscar en todos los capítulos"
    window.search.field.setText("pezón")
    window.search.find_next()
    qtbot.waitUntil(lambda: window.search.ready, timeout=PATIENCE_MS)
    assert Path(window.browser.source().toLocalFile()).parts[-2:] == ("es", "window.md")
    window.search.field.setText("calibrate with a ruler")  # chapters that there are in English alone
    window.search.find_next()
    assert window.browser.source().fileName() == "troubleshooting.md"


def test_pages_come_in_the_order_of_the_contents() -> None:
    manual = paths.documentation() / "manual"
    found = [page.name for page in chapters(manual / "index.md")]
    assert found[:2] == ["index.md", "window.md"] and found[-1] == "pictures.md"
    assert {page.name for page in manual.glob("*.md")} | {"accuracy.md", "speed.md"} <= set(found)
