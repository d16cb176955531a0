"""One film, digitised by every scanner of DDSM: the models see the same, because they are given its optical density."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mammoview import open_study
from mammoview.assess.inference.assessor import Assessor
from mammoview.assess.results.assessment import Assessment
from mammoview.study.grey_pipeline import GreyPipeline
from mammoview.study.optical_density import DBA, HOWTEK_A, HOWTEK_D, LUMISYS, DensityCalibration
from mammoview.study.scan import Scan

DIGITIZERS = {"DBA": DBA, "Howtek A": HOWTEK_A, "Howtek D": HOWTEK_D, "Lumisys": LUMISYS}
STEP = 2


@pytest.fixture(scope="module")
def film(samples: Path) -> Scan:
    """A real malignant view, thinned out; CBIS-DDSM stores it linear in optical density."""
    (scan,) = (s for s in open_study(samples / "sfm-malign-0")[0].scans if s.name == "L CC")
    return scan


def digitised(film: Scan, calibration: DensityCalibration | None, by: DensityCalibration) -> Scan:
    """Return the film as the digitizer `by` stores it, read with a calibration or without any."""
    bright = film.pixels[::STEP, ::STEP].astype(float) / 65535
    density = 3.2 - 2.8 * bright
    level = (density - by.intercept) / by.slope
    stored = np.round(10**level if by.logarithmic else level).astype(np.uint16)
    spacing = replace(film.spacing, row_mm=film.spacing.row_mm * STEP, column_mm=film.spacing.column_mm * STEP)
    grey = GreyPipeline(density=calibration, inverted=calibration is not None)
    return Scan(
        film.path, *stored.shape, lambda: stored, film.laterality, film.projection, spacing, film.orientation, grey
    )


def change(one: Assessment, other: Assessment) -> float:
    """Largest difference of the grids' probabilities."""
    assert one.grids[200].values.shape == other.grids[200].values.shape
    return float(np.abs(one.grids[200].values - other.grids[200].values).max())


def test_the_models_see_one_film_alike_whatever_digitised_it(film: Scan) -> None:
    assessor = Assessor("cpu")
    seen = {name: assessor.assess(digitised(film, found, found)) for name, found in DIGITIZERS.items()}
    reference = seen["Lumisys"]
    assert reference.grids[200].values.max() > 0.5, "there is a finding to agree about"
    heat = max(float(np.abs(reference.heatmap.values - other.heatmap.values).max()) for other in seen.values())
    assert max(change(reference, other) for other in seen.values()) < 0.01
    assert heat < 0.002
    # Grey levels of the logarithmic scanner taken as they are look like another film: the lesion is weaker.
    column, row = (place / STEP for place in film.outlines[0].centroid)
    taken_as_is = assessor.assess(digitised(film, None, DBA))
    there, weaker = (found.heatmap.at(column, row) or 0.0 for found in (reference, taken_as_is))
    assert there > 0.1
    assert there - weaker > 30 * heat  # 38 with the heatmap of version 5, whose features are those of photographs
