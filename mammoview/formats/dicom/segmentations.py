"""Segmentations (PS3.3 A.51) of single pictures: binary segments as marks, fractions as maps, on their scans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammoview.core.errors import MammoviewError
from mammoview.formats.common import file_io
from mammoview.formats.common.mask_tracing import traced
from mammoview.formats.dicom.decode import decode
from mammoview.formats.dicom.pixel_data_check import check_held, frame_count
from mammoview.formats.dicom.sr_content import ReferencedMark
from mammoview.formats.dicom.values import integer, items, number, word
from mammoview.study.geometry import Affine
from mammoview.study.marks import Mark, MarkOrigin
from mammoview.study.probability_maps import ProbabilityMap

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.66.4"
_MOST_FRAMES = 200
_MOST_CELLS = 1024
"""Cells of a map along the longer side of the picture; the maps of models have fewer."""


@dataclass(frozen=True)
class ReferencedMap:
    """A map and the SOP Instance UID of the picture that it lies on."""

    instance_uid: str
    map: ProbabilityMap


def pictures(segmentation: Dataset) -> list[str]:
    """Return the SOP Instance UIDs of the pictures that were segmented."""
    series = items(segmentation, "ReferencedSeriesSequence")
    named = [*items(segmentation, "SourceImageSequence")]
    named += [image for one in series for image in items(one, "ReferencedInstanceSequence")]
    named += [image for frame in items(segmentation, "PerFrameFunctionalGroupsSequence") for image in _sources(frame)]
    return list(dict.fromkeys(word(image, "ReferencedSOPInstanceUID") for image in named))


def read_segments(
    path: Path, header: Dataset, position: int, sizes: Mapping[str, tuple[int, int]]
) -> tuple[list[ReferencedMark], list[ReferencedMap], list[str]]:
    """Decode the segments that lie on known pictures; returns marks, maps and warnings.

    Parameters
    ----------
    path, header, position
        File of the segmentation, its header, and the byte at which that ends.
    sizes
        Rows and columns by SOP Instance UID of the pictures; segments of another size are left out.
    """
    marks: list[ReferencedMark] = []
    maps: list[ReferencedMap] = []
    warnings: list[str] = []
    try:
        size = integer(header, "Rows") or 0, integer(header, "Columns") or 0
        file_io.check_size(*size, path)
        check_held(path, header, position)
        frames = list(_frames(header))
        if len(frames) > _MOST_FRAMES:
            warnings.append(f"segmentation: {len(frames) - _MOST_FRAMES} of its {len(frames)} frames are left out")
        for index, uid, segment in frames[:_MOST_FRAMES]:
            if uid not in sizes:
                continue
            if sizes[uid] != size:
                warnings.append("segmentation: its pixels are not those of the picture, and it is left out")
                break
            values = decode(path, *size, frame=index)
            if word(header, "SegmentationType").upper() == "FRACTIONAL":
                maps.append(ReferencedMap(uid, _map(values, header, segment)))
            else:
                marks += [ReferencedMark(uid, mark) for mark in _marks(values != 0, segment)]
    except MammoviewError as error:
        warnings.append(f"segmentation: {error.what}")
    return marks, maps, warnings


def _frames(header: Dataset) -> Iterator[tuple[int, str, Dataset]]:
    """Yield index, picture and segment of each frame."""
    segments = {integer(one, "SegmentNumber"): one for one in items(header, "SegmentSequence")}
    shared = next(iter(items(header, "SharedFunctionalGroupsSequence")), Dataset())
    every = [uid for uid in pictures(header) if uid]
    groups = items(header, "PerFrameFunctionalGroupsSequence")
    for index in range(min(len(groups), frame_count(header))):
        group = groups[index]
        named = [word(image, "ReferencedSOPInstanceUID") for image in (*_sources(group), *_sources(shared))]
        number_of = next(
            (
                integer(one, "ReferencedSegmentNumber")
                for one in _either(group, shared, "SegmentIdentificationSequence")
            ),
            None,
        )
        # An object of one picture need not name it in its frames.
        uid = named[0] if named else every[0] if len(every) == 1 else ""
        yield index, uid, segments.get(number_of, Dataset())


def _either(group: Dataset, shared: Dataset, macro: str) -> tuple[Dataset, ...]:
    """Return the items of a functional group macro, of the frame or of all frames."""
    return items(group, macro) or items(shared, macro)


def _sources(group: Dataset) -> list[Dataset]:
    derivations = items(group, "DerivationImageSequence")
    return [image for one in derivations for image in items(one, "SourceImageSequence")]


def _label(segment: Dataset) -> str:
    return " ".join(word(segment, "SegmentLabel").split())[:200] or "segment"


def _algorithm(segment: Dataset) -> str:
    """Return name and version of the algorithm behind a segment; that it was drawn by hand where it was."""
    for one in items(segment, "SegmentationAlgorithmIdentificationSequence"):
        names = [word(one, "AlgorithmName"), word(one, "AlgorithmVersion")]
        if names[0]:
            return " ".join(part for part in names if part)
    named = word(segment, "SegmentAlgorithmName")
    return named or ("drawn by hand" if word(segment, "SegmentAlgorithmType").upper() == "MANUAL" else "")


def _marks(mask: NDArray[np.bool_], segment: Dataset) -> Iterator[Mark]:
    """Yield a closed line around each region of a segment."""
    for points in traced(mask):
        yield Mark(MarkOrigin.SEGMENT, points, closed=True, text=_label(segment), source=_algorithm(segment))


def _map(values: NDArray[np.generic], header: Dataset, segment: Dataset) -> ProbabilityMap:
    """Return fractions as a map of at most `_MOST_CELLS` cells a side, each with the value in its middle."""
    step = -(-max(values.shape) // _MOST_CELLS)
    rows, columns = (np.minimum(np.arange(0, n, step) + step // 2, n - 1) for n in values.shape)
    highest = number(header, "MaximumFractionalValue") or 255
    cells = (values[rows][:, columns] / highest).astype(np.float32)
    return ProbabilityMap(_label(segment), _algorithm(segment), np.clip(cells, 0, 1), Affine(step, step))
