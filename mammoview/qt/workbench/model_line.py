"""A line above the rows, shown when they are of another model than the layers beside them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from mammoview.qt.session.model_choices import ModelChoices

OTHER_BUNDLED = "bundled, of another version"
"""Key of bundled models that are not those of this version; no model that can be chosen has it."""


@dataclass(frozen=True)
class EvaluatedModel:
    """The model that an evaluation is of.

    Parameters
    ----------
    key
        As `ModelChoice.key`: empty for the bundled models of this version; or `OTHER_BUNDLED`.
    name
        Name and version of a model of the user's own; else empty.
    """

    key: str = ""
    name: str = ""


class ModelLine(QWidget):
    """Seen while the rows are of another model than the current one; offers that of the rows, or to find it."""

    wanted = Signal(str)
    """Key of the model of the rows, which is to be shown."""

    def __init__(self, choices: ModelChoices) -> None:
        """Compare with the model that `choices` show; there are no rows yet."""
        super().__init__()
        self._choices = choices
        self._evaluated: EvaluatedModel | None = None
        self.label, self.button = QLabel(), QPushButton()
        self.label.setWordWrap(True)
        self.button.clicked.connect(lambda: self._evaluated and self.wanted.emit(self._evaluated.key))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.label, 1)
        line.addWidget(self.button)
        choices.changed.connect(self._refresh)
        self._refresh()

    def set_model(self, evaluated: EvaluatedModel | None) -> None:
        """Take the model of the rows; None where it is not known."""
        self._evaluated = evaluated
        self._refresh()

    @property
    def text(self) -> str:
        """The text of the line; empty where rows and layers are of one model, or that of the rows is not known."""
        if self._evaluated is None or self._evaluated.key == self._choices.shown.key:
            return ""
        return self.tr("These rows are of {rows}; the window shows the layers and marks of {shown}").format(
            rows=self._words(self._evaluated), shown=self._choices.shown.name or self.tr("the bundled models")
        )

    def _words(self, evaluated: EvaluatedModel) -> str:
        if evaluated.key == OTHER_BUNDLED:
            return self.tr("another version of the bundled models")
        return evaluated.name or self.tr("the bundled models")

    def _refresh(self) -> None:
        evaluated = self._evaluated
        self.label.setText(self.text)
        self.setVisible(bool(self.text))
        if evaluated is not None:
            known = evaluated.key in ("", *(one.key for one in self._choices.run))
            text = self.tr("Show {}") if known else self.tr("Show {}: choose its folder…")
            self.button.setText(text.format(self._words(evaluated)))
            self.button.setVisible(evaluated.key != OTHER_BUNDLED)
