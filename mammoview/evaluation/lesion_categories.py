"""Terms of data sets for lesions and breasts, mapped to the few by which figures are split."""

from __future__ import annotations

from collections.abc import Collection, Mapping

MASSES = {"CIRC", "SPIC", "MISC"}
"""Codes of mini-MIAS that mean a mass."""
MALIGNANT = "malignant"
NOT_STATED = "not stated"
EARLIER_NOT_STATED = (("not told", NOT_STATED),)
"""The text that tables of versions up to 0.2 hold instead, and today's."""
SIZES = ((10.0, "to 10 mm"), (20.0, "10 to 20 mm"), (float("inf"), "over 20 mm"))
"""Largest size of each class, mm, and its name."""


def density_of(facts: Mapping[str, str]) -> str:
    """Return the density of a breast: BI-RADS 1 to 4, words such as fatty of mini-MIAS, "" if unknown."""
    return facts.get("density") or facts.get("background", "")


def kind_of(lesion_type: str) -> str:
    """Return mass, calcification, asymmetry or distortion, from the words of a data set."""
    words = lesion_type.upper()
    for start, kind in (("CALC", "calcification"), ("ASYM", "asymmetry"), ("ARCH", "distortion")):
        if words.startswith(start):
            return kind
    return "mass" if words.startswith("MASS") or words in MASSES else lesion_type.lower() or NOT_STATED


def pathology_of(words: str) -> str:
    """Return malignant, benign or other first word of a pathology; NOT_STATED when it is empty or unproven."""
    word = words.lower().split("_")[0]
    return NOT_STATED if word in ("", "unproven") else word


def pathology_of_all(words: Collection[str]) -> str:
    """Return the pathology of several lesions together: malignant, else NOT_STATED, where one is; "" of none."""
    return next((word for word in (MALIGNANT, NOT_STATED) if word in words), min(words, default=""))


def size_class(mm: float) -> str:
    """Return the class of a size in mm."""
    return next(name for largest, name in SIZES if mm <= largest)
