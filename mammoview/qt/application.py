"""Starts the window, or renders it without a screen."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QEventLoop, QMessageLogContext, QSize, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from mammoview.core import malloc
from mammoview.core.errors import MammoviewError
from mammoview.core.exit_codes import signals_taken
from mammoview.core.private_output import debugging
from mammoview.qt.concurrency.import_hooks import load_extensions_in_background
from mammoview.qt.concurrency.worker import threads_left
from mammoview.qt.early_settings import read_early_settings
from mammoview.qt.i18n import language
from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.main_window.single_instance import SingleInstance, send_to_running_window
from mammoview.qt.widgets import theme

if TYPE_CHECKING:
    from mammoview.core.run_record import RunRecord
    from mammoview.study.scan import Study

TITLE_PX = 40
"""Room for the title of a window, px."""
_QT_FUNCTION = re.compile(r"Q[A-Za-z0-9]+::[A-Za-z0-9]+")


def application() -> QApplication:
    """Return the one QApplication, with the dark theme."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    # Qt would hand parts of thin lines and small pictures to threads of its own and wait for them: three times as slow
    # on two idle cores, and far worse while the models have them.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    # pydantic would look through all installed packages for plugins of its own.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    malloc.share_arena()
    load_extensions_in_background()
    # Qt releases Python's lock in nearly every call, so that one turn waits for a busy worker fifty times: a worker
    # gives way after a tenth of a millisecond instead of five. No work takes longer for it.
    sys.setswitchinterval(0.0001)
    made = QApplication(["mammoview"])
    qInstallMessageHandler(_write_message)
    made.setApplicationName("Mammoview")
    made.setDesktopFileName("mammoview")
    theme.apply(made)
    return made


def draws_text(running: QApplication) -> bool:
    """Whether there is a font: without one, all letters are boxes of one width."""
    metrics = QFontMetrics(running.font())
    return metrics.horizontalAdvance("i") != metrics.horizontalAdvance("m")


def fits_with_frame(size: QSize, available: QSize) -> bool:
    """Whether a window of a size leaves room for its frame on a screen; the frame is known only once it is shown."""
    return size.width() < available.width() and size.height() + TITLE_PX <= available.height()


def run(paths: Sequence[Path], demo: bool = False, separate: bool = False) -> int:
    """Open the window on `paths` and run it until it is closed.

    Parameters
    ----------
    paths
        Files, folders, zips or DICOMDIRs; may be empty.
    demo
        Whether to start with findings and heatmap on, as for a first look.
    separate
        Whether to open a window in any case. Otherwise a window of this user on this screen that runs already opens
        the paths, and this process ends.

    Returns
    -------
    Exit code.
    """
    _take_signals()
    running = application()
    if not (demo or separate) and send_to_running_window(paths):
        print("mammoview: opened in the window that runs (--separate opens another)", file=sys.stderr)
        return 0
    look = read_early_settings()
    theme.apply(running, look.theme, look.ui_scale)
    language.install(running, look.language)
    window = MainWindow(at_once=False)
    window.place(look.window)
    if look.window is None and not fits_with_frame(window.size(), window.screen().availableSize()):
        window.setWindowState(window.windowState() | Qt.WindowState.WindowMaximized)
    if demo:
        window.assembled.connect(window.demonstrate)
    records: list[RunRecord] = []
    window.assembled.connect(lambda: records.append(_keep_record(window)))
    instance = SingleInstance(window, window.open_paths)
    if sys.platform == "darwin":  # Only there files are opened by events; a filter in Python slows down every event.
        running.installEventFilter(instance)
    window.first_painted.connect(instance.listen)
    window.open_paths(paths)
    window.show()
    # Python takes signals only when it runs at all; the timer lets it, and acts on them.
    heartbeat = QTimer()
    heartbeat.start(300)

    def heed() -> None:
        if signals_taken:
            window.close()
            running.quit()

    heartbeat.timeout.connect(heed)
    code = running.exec()
    for record in records:
        record.end()
    instance.stop()
    if window.failure is not None:
        raise window.failure
    if threads_left():
        # Python would wait for them, for ever where a share does not answer; all that is to be kept has been written.
        # What a thread may still leave half written is removed at the next start, as after a crash.
        from mammoview.qt.widgets.picture_drag import remove_dragged  # not on the way to the first paint

        remove_dragged()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
    return code


