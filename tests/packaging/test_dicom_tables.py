"""The table of DICOM attributes in the packages holds all that the program's own objects are made of."""

from __future__ import annotations

import json
import runpy
from importlib.resources import files
from pathlib import Path

from highdicom._standard_utils import get_iod_module_map, get_module_attribute_map, get_sop_class_iod_map
from pydicom.uid import (
    BreastTomosynthesisImageStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)

ROOT = Path(__file__).parents[2]
WHOLE = (
    BreastTomosynthesisImageStorage,
    Comprehensive3DSRStorage,
    ComprehensiveSRStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    GrayscaleSoftcopyPresentationStateStorage,
    MammographyCADSRStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
    SegmentationStorage,
)


def test_only_attributes_inside_of_sequences_of_other_kinds_are_left_out() -> None:
    whole = get_module_attribute_map()
    reduced = runpy.run_path(str(ROOT / "packaging" / "dicom_tables.py"))["reduced"]()
    assert reduced.keys() == whole.keys()
    for name, attributes in whole.items():
        assert [a for a in reduced[name] if not a["path"]] == [a for a in attributes if not a["path"]]
    for kind in WHOLE:
        for module in get_iod_module_map()[get_sop_class_iod_map()[kind]]:
            assert reduced[module["key"]] == whole[module["key"]], (kind.name, module["key"])
    size = len((files("highdicom") / "_standard" / "module_attribute_map.json").read_bytes())
    assert len(json.dumps(reduced, separators=(",", ":"))) < size / 8
