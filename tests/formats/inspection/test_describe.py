"""What `mammoview info` says: complete, ready for JSON, and with the source of every length."""

from __future__ import annotations

import json
from pathlib import Path

from pydicom.sequence import Sequence

from mammoview.formats.inspection.describe import describe, description_lines
from mammoview.formats.opening.open_study import open_study
from tests.support.dicom_files import item, write


def test_everything_is_ready_for_json(tmp_path: Path) -> None:
    lut = item(LUTDescriptor=[16, 0, 12], LUTExplanation="SOFT")
    lut.add_new("LUTData", "US", list(range(16)))
    write(
        tmp_path / "a.dcm",
        PixelSpacing=[0.1, 0.2],
        WindowCenter=2000,
        WindowWidth=1000,
        VOILUTSequence=Sequence([lut]),
        PatientOrientation=["A", "R"],
        PixelPaddingValue=0,
        KVP=28,
    )
    (tmp_path / "a.outlines.json").write_text(
        '{"mammoview_outlines": 1, "source": "me", "outlines": [{"kind": "box", "box": [1, 2, 9, 9]}]}'
    )
    (tmp_path / "empty.dcm").write_bytes(b"")
    reported = json.loads(json.dumps(describe(open_study(tmp_path))))
    (study,) = reported["studies"]
    (scan,) = study["scans"]
    assert study["patient"] == "P1" and study["date"] == "2024-01-31" and len(study["outside"]) == 1
    assert (scan["laterality"], scan["projection"], scan["rows"], scan["columns"], scan["bits"]) == (
        "L",
        "CC",
        40,
        30,
        12,
    )
    assert scan["spacing"] == {"row_mm": 0.1, "column_mm": 0.2, "source": "calibrated", "label": "mm, calibrated"}
    assert scan["windows"] == [{"name": "", "center": 2000, "width": 1000, "function": "LINEAR"}]
    assert scan["tables"] == ["SOFT"] and scan["padding"] == [0, 0] and scan["orientation"] == ["A", "R"]
    assert scan["outlines"][0]["box"] == [1, 2, 9, 9] and scan["outlines"][0]["source"] == "me"
    assert scan["facts"]["kVp"] == "28 kV" and scan["path"].endswith("a.dcm")


def test_unknown_spacing_has_no_numbers(tmp_path: Path) -> None:
    reported = describe(open_study(write(tmp_path / "a.dcm")))
    spacing = reported["studies"][0]["scans"][0]["spacing"]
    assert spacing == {"row_mm": None, "column_mm": None, "source": "unknown", "label": "px"}


def test_lines_of_the_samples(samples: Path) -> None:
    text = description_lines(open_study(samples / "sfm-malign-0"))
    assert text[0] == "Study of P_00820, 2016-10-04: 4 scans"
    names = [line.split()[:2] for line in text if "16 bit" in line]
    assert names == [["R", "CC"], ["L", "CC"], ["R", "MLO"], ["L", "MLO"]]
    assert sum("0.05 mm/px, assumed" in line for line in text) == 4
    assert sum("outlines: 1 box MALIGNANT (data set)" in line for line in text) == 2
    assert sum("warning: spacing assumed" in line for line in text) == 4


def test_lines_name_both_spacings_and_what_was_not_opened(tmp_path: Path) -> None:
    write(tmp_path / "a.dcm", ImagerPixelSpacing=[0.1, 0.2])
    (tmp_path / "empty.dcm").write_bytes(b"")
    text = "\n".join(description_lines(open_study(tmp_path)))
    assert "0.1 down, 0.2 across mm/px, at detector" in text
    assert "not opened:" in text and "empty.dcm: the file is empty" in text
