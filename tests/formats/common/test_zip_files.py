"""Zips are read like the folder they contain, and malicious ones are refused."""

from __future__ import annotations

import os
import struct
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammoview.core.errors import MammoviewError, NotAMammogramError, UnreadableError
from mammoview.formats.common import zip_archive, zip_files
from mammoview.formats.common.zip_files import Archive, Member, held
from mammoview.formats.dicom.dicom_reader import read_header
from mammoview.formats.inspection.tags import read_tags
from mammoview.formats.opening.open_study import open_study
from mammoview.library.insert import source_of
from tests.support.dicom_files import CT, dataset, ramp, write


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


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files, which is this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def members_of(path: Path) -> list[Member]:
    """Return the files of a zip."""
    archive = Archive(path)
    archive.close()
    return [archive.root / name for name in archive.packed if name is not None]


def test_scans_name_the_zip(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a/L_CC.dcm": mammogram, "a/Übersicht.dcm": mammogram})
    (study,) = open_study(path)
    assert sorted(s.path for s in study.scans) == [path / "a" / "L_CC.dcm", path / "a" / "Übersicht.dcm"]
    np.testing.assert_array_equal(study.scans[0].pixels, ramp())
    assert any(row.name == "Modality" for row in read_tags(study.scans[0]).rows)


def test_nothing_is_unpacked_under_a_name(
    tmp_path: Path, temporary: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_archive, "IN_MEMORY", 100)
    inner = packed(tmp_path / "inner.zip", {"b.dcm": mammogram}).read_bytes()
    (study,) = open_study(packed(tmp_path / "case.zip", {"a.dcm": mammogram, "inner.zip": inner}))
    assert len(study.scans) == 2
    for scan in study.scans:
        np.testing.assert_array_equal(scan.pixels, ramp())
        assert scan.file is not None
        with held(scan.file):
            assert not list(temporary.rglob("*"))


def test_a_member_is_unpacked_once_for_all_who_hold_it(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    (member,) = members_of(path)
    with held(member):
        with held(member):
            pass
        path.unlink()
        assert member.read_bytes() == mammogram
    with pytest.raises(FileNotFoundError):
        member.read_bytes()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_is_read_from_anywhere(tmp_path: Path, method: int) -> None:
    data = np.random.default_rng(1).integers(0, 9, 300_000, np.uint8).tobytes()
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.bin", data)
    (member,) = members_of(path)
    for whole in (False, True):
        with held(member if whole else path), member.open("rb") as file:
            for place, count in ((0, 4), (200_000, 70_000), (5, 9), (299_990, 100), (400_000, 5)):
                assert file.seek(place) == place
                assert file.read(count) == data[place : place + count]
            assert file.seek(-3, os.SEEK_END) == 299_997 and file.read() == data[-3:]
    with pytest.raises(OSError, match="Read-only"):
        member.write_bytes(b"")
    with pytest.raises(FileNotFoundError):
        (member.parent / "b.bin").read_bytes()


def test_frames_of_a_stack_are_read_in_any_order(tmp_path: Path) -> None:
    stack = np.stack([ramp() // 2 + number for number in range(3)])
    made = dataset(stack[0], NumberOfFrames=3)
    made.PixelData = stack.astype("<u2").tobytes()
    path = packed(tmp_path / "case.zip", {"a.dcm": write(tmp_path / "a.dcm", made).read_bytes()})
    (study,) = open_study(path)
    (scan,) = study.scans
    for frame in (2, 0, 1):
        scan.show_frame(frame)
        np.testing.assert_array_equal(scan.pixels, stack[frame])


def test_long_values_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    made = dataset(ramp())
    made.add_new(0x00091010, "OB", bytes(range(256)) * 5000)
    path = packed(tmp_path / "case.zip", {"a.dcm": write(tmp_path / "a.dcm", made).read_bytes()})
    (member,) = members_of(path)
    header, _ = read_header(member)
    assert header[0x00091010].value == bytes(range(256)) * 5000


def test_a_zip_that_was_replaced_or_deleted_gives_an_error_and_never_other_pixels(
    tmp_path: Path, mammogram: bytes
) -> None:
    other = write(tmp_path / "other.dcm", dataset(ramp() // 2)).read_bytes()
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram})
    (study,) = open_study(path)
    (scan,) = study.scans
    packed(path, {"a.dcm": other})
    with pytest.raises(UnreadableError, match=r"case\.zip: the zip has changed since it was opened"):
        _ = scan.pixels
    # Nor when the other one has been opened since.
    np.testing.assert_array_equal(open_study(path)[0].scans[0].pixels, ramp() // 2)
    with pytest.raises(UnreadableError, match=r"case\.zip: the zip has changed since it was opened"):
        _ = scan.pixels
    path.unlink()
    with pytest.raises(UnreadableError, match=r"case\.zip/a\.dcm: there is no such file"):
        _ = scan.pixels


def test_a_zip_of_the_same_size_and_time_is_reported_apart_by_its_checksums(tmp_path: Path) -> None:
    path = tmp_path / "case.zip"
    made = [
        write(tmp_path / f"{n}.dcm", dataset(ramp() // (1 + n), SOPInstanceUID="1.2.3.4")).read_bytes() for n in (0, 1)
    ]

    def put(data: bytes) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.dcm", data)
        os.utime(path, ns=(10**18, 10**18))

    put(made[0])
    (study,) = open_study(path)
    size = path.stat().st_size
    put(made[1])
    assert path.stat().st_size == size
    with pytest.raises(UnreadableError, match="the zip has changed since it was opened"):
        _ = study.scans[0].pixels


def test_outlines_of_a_zip_replaced_by_another_are_not_those_of_the_first(tmp_path: Path, mammogram: bytes) -> None:
    path, found = tmp_path / "case.zip", []
    for left in (1, 2):
        box = f'{{"kind": "box", "box": [{left}, 1, 20, 20]}}'
        outlines = f'{{"mammoview_outlines": 1, "outlines": [{box}]}}'.encode()
        packed(path, {"a.dcm": mammogram, "a.outlines.json": outlines})
        os.utime(path, ns=(10**18, 10**18))
        found.append(open_study(path)[0].scans[0].outlines[0].box[0])
    assert found == [1, 2]


def test_a_name_longer_than_any_file_may_have_opens(tmp_path: Path, mammogram: bytes) -> None:
    name = "a" * 300 + "_L_CC.dcm"
    folder = "b" * 300
    path = packed(tmp_path / "case.zip", {name: mammogram, f"{folder}/c.dcm": mammogram})
    (study,) = open_study(path)
    assert {scan.path.name for scan in study.scans} == {name, "c.dcm"} and not study.outside
    for scan in study.scans:
        np.testing.assert_array_equal(scan.pixels, ramp())
        assert source_of(scan) == path


def test_what_cannot_be_opened_is_a_line_that_names_the_zip(tmp_path: Path, mammogram: bytes) -> None:
    ct = write(tmp_path / "ct.dcm", Modality="CT", SOPClassUID=CT).read_bytes()
    members = {"a.dcm": mammogram, "ct.dcm": ct, "notes.txt": b"hello", "__MACOSX/._a.dcm": b"x"}
    (study,) = open_study(packed(tmp_path / "case.zip", members))
    assert len(study.scans) == 1 and len(study.outside) == 2
    assert any(f"{tmp_path}/case.zip/ct.dcm: its modality is CT" in line for line in study.outside)
    assert any("case.zip/notes.txt" in line for line in study.outside)


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
    reported = "\n".join(line for study in studies for line in study.outside)
    assert f"{path}/more/inner.zip/deepest.zip" in reported and f"{path}/bad.zip" in reported


def test_a_bomb_in_a_zip_in_a_zip_is_left_out(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = packed(tmp_path / "inner.zip", {f"{n}.dcm": bytes(1 << 20) for n in range(17)}).read_bytes()
    monkeypatch.setattr(zip_files, "RATIO_FROM", 1 << 20)
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


def test_members_that_unpack_to_too_much_are_left_out_and_not_unpacked(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_files, "RATIO_FROM", 1 << 20)
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram, "zeros.png": bytes(3 << 20)})
    (study,) = open_study(path)
    assert len(study.scans) == 1
    assert any("case.zip/zeros.png: it would unpack to 0.0 GiB" in line for line in study.outside)
    monkeypatch.setattr(zip_files, "MAX_RATIO", 10_000)
    monkeypatch.setattr(zip_files, "MAX_BYTES", 1 << 20)
    (study,) = open_study(path)
    assert any("case.zip/zeros.png: it would unpack to" in line for line in study.outside)


def test_zips_that_unpack_to_too_much_are_refused(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram, **{f"{n}.png": bytes(1 << 20) for n in range(40)}})
    monkeypatch.setattr(zip_files, "RATIO_FROM", 2 << 20)
    with pytest.raises(UnreadableError, match="the zip would unpack to 41 files"):
        open_study(path)
    monkeypatch.setattr(zip_files, "RATIO_FROM", 64 << 20)
    monkeypatch.setattr(zip_files, "MAX_FILES", 1)
    with pytest.raises(UnreadableError, match="more than is allowed"):
        open_study(path)


def test_members_that_share_their_bytes_are_refused(tmp_path: Path, mammogram: bytes) -> None:
    path = packed(tmp_path / "case.zip", {"a.dcm": mammogram, "b.dcm": mammogram})
    raw = bytearray(path.read_bytes())
    second = raw.rindex(b"PK\x01\x02")
    raw[second + 42 : second + 46] = bytes(4)
    path.write_bytes(bytes(raw))
    with pytest.raises(UnreadableError, match="its files overlap"):
        open_study(path)


@pytest.mark.parametrize("reported", [100, 1 << 20, (1 << 20) + 50])
def test_members_cannot_unpack_to_more_than_they_say(tmp_path: Path, reported: int) -> None:
    data = zlib.compress(bytes(range(256)), 0) * 4000
    path = packed(tmp_path / "case.zip", {"a.png": data[: 1 << 20]})
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = raw.index(mark) + offset
        raw[place : place + 4] = struct.pack("<L", reported)
    path.write_bytes(bytes(raw))
    (member,) = members_of(path)
    if reported == 1 << 20:
        assert member.read_bytes() == data[: 1 << 20]
        return
    with pytest.raises(UnreadableError, match=r"case\.zip/a\.png: it cannot be unpacked"), held(member):
        pass


def test_a_directory_of_absurd_length_is_not_read(
    tmp_path: Path, mammogram: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = packed(tmp_path / "case.zip", {f"{n}.dcm": mammogram for n in range(100)})
    monkeypatch.setattr(zip_archive.BoundedReader, "most", 4000)
    with pytest.raises(UnreadableError, match="the zip is damaged"):
        open_study(path)


def test_members_that_are_damaged_are_reported_when_they_are_decoded(tmp_path: Path) -> None:
    made = write(tmp_path / "a.dcm", dataset(np.zeros((900, 700), np.uint16))).read_bytes()
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.dcm", made)
    raw = bytearray(path.read_bytes())
    raw[len(made) - 100] ^= 1  # A pixel.
    path.write_bytes(bytes(raw))
    (study,) = open_study(path)
    with pytest.raises(UnreadableError, match=r"case\.zip/a\.dcm: it cannot be unpacked"):
        _ = study.scans[0].pixels


def test_headers_alone_are_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    made = write(tmp_path / "m.dcm", dataset(rng.integers(0, 4096, (900, 700), np.uint16))).read_bytes()
    path = packed(tmp_path / "case.zip", {f"{n}.dcm": made for n in range(4)})
    read, plain = [], zipfile.ZipExtFile.read

    def counted(self: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        read.append(len(data := plain(self, n)))
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    (study,) = open_study(path)
    assert len(study.scans) == 4
    assert sum(read) < 0.1 * 4 * len(made)


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
