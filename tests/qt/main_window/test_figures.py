"""Figures out of the window: previews and files in the background, folders that go on where they stopped."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from PIL import Image
from PySide6.QtGui import QGuiApplication

from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import MammoviewError
from mammoview.export.export_format import ExportOptions, FigureKind
from mammoview.export.formats import FORMATS
from mammoview.qt.dialogs.figure_dialog import FigureChoice
from mammoview.qt.i18n import language
from mammoview.qt.main_window.figure_worker import FolderRequest, export_folder
from mammoview.records.reader_report import report_key
from tests.support.timeouts import PATIENCE_MS


def choice(name: str, figure: FigureKind, layers: tuple[str, ...] = ("outlines",), **options: object) -> FigureChoice:
    return FigureChoice(FORMATS[name], ExportOptions(figure, dpi=60, **options), layers)


def test_the_window_exports_figures(window, study, qtbot, tmp_path: Path, monkeypatch) -> None:
    """All of it in one window, which takes long to make."""
    figures = window.figures
    figures.show()
    dialog = figures.dialog
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=PATIENCE_MS)
    assert [dialog.crop.itemData(i) for i in range(dialog.crop.count())] == ["breast", "scan", "paper", "finding:1"]

    # A figure is written in the thread, and noted.
    noted: list[str] = []
    figures.done.connect(noted.append)
    request = figures.request(choice("png", FigureKind.STUDY, ("heatmap",)))
    assert len(request.scans) == 4
    figures.write(request, tmp_path / "study.png")
    qtbot.waitUntil(lambda: bool(noted), timeout=PATIENCE_MS)
    assert noted == [str(tmp_path / "study.png")]

    # The audit log names the scan of the dialog, whichever is active, and what was in the figure.
    def entries() -> list[dict]:
        return [line["facts"] for line in AuditLog.of(paths.data_folder()).verify().lines if line["event"] == "export"]

    about = request.about
    window.viewport_grid.activate(next(one for one in window.viewport_grid.visible if one.scan is not about))
    figures.write(figures.request(choice("png", FigureKind.PANELS)), tmp_path / "panels.png")
    qtbot.waitUntil(lambda: len(noted) == 2 and len(entries()) == 2, timeout=PATIENCE_MS)
    assert entries()[1] == {"what": "png", "view": about.name, "layers": "outlines"}
    # A figure that names its patient has one entry, from before it was written.
    named = choice("pdf", FigureKind.REPORT, keep_identity=True)
    figures.write(figures.request(named), tmp_path / "named.pdf")
    qtbot.waitUntil(lambda: len(noted) == 3, timeout=PATIENCE_MS)
    figures.write(figures.request(choice("png", FigureKind.PANELS)), tmp_path / "again.png")
    qtbot.waitUntil(lambda: len(noted) == 4 and len(entries()) == 4, timeout=PATIENCE_MS)
    names = ", ".join(one.scan.name for one in figures.request(named).scans)
    assert entries()[2] == {"what": "pdf", "view": names, "layers": "outlines", "identity": True}
    key = report_key(scan.pixel_hash for scan in window.session.study.scans)
    assert {line["study"] for line in AuditLog.of(paths.data_folder()).verify().lines} >= {key}
    assert Image.open(tmp_path / "study.png").info["dpi"][0] > 59

    # What cannot be written is reported, and leaves nothing.
    warned: list[str] = []
    window.notifier.notified.connect(lambda message: warned.append(message.text))
    (tmp_path / "file").write_text("")
    figures.write(figures.request(choice("pdf", FigureKind.PANELS)), tmp_path / "file" / "x.pdf")
    qtbot.waitUntil(lambda: any("cannot be written" in line for line in warned), timeout=PATIENCE_MS)

    # So is what the audit log cannot take; an anonymous figure is there all the same.
    def refuse(*_: object) -> None:
        raise MammoviewError("the audit log cannot be written", "Make room on the disk")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", refuse)
        figures.write(figures.request(choice("png", FigureKind.PANELS)), tmp_path / "unnoted.png")
        qtbot.waitUntil(lambda: len(noted) == 5, timeout=PATIENCE_MS)
    assert (tmp_path / "unnoted.png").exists() and any("audit log cannot be written" in line for line in warned)

    # A suffix that contradicts the format is an error.
    monkeypatch.setattr("mammoview.qt.widgets.file_dialogs.file_to_save", lambda *_: str(tmp_path / "figure.svg"))
    figures.ask_for_file(choice("png", FigureKind.PANELS))
    assert any("ends in .svg" in line for line in warned) and not (tmp_path / "figure.svg").exists()

    # The question for the file names the format as the dialog does.
    kinds: list[str] = []
    monkeypatch.setattr("mammoview.qt.widgets.file_dialogs.file_to_save", lambda *words: kinds.append(words[3]) or "")
    language.install(QGuiApplication.instance(), "es")
    try:
        figures.ask_for_file(choice("png", FigureKind.PANELS))
    finally:
        language.remove(QGuiApplication.instance())
    assert kinds == ["Imagen PNG (*.png)"]

    # A folder: what is there is kept.
    out = tmp_path / "out"
    for expected in ("Written: 4, already there: 0, failed: 0", "Written: 0, already there: 4, failed: 0"):
        figures.export_folder(choice("png", FigureKind.PANELS), study, out)
        qtbot.waitUntil(lambda text=expected: dialog.stage.text() == text, timeout=PATIENCE_MS)
    assert len(list(out.iterdir())) == 4
    # Each file that was written has an entry, as on the command line, and what was kept has none.
    assert [one["what"] for one in entries()[4:]] == ["png"] * 4
    assert {one["view"] for one in entries()[4:]} == {scan.name for scan in window.session.study.scans}

    # Cancelling ends it at once for the reader.
    figures.export_folder(choice("png", FigureKind.SCAN), study, tmp_path / "other")
    figures.show()  # again: the dialog is another, and what is being written can still be cancelled
    dialog = figures.dialog
    assert dialog.stop.isVisible() and dialog.stage.text() and not dialog.save.isEnabled()
    dialog.stop.click()
    assert dialog.save.isEnabled() and "Cancelled" in dialog.stage.text()

    # Of listed studies, files and whole studies that are gone are asked for as such.
    asked: list[FolderRequest] = []
    with monkeypatch.context() as patch:
        patch.setattr(figures, "export", asked.append)
        gone = study / "gone.dcm"
        listed = [SimpleNamespace(key=k, sources=s, missing=[gone]) for k, s in (("a", [study]), ("b", []))]
        figures.export_listed(choice("png", FigureKind.SCAN), listed, tmp_path)
    assert (asked[0].keys, asked[0].missing, asked[0].missing_files) == ({"a"}, 1, (gone,))

    # The budget of false marks is that of the window, for a figure and for folders.
    window.layers.false_marks = 2.0
    assert figures.request(choice("pdf", FigureKind.REPORT)).choice.options.false_marks == 2.0
    folders: list[FolderRequest] = []
    with monkeypatch.context() as patch:
        patch.setattr(figures.writer, "export_folder", lambda request: folders.append(request) or figures.writing)
        figures.export_folder(choice("pdf", FigureKind.REPORT), study, tmp_path)
    assert folders[0].choice.options.false_marks == 2.0
    figures.show_done("")

    # Closed layers stay out, also of what the dialog had offered.
    window.layers.set_open(False)
    hidden = figures.request(choice("png", FigureKind.PANELS, ("heatmap",)))
    assert hidden.choice.layers == () and hidden.scans[0].assessment is None

    QGuiApplication.clipboard().clear()
    window.viewport_copy.copy()
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=PATIENCE_MS)
    dialog.close()

    # What was opened for a study goes with it: no other woman's picture is written with its crops.
    opened = figures.request(choice("png", FigureKind.PANELS)).scans[0].scan.path
    other = next(one for one in window.viewport_grid.visible if one.scan.path != opened)
    window.viewport_grid.activate(other)
    assert figures.request(choice("png", FigureKind.PANELS)).scans[0].scan.path == opened
    window.session.close_study()
    assert figures.dialog is None and figures.request(choice("png", FigureKind.PANELS)) is None


def test_studies_of_a_list_that_have_changed_count_as_failures(study: Path, tmp_path: Path) -> None:
    asked = FolderRequest(
        choice("csv", FigureKind.SCAN, ()), (study,), tmp_path / "out", "cpu", None,
        frozenset({"another", "one more"}), missing=2, missing_files=(study / "gone.dcm",),
    )  # fmt: skip
    result = export_folder(asked, SimpleNamespace(report=lambda *_: None, is_cancelled=lambda: False))
    assert (result.written, result.kept, result.failed) == (0, 0, 5)
    assert result.first.startswith("2 studies of the list are not in their files any more")
