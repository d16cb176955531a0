"""Check that Qt can draw pictures on this machine, for `mammoview selftest`."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, qVersion
from PySide6.QtGui import QImage


def round_trip() -> tuple[bool, str]:
    """Write a small picture as PNG in memory and read it back; returns whether it came back, and one line."""
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = QImage(grey.tobytes(), 16, 16, 16, QImage.Format.Format_Grayscale8)
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    written = image.save(buffer, "PNG")  # type: ignore[call-overload]  # bytes in the stubs, text when it is called
    read = QImage.fromData(held, "PNG")  # type: ignore[arg-type]  # bytes in the stubs
    back = read.convertToFormat(QImage.Format.Format_Grayscale8)
    same = written and back.size() == image.size() and bytes(back.constBits()) == grey.tobytes()
    return same, f"Qt {qVersion()}, pictures {'come back exactly' if same else 'do not come back as written'}"
