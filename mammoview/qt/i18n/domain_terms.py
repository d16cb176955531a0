"""Translation of texts of the packages below Qt and of data files: layers, outlines, colours, hanging protocols."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication


def word(text: str) -> str:
    """Return such a text in the reader's language, and any other as it is, such as the title of a user's protocol."""
    return QCoreApplication.translate("words", text) if text else text