def _keep_record(window: MainWindow) -> RunRecord:
    """Keep a record of this run once the window has been painted, and offer what a run before it left after a crash."""
    from mammoview.core.run_record import RunRecord  # not on the way to the first paint

    record = RunRecord()
    window.faults.catch()
    window.faults.noted.connect(record.note)
    window.session.study_shown.connect(partial(_note_study, record))
    window.first_painted.connect(record.begin)
    window.first_painted.connect(window.crash_offer.look)
    return record


def _note_study(record: RunRecord, study: Study | None) -> None:
    """Note in the record of the run which study is shown."""
    from mammoview.library.insert import study_key

    if study is not None:
        record.note_study(study_key(study))


def snapshot(
    path: Path,
    out: Path,
    layers: Collection[str],
    protocol: str = "",
    size: tuple[int, int] = (1600, 1200),
    keep_identity: bool = False,
    black_outside: bool = False,
    model: Path | None = None,
) -> None:
    """Render the window with a study to a PNG, without a screen.

    The picture names nobody unless that is asked for: no patient, no date, no text of a presentation state, no file.

    Parameters
    ----------
    path
        What to open.
    out
        File to write; ".png" is added to a name without a suffix.
    layers
        Layers to switch on; the models run only if one of theirs is among them.
    protocol
        Name of the hanging protocol; the one that suits the study when empty.
    size
        Width and height of the window, px.
    black_outside
        Black out what lies outside the breast, of digital mammograms as well as of film.
    keep_identity
        Show the patient and the dates, unless the user's settings hide them. The audit log has an entry of the picture,
        which says whether it does.
    model
        Folder of a model of the user's own that is run instead of the bundled ones.

    Raises
    ------
    MammoviewError
        When what lies outside a breast is to be black and the breast was not found clearly, or when the name of the
        file ends as another format does, the study cannot be opened, no scan can be shown, every
        assessment fails, or the file or the audit log cannot be written.
    """
    from mammoview.core import settings as settings_file
    from mammoview.core.settings import Settings
    from mammoview.display.layers.registry import MODEL_LAYERS
    from mammoview.export.audit_entries import export_event, write_noted
    from mammoview.export.export_names import suffixed
    from mammoview.export.saving import save
    from mammoview.qt.viewport.film_masking import FilmMasking

    out = suffixed(out, ".png")
    if QApplication.instance() is None and "QT_QPA_PLATFORM" not in os.environ:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    running = application()
    if not draws_text(running):
        raise MammoviewError("no font is installed, so text would be boxes", "Install one, such as fonts-dejavu-core")
    wants_models = bool(MODEL_LAYERS & set(layers))
    # Not the user's settings: the same command gives the same picture everywhere.
    settings = Settings.model_construct(
        notice_seen=True, assess_on_open=wants_models, reading="concurrent", cache_mb=0, show_patient=False
    )
    settings.own_model = "" if model is None else str(model.absolute())
    if keep_identity:
        of_user, problem = settings_file.load()
        settings.show_patient, settings.reader = of_user.show_patient, of_user.reader
        hidden = "" if of_user.show_patient else "the settings hide the patient: the picture names nobody"
        for line in filter(None, (problem, hidden)):
            print(f"mammoview: {line}", file=sys.stderr)
    window = MainWindow(settings, library=False)
    window.drawing.restores_drawings = False
    window.reader.keep_no_record()
    if black_outside:
        window.viewport_grid.set_film_mask(FilmMasking.ALL)
    unknown = set(layers) - set(window.layers.names)
    if unknown:
        window.close()
        raise MammoviewError(
            f"there is no layer {sorted(unknown)[0]!r}", f"Choose from {', '.join(window.layers.names)}"
        )
    try:
        _render(window, path, layers, protocol, size, wants_models)
        _take_messages_away(window)
        check_pixels(window, black_outside)
        if not settings.show_patient:
            _take_files_away(window)
        image = window.grab().toImage()
        study = window.session.study
        hung = [one.scan for one in window.viewport_grid.visible if one.scan is not None and one.content is not None]
        event = None if study is None else export_event("snapshot", study, hung, layers, settings.show_patient)
    finally:
        window.close()
    held = QBuffer()
    if not image.save(held, "PNG"):  # type: ignore[call-overload]  # bytes in the stubs, text when it is called
        raise MammoviewError("the picture cannot be encoded", "Choose a smaller size", out)

    def write() -> None:
        save(out, lambda file: file.write_bytes(held.data().data()))

    if event is None:
        write()
    elif unnoted := write_noted(event, write):
        print(f"mammoview: {unnoted}", file=sys.stderr)


