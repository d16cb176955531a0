"""Training sets of chosen pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from mammoview.core.errors import CancelledError
from mammoview.export.training_set import write_training_set
from mammoview.formats.opening.open_study import open_study
from tests.support.dicom_files import write
from tests.support.phantoms import breast_pixels


def test_a_training_set_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for side in "LR":
        for view in ("CC", "MLO"):
            file = tmp_path / "in" / f"{side}{view}.dcm"
            write(file, pixels=breast_pixels(), ImageLaterality=side, ViewPosition=view, PixelSpacing=[0.2, 0.2])
    scans = {str(number): scan for number, scan in enumerate(open_study(tmp_path / "in")[0].scans)}
    seen: list[int] = []

    def check() -> None:
        seen.append(len(list(tmp_path.joinpath("set").glob("*.dcm"))))
        if len(seen) == 3:
            raise CancelledError

    with pytest.raises(CancelledError):
        write_training_set(tmp_path / "set", scans, check)
    assert seen == [0, 1, 2] and not list((tmp_path / "set").iterdir())
