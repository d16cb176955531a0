"""UIDs that depend on the content alone: who exports the same results twice gets the same objects."""

from __future__ import annotations

import json
from hashlib import sha256
from uuid import UUID

import numpy as np
from pydicom.uid import UID


def uid_of(*content: object) -> UID:
    """Return the UID of some content, derived from a UUID (PS3.5 B.2).

    Parameters
    ----------
    content
        Texts, numbers, and tuples, lists, dictionaries and arrays of them. Equal content has an equal UID.
    """
    digest = sha256(json.dumps(content, sort_keys=True, default=_plain).encode()).digest()
    return UID(f"2.25.{UUID(bytes=digest[:16], version=5).int}")


def _plain(value: object) -> object:
    """Return an array as its hash and shape, anything else as text."""
    if isinstance(value, np.ndarray):
        return [*value.shape, str(value.dtype), sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    return str(value)
