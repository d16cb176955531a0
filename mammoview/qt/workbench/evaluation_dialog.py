"""Asks which data set is evaluated, with which model, whose outlines count, and where the results go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from mammoview.qt.widgets.file_dialogs import folder_to_open
from mammoview.study.outline_sources import Truth

_MOST_JOBS = 256


class EvaluationDialog(QDialog):
    """Modeless dialog for what `mammoview evaluate` takes: folders, outlines, processes, attributes, readers."""

    wanted = Signal(object)
    """An EvaluationRequest on any device."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Ask for all of it."""
        super().__init__(parent)
        self.setWindowTitle(self.tr("Evaluate a data set"))
        self.data, self.results, self.truth = QLineEdit(), QLineEdit(), QComboBox()
        self.model, self.against = QLineEdit(), QLineEdit()
        self.model.setPlaceholderText(self.tr("The bundled models"))
        self.against.setPlaceholderText(self.tr("Nothing"))
        for truth, title in (
            (Truth.OTHERS, self.tr("Those of others, as data sets give them")),
            (Truth.OWN, self.tr("My own")),
            (Truth.ALL, self.tr("All")),
        ):
            self.truth.addItem(title, truth)
        self.jobs, self.scheduler = QSpinBox(), QLineEdit()
        self.jobs.setRange(1, _MOST_JOBS)
        self.jobs.setAccessibleName(self.tr("Processes"))
        self.scheduler.setPlaceholderText(self.tr("or a Dask scheduler, such as tcp://host:8786"))
        self.scheduler.setAccessibleName(self.tr("Address of a Dask scheduler"))
        self.scheduler.textChanged.connect(lambda text: self.jobs.setDisabled(bool(text.strip())))
        work = QHBoxLayout()
        work.addWidget(self.jobs)
        work.addWidget(self.scheduler, 1)
        self.by, self.readers = QLineEdit(), QLineEdit()
        self.by.setPlaceholderText(self.tr("None, or such as KVP; 0008,1010"))
        self.readers.setPlaceholderText(self.tr("None, or folders of reports; mine for your own"))
        form = QFormLayout(self)
        form.addRow(self.tr("Data"), self._row(self.data, self.tr("Folder of the data")))
        form.addRow(self.tr("Results"), self._row(self.results, self.tr("Folder for the results")))
        form.addRow(self.tr("Outlines that count"), self.truth)
        form.addRow(self.tr("Model"), self._row(self.model, self.tr("Folder of a model with model.toml")))
        form.addRow(self.tr("Set against"), self._row(self.against, self.tr("Folder of another evaluation")))
        form.addRow(self.tr("Readers"), self._row(self.readers, self.tr("Folder of a reader's reports"), several=True))
        form.addRow(self.tr("Figures by DICOM attribute"), self.by)
        form.addRow(self.tr("Processes"), work)
        about = QLabel(
            self.tr(
                "The model assesses every picture. What is assessed in the folder of the results already is not "
                "assessed again, so that a run that was stopped goes on. Nothing else may lie there. To compare a "
                "model of your own with the bundled ones, evaluate the data with these first, and set it against that."
            )
        )
        about.setWordWrap(True)
        form.addRow(about)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start = self.buttons.addButton(self.tr("Start"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form.addRow(self.buttons)
        for field in (self.data, self.results, self.model, self.against):
            field.textChanged.connect(self._check)
        self.accepted.connect(self._emit_wanted)
        self.resize(620, self.sizeHint().height())
        self._check()

    def _row(self, field: QLineEdit, title: str, several: bool = False) -> QWidget:
        """Return a field with a button that opens a folder dialog; where it takes several, one more is added."""
        field.setAccessibleName(title)
        browse = QPushButton(self.tr("Browse…"))
        browse.setAccessibleName(title)
        browse.clicked.connect(lambda: self._browse(field, title, several))
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(field, 1)
        line.addWidget(browse)
        return row

    def _browse(self, field: QLineEdit, title: str, several: bool) -> None:
        before = _words(field) if several else []
        folder = folder_to_open(self, title, before[-1] if before else "" if several else field.text())
        if folder:
            field.setText("; ".join([*before, folder]))

    def _check(self) -> None:
        """Let the run be started once there are both folders."""
        data, results, model, against = self._folders()
        self.start.setEnabled(bool(data and results and results not in (data, model, against)))

    def _folders(self) -> tuple[str, str, str, str]:
        """Return what is entered for data, results, model and another evaluation; empty where nothing is."""
        data, results, model, against = (
            field.text().strip() for field in (self.data, self.results, self.model, self.against)
        )
        return data, results, model, against

    def _emit_wanted(self) -> None:
        from mammoview.batch.evaluation_process import EvaluationRequest

        data, results, model, against = self._folders()
        truth = Truth(self.truth.currentData())
        scheduler = self.scheduler.text().strip()
        request = EvaluationRequest(
            Path(data),
            Path(results),
            truth,
            "auto",
            Path(model) if model else None,
            Path(against) if against else None,
            jobs=1 if scheduler else self.jobs.value(),
            scheduler=scheduler,
            by=tuple(_words(self.by)),
            readers=tuple(map(Path, _words(self.readers))),
        )
        self.wanted.emit(request)


def _words(field: QLineEdit) -> list[str]:
    """Return what is entered between semicolons; tags of DICOM attributes and paths have commas and blanks."""
    return [word.strip() for word in field.text().split(";") if word.strip()]
