"""Focus and names of controls for the keyboard and for screen readers, which no layout gives."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import QComboBox, QWidget


def name_list(box: QComboBox, name: str) -> None:
    """Name a list: on Linux Qt gives a screen reader its value in place of its name, but both with this."""
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)


def in_turn(*controls: QWidget) -> None:
    """Have Tab go from control to control in this order, from wherever the first one stands."""
    for one, following in pairwise(controls):
        QWidget.setTabOrder(one, following)
