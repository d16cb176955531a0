"""Shows a model's card."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser, QWidget


class CardBrowser(QTextBrowser):
    """Markdown that anybody may have written: nothing that it names is read, and no link is followed."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Show nothing; `name` is its accessible name."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setOpenLinks(False)

    def loadResource(self, _kind: int, _name: QUrl | str) -> object:
        """Read no picture and no style."""
        return None