def check_pixels(window: MainWindow, black_outside: bool) -> None:
    """Print how many pictures may show text in their pixels; raise MammoviewError where it should be black and is not.

    What is covered on screen names nobody, unless the mask holds bands along the edges of the film as well.
    """
    from mammoview.export.burned_in import blacked_out, coverable
    from mammoview.qt.main_window.export_actions import shown_text_warning

    doubtful = 0
    for viewport in window.viewport_grid.visible:
        if viewport.content is None:
            continue
        grey = viewport.content.grey
        analysis = grey.picture.analysis
        if black_outside and not coverable(analysis):
            blacked_out(analysis, analysis.scan.pixels)
        if not (viewport.film_covered and coverable(analysis)):
            doubtful += bool(shown_text_warning(analysis, grey.beside, grey.window))
    if doubtful:
        print(f"{doubtful} may show text in the pixels: look at them, or use --black-outside", file=sys.stderr)


def _take_messages_away(window: MainWindow) -> None:
    """Print the window's messages instead of having them in the picture: they name files, and files name patients."""
    for line in reversed(window.messages.texts):
        print(f"mammoview: {line}", file=sys.stderr)
    window.messages.clear()
    QApplication.processEvents()


def _take_files_away(window: MainWindow) -> None:
    """Show why a scan could not be opened or assessed without naming its file."""
    from mammoview.core.fault_report import without_values

    entries = list(window.session.entries.values())
    for entry in entries:
        entry.rewrite_texts(without_values)
    for viewport in window.viewport_grid.viewports:
        hung = None if viewport.scan is None else window.hanging.entry_of(viewport.scan)
        if hung is not None and hung.problem:
            viewport.show_note(phrase(without_values(hung.problem)))
    window.findings.show_entries(entries)


def _render(
    window: MainWindow, path: Path, layers: Collection[str], protocol: str, size: tuple[int, int], wants_models: bool
) -> None:
    """Open the study in the window and wait until everything is there."""
    from mammoview.qt.session.scan_results import AssessmentState

    if protocol:
        from mammoview.display.hanging_protocols import protocol_named as named

        window.hanging.first = named(protocol).name
    problems: list[str] = []
    window.notifier.notified.connect(lambda message: problems.append(message.text))
    window.layers.show_only(layers)
    window.resize(*size)
    window.show()
    window.open_paths([path])
    loop = QEventLoop()

    def look() -> None:
        unread = any(entry.grey is None and not entry.problem for entry in window.session.entries.values())
        waits = unread or window.session.busy or window.drawing.figures.busy or window.model_layers.pending
        shown = window.session.studies and not waits
        if shown or (problems and not window.session.studies):
            loop.quit()

    window.session.progressed.connect(look)
    window.notifier.notified.connect(look)
    window.drawing.figures.changed.connect(look)
    window.model_layers.changed.connect(look)
    loop.exec()
    entries = window.session.entries.values()
    if not any(entry.grey is not None for entry in entries):
        raise MammoviewError(problems[0] if problems else "no scan can be shown", "Open other files")
    if wants_models and not any(
        entry.state in (AssessmentState.DONE, AssessmentState.OUT_OF_SCOPE) for entry in entries
    ):
        raise MammoviewError(problems[0] if problems else "no scan was assessed", "Run mammoview selftest")
    QApplication.processEvents()


def _write_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    """Print which function of Qt logs a message, and its text with MAMMOVIEW_DEBUG=1: it may name files.

    Messages that the offscreen platform repeats for every window, and that mean nothing, are left out.
    """
    if kind is QtMsgType.QtDebugMsg or "propagateSizeHints" in text or sys.stderr is None:
        return
    named = _QT_FUNCTION.match(text)
    print(f"Qt: {text if debugging() else named[0] if named else kind.name}", file=sys.stderr)


def _take_signals() -> None:
    """Note signals to end from now on, in place of raising: Qt swallows what is raised on its way."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP; nohup has it ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _frame: signals_taken.append(number))


if __name__ == "__main__":
    sys.exit(run([Path(argument) for argument in sys.argv[1:]]))
