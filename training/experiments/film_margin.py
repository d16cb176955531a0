"""`python -m training film-margin`: what the program finds where the film beyond the skin is left as it was scanned.

The networks were trained on breasts whose surroundings are blanked from `RIM_MM` on; here they are given more film.
"""

from __future__ import annotations

from pathlib import Path

from mammoview.assess.models.bundle import load_bundle
from mammoview.core.errors import MammoviewError
from mammoview.evaluation.statistics import Estimate
from training.data.film import film_left
from training.evaluation import one_path
from training.experiments.detection import SHIPPED_FOLD, known
from training.experiments.detection_figures import marks_of, rows_of, write
from training.experiments.program_figures import scored_in, scored_of

BLANKED = "film blanked"


def run(data: Path, runs: Path, seed: int, mm: float, file: Path) -> list[tuple[str, str, Estimate]]:
    """Write the figures of the bundled scoring with film blanked as it ships and with `mm` of real film; returns them.

    Candidates with blanked film are those of `detect` with the re-scorer of a seed, which is the bundled one.

    Raises
    ------
    MammoviewError
        When the bundle has no re-scorer, or `detect` has not read the fold.
    """
    bundle = load_bundle()
    if bundle.rescorer is None or bundle.rescorer.facts.scoring is None:
        raise MammoviewError("these models have no re-scorer", "Run: python -m training ship-rescorer")
    blanked = scored_of(runs, seed)
    members = [m for m in known(runs) if m.fold == SHIPPED_FOLD]
    folder = runs / f"film_{mm:g}mm"
    with film_left(mm):
        one_path.read(data, members, lambda _: bundle, folder)
    real = scored_in(folder, members)
    scoring = bundle.rescorer.facts.scoring
    named = {
        name: marks_of(of, [scoring.logits(s.features) for s in of])
        for name, of in ((BLANKED, blanked), (f"{mm:g} mm of real film", real))
    }
    rows = rows_of(blanked, named, BLANKED)
    write(rows, f"fold {SHIPPED_FOLD}, which the bundled models never saw, read by the program", file)
    return rows
