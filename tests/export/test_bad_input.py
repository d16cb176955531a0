"""Every kind of export of sources that are odd, and to places that take no file: a whole file or one clear error."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.core.errors import MammoviewError
from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.display.scan_analysis import analyse
from mammoview.export import animation
from mammoview.export.export_format import AssessedScan, ExportContent, ExportFormat, ExportOptions
from mammoview.export.formats import FORMATS
from mammoview.study.scan import Study, box
from tests.export.dicom.sources import open_scan, write_mammogram
from tests.export.test_kills import read
from tests.support.ljpeg_encoder import encode
from tests.support.phantoms import assessed, breast_pixels

SMALL = (150, 100)
_QUICK = ("csv", "coco", "overlay", "svg", "seg")
"""Kinds that take ten thousand outlines in seconds."""
MULTI_FRAME = "1.2.840.10008.5.1.4.1.1.13.1.3"


def no_breast(folder: Path) -> Study:
    pixels = np.random.default_rng(0).integers(40, 60, SMALL).astype(np.uint16)
    return study_of(write_mammogram(folder, pixels))


def no_uids(folder: Path) -> Study:
    return study_of(write_mammogram(folder, breast_pixels(*SMALL), SeriesInstanceUID=None))


def two_frames(folder: Path) -> Study:
    frames = np.concatenate([breast_pixels(*SMALL)] * 2)
    return study_of(write_mammogram(folder, frames, NumberOfFrames=2, Rows=SMALL[0], SOPClassUID=MULTI_FRAME))


def png(folder: Path) -> Study:
    Image.fromarray(breast_pixels(*SMALL)).save(folder / "LCC.png")
    return mammoview.open_study(folder)[0]


def ddsm(folder: Path) -> Study:
    (folder / "B_3001_1.LEFT_CC.LJPEG").write_bytes(encode(breast_pixels(*SMALL).astype(np.uint16), 12))
    size = f"LEFT_CC LINES {SMALL[0]} PIXELS_PER_LINE {SMALL[1]}"
    facts = ("filename B-3001-1", "DIGITIZER LUMISYS LASER", f"{size} BITS_PER_PIXEL 12 RESOLUTION 200 NON_OVERLAY")
    (folder / "B-3001-1.ics").write_text("\n".join(facts))
    return mammoview.open_study(folder)[0]


def study_of(file: Path) -> Study:
    return Study("", [open_scan(file)])


SOURCES: dict[Callable[[Path], Study], set[str]] = {
    no_breast: {"npz", "sr", "cad", "overlay", "seg"},
    no_uids: {"sr", "cad", "seg", "sc", "gsps", "npz", "overlay"},
    two_frames: {"sr", "cad", "seg", "sc", "gsps", "npz", "overlay"},
    png: {"npz", "sr", "cad", "overlay", "seg"},
    ddsm: {"npz", "sr", "cad", "overlay", "seg"},
}
"""What opens them, and the kinds that cannot be made of them, not assessed and without outlines."""


def exported(kind: ExportFormat, study: Study, target: Path, *, assess: bool) -> MammoviewError | None:
    """Export the first scan of a study; return the error that said why not, and check that no half file is there."""
    scan = study.scans[0]
    analysis = analyse(scan)
    made = assessed(scan, (40.0, 75.0), analysis=analysis) if assess else None
    options = ExportOptions(kind.figures[-1] if kind.figures[-1] != "report" else kind.figures[0], dpi=60)
    content = ExportContent(target, study, (AssessedScan(analysis, made),), USUAL_LAYERS, options=options)
    try:
        kind.write(content)
    except MammoviewError as error:
        assert error.remedy and "\n" not in str(error)
        assert not target.exists()
        return error
    assert target.stat().st_size > 0
    for file in target.parent.iterdir():
        assert not file.name.startswith(".")
        if kind.name != "csv":
            read(file)
    return None


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.__name__)
def test_odd_sources_give_a_whole_file_or_a_clear_error(tmp_path: Path, source: Callable[[Path], Study]) -> None:
    """Not assessed yet, without outlines."""
    (tmp_path / "source").mkdir()
    study = source(tmp_path / "source")
    said = {}
    for name, kind in FORMATS.items():
        said[name] = exported(kind, study, tmp_path / name / f"x.{kind.suffix}", assess=False)
    refused = {name for name, error in said.items() if error is not None}
    assert refused == SOURCES[source], {name: str(error) for name, error in said.items() if error is not None}


@pytest.mark.parametrize("source", [png, ddsm], ids=lambda source: source.__name__)
def test_pictures_of_other_formats_are_exported_as_everything_once_they_are_assessed(
    tmp_path: Path, source: Callable[[Path], Study]
) -> None:
    (tmp_path / "source").mkdir()
    study = source(tmp_path / "source")
    study.scans[0].outlines = (box(30, 60, 60, 90),)
    for name, kind in FORMATS.items():
        assert exported(kind, study, tmp_path / name / f"x.{kind.suffix}", assess=True) is None, name


@pytest.mark.parametrize("name", ["sr", "seg", "sc", "gsps"])
def test_dicom_objects_of_other_formats_say_that_their_uids_were_made(tmp_path: Path, name: str) -> None:
    from pydicom import dcmread

    (tmp_path / "source").mkdir()
    study = ddsm(tmp_path / "source")
    target = tmp_path / "out" / f"x.{FORMATS[name].suffix}"
    assert exported(FORMATS[name], study, target, assess=True) is None
    made = dcmread(target)
    assert str(made.SOPInstanceUID).startswith("2.25.") and str(made.StudyInstanceUID).startswith("2.25.")


@pytest.mark.parametrize(
    "name",
    [
        *_QUICK,
        *(pytest.param(name, marks=pytest.mark.slow) for name in FORMATS if name not in _QUICK),
    ],
)
def test_ten_thousand_outlines(tmp_path: Path, name: str) -> None:
    """All kinds take them, but a segmentation, in which each is a picture of its own: it says what takes them."""
    study = study_of(write_mammogram(tmp_path, breast_pixels(*SMALL)))
    study.scans[0].outlines = tuple(box(i % 80, i % 130, i % 80 + 9, i % 130 + 9) for i in range(10_000))
    error = exported(FORMATS[name], study, tmp_path / "out" / f"x.{FORMATS[name].suffix}", assess=True)
    assert error is None if name != "seg" else "presentation state" in str(error)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Study:
    study = study_of(write_mammogram(tmp_path_factory.mktemp("plain"), breast_pixels(*SMALL)))
    study.scans[0].outlines = (box(30, 60, 60, 90),)
    return study


@pytest.mark.parametrize("name", FORMATS)
def test_names_and_places_that_take_no_file(
    plain: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind = FORMATS[name]
    monkeypatch.setattr(animation, "LONGEST_PX", 120)
    folder = tmp_path / "out"
    there = folder / f"folder.{kind.suffix}"
    there.mkdir(parents=True)
    for target in (there, folder / f"{'a' * 300}.{kind.suffix}"):  # a folder of that name, and a name that is too long
        assert "cannot be written" in str(exported_to(kind, plain, target))
        assert [file for file in folder.iterdir() if not file.name.startswith("folder")] == []
    assert not list(there.iterdir())
    if sys.platform.startswith("linux"):  # where not even the superuser may write
        assert "cannot be written" in str(exported_to(kind, plain, Path("/sys") / f"x.{kind.suffix}"))


def exported_to(kind: ExportFormat, study: Study, target: Path) -> MammoviewError:
    """Export where it fails; return the error."""
    scan = study.scans[0]
    analysis = analyse(scan)
    one = AssessedScan(analysis, assessed(scan, (40.0, 75.0), analysis=analysis))
    options = ExportOptions(kind.figures[0], dpi=60)
    with pytest.raises(MammoviewError) as failed:
        kind.write(ExportContent(target, study, (one,), USUAL_LAYERS, options=options))
    assert failed.value.remedy and failed.value.path is not None
    return failed.value


def test_a_folder_with_all_of_them_is_exported_as_far_as_it_goes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each that cannot be exported has its line, and the others are there."""
    from mammoview.cli.command_line import main

    for source in (no_uids, two_frames, png, ddsm):
        (tmp_path / "source" / source.__name__).mkdir(parents=True)
        source(tmp_path / "source" / source.__name__)
    shutil.copyfile(__file__, tmp_path / "source" / "broken.dcm")
    asked = ["export", str(tmp_path / "source"), "-o", str(tmp_path / "out"), "--layers", "outlines", "--format"]
    assert main([*asked, "gsps"]) == 2
    said = capsys.readouterr()
    assert said.out.count(".gsps.dcm") == 2 == len(list((tmp_path / "out").iterdir()))
    assert "SeriesInstanceUID" in said.err and "2 frames" in said.err and "Traceback" not in said.err
    assert main([*asked, "png"]) in (0, 2)
    assert len(list((tmp_path / "out").glob("*.png"))) == 4
