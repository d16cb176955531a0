"""Zips are read like the folder they hold, and can do no harm."""

from __future__ import annotations

import gc
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.formats.opening import zip_files as archives
from mammoview.formats.opening.open_study import open_study
from mammoview.formats.opening.zip_files import Unpacked
from tests.support.dicom_files import CT, ramp, write


@pytest.fixture
def mammogram(tmp_path: Path) -> bytes:
    """Return the bytes of a DICOM mammogram."""
    return write(tmp_path / "made.dcm").read_bytes()


def packed(path: Path, members: dict[str, bytes]) -> Path:
    """Write a zip and return its path."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_scans_name_the_zip_and_outlive_it(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a/L_CC.dcm": mammogram, "a/Übersicht.dcm": mammogram})
    (study,) = open_study(path)
    assert sorted(s.path for s in study.scans) == [path / "a" / "L_CC.dcm", path / "a" / "Übersicht.dcm"]
    path.unlink()
    np.testing.assert_array_equal(study.scans[0].pixels, ramp())


def test_private_folder_goes_with_the_last_scan(tmp_path: Path, mammogram: bytes) -> None:
    unpacked = Unpacked(packed(tmp_path / "case.zip", {"a.dcm": mammogram}))
    folder = unpacked.folder
    assert (folder / "a.dcm").is_file() and folder.stat().st_mode & 0o077 == 0
    del unpacked
    gc.collect()
    assert not folder.exists()


def test_pixels_that_fail_name_the_zip(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    (study,) = open_study(path)
    for file in Path(study.scans[0].read._unpacked.folder).iterdir():  # type: ignore[attr-defined]
        file.unlink()
    with pytest.raises(UnreadableError, match=r"case\.zip/a\.dcm: there is no such file"):
        _ = study.scans[0].pixels


def test_what_cannot_be_opened_is_a_line_that_names_the_zip(tmp_path: Path, mammogram: bytes) -> None:
    ct = write(tmp_path / "ct.dcm", Modality="CT", SOPClassUID=CT).read_bytes()
    members = {"a.dcm": mammogram, "ct.dcm": ct, "notes.txt": b"hello", "__MACOSX/._a.dcm": b"x"}
    (study,) = open_study(packed(tmp_path / "case.zip", members))
    assert len(study.scans) == 1 and len(study.outside) == 2
    assert any(f"{tmp_path}/case.zip/ct.dcm: its modality is CT" in line for line in study.outside)
    assert any("case.zip/notes.txt" in line for line in study.outside)
    assert not any("mammoview-" in line for line in study.outside), "the private folder's name is nobody's business"


def test_a_zip_in_a_zip_is_read_one_level_deep(tmp_path: Path, mammogram: bytes) -> None:
    deepest = packed(tmp_path / "deepest.zip", {"c.dcm": mammogram}).read_bytes()
    inner = packed(tmp_path / "inner.zip", {"b.dcm": mammogram, "deepest.zip": deepest}).read_bytes()
    members = {"a.dcm": mammogram, "more/inner.zip": inner, "bad.zip": b"PK\x05\x06 no zip"}
    path = packed(tmp_path / "case.zip", members)
    studies = open_study(path)
    shown = {str(scan.path) for study in studies for scan in study.scans}
    assert shown == {f"{path}/a.dcm", f"{path}/more/inner.zip/b.dcm"}
    scan = next(s for study in studies for s in study.scans if "inner" in str(s.path))
    np.testing.assert_array_equal(scan.pixels, ramp())
    told = "\n".join(line for study in studies for line in study.outside)
    assert f"{path}/more/inner.zip/deepest.zip" in told and f"{path}/bad.zip" in told and "mammoview-" not in told


def test_a_bomb_in_a_zip_in_a_zip_is_left_out(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = packed(tmp_path / "inner.zip", {"zeros.dcm": bytes(1 << 22)}).read_bytes()
    monkeypatch.setattr(archives, "MAX_BYTES", 1 << 20)
    (study,) = open_study(packed(tmp_path / "case.zip", {"a.dcm": mammogram, "inner.zip": inner}))
    assert len(study.scans) == 1
    assert any("case.zip/inner.zip: the zip would unpack to" in line for line in study.outside)


@pytest.mark.parametrize("name", ["../evil.dcm", "/evil.dcm", "a/../../evil.dcm", "..\\evil.dcm", "C:\\evil.dcm"])
def test_path_tricks(tmp_path: Path, mammogram: bytes, name: str) -> None:
    (tmp_path / "in").mkdir()
    path = packed(tmp_path / "in" / "case.zip", {"a.dcm": mammogram, name: mammogram})
    (study,) = open_study(path)
    assert len(study.scans) == 1
    (line,) = study.outside
    assert line.startswith(str(path)) and "its name leads out of the zip" in line
    assert not list(tmp_path.rglob("evil*")) and not Path("/evil.dcm").exists()


def test_links_are_left_out(tmp_path: Path, mammogram: bytes) -> None:
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = 0o120777 << 16
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    (study,) = open_study(path)
    assert len(study.scans) == 1 and any("link.dcm" in line for line in study.outside)


def test_same_name_twice(tmp_path: Path, mammogram: bytes) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.dcm", mammogram)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.dcm", b"other")
    (study,) = open_study(path)
    np.testing.assert_array_equal(study.scans[0].pixels, ramp())
    assert any("a.dcm: another file of the zip has its name" in line for line in study.outside)


def test_password(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    path.write_bytes(bytes(raw))
    with pytest.raises(UnreadableError, match=r"case\.zip: the zip is protected by a password.*Unpack it yourself"):
        open_study(path)


def test_bombs_are_refused_before_anything_is_written(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram, "zeros": bytes(3 << 20)})
    assert path.stat().st_size < 20_000
    monkeypatch.setattr(archives, "MAX_BYTES", 1 << 20)
    with pytest.raises(UnreadableError, match="the zip would unpack to 2 files"):
        open_study(path)
    monkeypatch.setattr(archives, "MAX_BYTES", 8 << 30)
    monkeypatch.setattr(archives, "MAX_FILES", 1)
    with pytest.raises(UnreadableError, match="more than is allowed"):
        open_study(path)


def test_members_cannot_unpack_to_more_than_they_say(tmp_path: Path) -> None:
    path = packed(tmp_path / "case.zip", {"zeros.png": bytes(1 << 20)})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = raw.index(mark) + offset
        raw[place : place + 4] = struct.pack("<L", 100)
    path.write_bytes(bytes(raw))
    unpacked = Unpacked(path)
    assert sum(f.stat().st_size for f in unpacked.folder.rglob("*") if f.is_file()) <= 100


@pytest.mark.parametrize("cut", [30, 300, -30])
def test_cut_short(tmp_path: Path, mammogram: bytes, cut: int) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UnreadableError, match=r"case\.zip: the zip is damaged or cut short"):
        open_study(path)


def test_no_zip_at_all_and_empty_zip(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"hello")
    with pytest.raises(UnreadableError, match="damaged"):
        open_study(tmp_path / "a.zip")
    with pytest.raises(NotAMammogramError, match=r"b\.zip: no picture is in it"):
        open_study(packed(tmp_path / "b.zip", {}))


@given(st.integers(0, 5000), st.binary(min_size=1, max_size=10))
def test_damage_anywhere_gives_studies_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes
) -> None:
    base = tmp_path_factory.getbasetemp()
    path = packed(base / "damaged.zip", {"a.dcm": write(base / "m.dcm").read_bytes(), "b.txt": b"b"})
    raw = bytearray(path.read_bytes())
    place %= len(raw) - len(damage)
    raw[place : place + len(damage)] = damage
    path.write_bytes(bytes(raw))
    try:
        assert open_study(path)
    except MammoviewError as error:
        assert "damaged.zip" in str(error)
