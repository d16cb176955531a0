"""A field that finds words in the chapters of the manual, one place after another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QTextBrowser, QWidget

from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.widgets import theme

_LINK = re.compile(r"\]\(([\w./-]+\.md)\)")
_SHOWN = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
"""A link or a picture; of a link the text is shown."""
_MARKUP = re.compile(r"[`*\\]")
_BACKWARD = QTextDocument.FindFlag.FindBackward


def chapters(contents: Path) -> Iterator[Path]:
    """Return the pages of a manual in the order in which tables of its page of contents name them, that page first."""
    tables = "".join(line for line in contents.read_text("utf-8").splitlines() if line.startswith("|"))
    seen = {contents.resolve(): None}
    seen |= dict.fromkeys((contents.parent / name).resolve() for name in _LINK.findall(tables))
    return (page for page in seen if page.is_file())


def searchable(text: str) -> str:
    """Return Markdown as one line of small letters without markup, in which all words that are shown stand."""
    return " ".join(_MARKUP.sub("", _SHOWN.sub(r"\1", text)).casefold().split())


def _read(contents: Path, _task: Task[dict[Path, str], None]) -> dict[Path, str]:
    """Return the Markdown of each chapter that can be read, in their order; for the worker thread."""
    pages: dict[Path, str] = {}
    for page in chapters(contents):
        with suppress(OSError, UnicodeDecodeError):
            pages[page] = page.read_text("utf-8")
    return pages


class SearchField(QLineEdit):
    """A line of text that distinguishes Return and Shift+Return."""

    next_wanted = Signal()
    previous_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ask for the next place, with Shift for the one before."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.previous_wanted.emit()
        else:
            self.next_wanted.emit()


class ManualSearch(QWidget):
    """Finds words in every chapter: Return goes to the next place, Shift+Return to the one before.

    Parameters
    ----------
    browser
        Shows the chapters; what is found is selected in it.
    contents
        The page of contents, which names the chapters.
    parent
        The window; Ctrl+F in it goes to the field.
    """

    def __init__(self, browser: QTextBrowser, contents: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._browser, self._contents = browser, contents
        self._documents: dict[Path, QTextDocument] = {}
        self._pages: dict[Path, str] | None = None
        self._searchable: dict[Path, str] = {}
        self._reading: Task[dict[Path, str], None] | None = None
        self._waiting: bool | None = None
        """Whether the search that waits for the chapters goes forward; None where none waits."""
        self._reader = Worker(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.field = SearchField()
        self.field.setPlaceholderText(self.tr("Search all chapters"))
        self.field.setAccessibleName(self.tr("Search all chapters"))
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(theme.ems(self, 16))
        self.result = QLabel()
        theme.make_faint(self.result)
        row.addWidget(self.result)
        row.addWidget(self.field)
        self.previous, self.next = QPushButton(self.tr("Previous")), QPushButton(self.tr("Next"))
        for button, forward in ((self.previous, False), (self.next, True)):
            button.setAutoDefault(False)
            button.setEnabled(False)
            button.clicked.connect(self.find_next if forward else self.find_previous)
            row.addWidget(button)
        self.field.textChanged.connect(self._changed)
        self.field.next_wanted.connect(self.find_next)
        self.field.previous_wanted.connect(self.find_previous)
        QShortcut(QKeySequence.StandardKey.Find, parent, self._focus)

    def prepare(self) -> None:
        """Have all chapters read in the background, once."""
        if self._reading is None:
            self._reading = self._reader.submit(partial(_read, self._contents)).connect(self, result=self._take)

    @property
    def ready(self) -> bool:
        """Whether all chapters have been read."""
        return self._pages is not None

    @property
    def laid_out(self) -> tuple[Path, ...]:
        """Pages that have been laid out to find a place in them."""
        return tuple(self._documents)

    def stop(self) -> None:
        """End the thread that reads."""
        self._reader.stop()

    def _take(self, pages: dict[Path, str]) -> None:
        """Go on with the search that waits for the chapters."""
        self.stop()
        self._pages = pages
        self._searchable = {page: searchable(text) for page, text in pages.items()}
        if self._waiting is not None:
            forward, self._waiting = self._waiting, None
            self._find(forward)

    def find_next(self) -> None:
        """Go to the next place, in this chapter or one after it, and after the last chapter in the first."""
        self._find(forward=True)

    def find_previous(self) -> None:
        """Go to the place before, in this chapter or one before it, and before the first chapter in the last."""
        self._find(forward=False)

    def _find(self, forward: bool) -> None:
        text = self.field.text()
        if not text:
            return
        flags = QTextDocument.FindFlag(0) if forward else _BACKWARD
        self.result.clear()
        if self._browser.find(text, flags):
            return
        if self._pages is None:
            self._waiting = forward
            self.prepare()
            return
        pages = list(self._pages)
        here = Path(self._browser.source().toLocalFile()).resolve()
        at = pages.index(here) if here in pages else 0
        # The chapters after this one, then those before it, then this one again from its other end.
        others = pages[at + 1 :] + pages[: at + 1] if forward else pages[:at][::-1] + pages[at:][::-1]
        wanted = searchable(text)
        for page in others:
            if wanted in self._searchable[page] and not self._document(page, self._pages[page]).find(text).isNull():
                if page != here:
                    self._browser.setSource(QUrl.fromLocalFile(str(page)))
                end = QTextCursor.MoveOperation.Start if forward else QTextCursor.MoveOperation.End
                self._browser.moveCursor(end)
                self._browser.find(text, flags)
                return
        self.result.setText(self.tr("Not found"))

    def _document(self, page: Path, text: str) -> QTextDocument:
        """Return the document of a chapter as it is shown, without a layout; made once."""
        if page not in self._documents:
            made = self._documents[page] = QTextDocument(self)
            made.setMarkdown(text)
        return self._documents[page]

    def _changed(self, text: str) -> None:
        for button in (self.previous, self.next):
            button.setEnabled(bool(text))
        self.result.clear()
        if text:
            self.prepare()

    def _focus(self) -> None:
        self.field.setFocus()
        self.field.selectAll()
