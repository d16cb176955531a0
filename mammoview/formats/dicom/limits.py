"""Bounds on the work that a DICOM header may make.

With a wrong length, or zeros from a bad disk, pixels are parsed as millions of attributes, for which pydicom needs
minutes and gigabytes.
"""

from __future__ import annotations

from io import BufferedReader, BytesIO
from typing import Any

from pydicom import hooks
from pydicom.dataelem import RawDataElement
from pydicom.filereader import read_sequence
from pydicom.valuerep import AMBIGUOUS_VR, BYTES_VR

MOST_READS = 200_000
"""Most read calls for a header, or for one sequence of it: about two per attribute. A stack of 120 slices takes some
10,000."""
MOST_BYTES = 1 << 20
"""Longest value of text or numbers; the largest look-up table has 128 KiB."""


class _CountedReads:
    """A file that raises ValueError after a number of read calls."""

    _left = MOST_READS

    def read(self, size: int | None = -1) -> bytes:
        """Read as the other base class does. Raises ValueError past the limit."""
        self._left -= 1
        if self._left < 0:
            raise ValueError("the header has too many attributes")
        return super().read(size)  # type: ignore[misc]  # of the other base class


class BoundedFile(_CountedReads, BufferedReader):
    """A file on the disk."""


class BoundedBytes(_CountedReads, BytesIO):
    """A file in memory."""


def _convert(raw: RawDataElement, data: dict[str, Any], *, encoding: Any = None, **more: Any) -> None:  # noqa: ANN401
    """Convert a value as pydicom does, within bounds. Raises ValueError, and the exceptions of pydicom."""
    vr, value = data["VR"], raw.value or b""
    if vr == "SQ" and value:
        source = BoundedBytes(value)
        data["value"] = read_sequence(
            source, raw.is_implicit_VR, raw.is_little_endian, len(value), encoding or "iso8859", raw.value_tell
        )
    elif len(value) > MOST_BYTES and vr not in BYTES_VR | AMBIGUOUS_VR:
        raise ValueError(f"a value of {len(value)} bytes is too long")
    else:
        hooks.raw_element_value(raw, data, encoding=encoding, **more)


hooks.hooks.register_callback("raw_element_value", _convert)
