"""Messages for the reader: the parts of the window send them, and the message bar shows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from mammoview.study.scan import Study


@dataclass(frozen=True, eq=False)
class Message:
    """A line for the reader.

    Parameters
    ----------
    text
        The line, in English where it comes from below Qt.
    warning
        Whether it is a warning.
    study
        Study that it is about; None for the program, or for files that are no study.
    """

    text: str
    warning: bool = True
    study: Study | None = None


class Notifier(QObject):
    """Sends messages on to whatever shows them."""

    notified = Signal(object)
    """A Message."""
    withdrawn = Signal(str)
    """Text of a message that is out of date."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Start without a current study."""
        super().__init__(parent)
        self.study: Study | None = None
        """The current study; the session sets it."""

    def warn(self, text: str, study: Study | None = None) -> None:
        """Send a warning about a study, the current one by default."""
        self.notified.emit(Message(text, True, study or self.study))

    def info(self, text: str, study: Study | None = None) -> None:
        """Send a line that is no warning about a study, the current one by default."""
        self.notified.emit(Message(text, False, study or self.study))

    def warn_general(self, text: str) -> None:
        """Send a warning about the program, or about files that are no study."""
        self.notified.emit(Message(text, True, None))

    def info_general(self, text: str) -> None:
        """Send a line that is no warning about the program."""
        self.notified.emit(Message(text, False, None))

    def withdraw(self, text: str) -> None:
        """Take a message back, if it is there still: it no longer holds."""
        self.withdrawn.emit(text)

    def file_written(self, path: str, study: Study | None = None) -> None:
        """Send where a file is that was written of a study, the current one by default."""
        self.info(self.tr("Written: {}").format(path), study)
