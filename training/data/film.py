"""`python -m training film`: images at 400 um with the film beyond the skin as it was scanned.

The prepared images have it blanked from `RIM_MM` on, which is what the networks see as they ship.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from mammoview.anatomy.breast import find_breast
from mammoview.assess.inference import preprocessing
from mammoview.assess.inference.heatmap_cells import INPUT_UM
from mammoview.core.atomic_write import atomic_write
from mammoview.core.errors import MammoviewError
from training.data.prepare import PreparedMammogram, load
from training.datasets import Example, examples

FILM_MM = 25.0
"""How much film is left: a prepared image has 25.6 mm around the breast, so that its corners stay blanked."""
FOLDER = "film"


@contextmanager
def film_left(mm: float) -> Iterator[None]:
    """Leave `mm` of film beyond the skin as it was scanned while scans are made ready for the networks."""
    with patch.object(preprocessing, "RIM_MM", mm):
        yield


def write(data: Path, runs: Path, jobs: int = 2) -> int:
    """Write the image of every prepared mammogram with real film; returns how many there are.

    Those that are there are passed over.

    Raises
    ------
    MammoviewError
        When nothing is prepared, or a prepared mammogram is not below `data`.
    """
    members = {(m.source, m.name): m for m in load(runs / "prepared")}
    found = {(e.source, e.name): e for e in examples(data) if isinstance(e, Example)}
    if missing := sorted(members.keys() - found.keys()):
        what = f"{len(missing)} prepared mammograms are not in this folder, such as {missing[0][1]}"
        raise MammoviewError(what, "Point --data at the folder that they were prepared from", data)
    (runs / FOLDER).mkdir(exist_ok=True)
    todo = [(found[key], member) for key, member in members.items() if not _file(runs, member).exists()]
    with ProcessPoolExecutor(jobs) as pool:
        done = pool.map(_write_one, *zip(*todo, strict=True), [runs] * len(todo), chunksize=8) if todo else ()
        for _ in track(done, "reading film", total=len(todo)):
            pass
    return len(members)


def _write_one(example: Example, member: PreparedMammogram, runs: Path) -> None:
    image = example.read()
    made = preprocessing.prepare(image, find_breast(image, example.spacing), example.spacing)
    rows, columns = member.image(INPUT_UM).shape
    with film_left(FILM_MM):
        values, _ = made.magnified(INPUT_UM, *member.corners[INPUT_UM], rows, columns)
    with atomic_write(_file(runs, member)) as partial, partial.open("wb") as f:
        np.save(f, values.astype(np.float16))


def _file(runs: Path, member: PreparedMammogram) -> Path:
    return runs / FOLDER / f"{member.key}.npy"


def image(runs: Path, member: PreparedMammogram) -> NDArray[np.float16]:
    """Return the image of a mammogram with real film, like `member.image(400)`.

    Raises MammoviewError when it was not written.
    """
    try:
        return np.load(_file(runs, member), mmap_mode="r")
    except OSError as error:
        what = "this mammogram's film was not read yet"
        raise MammoviewError(what, "Run: python -m training film", _file(runs, member)) from error
