"""The one table of what the reader can do: names, titles, default keys and menus.

Menus, shortcuts and the key help are made from it, and the settings may give any command another key. What is called
stands in a `CommandSlots`, made where the window is assembled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from PySide6.QtCore import QCoreApplication, QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

from mammoview.display.layers.registry import STYLES
from mammoview.qt.i18n.noop import translate_noop
from mammoview.study.annotations import TYPES


class CommandKind(Enum):
    """How a command takes its key."""

    PUSH = "push"
    """Done once per key press."""
    SWITCH = "switch"
    """On or off; the slot takes a bool."""
    HOLD = "hold"
    """Lasts as long as the key is down; the slot takes a bool."""


@dataclass(frozen=True)
class Command:
    """One thing the reader can do.

    Parameters
    ----------
    name
        Stable name, used in the settings.
    title
        Text in menus and the key help.
    key
        Default key, as QKeySequence reads it; several are separated by " | ".
    menu
        Menu it stands in.
    kind
        How it takes its key.
    submenu
        Submenu of the menu that it stands in; empty for none.
    repeats
        Whether it is carried out again and again while its key is held. The others are done once: Return held a little
        too long at the end of a text must not go on to enlarge a viewport.
    scans_only
        Whether its key acts only while the scans have the keyboard focus, as the arrow keys do, which sliders and
        lists use as well.
    """

    name: str
    title: str
    key: str
    menu: str
    kind: CommandKind = CommandKind.PUSH
    submenu: str = ""
    repeats: bool = False
    scans_only: bool = False

    @property
    def keys(self) -> list[QKeySequence]:
        """Its keys."""
        return [QKeySequence(key) for key in self.key.split(" | ") if key]


_N = translate_noop
_C = "commands"

_HANGING = _N(_C, "Hanging protocol and priors")
_ZOOM = _N(_C, "Zoom and place")
_SLICES = _N(_C, "Slices")
_MAGNIFY = _N(_C, "Magnify")
_TEXT = _N(_C, "Overlay text")
_SCREENS = _N(_C, "Screens")
_ERASER = _N(_C, "Eraser")
_POINTER = _N(_C, "Keyboard's pointer")

COMMANDS: tuple[Command, ...] = (
    Command("open_files", _N(_C, "Open files…"), "Ctrl+O", "File"),
    Command("open_folder", _N(_C, "Open folder…"), "Ctrl+Shift+O", "File"),
    Command("sample", _N(_C, "Sample study"), "Ctrl+Alt+O", "File"),
    Command("studies", _N(_C, "Study list"), "F2", "File", CommandKind.SWITCH),
    Command("search_studies", _N(_C, "Search the library"), "Ctrl+F", "File"),
    Command("add_folder", _N(_C, "Add a folder to the library…"), "Ctrl+Shift+A", "File"),
    Command("scan_library", _N(_C, "Scan the library again"), "F5", "File"),
    Command("forget", _N(_C, "Forget from the library…"), "Ctrl+Shift+Del", "File"),
    Command("next_study", _N(_C, "Next study"), "Ctrl+PgDown", "File"),
    Command("previous_study", _N(_C, "Previous study"), "Ctrl+PgUp", "File"),
    Command("close_study", _N(_C, "Close the study"), "Ctrl+W", "File"),
    Command("export_scan", _N(_C, "Export annotated scan…"), "Ctrl+E", "File"),
    Command("export_seen", _N(_C, "Export as seen…"), "Ctrl+Shift+E", "File"),
    Command("figure", _N(_C, "Export a figure, a report or data…"), "Ctrl+Alt+F", "File"),
    Command("copy_seen", _N(_C, "Copy the viewport"), "Ctrl+Alt+C", "File"),
    Command("export_reader_report", _N(_C, "Export reader report…"), "Ctrl+Alt+E", "File"),
    Command("export_worksheet", _N(_C, "Export BI-RADS worksheet…"), "Ctrl+Alt+W", "File"),
    Command("model", _N(_C, "Model…"), "Ctrl+Shift+M", "File"),
    Command("settings", _N(_C, "Settings…"), "Ctrl+,", "File"),
    Command("quit", _N(_C, "Quit"), "Ctrl+Q", "File"),
    Command("next_stage", _N(_C, "Next hanging stage"), "Space", "View", submenu=_HANGING),
    Command("previous_stage", _N(_C, "Previous hanging stage"), "Shift+Space", "View", submenu=_HANGING),
    Command("prior", _N(_C, "Prior in place, and back"), "Backspace", "View", CommandKind.SWITCH, submenu=_HANGING),
    Command("older_prior", _N(_C, "Older prior"), "Shift+Backspace", "View", submenu=_HANGING),
    Command("newer_prior", _N(_C, "Newer prior"), "Ctrl+Backspace", "View", submenu=_HANGING),
    Command("next_viewport", _N(_C, "Next viewport"), "Ctrl+Tab", "View"),
    Command("single", _N(_C, "Single viewport and back"), "Return", "View"),
    Command("fit_breast", _N(_C, "Fit the breasts"), "F", "View", submenu=_ZOOM),
    Command("fit", _N(_C, "Fit the films"), "Shift+F", "View", submenu=_ZOOM),
    Command("film_mask", _N(_C, "Cover the film outside the breasts"), "Shift+E", "View", CommandKind.SWITCH),
    Command("actual", _N(_C, "One scan pixel per screen pixel"), "1", "View", submenu=_ZOOM),
    Command("true_size", _N(_C, "True size"), "3", "View", submenu=_ZOOM),
    Command("measure_screen", _N(_C, "Measure the screen for true size…"), "Ctrl+3", "View", submenu=_ZOOM),
    Command("zoom_in", _N(_C, "Zoom in"), "+ | =", "View", submenu=_ZOOM, repeats=True),
    Command("zoom_out", _N(_C, "Zoom out"), "-", "View", submenu=_ZOOM, repeats=True),
    Command("next_slice", _N(_C, "Next slice"), ".", "View", submenu=_SLICES, repeats=True),
    Command("previous_slice", _N(_C, "Previous slice"), ",", "View", submenu=_SLICES, repeats=True),
    Command("play", _N(_C, "Play the slices"), "Ctrl+Space", "View", CommandKind.SWITCH, submenu=_SLICES),
    Command(
        "next_tile", _N(_C, "Next tile of the breast at full resolution"), "PgDown", "View", submenu=_ZOOM, repeats=True
    ),
    Command("previous_tile", _N(_C, "Previous tile of the breast"), "PgUp", "View", submenu=_ZOOM, repeats=True),
    Command("next_quarter", _N(_C, "Next quarter of the breast"), "Alt+PgDown", "View", submenu=_ZOOM, repeats=True),
    Command(
        "previous_quarter", _N(_C, "Previous quarter of the breast"), "Alt+PgUp", "View", submenu=_ZOOM, repeats=True
    ),
    Command("hold_magnifier", _N(_C, "Magnifier (hold)"), "Z", "View", CommandKind.HOLD, submenu=_MAGNIFY),
    Command("magnifier", _N(_C, "Magnifier"), "Shift+Z", "View", CommandKind.SWITCH, submenu=_MAGNIFY),
    Command("wider_magnifier", _N(_C, "Wider magnifier"), "]", "View", submenu=_MAGNIFY, repeats=True),
    Command("narrower_magnifier", _N(_C, "Narrower magnifier"), "[", "View", submenu=_MAGNIFY, repeats=True),
    Command(
        "double_magnifier",
        _N(_C, "Magnifier at twice full resolution"),
        "2",
        "View",
        CommandKind.SWITCH,
        submenu=_MAGNIFY,
    ),
    Command("square_magnifier", _N(_C, "Square magnifier"), "Alt+Z", "View", CommandKind.SWITCH, submenu=_MAGNIFY),
    Command("cursor", _N(_C, "Mark the pointer in the other viewports"), "J", "View", CommandKind.SWITCH),
    Command("pan_left", _N(_C, "Move left"), "Left", "View", submenu=_ZOOM, repeats=True, scans_only=True),
    Command("pan_right", _N(_C, "Move right"), "Right", "View", submenu=_ZOOM, repeats=True, scans_only=True),
    Command("pan_up", _N(_C, "Move up"), "Up", "View", submenu=_ZOOM, repeats=True, scans_only=True),
    Command("pan_down", _N(_C, "Move down"), "Down", "View", submenu=_ZOOM, repeats=True, scans_only=True),
    Command("link", _N(_C, "Link the viewports"), "L", "View", CommandKind.SWITCH),
    Command("patient", _N(_C, "Show the patient"), "P", "View", CommandKind.SWITCH, submenu=_TEXT),
    Command("corners", _N(_C, "Less text in the corners"), "Shift+I", "View", submenu=_TEXT),
    Command("all_overlay_text", _N(_C, "All overlay text of the scan"), "Ctrl+Shift+I", "View", submenu=_TEXT),
    Command("smooth", _N(_C, "Interpolate enlarged pixels"), "Ctrl+1", "View", CommandKind.SWITCH),
    Command("panels", _N(_C, "Hide the panels"), "Shift+Tab", "View", CommandKind.SWITCH),
    Command("second_screen", _N(_C, "Second screen: panel, images, nothing"), "Ctrl+Alt+M", "View", submenu=_SCREENS),
    Command("full_screen", _N(_C, "Full screen"), "F11", "View", CommandKind.SWITCH, submenu=_SCREENS),
    Command("invert", _N(_C, "Invert"), "I", "Window/level", CommandKind.SWITCH),
    Command("invert_one", _N(_C, "Invert this viewport alone"), "Alt+I", "Window/level"),
    Command("next_preset", _N(_C, "Next window/level preset"), "V", "Window/level"),
    Command("next_preset_one", _N(_C, "Next window/level preset of this viewport alone"), "Alt+V", "Window/level"),
    Command("reset_window_level", _N(_C, "Reset window/level"), "R", "Window/level"),
    Command("drag_window_level", _N(_C, "Drag changes window/level (hold)"), "W", "Window/level", CommandKind.HOLD),
    *(Command(style.name, style.title, style.key, "Layers", CommandKind.SWITCH) for style in STYLES.values()),
    Command("all_layers", _N(_C, "All layers off, and on again"), "A", "Layers"),
    Command("alternate", _N(_C, "Alternate the last two layers"), "X", "Layers"),
    Command("alternate_models", _N(_C, "Alternate models A and B"), "Shift+X", "Layers"),
    Command("heatmap_fill", _N(_C, "Fill the heatmap's cells"), "Shift+H", "Layers", CommandKind.SWITCH),
    Command("grid_fill", _N(_C, "Fill the patch grid's cells"), "Ctrl+G", "Layers", CommandKind.SWITCH),
    Command("next_grid", _N(_C, "Patch grid of the next magnification"), "Shift+G", "Layers"),
    Command("next_weighting", _N(_C, "Next weighting of the sensitivity"), "Shift+S", "Layers"),
    Command("fewer_marks", _N(_C, "Fewer marks"), "<", "Layers"),
    Command("more_marks", _N(_C, "More marks"), ">", "Layers"),
    Command("bare", _N(_C, "Bare image (hold)"), "B", "Layers", CommandKind.HOLD),
    Command("impression", _N(_C, "Enter your impression"), "U", "Findings"),
    Command("worksheet", _N(_C, "BI-RADS worksheet"), "Shift+U", "Findings"),
    Command("reveal", _N(_C, "Reveal the layers"), "Ctrl+Return", "Findings"),
    Command("next_finding", _N(_C, "Next finding"), "N", "Findings", repeats=True),
    Command("previous_finding", _N(_C, "Previous finding"), "Shift+N", "Findings", repeats=True),
    Command("accept", _N(_C, "Accept the finding, and back"), "Y", "Findings"),
    Command("reject", _N(_C, "Reject the finding, and back"), "Shift+Y", "Findings"),
    Command("reason", _N(_C, "Reason for the verdict"), "Alt+Y", "Findings"),
    Command("comparison", _N(_C, "Compare with the outlines"), "K", "Findings", CommandKind.SWITCH),
    Command("difference", _N(_C, "Difference of outlines and layer"), "Shift+K", "Findings", CommandKind.SWITCH),
    Command("workbench", _N(_C, "Workbench: the errors of an evaluation…"), "Ctrl+Alt+B", "Findings"),
    Command("assess", _N(_C, "Assess this study"), "Ctrl+R", "Findings"),
    Command("cancel", _N(_C, "Cancel what is running"), "C", "Findings"),
    Command("pointer", _N(_C, "Pointer"), "Alt+1", "Tools", CommandKind.SWITCH),
    Command("window_level_tool", _N(_C, "Window and level"), "Alt+2", "Tools", CommandKind.SWITCH),
    Command("pan_tool", _N(_C, "Pan"), "Alt+3", "Tools", CommandKind.SWITCH),
    Command("zoom_tool", _N(_C, "Zoom"), "Alt+4", "Tools", CommandKind.SWITCH),
    *(Command(kind.value, one.title, one.key, "Tools", CommandKind.SWITCH) for kind, one in TYPES.items()),
    Command("point_left", _N(_C, "Keyboard's pointer: left"), "Alt+Left", "Tools", submenu=_POINTER, repeats=True),
    Command("point_right", _N(_C, "Keyboard's pointer: right"), "Alt+Right", "Tools", submenu=_POINTER, repeats=True),
    Command("point_up", _N(_C, "Keyboard's pointer: up"), "Alt+Up", "Tools", submenu=_POINTER, repeats=True),
    Command("point_down", _N(_C, "Keyboard's pointer: down"), "Alt+Down", "Tools", submenu=_POINTER, repeats=True),
    Command(
        "point_fine", _N(_C, "Keyboard's pointer: fine steps"), "Alt+.", "Tools", CommandKind.SWITCH, submenu=_POINTER
    ),
    Command("press", _N(_C, "Keyboard's pointer: press and release"), "Alt+Return", "Tools", submenu=_POINTER),
    Command("draw", _N(_C, "Draw outlines"), "D", "Drawings", CommandKind.SWITCH),
    Command("edit", _N(_C, "Edit own drawings"), "E", "Drawings", CommandKind.SWITCH),
    Command("label", _N(_C, "About the chosen drawing…"), "Ctrl+L", "Drawings"),
    Command("delete", _N(_C, "Delete the chosen drawing"), "Del", "Drawings"),
    Command("undo", _N(_C, "Undo"), "Ctrl+Z", "Drawings", repeats=True),
    Command("redo", _N(_C, "Redo"), "Ctrl+Shift+Z | Ctrl+Y", "Drawings", repeats=True),
    Command("save", _N(_C, "Save own drawings"), "Ctrl+S", "Drawings"),
    Command("overlay", _N(_C, "Write a DDSM overlay…"), "Ctrl+Shift+S", "Drawings"),
    Command(
        "erase",
        _N(_C, "Erase tissue: what made the models say that?"),
        "Ctrl+D",
        "Tools",
        CommandKind.SWITCH,
        submenu=_ERASER,
    ),
    Command(
        "move_region", _N(_C, "Move a region elsewhere"), "Ctrl+Shift+D", "Tools", CommandKind.SWITCH, submenu=_ERASER
    ),
    Command("wider_brush", _N(_C, "Wider brush"), "Alt+]", "Tools", submenu=_ERASER, repeats=True),
    Command("narrower_brush", _N(_C, "Narrower brush"), "Alt+[", "Tools", submenu=_ERASER, repeats=True),
    Command("true_pictures", _N(_C, "Show the true pictures again"), "Ctrl+Shift+R", "Tools", submenu=_ERASER),
    Command("calibrate", _N(_C, "Calibrate with the ruler…"), "Ctrl+K", "Tools"),
    Command("undo_calibration", _N(_C, "Undo the calibration"), "Ctrl+Shift+K", "Tools"),
    Command("tags", _N(_C, "Tags of the scan"), "T", "Tools"),
    Command("clear", _N(_C, "Drop what is under way and close messages"), "Esc", "Tools"),
    Command("palette", _N(_C, "Find a command…"), "Ctrl+Shift+P", "Help"),
    Command("manual", _N(_C, "Manual"), "Shift+F1", "Help"),
    Command("help", _N(_C, "Keys"), "? | F1", "Help"),
    Command("fault", _N(_C, "Report a fault…"), "Ctrl+Shift+F1", "Help"),
    Command("about", _N(_C, "About Mammoview"), "Ctrl+F1", "Help"),
)
"""In menu order."""


def with_keys(keys: Mapping[str, str]) -> tuple[tuple[Command, ...], list[str]]:
    """Return the table with the reader's own keys, and a line for each that cannot be used.

    Two commands may swap their keys. An own key that another command has as well goes back to that of the table.

    Parameters
    ----------
    keys
        Command name to key. An unknown name, an unreadable key and a key that another command has are left out.
    """
    problems: list[str] = []
    plain = {command.name: command for command in COMMANDS}
    wanted: dict[str, str] = {}
    for name, key in keys.items():
        if name not in plain:
            problems.append(_tr("The settings give a key to {name!r}, which is no command").format(name=name))
        elif key and any(s.isEmpty() or first_key(s) == Qt.Key.Key_unknown for s in replace(plain[name], key=key).keys):
            text = _tr("The settings give {name!r} the key {key!r}, which is no key")
            problems.append(text.format(name=name, key=key))
        else:
            wanted[name] = key
    while clashes := {name: other for name, other in conflicts(wanted).items() if name in wanted}:
        name, other = next(iter(clashes.items()))
        text = _tr("The settings give {name!r} the key {key!r}, which {other!r} has")
        problems.append(text.format(name=name, key=wanted.pop(name), other=other))
    return _table(wanted), problems


def conflicts(keys: Mapping[str, str]) -> dict[str, str]:
    """Return, for each command whose key another one has with these own keys, that other command."""
    holders: dict[str, list[str]] = {}
    for command in _table(keys):
        for sequence in command.keys:
            holders.setdefault(sequence.toString(), []).append(command.name)
    pairs = [(name, other) for names in holders.values() for name in names for other in names if name != other]
    return dict(pairs)


def shown_keys(command: Command) -> str:
    """Return the keys of a command as the reader's system writes them."""
    return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in command.keys)


def first_key(sequence: QKeySequence) -> Qt.Key:
    """Return the key that a sequence begins with, without its modifiers."""
    combination: QKeyCombination = sequence[0]  # type: ignore[index]  # missing in PySide's stubs
    return combination.key()


def _table(keys: Mapping[str, str]) -> tuple[Command, ...]:
    """Return the table with other keys."""
    return tuple(replace(c, key=keys[c.name]) if c.name in keys else c for c in COMMANDS)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("commands", text)
