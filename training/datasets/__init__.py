"""The data sets behind one interface: an Example is an image with its geometry, outlines and patient."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mammoview.core.errors import MammoviewError
from training.datasets.cbis import cbis_ddsm
from training.datasets.cbis_masses_png import cbis_masses
from training.datasets.ddsm_examples import ddsm, ddsm_100um, ddsm_normals, ddsm_tissue
from training.datasets.example import Example, ExcludedImage
from training.datasets.mini_mias_examples import mini_mias
from training.datasets.own_folder import own

__all__ = ["LICENCES", "SOURCES", "Example", "ExcludedImage", "examples"]

_DDSM = "DDSM (Heath et al. 2001, The Digital Database for Screening Mammography)"
LICENCES = {
    "cbis_masses": "CBIS-DDSM, CC BY 3.0 (Lee et al. 2017, Sci Data 4:170177)",
    "cbis_ddsm": "CBIS-DDSM, CC BY 3.0 (Lee et al. 2017, Sci Data 4:170177)",
    "mini_mias": "mini-MIAS, research only (Suckling et al. 1994, Excerpta Medica 1069:375-378)",
    "ddsm": _DDSM,
    "ddsm_100um": _DDSM,
    "ddsm_normals": _DDSM,
    "ddsm_tissue": f"{_DDSM}, with tissue labels, research only",
    "own": "your own data",
}
SOURCES = {
    "cbis_masses": cbis_masses,
    "cbis_ddsm": cbis_ddsm,
    "mini_mias": mini_mias,
    "ddsm": ddsm,
    "ddsm_100um": ddsm_100um,
    "ddsm_normals": ddsm_normals,
    "ddsm_tissue": ddsm_tissue,
    "own": own,
}
"""Data sets by the name of their folder."""
SAME_WOMEN = (
    ("ddsm", "ddsm_100um"),
    ("ddsm", "cbis_ddsm"),
    ("ddsm", "cbis_masses"),
    ("ddsm", "ddsm_normals"),
    ("ddsm", "ddsm_tissue"),
    ("cbis_ddsm", "cbis_masses"),
    ("cbis_ddsm", "ddsm_100um"),
)
"""Data sets that show the same women under other numbers; `ddsm_100um` maps its women to those of `cbis_masses`."""


def examples(data: Path) -> Iterator[Example | ExcludedImage]:
    """All examples of the data sets that lie in the folder `data`, in a fixed order.

    Raises
    ------
    MammoviewError
        When there is none, two show the same women under other numbers, or a data set has a patient on both sides of
        its own split.
    """
    present = [name for name in SOURCES if (data / name).is_dir()]
    if not present:
        raise MammoviewError("no data set is in this folder", f"It should hold one of: {', '.join(SOURCES)}", data)
    for pair in SAME_WOMEN:
        if set(pair) <= set(present):
            what = f"{pair[0]} and {pair[1]} show the same women, who would be in two folds"
            raise MammoviewError(what, "Take one of them away", data)
    for name in present:
        sides: dict[str, str] = {}
        for item in SOURCES[name](data / name):
            if isinstance(item, Example) and sides.setdefault(item.patient, item.official) != item.official:
                raise MammoviewError(
                    f"patient {item.patient} of {name} is in two parts of its split", "Correct the tables", data / name
                )
            yield item
