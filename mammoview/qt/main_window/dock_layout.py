"""Places the scans and the panels in the main window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QVBoxLayout, QWidget

from mammoview.qt.findings.findings_panel import FindingsPanel
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.qt.main_window.side_panel import SidePanel
from mammoview.qt.reader.impression_panel import ImpressionPanel

LEAST_SCANS_PX = 120
"""Least height of the scans, px."""


def place_scans(window: QMainWindow, centre: QWidget, viewport_grid: QWidget) -> None:
    """Give the scans the middle of the window; messages lie over them in `centre`."""
    column = QVBoxLayout(centre)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(viewport_grid, 1)
    centre.setMinimumHeight(LEAST_SCANS_PX)  # panels are scrolled before the scans give way
    window.setCentralWidget(centre)


def side_panel(layers: LayersPanel, findings: FindingsPanel, impression: ImpressionPanel) -> SidePanel:
    """Return the panel at the right; a section of it is a line here."""
    side = SidePanel(
        (
            ("layers", QCoreApplication.translate("MainWindow", "Layers"), layers),
            ("findings", QCoreApplication.translate("MainWindow", "Findings"), findings),
            ("impression", QCoreApplication.translate("MainWindow", "Impression"), impression),
        )
    )
    findings.grown.connect(lambda row: side.show_part(findings, row))
    return side


def place_panels(window: QMainWindow, side: SidePanel, comparison: QDockWidget, studies: QDockWidget) -> QDockWidget:
    """Dock the panels: the narrow one at the right, comparison below, studies at the left; return the right dock."""
    dock = QDockWidget(QCoreApplication.translate("MainWindow", "Layers and findings"), window)
    dock.setObjectName("side")
    dock.setTitleBarWidget(QWidget())
    dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
    dock.setWidget(side)
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, comparison)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, studies)
    window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
    window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
    return dock
