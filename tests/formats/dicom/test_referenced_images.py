"""CAD reports and presentation states become marks and greys of the scans that they refer to, wherever these lie."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

import mammoview
from mammoview.core.errors import MammoviewError, NotAMammogramError
from mammoview.display.rendering import presets
from mammoview.study.marks import Mark, MarkOrigin, shape
from mammoview.study.scan import Scan
from tests.support.dicom_files import dataset, item, ramp, write
from tests.support.referencing_objects import (
    NOT_TO_PRESENT,
    algorithm,
    annotation,
    cad_report,
    drawn,
    finding,
    graphic,
    percent,
    presentation_state,
    written,
)

CLUSTER, MASS = ("129769006", "Calcification Cluster"), ("4147007", "Mass")
CENTRE, OUTLINE = ("111010", "Center"), ("111041", "Outline")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, list[str]]:
    """A folder with two mammograms, L CC and R CC, and their instance UIDs."""
    folder = tmp_path / "study"
    folder.mkdir()
    uids = []
    for side in "LR":
        made = dataset(ramp(60, 50), ImageLaterality=side)
        uids.append(str(made.SOPInstanceUID))
        write(folder / f"{side}.dcm", made)
    return folder, uids


def report(uids: list[str]) -> Dataset:
    """A report with an outlined cluster on the first picture, a mass's centre on the second, and one kept back."""
    cluster = finding(
        CLUSTER,
        *algorithm("Finder", "2.1"),
        percent(("111012", "Certainty of Finding"), 87),
        graphic(CENTRE, "POINT", [20, 30], 1),
        graphic(OUTLINE, "POLYLINE", [10, 20, 30, 20, 30, 40, 10, 40, 10, 20], 1),
    )
    mass = finding(
        MASS,
        *algorithm("Mass seeker", "3"),
        percent(("111047", "Probability of cancer"), 42),
        graphic(CENTRE, "POINT", [12.5, 7.5], 2),
    )
    kept_back = finding(MASS, graphic(CENTRE, "POINT", [1, 1], 1), intent=NOT_TO_PRESENT)
    return cad_report(uids, [cluster, mass, kept_back])


def by_side(path: Path) -> dict[str, Scan]:
    return {str(scan.laterality): scan for study in mammoview.open_study(path) for scan in study.scans}


def test_findings_lie_on_the_scans_they_were_found_in(pair: tuple[Path, list[str]]) -> None:
    folder, uids = pair
    write(folder / "cad.dcm", report(uids))
    scans = by_side(folder)
    (cluster,), (mass,) = scans["L"].marks, scans["R"].marks
    assert cluster.origin is mass.origin is MarkOrigin.CAD
    np.testing.assert_array_equal(cluster.points, [[10, 20], [30, 20], [30, 40], [10, 40]])
    assert cluster.closed and cluster.words == "Calcification Cluster, certainty 87 % (Finder 2.1)"
    np.testing.assert_array_equal(mass.points, [[12.5, 7.5]])
    assert mass.words == "Mass, probability of cancer 42 % (Mass seeker 3)"
    assert scans["L"].outlines == () and mammoview.open_study(folder)[0].outside == []


def test_in_a_zip_and_without_the_pictures(pair: tuple[Path, list[str]], tmp_path: Path) -> None:
    folder, uids = pair
    cad = write(tmp_path / "cad.dcm", report(uids))
    with pytest.raises(NotAMammogramError, match=r"cad\.dcm.*CAD report about pictures that are not here"):
        mammoview.open_study(cad)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for file in (*folder.iterdir(), cad):
            archive.write(file, file.name)
    assert len(by_side(tmp_path / "a.zip")["L"].marks) == 1
    other = write(tmp_path / "other.dcm")
    (study,) = mammoview.open_study([other, cad])
    assert study.scans[0].marks == () and any("pictures that are not here" in line for line in study.outside)


def test_a_report_without_findings_is_no_stranger(pair: tuple[Path, list[str]]) -> None:
    folder, uids = pair
    write(folder / "cad.dcm", cad_report(uids, []))
    (study,) = mammoview.open_study(folder)
    assert study.outside == [] and all(scan.marks == () for scan in study.scans)


def test_marks_outside_of_the_picture_are_told_not_drawn(pair: tuple[Path, list[str]]) -> None:
    folder, uids = pair
    write(folder / "cad.dcm", cad_report(uids, [finding(MASS, graphic(CENTRE, "POINT", [900, 900], 1))]))
    scan = by_side(folder)["L"]
    assert scan.marks == () and "1 marks of other programs lie outside of the picture" in scan.warnings


