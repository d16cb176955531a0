"""Every command has a part of the window that carries it out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow

from mammoview.display.layers.registry import FILLABLE
from mammoview.qt.actions.command_slots import bind, connect
from mammoview.qt.actions.commands import Command, Hold, Push, Switch, first_key
from mammoview.qt.actions.menus import HeldKeys, build_menus
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS


class Lamp(QObject):
    """A part with something to do, to switch and to hold."""

    def __init__(self) -> None:
        super().__init__()
        self.is_on = self.is_held = False
        self.cleaned = 0

    def clean(self) -> None:
        self.cleaned += 1

    def switch(self, on: bool) -> None:
        self.is_on = on

    def hold(self, held: bool) -> None:
        self.is_held = held


NONE = Qt.KeyboardModifier.NoModifier
LAMP = (
    Command("clean", "Clean", "F5", "Tools", Push(Lamp, Lamp.clean)),
    Command("light", "Light", "F6", "Tools", Switch(Lamp, Lamp.switch, lambda lamp: lamp.is_on)),
    Command("hold", "Hold", "H", "Tools", Hold(Lamp, Lamp.hold)),
)


def test_a_command_calls_the_part_that_it_names(qtbot):
    window, lamp = QMainWindow(), Lamp()
    qtbot.addWidget(window)
    actions = build_menus(window, window, LAMP)
    slots = bind(LAMP, (window, lamp))
    connect(actions, slots)
    actions["clean"].trigger()
    assert lamp.cleaned == 1
    for on in (True, False):
        actions["light"].trigger()
        assert lamp.is_on is on and slots.states["light"]() is on and actions["light"].isChecked() is on
    assert HeldKeys(slots.held, LAMP).take(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_H, NONE), True)
    assert lamp.is_held and not actions["hold"].isEnabled()


@pytest.mark.parametrize("parts", [(), (Lamp(), Lamp())])
def test_a_command_without_a_part_of_its_own_is_an_error(parts):
    with pytest.raises(ValueError, match=rf"'clean' is for one Lamp, and there are {len(parts)}"):
        bind(LAMP, parts)


def test_every_switch_is_checked_in_the_menu_while_it_is_on(open_window, make_study):
    window = open_window(make_study())
    slots = bind(COMMANDS, (window, *vars(window).values()))
    for name, is_on in slots.states.items():
        assert window.actions_by_name[name].isChecked() is is_on(), name


def test_every_layer_that_can_be_filled_has_a_command_for_it():
    assert {c.name for c in COMMANDS if c.name.endswith("_fill")} == {f"{name}_fill" for name in FILLABLE}


def test_a_key_that_is_down_while_the_keys_change_is_released():
    calls = []
    command = next(command for command in COMMANDS if isinstance(command.slot, Hold))
    held = HeldKeys({command.name: calls.append}, [command])
    key = first_key(command.keys[0])
    held.take(QKeyEvent(QEvent.Type.KeyPress, key, NONE), True)
    held.set_keys([replace(command, key="F9")])
    assert calls == [True, False]
