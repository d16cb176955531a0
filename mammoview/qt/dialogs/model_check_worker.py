"""The thread that checks a user's own model before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from mammoview.qt.concurrency.task import Task
from mammoview.qt.concurrency.worker import Worker
from mammoview.qt.session.model_choice import BUNDLED, ModelChoice


@dataclass(frozen=True)
class CheckedModel:
    """A model, and what a check of it found.

    Parameters
    ----------
    choice
        The model; None where it has mistakes.
    lines
        What it is, a line each; of a model with mistakes these, as `mammoview model check` lists them.
    card
        Its card as Markdown; empty where it cannot be read.
    """

    choice: ModelChoice | None
    lines: tuple[str, ...]
    card: str = ""


class ModelCheckWorker(Worker):
    """Reads and checks models, one after another."""

    def check(self, folder: Path) -> Task[CheckedModel, None]:
        """Check the folder of a model of the user's own in every respect, and run one sample."""
        return self.submit(partial(_check, folder))

    def describe(self, choice: ModelChoice) -> Task[CheckedModel, None]:
        """Describe a model that has been chosen, without running it."""
        return self.submit(partial(_describe, choice))


def _check(folder: Path, _task: Task[CheckedModel, None]) -> CheckedModel:
    """Check a folder."""
    from mammoview.assess.models.model_cards import own_card
    from mammoview.assess.models.own_loading import check_model

    choice = None
    report = check_model(folder)
    if not report.mistakes:
        choice = ModelChoice.of(folder)
    card = "" if choice is None or choice.folder is None else own_card(choice.folder).text
    return CheckedModel(choice, report.mistakes or report.lines, card)


def _describe(choice: ModelChoice, _task: Task[CheckedModel, None]) -> CheckedModel:
    """Describe a model."""
    from mammoview.assess.models.model_cards import cards, own_card
    from mammoview.core.errors import ModelError

    if choice.folder is None:
        bundled = cards()
        lines = tuple(f"{one.name} {one.version}, sha256 {one.sha256[:12]}" for one in bundled)
        return CheckedModel(BUNDLED, lines, "\n\n".join(one.text for one in bundled))
    from mammoview.assess.models.own_loading import described

    try:
        facts = choice.folder.unchanged_facts()
    except ModelError as error:
        return CheckedModel(None, (error.what,))
    return CheckedModel(choice, described(facts), own_card(choice.folder).text)
