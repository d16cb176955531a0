"""Progress texts of the work on the current study."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.assessment_queue import AssessmentQueue


def progress(
    queue: AssessmentQueue, loading: int, scans: int, opening: bool, busy: bool, stage: tuple[float, str]
) -> tuple[str, float]:
    """Return what is being done, and the fraction done (-1: unknown); an empty text where nothing is.

    Parameters
    ----------
    queue
        The assessments.
    loading, scans
        How many scans are being loaded, and how many the study has.
    opening
        Whether files are being opened.
    busy
        Whether anything is under way or waits.
    stage
        Fraction of the scan that the models are at, and what they do.
    """
    if queue.entry is not None:
        fraction, text = stage
        words = _tr("Assessing {name}").format(name=queue.entry.scan.name) + (f": {phrase(text)}" if text else "")
        return words, queue.share(fraction)
    if loading:
        return _tr("Loading scans"), (scans - loading) / max(1, scans)
    if opening:
        return _tr("Opening"), -1.0
    return (_tr("Loading the models"), -1.0) if busy else ("", 0.0)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("Session", text)
