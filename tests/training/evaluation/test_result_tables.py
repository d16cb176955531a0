"""Figures of data sets that are not all there: what has no cases is left out, and said."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from training.evaluation.out_of_fold import OutOfFoldEvidence, OutOfFoldPatches
from training.evaluation.result_tables import robustness_rows
from training.fit.classifier import PatchPredictions


def evidence_of(*sources: str) -> OutOfFoldEvidence:
    """Forty tissue patches without finding of each data set, as the table takes them."""
    n = 40 * len(sources)
    read = PatchPredictions(
        z=np.linspace(-2, 2, n),
        label=np.zeros(n, bool),
        share=np.ones(n),
        large=np.zeros(n, bool),
        finding=np.full(n, -1),
        fold=np.arange(n) % 5,
        source=np.repeat(np.array(sources), 40),
        name=np.arange(n).astype(str),
        group=(np.arange(n) // 4).astype(str),
    )
    patches = OutOfFoldPatches(200, read, 1 / (1 + np.exp(-read.z)), np.full(n, 0.8))
    made = SimpleNamespace(patches={200: patches}, omitted=[])
    made.omit = lambda *words: OutOfFoldEvidence.omit(made, *words)
    return made


def test_data_sets_that_are_missing_are_compared_with_nothing() -> None:
    alone = evidence_of("own")
    rows = list(robustness_rows(alone))
    assert {row.table for row in rows} == {"negatives at or above the operating point"}
    assert [row.name for row in rows] == ["own"]  # no patches at the rim
    assert len(alone.omitted) == 2 and all("left out" in words for words in alone.omitted)


def test_those_that_are_there_are_compared() -> None:
    both = evidence_of("cbis_masses", "mini_mias", "own")
    (compared,) = (row for row in robustness_rows(both) if row.table == "source prediction")
    assert compared.subset == "cbis_masses against mini_mias"
    assert compared.figure.n == 80 and compared.figure.value == 0.0  # every score of the second set is higher
    assert len(both.omitted) == 1 and "DDSM normals" in both.omitted[0]
