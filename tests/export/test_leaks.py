"""No patient attribute of a file is in any export: every byte is looked at, compressed streams decoded."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions, Grey
from mammoview.export.formats import FORMATS
from mammoview.export.targets import ExportTargets
from mammoview.study.scan import Study
from tests.export.dicom.test_deidentification import WORDS, one_secret, planted

__all__ = ["one_secret", "planted"]
VARIANTS = [
    *((name, ExportOptions(figure, dpi=60)) for name, one in FORMATS.items() for figure in one.figures),
    *((name, ExportOptions(grey=Grey.STORED)) for name in ("png", "tiff")),
]


def decoded(path: Path) -> Iterator[bytes]:
    """Go over the bytes of a file, those of its streams, and its texts."""
    data = path.read_bytes()
    yield path.name.encode()
    yield data
    for start in re.finditer(rb"stream\r?\n|IDAT|zTXt|iTXt", data):
        for skipped in range(start.end(), start.end() + 40):
            if data[skipped : skipped + 1] == b"\x78":
                inflated = zlib.decompressobj()
                try:
                    yield inflated.decompress(data[skipped:])
                except zlib.error:
                    continue
                break
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                yield member.encode() + archive.read(member)
    if path.suffix in (".png", ".tiff", ".gif", ".webp"):
        with Image.open(path) as picture:
            yield repr((picture.info, dict(picture.getexif()))).encode()


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_no_kind_of_export_names_the_patient(
    planted: tuple[Study, AssessedScan], tmp_path: Path, name: str, options: ExportOptions
) -> None:
    study, one = planted
    if not FORMATS[name].suffix.endswith("dcm"):
        # Pictures show the reader's own texts as they were written, which the manual says.
        ruler = replace(one.scan, annotations=one.scan.annotations[:1])
        one = replace(one, analysis=replace(one.analysis, scan=ruler))
    target = ExportTargets(tmp_path, FORMATS[name], options).of(one.scan)
    FORMATS[name].write(ExportContent(target, study, (one,), USUAL_LAYERS, options=options))
    files = sorted(tmp_path.iterdir())
    assert target in files
    for file in files:
        for held in decoded(file):
            words = [word for word in WORDS if word.encode() in held or word.encode("utf-16-le") in held]
            assert words == [], file.name


def test_what_is_looked_for_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"stream\n" + zlib.compress(b"for Jane"))
    assert any(b"Jane" in held for held in decoded(tmp_path / "a.pdf"))
