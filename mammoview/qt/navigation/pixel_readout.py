"""Text of the status bar about the point below the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from mammoview.display.layers.layer_type import LayerContext, ReadOut
from mammoview.display.layers.registry import LAYERS
from mammoview.qt.i18n.message_catalog import by_locale, localized_line, phrase
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.viewport.anatomical_position import place_text
from mammoview.qt.widgets.status_bar import GAP

if TYPE_CHECKING:
    from mammoview.study.scan import Scan


def readout(entry: ScanEntry, column: float, row: float, layers: LayerState) -> str:
    """Return stored value, place and the values of the layers that are shown; empty outside the scan.

    Layers that are off stay silent, so that the pointer does not give away what the reader has not asked for.

    Parameters
    ----------
    entry
        The scan, and the results of the models for it.
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
    context = LayerContext(scan, entry.drawn, grey.picture.breast)
    for name, layer in LAYERS.items():
        if layers.shown(name):
            parts += [_text(one) for one in layer.read_out(context, column, row)]
    return by_locale(GAP.join(parts))


def _density(scan: Scan, value: float) -> list[str]:
    """Optical density of a stored value, where the digitizer is known."""
    calibration = scan.grey.density
    return [] if calibration is None else [_tr("OD {:.2f}").format(float(calibration.density(value)))]


def _text(one: ReadOut) -> str:
    """Return the read-out of a layer at a point, in the reader's language."""
    values = ", ".join(f"{localized_line(name)} {value:.2f}".lstrip() for name, value in one.values)
    return f"{phrase(one.name)} {values}".rstrip()


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("readout", text)
