"""The dialog of exported figures: what is chosen, a preview of it, and where it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QTimer, Signal, SignalInstance
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from mammoview.core.settings import FigureSettings
from mammoview.display.hanging_protocols import all_protocols
from mammoview.display.layers.registry import STYLES
from mammoview.export.export_format import ExportFormat, ExportOptions, FigureKind, Grey
from mammoview.export.formats import FORMATS
from mammoview.qt.dialogs.figure_preview import FigurePreview, PixelText
from mammoview.qt.dialogs.figure_titles import CONTEXT, FIGURE_TITLES, GREY_TITLES, PRESETS, format_title
from mammoview.qt.i18n.domain_terms import word
from mammoview.qt.widgets import theme
from mammoview.qt.widgets.accessibility import name_list

SETTLE_MS = 300
"""Wait after a change before the preview is made anew."""
_PREVIEW_EMS = 46


@dataclass(frozen=True)
class FigureChoice:
    """What the reader has chosen.

    Parameters
    ----------
    format
        Kind of file.
    options
        Figure, crop, resolution, identity.
    layers
        Names of the layers.
    """

    format: ExportFormat
    options: ExportOptions
    layers: tuple[str, ...]


class FigureDialog(QDialog):
    """Asks for a figure; it does not block the window, and makes nothing itself."""

    preview_wanted = Signal(object)
    """A FigureChoice."""
    save_wanted = Signal(object)
    """A FigureChoice: to a file."""
    folder_wanted = Signal(object)
    """A FigureChoice: of every scan or study in a folder."""
    cancel_wanted = Signal()
    """What is being written is to stop."""
    presets_changed = Signal(object)
    """FigureSettings by name."""

    def __init__(
        self,
        presets: Mapping[str, FigureSettings],
        layers: Sequence[str],
        crops: Sequence[tuple[str, str]],
        listed: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        """Show the last choice.

        Parameters
        ----------
        presets
            Earlier choices by name; the last one under the empty name.
        layers
            Names of the layers that are on, which are offered first.
        crops
            Name and title of each crop that the scan has.
        listed
            How many studies of a list are exported in place of a scan, which has a preview; 0 for a scan.
        parent
            The window.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export studies") if listed else self.tr("Export a figure"))
        self._presets = dict(presets)
        self._built_in = {QCoreApplication.translate(CONTEXT, title): one for title, one in PRESETS.items()}
        self._on = tuple(layers)
        self.text_accepted: frozenset[tuple[str, ...]] = frozenset()
        """`PixelText.about` of the figures that may leave with the text in their pixels, as the reader said."""
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self.preview_wanted.emit(self.choice))
        self._make_choices(crops)
        self.preview = FigurePreview()
        self.preview.setMinimumSize(theme.ems(self, 24), theme.ems(self, 18))
        self._make_buttons()
        self._lay_out()
        self.show_preset("")
        self._connect()
        self.resize(theme.ems(self, _PREVIEW_EMS + 26), theme.ems(self, 40))
        self._refresh()
        if listed:
            self._show_listed(listed)

    def _show_listed(self, count: int) -> None:
        """Offer to export the studies of a list in place of a scan."""
        for widget in (self.save, self.copy, self.hint):
            widget.hide()
        self.folder.setText(self.tr("Export…"))
        self.folder.setDefault(True)
        self.preview.show_text(
            self.tr(
                "Studies in the list: {}.\nA file is written for each of their scans or for each study, depending on "
                "the figure. What is in the folder already is kept, so that an export that was stopped goes on."
            ).format(count)
        )

    @property
    def preview_pending(self) -> bool:
        """Whether a preview of the present choice is about to be asked for."""
        return self._settle.isActive()

    @property
    def choice(self) -> FigureChoice:
        """What is chosen now."""
        shown = tuple(name for name, box in self.layers.items() if box.isChecked())
        options = ExportOptions(
            figure=FigureKind(self.figure.currentData()),
            dpi=self.dpi.value(),
            keep_identity=self.identity.isChecked() and self.identity.isEnabled(),
            crop=self.crop.currentData() or "breast",
            grey=Grey(self.grey.currentData()) if self.grey.isEnabled() else Grey.BURNED,
            black_outside=self.black_outside.isChecked() and self.black_outside.isEnabled(),
            hanging_protocol=self.protocol.currentData() if FigureKind(self.figure.currentData()).of_study else "",
            reader_report=self.reader_report.isChecked() and self.reader_report.isEnabled(),
        )
        return FigureChoice(FORMATS[self.format.currentData()], options, shown)

    def show_preset(self, name: str) -> None:
        """Show an earlier choice, or one of the program's; what the scan does not have stays as it is."""
        kept = self._presets.get(name) or self._built_in.get(name) or FigureSettings()
        _select(self.figure, kept.figure)
        self._offer_formats()
        _select(self.format, kept.format)
        _select(self.crop, kept.crop)
        _select(self.grey, kept.grey)
        _select(self.protocol, kept.hanging_protocol)
        self.dpi.setValue(kept.dpi)
        self.black_outside.setChecked(kept.black_outside)
        on = self._on if kept.layers is None else kept.layers
        for layer, box in self.layers.items():
            box.setChecked(layer in on)

    def show_preview(self, image: QImage, text: PixelText | None = None) -> None:
        """Show what the figure looks like, and note text in its pixels that may name the patient."""
        self.preview.show_image(image, None if text is None or text.about in self.text_accepted else text)
        self.copy.setEnabled(True)

    def show_problem(self, text: str) -> None:
        """Show why there is no preview."""
        self.preview.show_text(text)

    def show_progress(self, share: float, text: str) -> None:
        """Show how far the writing is, 0..1."""
        self.bar.setRange(0, 1000 if share >= 0 else 0)
        self.bar.setValue(max(0, round(1000 * share)))
        self.stage.setText(text)
        self._show_busy(True)

    def show_done(self, text: str) -> None:
        """Show that nothing is being written any more."""
        self.stage.setText(text)
        self._show_busy(False)

    def take_answer(self, text: PixelText, black: bool) -> None:
        """Take the reader's choice about text in the pixels: black out what lies outside the breast, or not.

        That the text may leave holds for the figure that was asked about, which need not be shown any more.
        """
        if black:
            self.black_outside.setChecked(True)
            return
        self.text_accepted |= {text.about}
        if self.preview.pixel_text is not None and self.preview.pixel_text.about == text.about:
            self.preview.pixel_text = None

    def _make_choices(self, crops: Sequence[tuple[str, str]]) -> None:
        self.preset = QComboBox()
        self.figure, self.format, self.crop, self.grey = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        for figure, title in FIGURE_TITLES.items():
            self.figure.addItem(QCoreApplication.translate(CONTEXT, title), figure.value)
        for name, title in crops:
            self.crop.addItem(title, name)
        for grey, title in GREY_TITLES.items():
            self.grey.addItem(QCoreApplication.translate(CONTEXT, title), grey.value)
        self.protocol = QComboBox()
        self.protocol.addItem(self.tr("As it suits the study"), "")
        for one in all_protocols():
            if not one.compares:
                self.protocol.addItem(word(one.title), one.name)
        self.dpi = QSpinBox()
        self.dpi.setRange(30, 1200)
        self.dpi.setSuffix(" dpi")
        self.layers = {name: QCheckBox(QCoreApplication.translate("commands", STYLES[name].title)) for name in STYLES}
        self.black_outside = QCheckBox(self.tr("Black out what lies outside the breast"))
        self.reader_report = QCheckBox(self.tr("Impression, worksheet and verdicts, as they were written"))
        self.identity = QCheckBox(self.tr("Name the patient (noted in the audit log)"))

    def _make_buttons(self) -> None:
        self.bar, self.stage = QProgressBar(), QLabel()
        self.bar.setTextVisible(False)
        self.stage.setWordWrap(True)
        kinds = QDialogButtonBox.ButtonRole
        self.buttons = QDialogButtonBox()
        self.save = QPushButton(self.tr("Save…"))
        self.folder = QPushButton(self.tr("Export a folder…"))
        self.copy = QPushButton(self.tr("Copy"))
        self.stop = QPushButton(self.tr("Cancel"))
        self.shut = QPushButton(self.tr("Close"))
        for button in (self.save, self.folder, self.copy):
            self.buttons.addButton(button, kinds.ActionRole)
        self.buttons.addButton(self.shut, kinds.RejectRole)
        self.save.setDefault(True)
        self.store, self.drop = QPushButton(self.tr("Keep as…")), QPushButton(self.tr("Remove"))
        for button in (self.store, self.drop):
            button.setAutoDefault(False)
        self._show_busy(False)

    def _lay_out(self) -> None:
        form = QFormLayout()
        kept = QHBoxLayout()
        for widget in (self.preset, self.store, self.drop):
            kept.addWidget(widget)
        form.addRow(self.tr("Saved choices"), kept)
        for title, box in (
            (self.tr("Figure"), self.figure),
            (self.tr("Format"), self.format),
            (self.tr("Crop"), self.crop),
            (self.tr("Hanging protocol"), self.protocol),
            (self.tr("Grey values"), self.grey),
        ):
            form.addRow(title, box)
            name_list(box, title)
        form.addRow(self.tr("Resolution in print"), self.dpi)
        self.dpi.setAccessibleName(self.tr("Resolution in print"))
        name_list(self.preset, self.tr("Saved choices"))
        self.preview.setAccessibleName(self.tr("Preview"))
        left = QVBoxLayout()
        left.addLayout(form)
        left.addWidget(QLabel(self.tr("Layers")))
        for check in (*self.layers.values(), self.black_outside, self.reader_report, self.identity):
            left.addWidget(check)
        left.addStretch(1)
        right = QVBoxLayout()
        right.addWidget(self.preview, 1)
        self.hint = QLabel(self.tr("Drag the preview into another program to insert it there."))
        theme.make_faint(self.hint)
        self.hint.setWordWrap(True)
        right.addWidget(self.hint)
        above = QHBoxLayout()
        above.addLayout(left)
        above.addLayout(right, 1)
        running = QHBoxLayout()
        running.addWidget(self.bar, 1)
        running.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.addLayout(above, 1)
        column.addWidget(self.stage)
        column.addLayout(running)
        column.addWidget(self.buttons)

    def _connect(self) -> None:
        self._offer_presets("")
        self.preset.activated.connect(self._take_preset)
        self.figure.currentIndexChanged.connect(self._offer_formats)
        for choice in (self.figure, self.format, self.crop, self.protocol, self.grey):
            choice.currentIndexChanged.connect(self._refresh)
        self.dpi.valueChanged.connect(self._refresh)
        for box in (*self.layers.values(), self.black_outside, self.reader_report, self.identity):
            box.toggled.connect(self._refresh)
        self.save.clicked.connect(lambda: self._act(self.save_wanted))
        self.folder.clicked.connect(lambda: self._act(self.folder_wanted))
        self.copy.clicked.connect(self.preview.copy)
        self.stop.clicked.connect(self.cancel_wanted)
        self.shut.clicked.connect(self.reject)
        self.store.clicked.connect(self._store)
        self.drop.clicked.connect(self._drop)

    def _act(self, wanted: SignalInstance) -> None:
        """Remember the choice, and emit the request."""
        self._remember("")
        wanted.emit(self.choice)

    def _offer_formats(self) -> None:
        """Offer the formats that can hold the figure."""
        figure, before = FigureKind(self.figure.currentData()), self.format.currentData()
        self.format.clear()
        for name, one in FORMATS.items():
            if figure in one.figures:
                self.format.addItem(format_title(one), name)
        _select(self.format, before)

    def _refresh(self) -> None:
        """Enable what goes with the choice, and have the preview made once it has settled."""
        kind = FORMATS.get(self.format.currentData() or "")
        if kind is None:
            return
        figure = FigureKind(self.figure.currentData())
        self.crop.setEnabled(figure is FigureKind.PANELS or kind.name in ("gif", "webp"))
        self.protocol.setEnabled(figure.of_study)
        self.grey.setEnabled(kind.holds_grey and figure is FigureKind.SCAN)
        named = figure is FigureKind.REPORT or FigureKind.REPORT not in kind.figures
        self.identity.setEnabled(kind.names_patient and named)
        self.reader_report.setEnabled(figure is FigureKind.REPORT)
        self.black_outside.setEnabled(kind.blacks_out)
        # What is shown is that of the choice before: it is not copied any more.
        self.preview.image = QImage()
        self.copy.setEnabled(False)
        self._settle.start()

    def _offer_presets(self, chosen: str) -> None:
        self.preset.clear()
        self.preset.addItem(self.tr("Last choice"), "")
        for name in (*self._built_in, *sorted(self._presets.keys() - self._built_in.keys() - {""})):
            self.preset.addItem(name, name)
        _select(self.preset, chosen)
        self._offer_to_drop()

    def _take_preset(self) -> None:
        self._offer_to_drop()
        self.show_preset(self.preset.currentData())

    def _offer_to_drop(self) -> None:
        """Let a choice be removed that the reader has kept; the program's own stay."""
        self.drop.setEnabled(self.preset.currentData() in self._presets.keys() - {""})

    def _store(self) -> None:
        """Keep the choice under a name."""
        name, given = QInputDialog.getText(self, self.tr("Keep this choice"), self.tr("Name"))
        if given and name.strip():
            self._remember(name.strip())
            self._offer_presets(name.strip())

    def _drop(self) -> None:
        """Forget the chosen preset."""
        self._presets.pop(self.preset.currentData(), None)
        self._offer_presets("")
        self.presets_changed.emit(dict(self._presets))

    def _remember(self, name: str) -> None:
        chosen, options = self.choice, self.choice.options
        self._presets[name] = FigureSettings(
            figure=options.figure.value,
            format=chosen.format.name,
            crop=options.crop,
            grey=options.grey.value,
            layers=list(chosen.layers),
            dpi=options.dpi,
            black_outside=options.black_outside,
            hanging_protocol=options.hanging_protocol,
        )
        self.presets_changed.emit(dict(self._presets))

    def _show_busy(self, busy: bool) -> None:
        for widget in (self.bar, self.stop):
            widget.setVisible(busy)
        for button in (self.save, self.folder):
            button.setEnabled(not busy)


def _select(box: QComboBox, value: object) -> None:
    """Choose the entry with that value, if there is one."""
    for index in range(box.count()):
        if box.itemData(index) == value:
            box.setCurrentIndex(index)
            return
