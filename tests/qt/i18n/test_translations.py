"""Every text of the window is translated into Spanish, compiled, and shown."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLabel, QWidget

from mammoview.core.paths import resources
from mammoview.core.settings import Settings
from mammoview.display import colormaps
from mammoview.display.hanging_protocols import all_protocols
from mammoview.display.layers.registry import STYLES
from mammoview.qt.actions.menu_bar import MENUS
from mammoview.qt.canvas.difference_item import PARTS
from mammoview.qt.dialogs.first_start_notice import FirstStartNotice
from mammoview.qt.dialogs.settings_dialog import SettingsDialog
from mammoview.qt.drawing.outline_dialog import OutlineDialog
from mammoview.qt.i18n import domain_terms, language
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.widgets import theme
from mammoview.records.own_drawings import own_outline
from mammoview.study.annotations import TYPES
from mammoview.study.scan import OutlineKind
from tests.qt.i18n.lupdate import Text, texts
from tests.support.timeouts import PATIENCE_MS

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
    assert Text("MainWindow", "Layers and findings") in found
    assert Text("commands", "Patch grid") in found
    assert Text("findings", "not run") in found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_text_is_translated_and_nothing_else(file):
    found, _odd = texts()
    done = {text for text, said in translations(file).items() if said}
    assert sorted(map(str, found - done)) == [], "run: python -m tests.qt.i18n.lupdate, then fill in what is unfinished"
    assert sorted(map(str, done - found)) == [], "run: python -m tests.qt.i18n.lupdate"


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


def phrases() -> dict[str, str]:
    file = resources() / "translations" / "phrases_es.toml"
    return {text: said for part in tomllib.loads(file.read_text("utf-8")).values() for text, said in part.items()}


def test_titles_of_data_files_and_commands_are_among_the_texts():
    found, _odd = texts()
    known = {text.source for text in found if text.context == "words"}
    assert {protocol.title for protocol in all_protocols()} <= known
    assert {kind.value for kind in OutlineKind} <= known
    titles = {style.title for style in STYLES.values()} | {one.title for one in TYPES.values()}
    assert titles <= {text.source for text in found if text.context == "commands"}
    assert {text for style in STYLES.values() for text in (style.title, style.unit) if text} <= phrases().keys()
    assert set(colormaps.NAMES) <= known
    assert {part.text for part in PARTS} <= {text.source for text in found if text.context == "difference"}
    assert {*MENUS, *(command.title for command in COMMANDS)} <= {t.source for t in found if t.context == "commands"}


def cut(within: QWidget) -> list[str]:
    """Texts of shown switches that have less room than they need."""
    boxes = [box for box in within.findChildren(QCheckBox) if box.isVisible()]
    return [box.text() for box in boxes if box.width() < box.minimumSizeHint().width()]


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_the_notice_cuts_no_text_at_any_scale(spanish, qapp, qtbot, scale):
    theme.apply(qapp, scale=scale)
    parent = QWidget()
    notice = FirstStartNotice(parent)
    qtbot.addWidget(parent)
    notice.open()
    QApplication.processEvents()
    labels = [label for label in notice.findChildren(QLabel) if label.text()]
    assert len(labels) == 4 and all(label.height() >= label.heightForWidth(label.width()) for label in labels)
    theme.apply(qapp)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_the_list_of_keys_cuts_no_key(spanish, qapp, qtbot, scale):
    theme.apply(qapp, scale=scale)
    dialog = SettingsDialog(Settings.model_construct(), COMMANDS)
    qtbot.addWidget(dialog)
    dialog.pages.setCurrentIndex(dialog.pages.count() - 1)
    dialog.show()
    QApplication.processEvents()
    table = dialog.keys.table
    assert table.columnWidth(2) >= table.sizeHintForColumn(2)
    assert table.columnWidth(1) > 12 * table.fontMetrics().horizontalAdvance("m")
    theme.apply(qapp)


def test_the_facts_of_an_outline_are_asked_for_in_spanish(spanish, qtbot):
    asked = OutlineDialog(own_outline([(0, 0), (9, 0), (9, 9)]))
    qtbot.addWidget(asked)
    assert [asked.kind.itemText(i) for i in range(2)] == ["borde", "núcleo"]
    asked.kind.setCurrentIndex(1)
    with qtbot.waitSignal(asked.described, timeout=PATIENCE_MS) as described:
        asked.accept()
    assert described.args[0].kind is OutlineKind.CORE


def test_the_window_speaks_spanish(spanish, open_window, study):
    window = open_window(study)
    window.layers.switch("heatmap", True)
    assert [action.text() for action in window.menuBar().actions()][:3] == ["Archivo", "Ver", "Ventana/nivel"]
    assert window.actions_by_name["grid"].text() == "Cuadrícula de parches"
    assert window.layers_panel.rows["heatmap"].check.text() == "Mapa de calor"
    assert "No es un producto sanitario" in window.windowTitle()
    assert "Cuatro proyecciones" in window.windowTitle()
    assert "Pantalla sin calibrar" in window.status.display.text()
    assert "1  Negativa" in [
        window.reader.panel.fields["R"].category.itemText(i)
        for i in range(window.reader.panel.fields["R"].category.count())
    ]
    colour = window.layers_panel.rows["heatmap"].colours
    assert (colour.currentText(), colour.currentData()) == ("ámbar", "amber")
    assert not cut(window.layers_panel)
    assert domain_terms.word("not a known word") == "not a known word"


def test_english_comes_back(qapp):
    language.install(qapp, "es")
    language.install(qapp, "en")
    assert domain_terms.word("Heatmap") == "Heatmap"
    assert isinstance(QApplication.instance(), QApplication)
    QLocale.setDefault(QLocale.c())


def test_the_dialog_for_files_is_in_spanish_as_a_whole(qtbot):
    application = QApplication.instance()

    def labels() -> set[str]:
        dialog = QFileDialog()
        qtbot.addWidget(dialog)
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        return {dialog.labelText(part) for part in QFileDialog.DialogLabel}

    english = labels()
    language.install(application, "es")
    try:
        assert not english & labels()
    finally:
        language.remove(application)
    assert QLocale() == QLocale.c()
