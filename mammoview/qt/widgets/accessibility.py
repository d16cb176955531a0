"""What the keyboard and a screen reader have to be told of controls, since no layout tells it."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtWidgets import QComboBox, QWidget


def name_list(box: QComboBox, name: str) -> None:
    """Say what a list is for: on Linux Qt tells a screen reader its value in place of its name, but both with this."""
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)


def in_turn(*controls: QWidget) -> None:
    """Have Tab go from control to control in this order, from wherever the first one stands."""
    for one, following in pairwise(controls):
        QWidget.setTabOrder(one, following)
