"""The question about text in the pixels of a picture to be exported; the thread that exports waits for the answer."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget
from shiboken6 import isValid

from mammoview.qt.i18n.noop import translate_noop

_C = "pixel text"
_N = translate_noop
_TITLE = _N(_C, "Text in the pixels")
_TEXT = _N(_C, "Text in the pixels of this picture may name the patient.")
_WHY = {
    "the file says that text is burned into its pixels": _N(_C, "The file says that text is burned into its pixels."),
    "there are marks like text outside the breast": _N(_C, "There are marks like text outside the breast."),
    "the breast was not found clearly, so that labels on the film cannot be looked for": _N(
        _C, "The breast was not found clearly, so that labels on the film cannot be looked for."
    ),
}
_MANY = _N(_C, "The answer holds for all pictures of this export.")
_BLACK = _N(_C, "Black out what lies outside the breast")
_AS_IT_IS = _N(_C, "Export it as it is")
_STEP_S = 0.1
"""How often a thread that waits looks whether its task was cancelled, seconds."""


class PixelTextQuestion:
    """A question that a thread asks the reader: black out what lies outside the breast, or not."""

    def __init__(self, warning: str, coverable: bool = True) -> None:
        """Ask.

        Parameters
        ----------
        warning
            Why text in the pixels may name the patient, from `burned_in.text_warning`.
        coverable
            Whether what lies outside the breast can be blacked out.
        """
        self.warning, self.coverable = warning, coverable
        self._answered = Event()
        self._black = False

    def answer(self, black: bool) -> None:
        """Resume the thread."""
        self._black = black
        self._answered.set()

    def wait(self, check: Callable[[], None]) -> bool:
        """Return the answer; `check` is called meanwhile, and raises where the export was cancelled."""
        while not self._answered.wait(_STEP_S):
            check()
        check()
        return self._black


def ask_about_text(
    parent: QWidget,
    warning: str,
    answer: Callable[[bool], object],
    cancel: Callable[[], object],
    coverable: bool = True,
    many: bool = False,
) -> QMessageBox:
    """Show the question; it does not block the window.

    Parameters
    ----------
    parent
        Window that it lies over.
    warning
        Why text in the pixels may name the patient, from `burned_in.text_warning`.
    answer
        Called with whether what lies outside the breast is to be black.
    cancel
        Called where nothing is to leave.
    coverable
        Whether what lies outside the breast can be blacked out.
    many
        Whether it is about all pictures of an export.

    Returns
    -------
    The box, which goes when it is answered.
    """

    def tr(text: str) -> str:
        return QCoreApplication.translate(_C, text)

    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(tr(_TITLE))
    box.setText(tr(_TEXT))
    words = [tr(_WHY.get(warning, warning)), tr(_MANY) if many else ""]
    box.setInformativeText(" ".join(filter(None, words)))
    kinds = QMessageBox.ButtonRole
    black = box.addButton(tr(_BLACK), kinds.AcceptRole)
    as_it_is = box.addButton(tr(_AS_IT_IS), kinds.DestructiveRole)
    stop = box.addButton(QMessageBox.StandardButton.Cancel)
    black.setEnabled(coverable)
    box.setDefaultButton(black if coverable else stop)
    box.setEscapeButton(stop)

    def take() -> None:
        pressed = box.clickedButton()
        if pressed in (black, as_it_is):
            answer(pressed is black)
        else:
            cancel()

    box.finished.connect(take)
    box.open()
    return box


def close_question(box: QMessageBox | None) -> None:
    """Close a question from `ask_about_text`, which counts as Cancel; nothing where it has been answered."""
    if box is not None and isValid(box) and box.isVisible():
        box.reject()
