"""Mammography CAD reports: what they hold, that others read them, and that they come back as marks."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import mammoview
from mammoview.core.errors import MammoviewError
from mammoview.display.scan_analysis import analyse
from mammoview.export.dicom.cad_report import SOP_CLASS, cad_reports
from mammoview.export.dicom.source import DicomSource, dicom_source
from mammoview.export.dicom.writing import write_objects
from mammoview.study.marks import MarkOrigin
from tests.export.dicom.sources import CREATED, open_scan, source_of, stored, write_mammogram
from tests.support.dicom_oracles import conformance_errors, run
from tests.support.phantoms import assessed, breast_pixels

PLACES = ((100.0, 300.0), (50.0, 150.0))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[DicomSource]:
    """Two projections of a breast: the first without findings, the second with two."""
    folder = tmp_path_factory.mktemp("study")
    for number, view in enumerate(("CC", "MLO")):
        file = write_mammogram(folder, breast_pixels(top=3900 + number), ViewPosition=view, InstanceNumber=number)
        made = dcmread(file)
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.9.7156.3.{number}"
        made.pop("ViewCodeSequence")
        made.save_as(folder / f"{view}.dcm")
        file.unlink()
    scans = sorted(mammoview.open_study(folder)[0].scans, key=lambda scan: scan.name)
    made = []
    for scan, places in zip(scans, ((), PLACES), strict=True):
        analysis = analyse(scan)
        made.append(dicom_source(analysis, scans, assessed(scan, *places, analysis=analysis), created=CREATED))
    return made


@pytest.fixture(scope="module")
def report(sources: list[DicomSource], tmp_path_factory: pytest.TempPathFactory) -> Path:
    (file,) = write_objects(cad_reports(sources), tmp_path_factory.mktemp("report") / "report.dcm")
    return file


def every(item: Dataset, name: str) -> list[Dataset]:
    """Return all items of the tree whose name is that code."""
    found = [item] if "ConceptNameCodeSequence" in item and item.ConceptNameCodeSequence[0].CodeValue == name else []
    return found + [one for child in item.get("ContentSequence", ()) for one in every(child, name)]


def test_the_tree_is_that_of_the_template(report: Path, sources: list[DicomSource]) -> None:
    read = dcmread(report)
    assert read.SOPClassUID == read.file_meta.MediaStorageSOPClassUID == SOP_CLASS
    (library,) = every(read, "111028")
    pictures = [one.ReferencedSOPSequence[0].ReferencedSOPInstanceUID for one in library.ContentSequence]
    assert pictures == [source.uid for source in sources]
    assert every(read, "111017")[0].ConceptCodeSequence[0].CodeValue == "111242"
    findings = every(read, "111059")
    assert len(findings) == 2
    for finding, (column, row) in zip(findings, PLACES, strict=True):
        (centre,) = every(finding, "111010")
        assert list(centre.GraphicData) == [column, row]
        assert list(centre.ContentSequence[0].ReferencedContentItemIdentifier) == [1, 2, 2]  # the second picture
        (outline,) = every(finding, "111041")
        assert outline.GraphicType == "CIRCLE"
    certainty = [every(one, "111012")[0].MeasuredValueSequence[0].NumericValue for one in findings]
    assert certainty == [80, 70]
    (performed,) = every(read, "111022")
    seen = [list(one.ReferencedContentItemIdentifier) for one in performed.ContentSequence[-2:]]
    assert seen == [[1, 2, 1], [1, 2, 2]]
    reported = [one.TextValue for one in every(performed, "111002")]
    assert any("sha256" in line for line in reported) and any("not for diagnosis" in line for line in reported)


def test_other_programs_find_no_fault_with_it(report: Path) -> None:
    assert conformance_errors(report) == []
    done = run("dsrdump", report)
    assert done.returncode == 0 and "Mammography CAD SR Document" in done.stdout
    assert done.stdout.count("Single Image Finding") == 2


def test_it_comes_back_as_marks(report: Path, sources: list[DicomSource], tmp_path: Path) -> None:
    for source in sources:
        shutil.copy(source.scan.path, tmp_path)
    shutil.copy(report, tmp_path)
    scans = {scan.name: scan for scan in mammoview.open_study(tmp_path)[0].scans}
    assert not scans["L CC"].marks
    marks = scans["L MLO"].marks
    assert [mark.origin for mark in marks] == [MarkOrigin.CAD] * 2 and marks[0].source.startswith("Mammoview ")
    for mark, place, certainty in zip(marks, PLACES, (80, 70), strict=True):
        np.testing.assert_allclose(mark.points.mean(0), place, atol=1)
        assert mark.text == f"Selected region, certainty {certainty} %"


def test_nothing_found_is_said(tmp_path: Path) -> None:
    source = source_of(open_scan(write_mammogram(tmp_path)))
    (made,) = cad_reports([source])
    assert every(made, "111017")[0].ConceptCodeSequence[0].CodeValue == "111241" and not every(made, "111059")
    (file,) = write_objects([made], tmp_path / "none.dcm")
    assert conformance_errors(file) == [] and run("dsrdump", file).returncode == 0
    assert stored(made) == stored(cad_reports([source])[0])


def test_without_results_or_without_a_side_there_is_none(tmp_path: Path) -> None:
    source = source_of(open_scan(write_mammogram(tmp_path)), assess=False, unassessed="The models were not run.")
    with pytest.raises(MammoviewError, match="nothing for a CAD report: The models were not run"):
        cad_reports([source])
    known = source_of(source.scan, PLACES[0])
    nameless = replace(known, analysis=replace(known.analysis, scan=replace(source.scan, laterality=None)))
    with pytest.raises(MammoviewError, match="no scan of known side and projection"):
        cad_reports([nameless])
