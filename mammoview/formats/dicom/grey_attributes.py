"""Grey pipeline of a DICOM header: modality, VOI windows and tables, presentation LUT shape, padding."""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammoview.formats.dicom.values import integer, items, number, numbers, raw, shared, word, words
from mammoview.study.grey_pipeline import GreyPipeline, LookUpTable, VoiFunction, VoiWindow

FOR_PROCESSING_CLASSES = ("1.2.840.10008.5.1.4.1.1.1.2.1", "1.2.840.10008.5.1.4.1.1.13.1.5")
_MOST_RESCALED = 1e9
"""Largest slope and intercept that is meaningful for pictures of 16 bits."""


def read_grey(header: Dataset) -> tuple[GreyPipeline, list[str]]:
    """Return the grey pipeline of a header, and warnings about unusable attributes.

    The presentation shape or table decides the polarity where it is given; MONOCHROME1 without one is inverted
    (PS3.3 C.7.6.3, C.8.11.3.1.2). A modality LUT takes the place of the rescale (C.11.1).
    """
    warnings: list[str] = []
    signed = integer(header, "PixelRepresentation") == 1
    bits = integer(header, "BitsStored") or integer(header, "BitsAllocated") or 16
    modality = _tables(header, "ModalityLUTSequence", signed, warnings)
    slope, intercept = _rescale(header, warnings)
    # The output of a modality LUT is always unsigned (C.11.1.1).
    below_zero = not modality and (signed or intercept < 0 or slope < 0)
    tables = _tables(header, "VOILUTSequence", below_zero, warnings)
    presentation = _tables(header, "PresentationLUTSequence", False, warnings)
    shape = word(header, "PresentationLUTShape").upper()
    inverted = word(header, "PhotometricInterpretation").upper() == "MONOCHROME1"
    if shape in ("IDENTITY", "INVERSE") or presentation:
        inverted = shape == "INVERSE"
    processing, logarithmic = for_processing(header), False
    if processing:
        logarithmic, inverted = _beyond_exposure(header, inverted, slope)
        warnings.append("FOR PROCESSING: not made for reading, greys are not the manufacturer's")
    grey = GreyPipeline(
        inverted=inverted,
        slope=slope,
        intercept=intercept,
        modality_lut=modality[0] if modality else None,
        windows=_windows(header, warnings),
        tables=tables,
        presentation_lut=presentation[0] if presentation else None,
        padding=_padding(header, signed),
        bits=bits,
        signed=signed,
        for_processing=processing,
        logarithmic=logarithmic,
    )
    return grey, warnings


def read_voi(item: Dataset, grey: GreyPipeline) -> tuple[tuple[VoiWindow, ...], tuple[LookUpTable, ...]]:
    """Return the usable windows and tables of an item of a Softcopy VOI LUT Sequence (PS3.3 C.11.8) for that `grey`."""
    below_zero = grey.modality_lut is None and (grey.signed or grey.intercept < 0 or grey.slope < 0)
    return _windows(item, []), _tables(item, "VOILUTSequence", below_zero, [])


def for_processing(header: Dataset) -> bool:
    """Whether the values are proportional to exposure."""
    intent = word(header, "PresentationIntentType").upper()
    return intent == "FOR PROCESSING" or (not intent and word(header, "SOPClassUID") in FOR_PROCESSING_CLASSES)


def _beyond_exposure(header: Dataset, inverted: bool, slope: float) -> tuple[bool, bool]:
    """Whether FOR PROCESSING values are not linear in exposure, and whether low ones are tissue (PS3.3 C.8.11.3)."""
    sign = integer(header, "PixelIntensityRelationshipSign")
    logarithmic = word(header, "PixelIntensityRelationship").upper() == "LOG" or sign == -1
    # Less exposure is more tissue; the sign is that of stored values.
    return logarithmic, inverted if sign not in (1, -1) else (sign == 1) != (slope < 0)


def _rescale(header: Dataset, warnings: list[str]) -> tuple[float, float]:
    group = shared(header, "PixelValueTransformationSequence")
    source = header if words(header, "RescaleSlope") or not len(group) else group
    slope, intercept = number(source, "RescaleSlope"), number(source, "RescaleIntercept")
    for what, value, given in (
        ("slope", slope, words(source, "RescaleSlope")),
        ("intercept", intercept, words(source, "RescaleIntercept")),
    ):
        absurd = value is not None and (abs(value) > _MOST_RESCALED or (what == "slope" and abs(value) < 1e-6))
        if absurd or (value is None and any(given)):
            warnings.append(f"the rescale {what} is no usable number: stored values are shown")
            return 1.0, 0.0
    return (1.0 if slope is None else slope), (0.0 if intercept is None else intercept)


def frame_windows(header: Dataset) -> tuple[tuple[VoiWindow, ...], ...]:
    """Return the VOI windows of every frame; empty where they are the same, or some frames have more than others."""
    if words(header, "WindowCenter"):
        return ()
    groups = (items(group, "FrameVOILUTSequence") for group in items(header, "PerFrameFunctionalGroupsSequence"))
    found = tuple(_windows_of(group[0], []) if group else () for group in groups)
    alike = len({len(windows) for windows in found}) == 1 and len(found) == integer(header, "NumberOfFrames")
    return found if alike and len(set(found)) > 1 else ()


