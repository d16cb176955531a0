"""Names of result files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mammoview.export.export_names import names
from mammoview.study.scan import Laterality, Projection, Scan
from tests.support.phantoms import scan_of


def at(path: str, laterality: Laterality | None = Laterality.L, patient: str = "") -> Scan:
    """A CC scan of that path."""
    scan = scan_of(np.zeros((2, 2), np.uint8), laterality, Projection.CC, patient=patient)
    scan.path = Path(path)
    return scan


@pytest.mark.parametrize(
    ("path", "patient", "name"),
    [
        ("case/1-280.dcm", "P_00820", "1-280_L_CC"),
        ("A_1141_1.LEFT_CC.LJPEG", "A_1141_1", "A_1141_1.LEFT_CC"),
        ("mdb001.pgm", "mdb001", "mdb001_L_CC"),
        ("IM000001", "", "IM000001_L_CC"),
        ("DOE_JANE 4711.dcm", "DOE^JANE", "4711_L_CC"),
        ("doejane.dcm", "Doe^Jane", "scan_L_CC"),
    ],
)
def test_names_say_which_scan_and_not_whose(path: str, patient: str, name: str) -> None:
    assert names([at(path, patient=patient)]) == [name]


def test_names_are_unique_whatever_the_case() -> None:
    scans = [at("a/1.dcm"), at("b/1.dcm"), at("c/1.DCM"), at("a/1.dcm", Laterality.R), at("x.png", None)]
    assert names(scans) == ["1_L_CC", "1_L_CC-2", "1_L_CC-3", "1_R_CC", "x_CC_side-unknown"]
