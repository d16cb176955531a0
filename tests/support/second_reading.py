"""Actions of a second reader (impressions, the reveal, a worksheet), and the resulting audit log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom import dcmread

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.records.birads import AssessmentCategory
from tests.support.dicom_files import write
from tests.support.timeouts import PATIENCE_MS


def give(window, breast: str, category: AssessmentCategory, text: str = "") -> None:
    field = window.reader.panel.fields[breast]
    field.category.setCurrentIndex(field.category.findData(category.value))
    field.category.activated.emit(field.category.currentIndex())
    if text:
        field.text.setPlainText(text)


def reveal(window, qtbot) -> None:
    give(window, "R", AssessmentCategory.NEGATIVE)
    give(window, "L", AssessmentCategory.SUSPICIOUS, "a mass")
    window.actions_by_name["reveal"].trigger()
    qtbot.waitUntil(lambda: window.layers.open, timeout=PATIENCE_MS)


def events() -> list[tuple[str, dict]]:
    return [(line["event"], line["facts"]) for line in AuditLog.of(paths.data_folder()).verify().lines]


def put(choice, value) -> None:
    """Choose an entry as the reader does."""
    index = next(i for i in range(choice.count()) if choice.itemData(i) == value)
    choice.setCurrentIndex(index)
    choice.activated.emit(index)


def sheet_of(window):
    return window.reader.second_reader.own.worksheet


def darkened(study: Path, files: str = "*") -> Path:
    """The study with other pixels in some of its files, so that its reports are other ones, too."""
    for file in study.glob(files):
        data = dcmread(file)
        data.PixelData = (data.pixel_array // 2).astype(np.uint16).tobytes()
        write(file, data)
    return study
