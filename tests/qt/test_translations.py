"""Every text of the window is translated into Spanish, compiled, and shown."""

from __future__ import annotations

import string
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from mammoview.display.hanging import hangings
from mammoview.display.layers import STYLES
from mammoview.paths import resources
from mammoview.qt import languages, words
from mammoview.qt.commands import COMMANDS, MENUS
from mammoview.study.scan import OutlineKind
from tests.qt.translatable import Text, texts

FILES = sorted((resources() / "translations").glob("*.ts"))


def translations(file: Path) -> dict[Text, str]:
    return {
        Text(context.findtext("name") or "", message.findtext("source") or ""): message.findtext("translation") or ""
        for context in ElementTree.parse(file).iter("context")
        for message in context.iter("message")
        if message.find("translation").get("type") != "unfinished"
    }


def test_there_is_a_spanish_translation():
    assert [file.name for file in FILES] == ["mammoview_es.ts"]


def test_every_text_has_a_context_and_is_a_literal():
    found, odd = texts()
    assert odd == []
    assert len(found) > 300
    assert Text("Window", "Layers and findings") in found
    assert Text("commands", "Patch grid") in found
    assert Text("findings", "not run") in found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_text_is_translated_and_nothing_else(file):
    found, _odd = texts()
    done = {text for text, said in translations(file).items() if said}
    assert sorted(map(str, found - done)) == [], "run: python -m tests.qt.translatable, then fill in what is unfinished"
    assert sorted(map(str, done - found)) == [], "run: python -m tests.qt.translatable"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_filled_in_stays(file):
    def fields(text: str) -> list[tuple[str | None, str | None]]:
        return sorted((name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None)

    for text, said in translations(file).items():
        assert fields(text.source) == fields(said), text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_compiled_file_is_up_to_date(file, qapp):
    translator = QTranslator()
    assert translator.load(str(file.with_suffix(".qm")))
    for text, said in translations(file).items():
        assert translator.translate(text.context, text.source) == said, text


def test_titles_of_data_files_and_commands_are_among_the_texts():
    found, _odd = texts()
    known = {text.source for text in found if text.context == "words"}
    assert {hanging.title for hanging in hangings()} <= known
    assert {kind.value for kind in OutlineKind} <= known
    assert {style.title for style in STYLES.values()} | {s.unit for s in STYLES.values() if s.unit} <= known
    assert {*MENUS, *(command.title for command in COMMANDS)} <= {t.source for t in found if t.context == "commands"}


def test_the_window_speaks_spanish(spanish, open_window, study):
    window = open_window(study)
    window.layers.switch("heatmap", True)
    assert [action.text() for action in window.menuBar().actions()][:3] == ["Archivo", "Ver", "Grises"]
    assert window.actions_by_name["grid"].text() == "Cuadrícula de parches"
    assert window.layers_panel.rows["heatmap"].check.text() == "Mapa de calor"
    assert "No es un producto sanitario" in window.windowTitle()
    assert "Cuatro proyecciones" in window.windowTitle()
    assert "Pantalla sin calibrar" in window.status.display.text()
    assert "1  Negativa" in [
        window.reader.panel.fields["R"].category.itemText(i)
        for i in range(window.reader.panel.fields["R"].category.count())
    ]
    assert words.word("not a known word") == "not a known word"


def test_english_comes_back(qapp):
    languages.install(qapp, "es")
    languages.install(qapp, "en")
    assert words.word("Heatmap") == "Heatmap"
    assert isinstance(QApplication.instance(), QApplication)
    QLocale.setDefault(QLocale.c())
