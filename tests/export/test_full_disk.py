"""A full disk, or a folder that takes no file, ends every kind of export in one clear error and leaves nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mammoview.core.errors import MammoviewError
from mammoview.display.layers.registry import USUAL_LAYERS
from mammoview.export.export_format import AssessedScan, ExportContent, ExportOptions
from mammoview.export.formats import FORMATS
from mammoview.study.scan import Study
from tests.export.dicom.test_deidentification import one_secret, planted

__all__ = ["one_secret", "planted"]
KINDS = [
    (name, figure) for name, kind in FORMATS.items() for figure in dict.fromkeys((kind.figures[0], kind.figures[-1]))
]
ROOM = 64
"""Bytes that a file may have."""


@contextmanager
def no_room() -> Iterator[None]:
    """Have the system refuse to write more than a few bytes to any file of this process."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of files")
@pytest.mark.parametrize(("name", "figure"), KINDS)
def test_without_room_nothing_is_left(
    planted: tuple[Study, AssessedScan], tmp_path: Path, name: str, figure: str
) -> None:
    study, one = planted
    kind = FORMATS[name]
    target = tmp_path / "out" / f"a.{kind.suffix}"
    content = ExportContent(target, study, (one,), USUAL_LAYERS, options=ExportOptions(figure, dpi=60))
    with no_room(), pytest.raises(MammoviewError, match="cannot be written") as failed:
        kind.write(content)
    assert failed.value.path is not None and failed.value.remedy
    assert not target.parent.exists() or not list(target.parent.iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_that_takes_no_file_is_named(planted: tuple[Study, AssessedScan], tmp_path: Path, name: str) -> None:
    study, one = planted
    kind = FORMATS[name]
    (tmp_path / "out").write_text("a file in the way")
    target = tmp_path / "out" / f"a.{kind.suffix}"
    content = ExportContent(target, study, (one,), USUAL_LAYERS, options=ExportOptions(kind.figures[0], dpi=60))
    with pytest.raises(MammoviewError, match="cannot be written"):
        kind.write(content)
    assert [file.name for file in tmp_path.iterdir()] == ["out"]
