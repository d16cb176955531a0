"""The manual and the other pages of the documentation, which come with the program: nothing is fetched."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from mammoview.core.paths import documentation
from mammoview.qt.dialogs.manual_search import ManualSearch
from mammoview.qt.widgets import theme

_SMOOTH = Qt.TransformationMode.SmoothTransformation
_MARGIN = 48
"""Beside pictures, px: for the page's margins and the scroll bar."""


def contents() -> Path:
    """Return the page of contents in the language of the window, in English where there is none."""
    manual = documentation() / "manual"
    own = manual / QLocale().name().partition("_")[0] / "index.md"
    return own if own.is_file() else manual / "index.md"


class ManualBrowser(QTextBrowser):
    """Shows pages written in Markdown; wide pictures are reduced to the width of the window."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return a page, or a picture as large as there is room for."""
        url = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, url)
        if not url.isLocalFile():
            url = self.source().resolved(url)
        image = QImage(url.toLocalFile())
        room = self.viewport().width() - _MARGIN
        return image if image.width() <= room else image.scaledToWidth(room, _SMOOTH)

    def doSetSource(
        self, name: QUrl | str, kind: QTextDocument.ResourceType = QTextDocument.ResourceType.UnknownResource
    ) -> None:
        """Go to a page; what lies elsewhere is for the browser of the desktop."""
        url = QUrl(name)
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
        else:
            super().doSetSource(url, kind)


class ManualWindow(QDialog):
    """A modeless window."""

    def __init__(self, parent: QWidget) -> None:
        """Open the manual."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Mammoview manual"))
        self.resize(min(940, theme.ems(self, 70)), 720)
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        self.browser = ManualBrowser()
        self.browser.setAccessibleName(self.tr("Mammoview manual"))
        for text, act, signal in (
            (self.tr("Back"), self.browser.backward, self.browser.backwardAvailable),
            (self.tr("Forward"), self.browser.forward, self.browser.forwardAvailable),
            (self.tr("Contents"), self.browser.home, None),
        ):
            button = QPushButton(text)
            button.setAutoDefault(False)
            button.clicked.connect(act)
            if signal is not None:
                button.setEnabled(False)
                signal.connect(button.setEnabled)
            row.addWidget(button)
        row.addStretch(1)
        self.search = ManualSearch(self.browser, contents(), self)
        row.addWidget(self.search)
        self.finished.connect(self.search.stop)
        application = QCoreApplication.instance()
        if application is not None:  # The window may still be open when the program ends.
            application.aboutToQuit.connect(self.search.stop)
        column.addLayout(row)
        column.addWidget(self.browser, 1)
        self.browser.setSource(QUrl.fromLocalFile(str(contents())))
        self.browser.setFocus()
