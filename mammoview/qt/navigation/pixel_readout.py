"""What the status bar says about the point below the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.message_catalog import by_locale, phrase
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.viewport.anatomical_position import place_text
from mammoview.qt.widgets.status_bar import GAP

if TYPE_CHECKING:
    from mammoview.assess.results.assessment import Layer
    from mammoview.study.scan import Scan


def readout(entry: ScanEntry, column: float, row: float, layers: LayerState) -> str:
    """Return stored value, place and the values of the layers that are shown; empty outside the scan.

    Layers that are off stay silent, so that the pointer does not give away what the reader has not asked for.

    Parameters
    ----------
    entry
        The scan, and what the models said about it.
    column, row
        Scan point.
    layers
        Which layers are on.
    """
    scan, grey = entry.scan, entry.grey
    c, r = int(np.floor(column)), int(np.floor(row))
    if grey is None or not (0 <= c < scan.columns and 0 <= r < scan.rows):
        return ""
    pixels = grey.picture.pixels
    value = pixels[r, c]
    parts = [
        phrase(scan.name),
        _tr("value {}").format(f"{value:.4g}" if np.issubdtype(pixels.dtype, np.floating) else int(value)),
        *_density(scan, float(value)),
        place_text(column, row, grey.picture),
    ]
    if entry.assessed is not None:
        assessment = entry.assessed.assessment
        if layers.shown("grid"):
            grids = assessment.named_grids.values()
            names = [_tr("mean") if grid.mean_of else phrase(grid.title) for grid in grids]
            values = [f for name, grid in zip(names, grids, strict=True) for f in _figure(name, grid, column, row)]
            if values:
                parts.append(_tr("grid {}").format(", ".join(values)))
        if layers.shown("heatmap"):
            parts += _figure(_tr("heatmap"), assessment.heatmap, column, row)
        if layers.shown("saliency"):
            # The paper's reading is not named, another one is.
            name = _tr("model sensitivity percentile")
            if assessment.reading != "entropy":
                name = _tr("model sensitivity of the {} percentile").format(phrase(assessment.reading))
            parts += _figure(name, entry.assessed.sensitivity, column, row)
    return by_locale(GAP.join(parts))


def _density(scan: Scan, value: float) -> list[str]:
    """Optical density of a stored value, where the digitizer is known."""
    calibration = scan.grey.density
    return [] if calibration is None else [_tr("OD {:.2f}").format(float(calibration.density(value)))]


def _figure(name: str, layer: Layer, column: float, row: float) -> list[str]:
    """Value of a layer at a point, where it has one."""
    value = layer.at(column, row)
    return [] if value is None or not np.isfinite(value) else [f"{name} {value:.2f}"]


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("readout", text)