def state(uids: list[str], **attributes: object) -> Dataset:
    window = item(WindowCenter=1000, WindowWidth=500, WindowCenterWidthExplanation="SOFT")
    return presentation_state(
        uids,
        (60, 50),
        GraphicLayerSequence=Sequence([item(GraphicLayer="READER", GraphicLayerOrder=1)]),
        GraphicAnnotationSequence=Sequence(
            [
                annotation(
                    uids[:1],
                    [drawn("CIRCLE", [20, 20, 25, 20]), drawn("ELLIPSE", [10, 30, 30, 30, 20, 25, 20, 35])],
                    [written("look\r\nhere", (5.5, 6.5))],
                ),
                annotation(uids[1:], [drawn("POLYLINE", [0.1, 0.1, 0.5, 0.5], "DISPLAY")]),
            ]
        ),
        SoftcopyVOILUTSequence=Sequence([window]),
        **attributes,
    )


def test_annotations_of_a_presentation_state(pair: tuple[Path, list[str]]) -> None:
    folder, uids = pair
    write(folder / "state.dcm", state(uids))
    scans = by_side(folder)
    circle, ellipse, text = scans["L"].marks
    assert circle.origin is MarkOrigin.STATE and circle.closed and circle.source == "SECOND READ"
    np.testing.assert_allclose(np.hypot(*(circle.points - [20, 20]).T), 5)
    assert (ellipse.points.min(0), ellipse.points.max(0)) == (pytest.approx([10, 25]), pytest.approx([30, 35]))
    assert text.text == "look here" and text.points.tolist() == [[5.5, 6.5]]
    (line,) = scans["R"].marks
    np.testing.assert_allclose(line.points, [[5, 6], [25, 30]])
    assert not line.closed


def test_greys_of_a_presentation_state_are_another_preset(pair: tuple[Path, list[str]]) -> None:
    folder, uids = pair
    before = {side: mammoview.render(scan) for side, scan in by_side(folder).items()}
    write(folder / "state.dcm", state(uids))
    scan = by_side(folder)["L"]
    assert presets(scan) == ("automatic", "SECOND READ SOFT")
    shown = mammoview.render(scan, 1)
    # LINEAR (PS3.3 C.11.2.1.2.1): from 750.5 to 1249.5 black to white.
    expected = np.clip((ramp(60, 50) - 999.5) / 499 + 0.5, 0, 1) * 255
    assert np.abs(shown - expected).max() <= 1
    np.testing.assert_array_equal(mammoview.render(scan), before["L"])
    write(folder / "state.dcm", state(uids, PresentationLUTShape="INVERSE"))
    inverse = mammoview.render(by_side(folder)["L"], 1)
    assert np.abs(inverse.astype(int) - (255 - shown)).max() <= 1


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_the_objects_of_these_tests_keep_to_the_standard(pair: tuple[Path, list[str]], tmp_path: Path) -> None:
    _, uids = pair
    for name, made in (("cad", report(uids)), ("state", state(uids))):
        path = write(tmp_path / f"{name}.dcm", made)
        done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
        errors = [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
        assert errors == [], name


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("CIRCLE", [[1, 1]]),
        ("POINT", [[1, 1], [2, 2]]),
        ("NONSENSE", [[1, 1]]),
        ("ELLIPSE", [[1, 1]] * 3),
        ("POINT", []),
    ],
)
def test_graphics_that_are_none(kind: str, points: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=kind):
        shape(kind, np.array(points, float).reshape(-1, 2))
    with pytest.raises(ValueError, match="finite"):
        Mark(MarkOrigin.CAD, np.array([[np.nan, 1]]))


@given(st.integers(0, 6000), st.binary(min_size=1, max_size=12), st.booleans())
def test_damage_anywhere_leaves_the_pictures_to_be_seen(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, cad: bool
) -> None:
    folder = tmp_path_factory.getbasetemp() / "referring"
    folder.mkdir(exist_ok=True)
    picture = dataset(ramp(60, 50))
    write(folder / "a.dcm", picture)
    uids = [str(picture.SOPInstanceUID)] * 2
    raw = bytearray(write(folder / "b.dcm", report(uids) if cad else state(uids)).read_bytes())
    place %= len(raw) - len(damage)
    raw[place : place + len(damage)] = damage
    (folder / "b.dcm").write_bytes(bytes(raw))
    scan = mammoview.open_study(folder)[0].scans[0]
    try:
        assert mammoview.render(scan).shape == (60, 50)
    except MammoviewError as error:
        assert "\n" not in str(error)
