"""The dialog of the models takes a folder without mistakes alone, and lists every mistake of another one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialogButtonBox

from mammoview.assess.models.model_cards import cards
from mammoview.assess.models.own_loading import check_model
from mammoview.qt.dialogs.card_browser import CardBrowser
from mammoview.qt.dialogs.model_check_worker import ModelCheckWorker
from mammoview.qt.dialogs.model_dialog import ModelDialog
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice
from mammoview.qt.session.model_choices import ModelChoices
from tests.support.own_models import mean_classifier, write_model
from tests.support.timeouts import PATIENCE_MS

pytest.importorskip("onnxruntime")


@pytest.fixture
def worker():
    made = ModelCheckWorker()
    yield made
    made.stop()


def test_a_folder_is_checked_before_it_can_be_chosen(qtbot, worker, tmp_path: Path) -> None:
    good = write_model(tmp_path / "good", mean_classifier())
    bad = write_model(tmp_path / "bad", mean_classifier(), task="heatmap", input={"channels": 3})
    (bad / "CARD.md").unlink()
    dialog = ModelDialog(ModelChoices(), worker)
    qtbot.addWidget(dialog)
    ok = dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)

    def settle() -> None:
        qtbot.waitUntil(lambda: not worker.is_busy, timeout=PATIENCE_MS)

    settle()
    assert dialog.choice == (BUNDLED, None) and "sha256" in dialog.about.text() and dialog.card.toPlainText()
    dialog.check(dialog.second, bad)
    assert not ok.isEnabled(), "what is being checked would not be chosen"
    dialog.second.activated.emit(0)
    assert not ok.isEnabled()
    settle()
    assert ok.isEnabled()
    mistakes = check_model(bad).mistakes
    assert len(mistakes) > 1 and dialog.choice == (BUNDLED, None)
    assert dialog.problem.text().splitlines()[1:] == [f"\u2022 {line}" for line in mistakes]
    dialog.check(dialog.second, good)
    settle()
    mine = ModelChoice.of(good)
    assert dialog.choice == (BUNDLED, mine) and ok.isEnabled() and not dialog.problem.isVisibleTo(dialog)
    assert "mean 1: patch classifier, licence CC0-1.0" in dialog.about.text()
    assert dialog.card.toPlainText() == "Made for a test"
    # The same model twice is nothing to compare.
    dialog.first.setCurrentIndex(dialog.first.findText("mean 1"))
    dialog.first.activated.emit(dialog.first.currentIndex())
    assert not ok.isEnabled() and "the same model" in dialog.problem.text()
    same = dialog.problem.text()
    dialog.check(dialog.second, bad)
    settle()
    assert not ok.isEnabled() and dialog.problem.text().splitlines()[-1] == same
    dialog.second.setCurrentIndex(0)
    dialog.second.activated.emit(0)
    assert ok.isEnabled()
    # A folder that holds another model by now takes the place of what it held.
    write_model(good, mean_classifier(), version="2")
    dialog.check(dialog.first, good)
    settle()
    assert [dialog.first.itemText(i) for i in range(dialog.first.count())] == ["The bundled models", "mean 2"]
    with qtbot.waitSignal(dialog.chosen, timeout=PATIENCE_MS) as chosen:
        dialog.accept()
    assert chosen.args == [ModelChoice.of(good), None]


def test_a_card_reads_no_file_that_it_names(qtbot, tmp_path: Path) -> None:
    from PySide6.QtCore import QUrl

    browser = CardBrowser("Model card")
    qtbot.addWidget(browser)
    file = tmp_path / "secret.txt"
    file.write_text("secret")
    assert browser.loadResource(1, QUrl.fromLocalFile(str(file))) is None


def test_cards_of_the_models_in_use_come_first(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "mine", mean_classifier())
    mine = ModelChoice.of(folder).folder
    first = cards(own=[mine])[0]
    assert (first.name, first.version, first.licence, first.sound) == ("mean", "1", "CC0-1.0", True)
    assert first.text == "# Made for a test\n"
    (folder / "model.toml").unlink()
    lost = cards(own=[mine])[0]
    assert (lost.name, lost.sound, lost.text) == ("mine", False, "")
