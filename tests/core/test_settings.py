"""Settings come back as they were, and a bad file never stops the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mammoview.core import paths
from mammoview.core.paths import settings_file
from mammoview.core.settings import FigureSettings, LayerSettings, Settings, load, save
from mammoview.core.settings_upgrades import UPGRADES, VERSION
from mammoview.qt.actions.commands import with_keys
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "settings_folder", lambda: tmp_path / "mammoview")
    return tmp_path / "mammoview"


def test_no_file_means_the_defaults_and_no_message():
    assert load() == (Settings(), "")


def test_what_is_saved_comes_back():
    settings = Settings(linked=False, keys={"invert": "Ctrl+I"}, window=(1, 2, 800, 600))
    settings.layers["grid"] = LayerSettings(threshold=0.25)
    save(settings)
    assert load() == (settings, "")
    assert [file.name for file in settings_file().parent.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "\x00\xff", '"text"'])
def test_a_broken_file_gives_the_defaults_and_a_message(folder: Path, text: str):
    folder.mkdir()
    settings_file().write_text(text, encoding="latin-1")
    settings, message = load()
    assert settings == Settings()
    assert str(settings_file()) in message


def test_one_impossible_value_costs_only_itself(folder: Path):
    folder.mkdir()
    settings_file().write_text('{"linked": false, "device": "toaster", "layers": {"heatmap": {"threshold": 7}}}')
    settings, message = load()
    assert (settings.linked, settings.device, settings.layers) == (False, "auto", {})
    assert "device" in message
    assert "layers" in message


def test_unknown_values_of_a_newer_version_are_left_alone(folder: Path):
    folder.mkdir()
    settings_file().write_text('{"version": 9, "linked": false, "hologram": true}')
    settings, message = load()
    assert (settings.linked, message) == (False, "")


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch):
    save(Settings(linked=True))
    monkeypatch.setenv("MAMMOVIEW_LINKED", "0")
    assert load()[0].linked is False


@pytest.mark.parametrize(("name", "text"), [("MAMMOVIEW_LINKED", "0"), ("mammoview_keys", '{"invert": "Ctrl+I"}')])
def test_a_setting_of_the_environment_leaves_the_rest_of_the_file(monkeypatch: pytest.MonkeyPatch, name, text):
    save(Settings(linked=False, keys={"grid": "F8"}, reader="Dr. Reader"))
    monkeypatch.setenv(name, text)
    settings, message = load()
    assert (settings.linked, settings.reader, message) == (False, "Dr. Reader", "")
    assert settings.keys == {"grid": "F8"} | ({"invert": "Ctrl+I"} if "keys" in name else {})


def test_an_unknown_key_of_the_file_is_no_fault_where_the_environment_names_a_setting(monkeypatch: pytest.MonkeyPatch):
    save(Settings(reader="Dr. Reader"))
    file = settings_file()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"new_setting": 1}))
    monkeypatch.setenv("MAMMOVIEW_LINKED", "0")
    settings, message = load()
    assert (settings.linked, settings.reader, message) == (False, "Dr. Reader", "")


@pytest.mark.parametrize("name", ["MAMMOVIEW_KEYS", "MAMMOVIEW_LAYERS"])
def test_an_environment_that_is_no_json_never_prevents_a_start(monkeypatch: pytest.MonkeyPatch, name):
    monkeypatch.setenv(name, "{")
    settings, message = load()
    assert settings == Settings()
    assert "MAMMOVIEW_" in message


@pytest.mark.parametrize(("variable", "imported"), [("MAMMOVIEW_DEBUG", "False"), ("MAMMOVIEW_LINKED", "True")])
def test_the_library_of_the_environment_is_imported_where_it_names_a_setting(tmp_path: Path, variable, imported):
    code = "import sys; from mammoview.core.settings import load; load(); print('pydantic_settings' in sys.modules)"
    surroundings = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), variable: "1"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=surroundings)
    assert done.stdout.strip() == imported


def test_an_impossible_environment_gives_the_defaults_and_a_message(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MAMMOVIEW_DEVICE", "toaster")
    settings, message = load()
    assert settings.device == "auto"
    assert "MAMMOVIEW_" in message


def test_a_folder_in_place_of_the_file_is_no_crash(folder: Path):
    settings_file().mkdir(parents=True)
    settings, message = load()
    assert settings == Settings()
    assert message


def test_a_file_of_version_1_reads_with_the_model_as_second_reader(folder: Path):
    folder.mkdir()
    settings_file().write_text('{"version": 1, "linked": false, "reading": "concurrent"}')
    settings, message = load()
    assert (settings.version, settings.linked, settings.reading, message) == (VERSION, False, "second_reader", "")


def test_a_chosen_reading_mode_stays():
    save(Settings(reading="concurrent"))
    assert load()[0].reading == "concurrent"


@pytest.mark.parametrize(("stored", "filled"), [("true", True), ("false", None)])
def test_a_file_of_version_2_keeps_the_heatmap_as_it_was_seen(stored, filled):
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(
        f'{{"version": 2, "heatmap_fill": {stored}, "layers": {{"heatmap": {{"threshold": 0.4}}}}}}'
    )
    settings, message = load()
    assert (settings.layers["heatmap"], message) == (LayerSettings(threshold=0.4, filled=filled), "")


def test_a_threshold_of_the_grid_before_its_calibration_is_dropped():
    settings_file().parent.mkdir(parents=True, exist_ok=True)
    settings_file().write_text(
        '{"version": 3, "layers": {"grid": {"threshold": 0.8, "opacity": 0.3}, "heatmap": {"threshold": 0.4}}}'
    )
    settings, message = load()
    assert (settings.layers["grid"], message) == (LayerSettings(opacity=0.3), "")
    assert settings.layers["heatmap"] == LayerSettings(threshold=0.4)


def test_a_file_of_version_4_keeps_every_setting_and_shortcut_under_its_new_name(folder: Path):
    folder.mkdir()
    shortcuts = {
        "export_reading": "Ctrl+Alt+1",
        "next_pane": "Ctrl+Alt+2",
        "hold_lens": "Ctrl+Alt+3",
        "lens": "Ctrl+Alt+4",
        "lens_wider": "Ctrl+Alt+5",
        "lens_narrower": "Ctrl+Alt+6",
        "lens_double": "Ctrl+Alt+7",
        "lens_square": "Ctrl+Alt+8",
        "words": "Ctrl+Alt+9",
        "reset_grey": "Ctrl+Alt+0",
        "drag_grey": "Ctrl+Alt+Home",
        "next_reading": "Ctrl+Alt+End",
        "grey_tool": "Ctrl+Alt+PgUp",
        "invert": "Ctrl+I",
    }
    stored = {
        "version": 4,
        "lens_size": 480,
        "lens_double": True,
        "lens_square": True,
        "keys": shortcuts,
        "figures": {"": {"figure": "study", "hanging": "cc"}, "mine": {"dpi": 600}},
    }
    settings_file().write_text(json.dumps(stored))
    settings, message = load()
    assert message == ""
    assert (settings.magnifier_size, settings.magnifier_double, settings.magnifier_square) == (480, True, True)
    assert settings.figures == {
        "": FigureSettings(figure="study", hanging_protocol="cc"),
        "mine": FigureSettings(dpi=600),
    }
    assert list(settings.keys.values()) == list(shortcuts.values())
    commands, problems = with_keys(COMMANDS, settings.keys)
    assert problems == []
    assert {command.key for command in commands} >= set(shortcuts.values())
    save(settings)
    assert load() == (settings, "")


def test_there_is_an_upgrade_from_every_version():
    assert sorted(UPGRADES) == list(range(1, VERSION))
