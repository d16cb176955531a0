"""Secondary captures (PS3.3 A.8.1): the annotated picture, upright, with its captions below it, in RGB."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian

from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.registry import IDENTIFYING, MODEL_LAYERS
from mammoview.display.rendering import render
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.display.screen_orientation import hung_transform, patient_letters
from mammoview.export.annotated_png import draw_annotated
from mammoview.export.burned_in import blacked_out, darkest, may_name, text_warning
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.object_attributes import MAKER, equipment, identifiers, stamp
from mammoview.export.dicom.rle_encoding import encode_runs
from mammoview.export.dicom.source import DicomSource, add_view, decimal, reference
from mammoview.export.provenance import threshold_text
from mammoview.study.spacing import SpacingSource

_SERIES = 9021
_REMEDY = "Check the picture for labels; it leaves as it is only where the patient is named"
_ST_LETTERS = 1024
"""Most letters of a text of value representation ST."""


def secondary_captures(
    sources: Sequence[DicomSource],
    layers: Collection[str],
    styles: Mapping[str, LayerStyle] | None = None,
    black_outside: bool = False,
) -> list[Dataset]:
    """Return the annotated picture of each scan.

    Where the identity is removed, all of a film that lies outside of the breast and a little round it is black: labels
    on films are pixels, and may name the patient. With `black_outside` that of every scan is.

    Raises
    ------
    MammoviewError
        As `annotated_png.draw_annotated` and `burned_in.blacked_out`.
    """
    return [_capture(source, layers, styles, black_outside) for source in sources]


def _capture(
    source: DicomSource, layers: Collection[str], styles: Mapping[str, LayerStyle] | None, black_outside: bool
) -> Dataset:
    """Return the picture of one scan."""
    analysis = source.analysis
    covered = black_outside or (may_name(analysis) and not source.keep_identity)
    burned_in = not covered and (may_name(analysis) or bool(text_warning(analysis, _shown(source))))
    rgb = _drawn(source, layers, styles, covered)
    spacing = analysis.standing_spacing
    known = spacing.known and spacing.source is not SpacingSource.ASSUMED
    made = hd.sc.SCImage.from_ref_dataset(
        ref_dataset=source.header,
        pixel_array=rgb,
        photometric_interpretation="RGB",
        bits_allocated=8,
        coordinate_system="PATIENT",
        patient_orientation=("A", "F"),  # Replaced below: highdicom has no oblique directions.
        laterality=source.header.get("Laterality"),
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **identifiers(f"SC {uid_of(rgb)}", _SERIES, source),
        **equipment(),
    )
    add_view(made, source)
    _left, _top, right, bottom = patient_letters(analysis, hung_transform(analysis))
    made["PatientOrientation"].value = [right, bottom] if right and bottom else ""
    if known:
        made.PixelSpacing = [decimal(spacing.row_mm), decimal(spacing.column_mm)]
    made.SeriesDescription = "Mammoview: picture"
    made.BurnedInAnnotation = "YES" if burned_in else "NO"
    made.DerivationDescription = _derivation(source, layers, styles)
    origin = reference(source)
    origin.PurposeOfReferenceCodeSequence = Items(
        [hd.sr.CodedConcept.from_code(codes.DCM.SourceImageForImageProcessingOperation)]
    )
    made.SourceImageSequence = Items([origin])
    stamp(made, source)
    encode_runs(made)
    return made


def _derivation(source: DicomSource, layers: Collection[str], styles: Mapping[str, LayerStyle] | None) -> str:
    """Return how the picture was made, with the thresholds of the models' layers in it."""
    description = f"Annotated by {MAKER}; lines and letters are part of the pixels"
    if source.assessment is not None and MODEL_LAYERS & set(layers):
        description += f". Thresholds: {threshold_text(source.assessment, styles or {})}"
    return description[:_ST_LETTERS]


def _shown(source: DicomSource) -> NDArray[np.uint8]:
    """Return the scan as it is shown, uint8 (rows, columns), not turned."""
    return render(source.analysis.scan, beside=source.beside, analysis=source.analysis)


def _drawn(
    source: DicomSource, layers: Collection[str], styles: Mapping[str, LayerStyle] | None, covered: bool
) -> NDArray[np.uint8]:
    """Return the picture with its captions, uint8 (rows, columns, 3)."""
    analysis = _plain(source, covered)
    picture = draw_annotated(
        analysis.scan,
        source.assessment,
        [name for name in layers if source.keep_identity or name not in IDENTIFYING],
        styles,
        judged=source.judged,
        analysis=analysis,
        beside=source.beside,
        unassessed=source.unassessed,
    )
    return np.asarray(picture)


def _plain(source: DicomSource, covered: bool) -> ScanAnalysis:
    """Return the scan without words that may name the patient, and where it is to be covered without such pixels."""
    analysis = source.analysis
    plain = replace(analysis.scan, annotations=source.annotations)
    if covered:
        black = blacked_out(analysis, analysis.scan.pixels, darkest(analysis, source.beside), _REMEDY)
        plain = replace(plain, read=lambda: black, _pixels=None)
    return replace(analysis, scan=plain)
