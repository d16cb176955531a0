"""The crops of the rows in sight, cut by a thread of their own."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from mammoview.qt.concurrency.task import Task
from mammoview.qt.workbench.error_table import ErrorTableModel
from mammoview.qt.workbench.error_views import ErrorViews
from mammoview.qt.workbench.opened_evaluation import OpenedEvaluation
from mammoview.qt.workbench.workbench_worker import WorkbenchWorker

MOST_PENDING = 400
"""Crops that are waited for; earlier ones have been scrolled away."""


class CropQueue(QObject):
    """Cuts the crops of rows that come on screen, and passes them to the table model.

    Many may be waited for, so what the workbench reads and writes is done by another worker.
    """

    failed = Signal(str)
    """A line about the first crop that cannot be cut; nothing about the others of the same evaluation."""

    def __init__(self, model: ErrorTableModel, views: ErrorViews, parent: QObject) -> None:
        """Cut nothing before `show`."""
        super().__init__(parent)
        self.worker = WorkbenchWorker(self)
        self.worker.failed.connect(self.failed)
        self._model, self._views = model, views
        self._opened: OpenedEvaluation | None = None
        self._pending: dict[int, Task[QImage, None]] = {}
        self._refused: set[int] = set()
        model.crop_wanted.connect(self.want)
        model.modelReset.connect(self._drop_pending)
        views.crops.verticalScrollBar().valueChanged.connect(self._drop_unseen)

    def show(self, opened: OpenedEvaluation) -> None:
        """Cut the crops of another evaluation from now on."""
        self.drop()
        self._opened = opened

    @property
    def pending(self) -> tuple[int, ...]:
        """Rows of `ErrorRows` whose crops are waited for, the oldest first."""
        return tuple(self._pending)

    def want(self, row: int) -> None:
        """Have the crop of a row cut; those asked for long ago are out of sight."""
        if self._opened is None or row in self._pending or row in self._refused:
            return
        while len(self._pending) >= MOST_PENDING:
            self._pending.pop(next(iter(self._pending))).cancel()
        task = self.worker.crop(self._opened, row)
        self._pending[row] = task.connect(self, result=partial(self._take, row), failed=partial(self._refuse, row))

    def _take(self, row: int, image: QImage) -> None:
        self._pending.pop(row, None)
        self._model.take_crop(row, image)

    def _refuse(self, row: int, line: str) -> None:
        """Report once, not for each row, why there is no crop."""
        self._pending.pop(row, None)
        if not self._refused:
            self.failed.emit(line)
        self._refused.add(row)

    def _drop_unseen(self) -> None:
        """Cut no crop that was scrolled out of sight before its turn came."""
        places = self._model.places_of(self._pending)
        for row, place in zip(self._model.rows_at(places), places.tolist(), strict=True):
            if not self._views.is_crop_seen(place):
                self._pending.pop(row).cancel()

    def _drop_pending(self) -> None:
        """Cut no crop that is waited for; those in sight are asked for again when they are painted."""
        for task in self._pending.values():
            task.cancel()
        self._pending.clear()

    def drop(self) -> None:
        """Forget all crops, and wait for none."""
        self._drop_pending()
        self._refused.clear()

    def stop(self) -> None:
        """Drop all crops and end the thread."""
        self.drop()
        self.worker.stop()
