"""Segmentations (PS3.3 A.51) on the lattice of the stored picture: outlines, marks of the models, maps of the models.

Outlines of people and marks of the models are separate objects of binary segments. Maps are fractions that mean
probabilities; the value of a pixel is that of the cell that holds its centre, without interpolation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from mammoview.assess.results.assessment import Layer
from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.export.dicom import coded_concepts as ours
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.object_attributes import MAKER, equipment, identifiers, stamp, tracking_name, tracking_uid
from mammoview.export.dicom.rle_encoding import encode_runs
from mammoview.export.dicom.source import DicomSource, add_view
from mammoview.export.provenance import budget_text, models, thresholds
from mammoview.export.regions import enclosed, finding_cells, on_picture
from mammoview.study.outline_sources import DrawnBy, drawn_by
from mammoview.study.scan import Outline

MOST_OUTLINES = 100
"""Most outlines of one scan: each is a picture of its own in the object."""
_SERIES = {"outlines": 9011, "marks": 9012, "maps": 9013}
_LEVELS = 255
"""Steps of a fraction."""
_PEOPLE: Mapping[DrawnBy, str] = {
    DrawnBy.RADIOLOGIST: "by a radiologist",
    DrawnBy.DATA_SET: "of a data set",
    DrawnBy.OWN: "by the reader",
    DrawnBy.OTHER: "of another file",
}
_MASS, _CALCIFICATION = Code("4147007", "SCT", "Mass"), Code("129748009", "SCT", "Calcification")


def segmentations(sources: Sequence[DicomSource]) -> list[Dataset]:
    """Return the segmentations of some scans: of each its outlines, its marks and its maps, as far as there are any.

    Raises
    ------
    MammoviewError
        When no scan has any, or one has more outlines than fit.
    """
    kinds = (outlines_segmentation, marks_segmentation, maps_segmentation)
    made = [kind(source) for source in sources for kind in kinds]
    if found := [one for one in made if one is not None]:
        return found
    raise MammoviewError("there is nothing to segment: no outlines and no results", "Assess the scans, or outline")


def outlines_segmentation(source: DicomSource) -> Dataset | None:
    """Return what people outlined, one segment each; None where nobody did. Raises MammoviewError."""
    scan = source.scan
    if len(scan.outlines) > MOST_OUTLINES:
        raise MammoviewError(
            f"it has {len(scan.outlines)} outlines, and a segmentation takes {MOST_OUTLINES} at most",
            "Export a presentation state (gsps), which holds any number",
            scan.path,
        )
    masks, about = [], []
    for outline in scan.outlines:
        mask = enclosed(outline.points, (scan.rows, scan.columns))
        if mask.any():
            masks.append(mask)
            about.append(_outline_segment(source, outline, len(masks)))
    return _binary("outlines", source, masks, about)


def marks_segmentation(source: DicomSource) -> Dataset | None:
    """Return what the listed findings cover, one segment each; None where there are none."""
    found, scan = source.assessment, source.scan
    if found is None:
        return None
    masks, about = [], []
    for finding in found.findings:
        cells = finding_cells(found.heatmap, finding, scan.spacing)
        mask = on_picture(cells, found.heatmap.to_scan, (scan.rows, scan.columns)).astype(bool)
        if not mask.any():
            continue
        masks.append(mask)
        spots = ", cluster of bright spots" if finding.cluster else ""
        about.append(
            hd.seg.SegmentDescription(
                segment_number=len(masks),
                segment_label=f"Finding {finding.rank}{spots}, score {finding.score:.2f}",
                segmented_property_category=ours.MORPHOLOGY,
                segmented_property_type=ours.LESION,
                algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
                algorithm_identification=_algorithm("findings", source),
                tracking_uid=tracking_uid(source, finding.column, finding.row),
                tracking_id=tracking_name(source, finding),
                anatomic_regions=[ours.BREAST],
            )
        )
    return _binary("marks", source, masks, about)


def maps_segmentation(source: DicomSource) -> Dataset | None:
    """Return heatmaps and grids as probabilities, one segment each; None where the models were not run."""
    found, scan = source.assessment, source.scan
    if found is None:
        return None
    layers: dict[str, Layer] = {
        "heatmap": found.heatmap,
        **({} if found.heatmap_baseline is None else {"heatmap_baseline": found.heatmap_baseline}),
        **found.named_grids,
    }
    about = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=name,
            segmented_property_category=ours.MORPHOLOGY,
            segmented_property_type=ours.LESION,
            algorithm_type=hd.seg.SegmentAlgorithmTypeValues.AUTOMATIC,
            algorithm_identification=_algorithm(name, source),
            anatomic_regions=[ours.BREAST],
        )
        for number, name in enumerate(layers, 1)
    ]
    values = np.empty((1, scan.rows, scan.columns, len(layers)), np.float32)
    for index, layer in enumerate(layers.values()):
        cells = np.clip(np.nan_to_num(layer.values), 0, 1).astype(np.float32)
        values[0, ..., index] = on_picture(cells, layer.to_scan, (scan.rows, scan.columns))
    return _segmentation("maps", source, values, about)


def _outline_segment(source: DicomSource, outline: Outline, number: int) -> Any:  # noqa: ANN401
    """Return the description of an outline, with its kind of source and what the data set states about it."""
    lesion = outline.lesion_type.upper()
    what = _MASS if "MASS" in lesion else _CALCIFICATION if "CALC" in lesion else ours.LESION
    words = [outline.kind.value.capitalize(), _PEOPLE[drawn_by(outline)]]
    if outline.pathology:
        words.append(f"({outline.pathology.lower()})")
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=" ".join(words)[:64],
        segmented_property_category=ours.MORPHOLOGY,
        segmented_property_type=what,
        algorithm_type=hd.seg.SegmentAlgorithmTypeValues.MANUAL,
        tracking_uid=uid_of("outline", str(source.uid), outline.points, outline.source),
        tracking_id=f"{source.scan.name} outline {number}",
        anatomic_regions=[ours.BREAST],
    )


def _algorithm(name: str, source: DicomSource) -> Any:  # noqa: ANN401
    """Return the identification of the program with the models behind one result."""
    found = source.assessment
    assert found is not None
    parameters = {
        str(model.get("name", "model")): f"{model.get('version')} sha256 {str(model.get('sha256'))[:16]}"
        for model in models(found)
    }
    limits, leading = thresholds(found), list(found.named_grids)[:1]
    if name in limits:
        parameters["threshold"] = f"{limits[name]:.6g}"
    if found.budget is not None and name in ("findings", "heatmap", *leading):
        parameters["threshold for"] = budget_text(found)
    return hd.AlgorithmIdentificationSequence(
        name=f"{MAKER} {name}",
        family=codes.DCM.ArtificialIntelligence,
        version=__version__,
        source=MAKER,
        parameters=parameters or None,
    )


def _binary(
    kind: str,
    source: DicomSource,
    masks: Sequence[NDArray[np.bool_]],
    about: Sequence[Any],
) -> Dataset | None:
    """Return a segmentation of masks, None of none."""
    return _segmentation(kind, source, np.stack(masks, -1)[None], about) if masks else None


def _segmentation(kind: str, source: DicomSource, values: NDArray[Any], about: Sequence[Any]) -> Dataset:
    """Return a segmentation of bool or fractions, (1, rows, columns, segments)."""
    binary = values.dtype == bool
    header = Dataset()
    header.update(source.header)
    # Without it no Pixel Measures are written: they need a slice thickness, which a projection has not. The pixels are
    # those of the source.
    header.pop("PixelSpacing", None)
    kinds = hd.seg.SegmentationTypeValues
    made = hd.seg.Segmentation(
        source_images=[header],
        pixel_array=values,
        segmentation_type=kinds.BINARY if binary else kinds.FRACTIONAL,
        segment_descriptions=about,
        fractional_type=hd.seg.SegmentationFractionalTypeValues.PROBABILITY,
        max_fractional_value=_LEVELS,
        omit_empty_frames=False,
        content_label=kind.upper(),
        content_description=f"Mammoview: {kind}",
        **identifiers(f"SEG {kind}", _SERIES[kind], source),
        **equipment(),
    )
    made.SeriesDescription = f"Mammoview: {kind}"
    # highdicom takes another one each time.
    dimensions = uid_of("dimensions", str(made.SOPInstanceUID))
    for one in (*made.DimensionOrganizationSequence, *made.DimensionIndexSequence):
        one.DimensionOrganizationUID = dimensions
    add_view(made, source)
    _add_laterality(made)
    stamp(made, source)
    if not binary:
        encode_runs(made)
    return made


def _add_laterality(made: Dataset) -> None:
    """Move the side into the frames, where objects of frames have it (PS3.3 C.7.6.16.2.8)."""
    anatomy = Dataset()
    anatomy.AnatomicRegionSequence = Items([hd.sr.CodedConcept.from_code(ours.BREAST)])
    anatomy.FrameLaterality = made.get("Laterality") or "U"
    made.SharedFunctionalGroupsSequence[0].FrameAnatomySequence = Items([anatomy])
    if "Laterality" in made:
        del made.Laterality
