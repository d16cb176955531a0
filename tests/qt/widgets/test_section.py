"""Tests for sections of the side panel."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLabel

from mammoview.qt.widgets.section import Section


def test_a_section_opens_no_window_of_its_own_while_it_is_made(qapp: QApplication) -> None:
    section = Section("Layers", QLabel("one"))
    assert not section.isVisible()
    assert section.windowHandle() is None


def test_a_section_comes_and_goes_with_its_panel(qapp: QApplication) -> None:
    panel = QLabel("one")
    panel.hide()
    section = Section("Layers", panel)
    assert section.isHidden()
    panel.show()
    assert not section.isHidden()
