"""What a model card says: the pixel pitch of its training, the operating curve, the limits."""

from __future__ import annotations

import pytest

from mammoview.assess.models.bundle import load_bundle
from training.model_card import card


@pytest.mark.parametrize(("version", "words"), [("4", "assumed (50 um"), ("5", "that of the digitizer")])
def test_a_card_says_at_which_pitch_the_model_was_trained(version: str, words: str) -> None:
    facts = load_bundle().fused.facts.model_copy(update={"version": version})
    assert f"pixel pitch is {words}" in card(facts, 1000)


def test_a_card_says_what_the_model_does_not_see_and_what_its_marks_cost() -> None:
    bundle = load_bundle()
    assert bundle.rescorer is not None
    text = card(bundle.rescorer.facts, 1000)
    assert "## Operating curve" in text and "of the 23 of mini-MIAS 7 are hit at one" in text
    assert "Not a medical device" in text and "as in screening" in text
    assert "## Operating curve" not in card(bundle.baseline.facts, 1000)
