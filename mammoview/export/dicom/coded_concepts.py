"""Coded concepts of the exported objects: DICOM (PS3.16), SNOMED CT, UCUM, and those of this program."""

from __future__ import annotations

from collections.abc import Mapping

from pydicom.sr.coding import Code

from mammoview.study.scan import Laterality, Projection

SCHEME = "99MAMMOVIEW"
"""Private coding scheme (PS3.16 8.2) for what the standard has no code for."""
SCHEME_NAME = "Codes of the Mammoview mammography viewer"

BREAST = Code("76752008", "SCT", "Breast")
SIDES: Mapping[Laterality, Code] = {
    Laterality.R: Code("24028007", "SCT", "Right"),
    Laterality.L: Code("7771000", "SCT", "Left"),
}
VIEWS: Mapping[Projection, Code] = {
    Projection.CC: Code("399162004", "SCT", "cranio-caudal"),
    Projection.MLO: Code("399368009", "SCT", "medio-lateral oblique"),
    Projection.ML: Code("399260004", "SCT", "medio-lateral"),
    Projection.LM: Code("399352003", "SCT", "latero-medial"),
    Projection.LMO: Code("399099002", "SCT", "latero-medial oblique"),
    Projection.FB: Code("399196006", "SCT", "caudo-cranial (from below)"),
    Projection.SIO: Code("399188001", "SCT", "superolateral to inferomedial oblique"),
    Projection.ISO: Code("441555000", "SCT", "inferomedial to superolateral oblique"),
    Projection.XCCL: Code("399192008", "SCT", "cranio-caudal exaggerated laterally"),
    Projection.XCCM: Code("399101009", "SCT", "cranio-caudal exaggerated medially"),
}
"""CID 4014."""

SELECTED_REGION = Code("111099", "DCM", "Selected region")
"""A place that needs attention, of no stated kind (CID 6014): all that a mark of the models stands for."""
LESION = Code("52988006", "SCT", "Lesion")
MORPHOLOGY = Code("49755003", "SCT", "Morphologically Abnormal Structure")
SUMMARY = Code("111017", "DCM", "CAD Processing and Findings Summary")
NOTHING_FOUND = Code("111241", "DCM", "All algorithms succeeded; without findings")
NOT_ASSESSED = Code("111245", "DCM", "No algorithms succeeded; without findings")
MAMMOGRAPHY = Code("71651007", "SCT", "Mammography")
NO_UNITS = Code("1", "UCUM", "no units")

SCORE = Code("heatmap", SCHEME, "Value of the fused heatmap at its peak")
PROBABILITY = Code("probability", SCHEME, "Probability that a model of the user's own gives a finding")
FREQUENCY = Code("frequency", SCHEME, "Frequency of a finding among marks of this score")
FREQUENCY_LOW = Code("frequency-low", SCHEME, "Lower end of the 95 % interval of the frequency")
FREQUENCY_HIGH = Code("frequency-high", SCHEME, "Upper end of the 95 % interval of the frequency")
LISTED_FROM = Code("listed-from", SCHEME, "Score from which findings are listed")
RANK = Code("rank", SCHEME, "Rank among the findings of the scan")
VERDICT = Code("verdict", SCHEME, "Verdict of the reader on a mark")
ACCEPTED = Code("accepted", SCHEME, "Accepted")
REJECTED = Code("rejected", SCHEME, "Rejected")
REASON = Code("reason", SCHEME, "Reason of the verdict")

MICROMETER = Code("um", "UCUM", "micrometer")
PERCENT = Code("%", "UCUM", "Percent")
WITH_FINDINGS = Code("111242", "DCM", "All algorithms succeeded; with findings")
SUCCEEDED, NOT_ATTEMPTED = Code("111222", "DCM", "Succeeded"), Code("111225", "DCM", "Not Attempted")
TO_SHOW = Code("111150", "DCM", "Presentation Required")
CAD_REPORT = Code("111036", "DCM", "Mammography CAD Report")
CAD_NAMES: Mapping[str, Code] = {
    "library": Code("111028", "DCM", "Image Library"),
    "side": Code("111027", "DCM", "Image Laterality"),
    "view": Code("111031", "DCM", "Image View"),
    "row": Code("111044", "DCM", "Patient Orientation Row"),
    "column": Code("111043", "DCM", "Patient Orientation Column"),
    "study_date": Code("111060", "DCM", "Study Date"),
    "study_time": Code("111061", "DCM", "Study Time"),
    "across": Code("111026", "DCM", "Horizontal Pixel Spacing"),
    "down": Code("111066", "DCM", "Vertical Pixel Spacing"),
    "impression": Code("111034", "DCM", "Individual Impression/Recommendation"),
    "finding": Code("111059", "DCM", "Single Image Finding"),
    "intent": Code("111056", "DCM", "Rendering Intent"),
    "certainty": Code("111012", "DCM", "Certainty of Finding"),
    "centre": Code("111010", "DCM", "Center"),
    "outline": Code("111041", "DCM", "Outline"),
    "detections": Code("111064", "DCM", "Summary of Detections"),
    "analyses": Code("111065", "DCM", "Summary of Analyses"),
    "successful": Code("111063", "DCM", "Successful Detections"),
    "detection": Code("111022", "DCM", "Detection Performed"),
    "algorithm": Code("111001", "DCM", "Algorithm Name"),
    "parameters": Code("111002", "DCM", "Algorithm Parameters"),
    "version": Code("111003", "DCM", "Algorithm Version"),
}
"""Names of the items of a Mammography CAD report (TID 4000)."""
