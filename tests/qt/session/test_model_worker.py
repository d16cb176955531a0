"""The thread that owns the models, without a window."""

from __future__ import annotations

from unittest.mock import Mock

from mammoview.qt.session.model_worker import ModelWorker
from tests.support.phantoms import breast_pixels, scan_of
from tests.support.timeouts import PATIENCE_MS


def test_gradients_are_refused_where_the_models_cannot_be_loaded(qtbot) -> None:
    def broken():
        raise RuntimeError

    worker = ModelWorker(make=broken)
    failures: list[str] = []
    worker.take_gradients(scan_of(breast_pixels()), Mock()).connect(worker, failed=failures.append)
    qtbot.waitUntil(lambda: not worker.is_busy, timeout=PATIENCE_MS)
    worker.stop()
    assert failures == ["the models cannot be loaded. Start the program again"]
