"""Every command has something to call, and nothing else has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow

from mammoview.qt.actions.command_slots import CommandSlots, Switch
from mammoview.qt.actions.commands import COMMANDS, CommandKind, first_key
from mammoview.qt.actions.menus import HeldKeys, build_menus
from mammoview.qt.main_window.connect_commands import command_slots


def none() -> None:
    """Do nothing."""


def names(kind: CommandKind) -> list[str]:
    return [command.name for command in COMMANDS if command.kind is kind]


@pytest.fixture
def slots() -> CommandSlots:
    return CommandSlots(
        dict.fromkeys(names(CommandKind.PUSH), none),
        dict.fromkeys(names(CommandKind.SWITCH), Switch(bool, bool)),
        dict.fromkeys(names(CommandKind.HOLD), bool),
    )


def test_the_window_has_a_slot_for_every_command(open_window, make_study):
    command_slots(open_window(make_study())).check(COMMANDS)


def test_a_missing_unknown_or_misplaced_slot_is_an_error_when_the_menus_are_built(qtbot, slots):
    window = QMainWindow()
    qtbot.addWidget(window)
    build_menus(window, window, COMMANDS, slots)
    pushed = dict(slots.pushed)
    quit_slot = pushed.pop("quit")
    for odd in (
        replace(slots, pushed=pushed),
        replace(slots, pushed={**slots.pushed, "dance": none}),
        replace(slots, pushed=pushed, switched={**slots.switched, "quit": Switch(lambda _on: quit_slot(), bool)}),
    ):
        with pytest.raises(ValueError, match=r"quit|dance"):
            build_menus(window, window, COMMANDS, odd)


def test_every_switch_is_checked_in_the_menu_while_it_is_on(open_window, make_study):
    window = open_window(make_study())
    for name, switch in command_slots(window).switched.items():
        assert window.actions_by_name[name].isChecked() is switch.is_on(), name


def test_a_key_that_is_down_while_the_keys_change_is_released():
    calls = []
    command = next(command for command in COMMANDS if command.kind is CommandKind.HOLD)
    held = HeldKeys({command.name: calls.append}, [command])
    key = first_key(command.keys[0])
    held.take(QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier), True)
    held.set_keys([replace(command, key="F9")])
    assert calls == [True, False]
