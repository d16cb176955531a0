"""Access to values of a DICOM data set; an absent, empty or malformed value counts as missing.

Headers in practice violate the standard in many ways; one bad attribute must not prevent the display.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from functools import cache

from pydicom import config
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

# The terminal is for one-line errors; malformed attributes become warnings of the scan.
warnings.filterwarnings("ignore", module=r"pydicom\b")
# Malformed values are handled here; pydicom's own warnings would go to the user's terminal.
config.settings.reading_validation_mode = config.IGNORE


def raw(header: Dataset, keyword: str) -> object:
    """Return the value as pydicom reads it; None when absent, empty or malformed."""
    tag = _tag(keyword)
    try:
        # Most attributes looked up are absent, for which pydicom's `get` takes ten times as long.
        value: object = header[tag].value if tag in header else None
    except Exception:  # pydicom converts on access, with various exceptions.
        return None
    return None if value is None or value == "" else value


@cache
def _tag(keyword: str) -> BaseTag:
    return Tag(keyword)


def words(header: Dataset, keyword: str) -> tuple[str, ...]:
    """Return all values as stripped text; empty values stay, since positions matter."""
    value = raw(header, keyword)
    # A damaged element may hold a sequence where text belongs.
    if value is None or isinstance(value, (Sequence, Dataset)):
        return ()
    values = value if isinstance(value, (MultiValue, list, tuple)) else [value]
    return tuple("" if v is None else str(v).strip(" \0") for v in values)


def word(header: Dataset, keyword: str) -> str:
    """Return the first value as text; empty when there is none."""
    return next(iter(words(header, keyword)), "")


def numbers(header: Dataset, keyword: str) -> tuple[float, ...]:
    """Return all values as finite numbers; empty when one of them is none."""
    try:
        found = tuple(float(w) for w in words(header, keyword))
    except ValueError:
        return ()
    return found if all(math.isfinite(n) for n in found) else ()


def number(header: Dataset, keyword: str) -> float | None:
    """Return the first value as a finite number, or None."""
    return next(iter(numbers(header, keyword)), None)


def integer(header: Dataset, keyword: str) -> int | None:
    """Return the first value as a whole number, or None."""
    value = number(header, keyword)
    return None if value is None else int(value)


def items(header: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """Return the items of a sequence; empty when there are none."""
    value = raw(header, keyword)
    if isinstance(value, Dataset) or not isinstance(value, Iterable):
        return ()
    return tuple(item for item in value if isinstance(item, Dataset))


def shared(header: Dataset, macro: str) -> Dataset:
    """Return the first item of a functional group macro that all frames share, else that of the frame shown first.

    PS3.3 C.7.6.16; an empty data set when the object has no functional groups.
    """
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = items(header, keyword)
        for group in groups[middle(len(groups)) :][:1]:
            for item in items(group, macro)[:1]:
                return item
    return Dataset()


def middle(count: int) -> int:
    """Return the index of the frame that is shown first: of a stack the one in the middle, where the breast is."""
    return max(0, count - 1) // 2


def day(header: Dataset, *keywords: str) -> str:
    """Return the first valid date, as YYYY-MM-DD."""
    for keyword in keywords:
        digits = word(header, keyword).replace(".", "")[:8]
        if len(digits) == 8 and digits.isdigit():
            return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return ""
