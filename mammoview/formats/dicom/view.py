"""View of a DICOM file: side, projection, orientation and spacing."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from mammoview.formats.common import file_names
from mammoview.formats.dicom.values import items, number, numbers, shared, word, words
from mammoview.study import patient_orientation as orientation
from mammoview.study.scan import Laterality, Projection
from mammoview.study.spacing import UNKNOWN_SPACING, Spacing, SpacingSource

# CID 4014 (PS3.16) as SNOMED CT and as the older SNOMED RT, which differ in the code only.
VIEW_CODES = {
    "399162004": Projection.CC,
    "R-10242": Projection.CC,
    "399368009": Projection.MLO,
    "R-10226": Projection.MLO,
    "399260004": Projection.ML,
    "R-10224": Projection.ML,
    "399352003": Projection.LM,
    "R-10228": Projection.LM,
    "399099002": Projection.LMO,
    "R-10230": Projection.LMO,
    "399196006": Projection.FB,
    "R-10244": Projection.FB,
    "399188001": Projection.SIO,
    "R-102D0": Projection.SIO,
    "441555000": Projection.ISO,
    "R-40AAA": Projection.ISO,
    "399192008": Projection.XCCL,
    "R-1024A": Projection.XCCL,
    "399101009": Projection.XCCM,
    "R-1024B": Projection.XCCM,
}
# CID 4015 (PS3.16), as above; the meaning in a file may be of any language, or missing.
_MODIFIERS = {
    "441752004": "Anterior Compression",
    "P2-00161": "Anterior Compression",
    "399011000": "Axillary Tail",
    "R-102D1": "Axillary Tail",
    "442580003": "Axillary Tissue",
    "R-40AB2": "Axillary Tissue",
    "399161006": "Cleavage",
    "R-102D2": "Cleavage",
    "399209000": "Implant Displaced",
    "R-102D5": "Implant Displaced",
    "442593008": "Infra-mammary Fold",
    "R-40ABE": "Infra-mammary Fold",
    "399163009": "Magnification",
    "R-102D6": "Magnification",
    "442581004": "Nipple in Profile",
    "R-40AB3": "Nipple in Profile",
    "414493004": "Rolled Inferior",
    "R-102CA": "Rolled Inferior",
    "399197002": "Rolled Lateral",
    "R-102D3": "Rolled Lateral",
    "399226006": "Rolled Medial",
    "R-102D4": "Rolled Medial",
    "415670009": "Rolled Superior",
    "R-102C9": "Rolled Superior",
    "399055006": "Spot Compression",
    "R-102D7": "Spot Compression",
    "399110001": "Tangential",
    "R-102C2": "Tangential",
}
TOMOSYNTHESIS_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.13.1.4",
    "1.2.840.10008.5.1.4.1.1.13.1.5",
)
"""Breast Tomosynthesis; Breast Projection X-Ray, for presentation (.4) and for processing (.5)."""
SPECIMEN_CODES = ("127457009", "G-8310")

CBIS = re.compile(
    r"(?:Mass|Calc)-(?:Training|Test)_(?P<patient>P_\d+)_(?P<side>LEFT|RIGHT)_(?P<projection>CC|MLO)"
    r"(?P<abnormality>_\d+)?",
    re.IGNORECASE,
)
"""PatientID of a CBIS-DDSM view; the number at the end belongs to crops and masks alone."""
CBIS_SPACING = Spacing(0.05, 0.05, SpacingSource.ASSUMED)
_ASSUMED = re.compile(r"; spacing: assumed, ([1-9][\d.]*) x ([1-9][\d.]*) um per pixel$")
"""End of the Image Comments of a picture that was converted from a data set without spacing."""


def laterality(header: Dataset) -> Laterality | None:
    """Return the side: Image Laterality, Laterality, Frame Laterality, CBIS-DDSM's PatientID, Body Part Examined."""
    if stated := _stated_sides(header):
        return next(iter(stated.values()))
    if cbis := CBIS.fullmatch(word(header, "PatientID")):
        return Laterality(cbis["side"][0].upper())
    return file_names.read_name(word(header, "BodyPartExamined")).laterality


def side_warning(header: Dataset) -> str:
    """Return a warning when attributes name different sides; empty when they do not."""
    stated = _stated_sides(header)
    if len(set(stated.values())) < 2:
        return ""
    sides = ", ".join(f"{keyword} {side}" for keyword, side in stated.items())
    return f"the header contradicts itself about the side ({sides}): {next(iter(stated))} is believed"


def _stated_sides(header: Dataset) -> dict[str, Laterality]:
    """Return the sides by attribute keyword, the most trusted first."""
    frame = shared(header, "FrameAnatomySequence")
    values = {
        keyword: word(source, keyword).upper()
        for source, keyword in ((header, "ImageLaterality"), (header, "Laterality"), (frame, "FrameLaterality"))
    }
    return {keyword: Laterality(value) for keyword, value in values.items() if value in ("L", "R")}


def projection(header: Dataset) -> Projection | None:
    """Return the projection: View Code, View Position, and CBIS-DDSM's misuse of Patient Orientation."""
    for code in view_codes(header):
        if code in VIEW_CODES:
            return VIEW_CODES[code]
    for value in (word(header, "ViewPosition"), *cbis_orientation(header)):
        if value.upper() in Projection.__members__:
            return Projection[value.upper()]
    return None


