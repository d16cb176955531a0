"""Side, projection and patient from the names that files have in the field."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.formats.common.file_names import (
    PROJECTION_UNKNOWN,
    SIDE_UNKNOWN,
    FileNameFacts,
    read_name,
    stem,
    with_view,
)
from mammoview.study.scan import Laterality, Projection, Scan

L, R = Laterality.L, Laterality.R
CC, MLO = Projection.CC, Projection.MLO


@pytest.mark.parametrize(
    ("name", "side", "projection", "patient"),
    [
        ("A_0018_1.LEFT_CC.jpg", L, CC, "A_0018_1"),
        ("A_0018_1.RIGHT_MLO.LJPEG", R, MLO, "A_0018_1"),
        ("D_4000_1.LEFT_MLO.LJPEG.1", L, MLO, "D_4000_1"),
        ("d-4000-1.left_mlo.overlay.gz", L, MLO, "d-4000-1"),
        ("00001_LEFT_CC.jpg", L, CC, "00001"),
        ("p12_R_MLO.png", R, MLO, "p12"),
        ("P12_r_mlo.PNG", R, MLO, "P12"),
        ("p12-rmlo.tif", R, MLO, "p12"),
        ("lcc.pgm", L, CC, ""),
        ("L_CC_p12.png", L, CC, "p12"),
        ("case.LeftCC2.png", L, CC, "case"),
        ("x_LMO.png", None, Projection.LMO, "x"),
        ("x_LML.png", L, Projection.ML, "x"),
        ("x_R_XCCL.png", R, Projection.XCCL, "x"),
        ("R_0012_LEFT_CC.png", L, CC, "R_0012"),
        ("mdb001.pgm", R, MLO, "mini-MIAS 001"),
        ("MDB322.PNG", L, MLO, "mini-MIAS 161"),
        ("p12_R.png", R, None, "p12"),
        ("Mass-Test_P_00820_LEFT_CC", L, CC, "Mass-Test_P_00820"),
        ("Анна_L_CC.png", L, CC, "Анна"),
        ("left_and_right_CC.png", None, CC, "left_and_right"),
        ("scan.png", None, None, ""),
        ("alley.png", None, None, ""),
        ("1-130.dcm", None, None, ""),
    ],
)
def test_names(name: str, side: Laterality | None, projection: Projection | None, patient: str) -> None:
    found = read_name(name)
    assert (found.laterality, found.projection) == (side, projection)
    if side and projection:
        assert found.patient == patient


@given(st.text(max_size=40))
def test_any_name_gives_an_answer(name: str) -> None:
    assert isinstance(read_name(name), FileNameFacts)


@given(
    st.sampled_from(["p1", "case-7", "A_0018_1", "ÄÖ"]),
    st.sampled_from([("L", L), ("left", L), ("LEFT", L), ("R", R), ("Right", R)]),
    st.sampled_from(["CC", "mlo", "Ml", "xccl"]),
    st.sampled_from("_-. "),
    st.sampled_from([".png", ".PGM", ".tiff", ".dcm", ""]),
)
def test_every_spelling_is_read_back(
    patient: str, side: tuple[str, Laterality], projection: str, joint: str, ending: str
) -> None:
    found = read_name(f"{patient}{joint}{side[0]}{joint}{projection}{ending}")
    assert found == FileNameFacts(side[1], Projection(projection.upper()), patient)


def test_stem_keeps_dots_of_names_and_of_uids() -> None:
    assert stem("A_0018_1.LEFT_CC.jpg") == "A_0018_1.LEFT_CC"
    assert stem("case.1.png") != stem("case.2.png")
    assert stem("1.2.840.113") == "1.2.840.113"


def test_what_the_reader_answers_completes_the_scan() -> None:
    scan = Scan(
        Path("scan.png"), 4, 3, lambda: np.zeros((4, 3), np.uint8), warnings=[SIDE_UNKNOWN, PROJECTION_UNKNOWN, "lossy"]
    )
    half = with_view(scan, laterality=L)
    assert half.name == "L, projection unknown" and half.warnings == ["lossy", PROJECTION_UNKNOWN]
    assert with_view(half, projection=CC).warnings == ["lossy"]
    assert scan.name == "side unknown", "the scan at hand stays as it was"
