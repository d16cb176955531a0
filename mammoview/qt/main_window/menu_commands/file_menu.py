"""The menu File: what is opened, exported and set."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from mammoview.qt.actions.commands import Command, Push, Switch
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.library.study_panel import StudyPanel
from mammoview.qt.main_window.export_actions import ExportController
from mammoview.qt.main_window.figure_controller import FigureController
from mammoview.qt.main_window.model_controller import ModelController
from mammoview.qt.main_window.open_actions import OpenController
from mammoview.qt.main_window.settings_controller import SettingsController
from mammoview.qt.main_window.viewport_copy import ViewportCopyController
from mammoview.qt.reader.reader_controller import ReaderController
from mammoview.qt.reader.worksheet_controller import WorksheetController
from mammoview.qt.session.session import Session

_N = translate_noop
_C = "commands"

FILE_COMMANDS: tuple[Command, ...] = (
    Command("open_files", _N(_C, "Open files…"), "Ctrl+O", "File", Push(OpenController, OpenController.ask_for_files)),
    Command(
        "open_folder",
        _N(_C, "Open folder…"),
        "Ctrl+Shift+O",
        "File",
        Push(OpenController, OpenController.ask_for_folder),
    ),
    Command("sample", _N(_C, "Sample study"), "Ctrl+Alt+O", "File", Push(OpenController, OpenController.open_sample)),
    Command("studies", _N(_C, "Study list"), "F2", "File", Switch(StudyPanel, StudyPanel.open, StudyPanel.isVisible)),
    Command(
        "search_studies", _N(_C, "Search the library"), "Ctrl+F", "File", Push(StudyPanel, StudyPanel.go_to_search)
    ),
    Command(
        "add_folder",
        _N(_C, "Add a folder to the library…"),
        "Ctrl+Shift+A",
        "File",
        Push(StudyPanel, StudyPanel.add_folder),
    ),
    Command("scan_library", _N(_C, "Scan the library again"), "F5", "File", Push(StudyPanel, StudyPanel.scan)),
    Command(
        "forget",
        _N(_C, "Forget from the library…"),
        "Ctrl+Shift+Del",
        "File",
        Push(StudyPanel, StudyPanel.ask_to_forget),
    ),
    Command(
        "next_study", _N(_C, "Next study"), "Ctrl+PgDown", "File", Push(OpenController, OpenController.show_next_study)
    ),
    Command(
        "previous_study",
        _N(_C, "Previous study"),
        "Ctrl+PgUp",
        "File",
        Push(OpenController, OpenController.show_previous_study),
    ),
    Command("close_study", _N(_C, "Close the study"), "Ctrl+W", "File", Push(Session, Session.close_study)),
    Command(
        "export_scan",
        _N(_C, "Export annotated scan…"),
        "Ctrl+E",
        "File",
        Push(ExportController, ExportController.ask_for_scan),
    ),
    Command(
        "export_seen",
        _N(_C, "Export as seen…"),
        "Ctrl+Shift+E",
        "File",
        Push(ExportController, ExportController.ask_for_seen),
    ),
    Command(
        "figure",
        _N(_C, "Export a figure, a report or data…"),
        "Ctrl+Alt+F",
        "File",
        Push(FigureController, FigureController.show),
    ),
    Command(
        "copy_seen",
        _N(_C, "Copy the viewport"),
        "Ctrl+Alt+C",
        "File",
        Push(ViewportCopyController, ViewportCopyController.copy),
    ),
    Command(
        "export_reader_report",
        _N(_C, "Export reader report…"),
        "Ctrl+Alt+E",
        "File",
        Push(ReaderController, ReaderController.ask_for_file),
    ),
    Command(
        "export_worksheet",
        _N(_C, "Export BI-RADS worksheet…"),
        "Ctrl+Alt+W",
        "File",
        Push(WorksheetController, WorksheetController.ask_for_file),
    ),
    Command("model", _N(_C, "Model…"), "Ctrl+Shift+M", "File", Push(ModelController, ModelController.show)),
    Command("settings", _N(_C, "Settings…"), "Ctrl+,", "File", Push(SettingsController, SettingsController.show)),
    Command("quit", _N(_C, "Quit"), "Ctrl+Q", "File", Push(QMainWindow, QMainWindow.close)),
)