def view_codes(header: Dataset) -> list[str]:
    """Return the code values of the View Code Sequence, upper case."""
    return [word(item, "CodeValue").upper() for item in items(header, "ViewCodeSequence")]


def modifiers(header: Dataset) -> str:
    """Return the view's modifiers, such as "Magnification, Spot Compression"; a code that is not known as it is."""
    found = [m for item in items(header, "ViewCodeSequence") for m in items(item, "ViewModifierCodeSequence")]
    codes = [(word(one, "CodeValue").upper(), word(one, "CodeMeaning")) for one in found]
    return ", ".join(filter(None, (_MODIFIERS.get(value) or meaning or value for value, meaning in codes)))


def is_tomosynthesis(header: Dataset) -> bool:
    """Whether the frames are slices of one breast, or the projections they were made from."""
    return word(header, "SOPClassUID").startswith(TOMOSYNTHESIS_CLASSES)


def is_synthesised(header: Dataset) -> bool:
    """Whether a single picture was computed from a tomosynthesis instead of being exposed (Image Type values 3, 4)."""
    return bool({"GENERATED_2D", "TOMO_2D"} & {value.upper() for value in words(header, "ImageType")})


def cbis_orientation(header: Dataset) -> tuple[str, ...]:
    """Return Patient Orientation where it holds a single word: CBIS-DDSM writes the projection there."""
    values = words(header, "PatientOrientation")
    return values if len(values) == 1 else ()


def patient_orientation(header: Dataset) -> tuple[tuple[str, str] | None, list[str]]:
    """Return the directions of increasing column and row, and warnings about them."""
    values = words(header, "PatientOrientation")
    if not values:
        values = words(shared(header, "PatientOrientationInFrameSequence"), "PatientOrientation")
    if len(values) != 2 or not all(values):
        return None, []
    found = (values[0].upper(), values[1].upper())
    if not orientation.is_valid(found):
        return None, [f"the patient orientation {found[0]}\\{found[1]} makes no sense and is not used"]
    if orientation.turned(found):
        return found, [f"PatientOrientation {found[0]}\\{found[1]} says that it is stored lying on its side"]
    return found, []


def spacing(header: Dataset) -> tuple[Spacing, list[str]]:
    """Return mm per pixel on the breast with its source, and warnings.

    The order of preference is: calibrated; detector, corrected to the breast by the magnification factor or by the
    distances; detector uncorrected; scanned film; what a converted picture says was assumed; the assumption for
    CBIS-DDSM; unknown. Zero, negative and non-numeric
    values are skipped with a warning.
    """
    warnings: list[str] = []
    measures = shared(header, "PixelMeasuresSequence")
    calibrated = _pair(header, "PixelSpacing", warnings) or _pair(measures, "PixelSpacing", warnings)
    detector = _pair(header, "ImagerPixelSpacing", warnings)
    # The same numbers twice, and nobody calibrated: they are those of the detector (PS3.3 10.7.1.3).
    repeated = calibrated == detector and not word(header, "PixelSpacingCalibrationType")
    if calibrated and not repeated:
        return Spacing(*calibrated, SpacingSource.CALIBRATED), warnings
    if detector:
        factor = _magnification(header, warnings)
        if factor is None:
            return Spacing(*detector, SpacingSource.DETECTOR), warnings
        return Spacing(detector[0] / factor, detector[1] / factor, SpacingSource.CORRECTED), warnings
    if nominal := _pair(header, "NominalScannedPixelSpacing", warnings):
        return Spacing(*nominal, SpacingSource.NOMINAL), warnings
    if (match := _ASSUMED.search(word(header, "ImageComments"))) and all(one.count(".") < 2 for one in match.groups()):
        down, across = map(float, match.groups())
        warnings.append(f"spacing assumed: the file says so, {down:g} x {across:g} um per pixel are taken")
        return Spacing(down / 1000, across / 1000, SpacingSource.ASSUMED), warnings
    if CBIS.fullmatch(word(header, "PatientID")):
        warnings.append("spacing assumed: CBIS-DDSM files do not state it, 50 um per pixel are taken")
        return CBIS_SPACING, warnings
    warnings.append("spacing unknown: lengths are given in pixels")
    return UNKNOWN_SPACING, warnings


def _pair(header: Dataset, keyword: str, warnings: list[str]) -> tuple[float, float] | None:
    """Row and column spacing of an attribute in mm, or None with a warning when it is there but impossible."""
    if not words(header, keyword):
        return None
    values = numbers(header, keyword)
    if len(values) != 2 or not all(0.001 <= v < 10 for v in values):
        warnings.append(f"{keyword} is no possible spacing and not used")
        return None
    return values[0], values[1]


def _magnification(header: Dataset, warnings: list[str]) -> float | None:
    """Geometric magnification of the breast on the detector, or None when unknown or impossible."""
    to_detector, to_patient = number(header, "DistanceSourceToDetector"), number(header, "DistanceSourceToPatient")
    by_distances = to_detector / to_patient if to_detector and to_patient else None
    for factor in (number(header, "EstimatedRadiographicMagnificationFactor"), by_distances):
        if factor is None:
            continue
        if 1 <= factor <= 5:
            return factor
        warnings.append(f"a magnification of {factor:g} is not possible and not used")
    return None
