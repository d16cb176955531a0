"""A scan of a data set as a DICOM image: the stored values, and what is known of picture and lesion."""

from __future__ import annotations

from datetime import datetime

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from mammoview.core.errors import MammoviewError
from mammoview.core.version import __version__
from mammoview.display.scan_analysis import ScanAnalysis
from mammoview.export.dicom.identifiers import uid_of
from mammoview.export.dicom.object_attributes import MAKER, stamp
from mammoview.export.dicom.source import DicomSource, add_view, decimal, describe
from mammoview.study.spacing import SpacingSource

_STORED = ("uint8", "uint16", "int16")
"""Types of stored values that the image can hold."""
_LONGEST = 64
"""Characters of a text of the value representation LO."""


def converted_source(analysis: ScanAnalysis, data_set: str, patient: str, date: str = "") -> DicomSource:
    """Return what the image and the segmentation of its outlines are made of.

    Equal pixels of a patient have equal UIDs, whichever folder they lie in.

    Parameters
    ----------
    analysis
        Of the scan.
    data_set, patient
        Name of the data set, and its number for the woman.
    date
        Of the examination, such as "1996-07-02"; empty where it is unknown.
    """
    scan = analysis.scan
    header = Dataset()
    header.StudyInstanceUID = uid_of("converted study", data_set, patient, date)
    header.SeriesInstanceUID = uid_of("converted series", data_set, patient, date)
    header.SOPInstanceUID = uid_of("converted picture", scan.pixel_hash, patient, scan.laterality, scan.projection)
    header.SOPClassUID = SecondaryCaptureImageStorage
    header.Modality = "MG"
    header.PatientID = header.PatientName = patient
    header.StudyDate = "".join(sign for sign in date if sign.isdigit()) if len(date) == len("1996-07-02") else ""
    describe(header, analysis)
    if scan.facts.get("format") == "JPEG" or scan.facts.get("lossy"):
        header.LossyImageCompression = "01"  # of stored values that were compressed so before
        if scan.facts.get("format") == "JPEG":
            header.LossyImageCompressionMethod = "ISO_10918_1"
    moment = datetime.now()
    header.ContentDate, header.ContentTime = moment.strftime("%Y%m%d"), moment.strftime("%H%M%S")
    return DicomSource(analysis, header, keep_identity=True)


def converted_image(source: DicomSource, data_set: str) -> Dataset:
    """Return the image (Secondary Capture Image, PS3.3 A.8.1), uncompressed, its pixels those that are stored.

    The spacing is written as Nominal Scanned Pixel Spacing: it holds on the film, not at a detector. DICOM has no place
    for one that was assumed, so that one stands in Image Comments alone, which `formats.dicom.view` reads again. They
    say of every spacing where it comes from.

    Raises
    ------
    MammoviewError
        When the stored values are no integers of 16 bits at most, or cannot be decoded.
    """
    scan, header = source.scan, source.header
    pixels = np.asarray(scan.opened_pixels())
    if pixels.dtype.name not in _STORED:
        what = f"a DICOM image of this kind cannot hold stored values of the type {pixels.dtype.name}"
        raise MammoviewError(what, "Write TIFF", scan.path)
    made = Dataset()
    for element in header:
        if element.keyword not in ("ContentDate", "ContentTime", "PixelSpacing"):
            made[element.tag] = element
    add_view(made, source)
    if "Laterality" in made:
        del made.Laterality  # of the series; Image Laterality is there
    allocated, signed = 8 * pixels.dtype.itemsize, pixels.dtype.kind == "i"
    stored = allocated if signed or int(pixels.max(initial=0)) >> scan.grey.bits else min(scan.grey.bits, allocated)
    low_is_bright = scan.grey.inverted and scan.grey.density is None
    made.ImageType = ["ORIGINAL", "SECONDARY"]
    made.ConversionType = "DF"
    made.Manufacturer = _long_string(scan.facts.get("manufacturer", ""))
    model = scan.facts.get("model") or scan.facts.get("digitizer")
    if model:
        made.ManufacturerModelName = _long_string(model)
    made.SecondaryCaptureDeviceManufacturer = made.SecondaryCaptureDeviceManufacturerModelName = MAKER
    made.SecondaryCaptureDeviceSoftwareVersions = __version__
    made.SeriesNumber, made.InstanceNumber = 1, ""
    made.SeriesDescription = data_set
    made.BodyPartExamined = "BREAST"
    if scan.projection is not None:
        made.ViewPosition = scan.projection.value
    made.ContentDate = made.DateOfSecondaryCapture = header.ContentDate
    made.ContentTime = made.TimeOfSecondaryCapture = header.ContentTime
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME1" if low_is_bright else "MONOCHROME2"
    made.Rows, made.Columns = pixels.shape
    made.BitsAllocated, made.BitsStored, made.HighBit = allocated, stored, stored - 1
    made.PixelRepresentation = int(signed)
    assumed = scan.spacing.source is SpacingSource.ASSUMED
    if scan.spacing.known and not assumed:
        made.NominalScannedPixelSpacing = [decimal(scan.spacing.row_mm), decimal(scan.spacing.column_mm)]
    value = f", {1000 * scan.spacing.row_mm:g} x {1000 * scan.spacing.column_mm:g} um per pixel" if assumed else ""
    made.ImageComments = f"{data_set}; spacing: {scan.spacing.source.value}{value}"
    stamp(made, source)
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"))).tobytes()
    made.PixelData = content + b"\0" * (len(content) % 2)
    made["PixelData"].VR = "OW" if allocated > 8 else "OB"
    return made


def _long_string(text: str) -> str:
    """Return a text as one value of the representation LO: a line of 64 characters at most, without backslashes."""
    return " ".join(text.replace("\\", "/").split())[:_LONGEST].strip()