def _windows(header: Dataset, warnings: list[str]) -> tuple[VoiWindow, ...]:
    """All VOI windows of the header, or of the frame that is shown first."""
    group = shared(header, "FrameVOILUTSequence")
    return _windows_of(header if words(header, "WindowCenter") or not len(group) else group, warnings)


def _windows_of(source: Dataset, warnings: list[str]) -> tuple[VoiWindow, ...]:
    """All VOI windows, with names; windows invalid for their VOI LUT Function are left out with a warning."""
    function = _function(source, warnings)
    labels = words(source, "WindowCenterWidthExplanation")
    centers, widths = numbers(source, "WindowCenter"), numbers(source, "WindowWidth")
    if len(centers) != len(widths) or (not centers and words(source, "WindowCenter")):
        warnings.append("window centres and widths do not fit together: those that have no partner are left out")
    least = 1.0 if function is VoiFunction.LINEAR else np.nextafter(0.0, 1.0)
    found = []
    for index, (center, width) in enumerate(zip(centers, widths, strict=False)):
        if width < least:
            warnings.append(f"a window of width {width:g} is not possible and left out")
            continue
        found.append(VoiWindow(center, width, labels[index] if index < len(labels) else "", function))
    return tuple(found)


def _function(source: Dataset, warnings: list[str]) -> VoiFunction:
    name = word(source, "VOILUTFunction").upper() or "LINEAR"
    if name in VoiFunction.__members__:
        return VoiFunction[name]
    warnings.append(f"the VOI LUT function {name} is not known: LINEAR is taken")
    return VoiFunction.LINEAR


def _tables(header: Dataset, keyword: str, signed: bool, warnings: list[str]) -> tuple[LookUpTable, ...]:
    """All LUTs of a sequence; a LUT whose data do not fit its descriptor is left out with a warning."""
    found = []
    for item in items(header, keyword):
        table = _table(item, signed, _big_endian(header))
        if table is None:
            warnings.append(f"a look-up table of the {keyword} is malformed and left out")
        else:
            found.append(table)
    return tuple(found)


def _table(item: Dataset, signed: bool, big_endian: bool) -> LookUpTable | None:
    """One LUT, its data as OW or US; 8-bit data may be packed two to a word (PS3.3 C.11.1.1.1)."""
    descriptor = [int(n) for n in numbers(item, "LUTDescriptor")]
    if len(descriptor) != 3:
        return None
    count = descriptor[0] % 65536 or 65536
    first = descriptor[1] % 65536
    if signed and first > 32767:
        first -= 65536
    values = _lut_values(raw(item, "LUTData"), count, descriptor[2], big_endian)
    if values is None or not 1 <= descriptor[2] <= 16:
        return None
    # Some writers declare 8 bits and store 12: the greatest value gives the actual number.
    bits = max(descriptor[2], int(values.max()).bit_length())
    return LookUpTable(first, values, bits, word(item, "LUTExplanation") or word(item, "ModalityLUTType"))


def _lut_values(data: object, count: int, bits: int, big_endian: bool) -> NDArray[np.uint16] | None:
    """Return the entries of a LUT; None when there are too few."""
    if isinstance(data, bytes):
        if len(data) >= 2 * count:
            return np.frombuffer(data, ">u2" if big_endian else "<u2", count).astype(np.uint16)
        if len(data) not in (count, count + 1):
            return None
        packed = np.frombuffer(data, np.uint8)
        if big_endian and len(packed) % 2 == 0:
            packed = packed.reshape(-1, 2)[:, ::-1].ravel()
        return packed[:count].astype(np.uint16)
    try:
        values = np.atleast_1d(np.array(data, np.int64))
    except (ValueError, TypeError, OverflowError):
        return None
    if values.ndim != 1:
        return None
    if bits <= 8 and len(values) == (count + 1) // 2 < count:
        # Two entries in each word, the first in its lower half.
        return np.column_stack([values % 256, values // 256 % 256]).ravel()[:count].astype(np.uint16)
    return (values[:count] % 65536).astype(np.uint16) if len(values) >= count else None


def _big_endian(header: Dataset) -> bool:
    little = header.original_encoding[1]
    return sys.byteorder == "big" if little is None else not little


def _padding(header: Dataset, signed: bool) -> tuple[int, int] | None:
    """Inclusive range of padding values (PS3.3 C.7.5.1.1.2), with the sign of the pixels."""
    value = integer(header, "PixelPaddingValue")
    if value is None:
        return None
    limit = integer(header, "PixelPaddingRangeLimit")
    ends = [_as_stored(v, signed) for v in (value, value if limit is None else limit)]
    return min(ends), max(ends)


def _as_stored(value: int, signed: bool) -> int:
    """Correct a common mistake: a padding value whose signedness differs from that of the pixels."""
    if signed and value > 32767:
        return value - 65536
    return value if signed or value >= 0 else value % 65536
