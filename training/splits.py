"""Who is trained on, who chooses, who tests: by patient, before anything else (rule 1)."""

from __future__ import annotations

from dataclasses import dataclass

from training.prepare import Prepared

TEST_FOLD = 0
VALIDATION_FOLD = 1


@dataclass(frozen=True)
class Split:
    """Mammograms by use; no patient is in two parts.

    The two halves of the training part cross-fit each other: the grid of a training scan, as the fused model sees it,
    comes from a classifier trained on the half that its patient is not in.
    """

    half_a: list[Prepared]
    half_b: list[Prepared]
    validation: list[Prepared]
    test: list[Prepared]

    def training(self, part: str = "all") -> list[Prepared]:
        """Return both halves, or half "a" or "b"."""
        return {"all": self.half_a + self.half_b, "a": self.half_a, "b": self.half_b}[part]


def split(members: list[Prepared]) -> Split:
    """Split by the folds of the manifest: 0 is the test, 1 the validation, 2 to 4 the training part."""
    rest = [m for m in members if m.fold not in (TEST_FOLD, VALIDATION_FOLD)]
    # Fold 4 is shared out by the patient's own name, so that the halves are alike in size.
    half_a = [m for m in rest if m.fold == 2 or (m.fold == 4 and sum(m.group.encode()) % 2 == 0)]
    names = {(m.source, m.name) for m in half_a}
    return Split(
        half_a,
        [m for m in rest if (m.source, m.name) not in names],
        [m for m in members if m.fold == VALIDATION_FOLD],
        [m for m in members if m.fold == TEST_FOLD],
    )
