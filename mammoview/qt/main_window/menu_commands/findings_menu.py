"""The menu Findings: impression, findings, verdicts and comparisons."""

from __future__ import annotations

from mammoview.qt.actions.commands import Command, Push, Switch
from mammoview.qt.findings.comparison import ComparisonController
from mammoview.qt.findings.comparison_panel import ComparisonPanel
from mammoview.qt.i18n.noop import translate_noop
from mammoview.qt.main_window.cancel_controller import CancelController
from mammoview.qt.main_window.side_panel_controller import SidePanelController
from mammoview.qt.main_window.workbench_controller import WorkbenchController
from mammoview.qt.reader.reader_controller import ReaderController
from mammoview.qt.reader.verdicts import VerdictController
from mammoview.qt.reader.worksheet_controller import WorksheetController
from mammoview.qt.session.session import Session

_N = translate_noop
_C = "commands"

FINDINGS_COMMANDS: tuple[Command, ...] = (
    Command(
        "impression",
        _N(_C, "Enter your impression"),
        "U",
        "Findings",
        Push(SidePanelController, SidePanelController.enter_impression),
    ),
    Command(
        "worksheet",
        _N(_C, "BI-RADS worksheet"),
        "Shift+U",
        "Findings",
        Push(WorksheetController, WorksheetController.open),
    ),
    Command(
        "reveal",
        _N(_C, "Reveal the layers"),
        "Ctrl+Return",
        "Findings",
        Push(ReaderController, ReaderController.reveal),
    ),
    Command(
        "next_finding",
        _N(_C, "Next finding"),
        "N",
        "Findings",
        Push(SidePanelController, SidePanelController.show_next_finding),
        repeats=True,
    ),
    Command(
        "previous_finding",
        _N(_C, "Previous finding"),
        "Shift+N",
        "Findings",
        Push(SidePanelController, SidePanelController.show_previous_finding),
        repeats=True,
    ),
    Command(
        "accept",
        _N(_C, "Accept the finding, and back"),
        "Y",
        "Findings",
        Push(VerdictController, VerdictController.accept),
    ),
    Command(
        "reject",
        _N(_C, "Reject the finding, and back"),
        "Shift+Y",
        "Findings",
        Push(VerdictController, VerdictController.reject),
    ),
    Command(
        "reason",
        _N(_C, "Reason for the verdict"),
        "Alt+Y",
        "Findings",
        Push(SidePanelController, SidePanelController.go_to_reason),
    ),
    Command(
        "comparison",
        _N(_C, "Compare with the outlines"),
        "K",
        "Findings",
        Switch(ComparisonPanel, ComparisonPanel.open, ComparisonPanel.isVisible),
    ),
    Command(
        "difference",
        _N(_C, "Difference of outlines and layer"),
        "Shift+K",
        "Findings",
        Switch(ComparisonController, ComparisonController.show_difference, lambda comparison: comparison.difference),
    ),
    Command(
        "workbench",
        _N(_C, "Workbench: the errors of an evaluation…"),
        "Ctrl+Alt+B",
        "Findings",
        Push(WorkbenchController, WorkbenchController.show),
    ),
    Command("assess", _N(_C, "Assess this study"), "Ctrl+R", "Findings", Push(Session, Session.assess)),
    Command(
        "cancel",
        _N(_C, "Cancel what is running"),
        "C",
        "Findings",
        Push(CancelController, CancelController.cancel_work),
    ),
)
