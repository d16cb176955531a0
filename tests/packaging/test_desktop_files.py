"""What packages declare to a desktop: menu entry, types, metadata, icons, man page, control file."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image

from mammoview.cli.command_line import command_names
from tests.support.timeouts import PATIENCE_S

ROOT = Path(__file__).parents[2]
LINUX = ROOT / "packaging" / "linux"
MIME = "{http://www.freedesktop.org/standards/shared-mime-info}"


def run(*words: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the packaging with this checkout's program."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", **variables}
    command = [str(word) for word in words]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )


def entry() -> dict[str, str]:
    """The keys of the menu entry."""
    text = (LINUX / "mammoview.desktop").read_text(encoding="utf-8")
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


@pytest.mark.skipif(not shutil.which("desktop-file-validate"), reason="desktop-file-utils is not installed")
def test_the_menu_entry_is_valid() -> None:
    run("desktop-file-validate", LINUX / "mammoview.desktop")


def test_the_metadata_are_valid_where_packages_put_them(tmp_path: Path) -> None:
    share = tmp_path / "usr" / "share"
    (place,) = re.findall(r'packaging/metainfo.py "\$1/(.+)"', (ROOT / "packaging" / "build.sh").read_text("utf-8"))
    assert place == f"metainfo/{ET.parse(LINUX / 'mammoview.metainfo.xml').getroot().findtext('id')}.metainfo.xml"
    (share / "applications").mkdir(parents=True)
    shutil.copy(LINUX / "mammoview.desktop", share / "applications")
    (share / place).parent.mkdir()
    run(sys.executable, "packaging/metainfo.py", share / place, PICTURES_URL="")
    if shutil.which("appstreamcli"):
        run("appstreamcli", "validate-tree", "--no-net", tmp_path)


def test_metadata_with_screenshots_are_valid_and_show_pictures_of_the_repository(tmp_path: Path) -> None:
    file, address = tmp_path / "mammoview.metainfo.xml", "https://example.org/raw/v0.1.0"
    run(sys.executable, "packaging/metainfo.py", file, PICTURES_URL=address + "/")
    images = list(ET.parse(file).getroot().iter("image"))
    assert len(images) == 3
    for image in images:
        with Image.open(ROOT / (image.text or "").removeprefix(address + "/")) as picture:
            assert picture.format == "PNG" and 9 * picture.width == 16 * picture.height and picture.width >= 1000
            assert (image.get("width"), image.get("height")) == (str(picture.width), str(picture.height))
    if shutil.which("appstreamcli"):
        run("appstreamcli", "validate", "--no-net", file)
    run(sys.executable, "packaging/metainfo.py", file, PICTURES_URL="")
    assert not list(ET.parse(file).getroot().iter("image"))


def test_software_centres_find_the_pictures_of_an_installed_package(tmp_path: Path) -> None:
    run(sys.executable, "packaging/metainfo.py", "--catalog", tmp_path)
    file = tmp_path / "swcatalog" / "xml" / "mammoview.xml"
    catalog = ET.parse(file).getroot()
    base, installed = catalog.get("media_baseurl", ""), tmp_path / "mammoview" / "screenshots"
    assert base == f"file:///usr/share/{installed.relative_to(tmp_path).as_posix()}"
    names = [image.text or "" for image in catalog.iter("image")]
    assert len(names) == 3 and sorted(names) == sorted(picture.name for picture in installed.iterdir())
    (component,) = catalog
    assert not any(re.search(r"\s\s", "".join(paragraph.itertext())) for paragraph in component.iter("p"))
    assert component.findtext("pkgname") == "mammoview" and component.findtext("icon") == "mammoview"
    own = ET.parse(LINUX / "mammoview.metainfo.xml").getroot()
    assert {child.tag for child in component} == {child.tag for child in own} | {"pkgname", "icon", "screenshots"}
    if shutil.which("appstreamcli"):
        run("appstreamcli", "convert", file, tmp_path / "catalog.yml")
        read = (tmp_path / "catalog.yml").read_text("utf-8")
        assert f"MediaBaseUrl: {base}\n" in read and re.findall(r"url: /(\S+)\n", read) == names


def test_entry_metadata_and_types_agree() -> None:
    component = ET.parse(LINUX / "mammoview.metainfo.xml").getroot()
    types = {kind.get("type") for kind in ET.parse(LINUX / "mammoview-mime.xml").getroot().iter(f"{MIME}mime-type")}
    assert set(filter(None, entry()["MimeType"].split(";"))) == types
    assert {node.text for node in component.iter("mediatype")} == types
    assert set(filter(None, entry()["Categories"].split(";"))) == {node.text for node in component.iter("category")}
    launchable = component.find("launchable")
    assert launchable is not None and launchable.text == "mammoview.desktop"


def test_the_newest_release_of_the_changelog_is_in_the_metadata() -> None:
    versions = re.findall(r"^## \[(\d[\w.]*)\] - (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)
    releases = ET.parse(LINUX / "mammoview.metainfo.xml").getroot().iter("release")
    assert versions and [(r.get("version"), r.get("date")) for r in releases] == versions


def test_icons_have_every_size(tmp_path: Path) -> None:
    run(sys.executable, "packaging/desktop_icons.py", tmp_path)
    for size in (16, 22, 24, 32, 48, 64, 128, 256, 512):
        with Image.open(tmp_path / f"icons/hicolor/{size}x{size}/apps/mammoview.png") as image:
            assert image.size == (size, size)
            # Rounded corners are open, the middle is drawn.
            assert image.getpixel((0, 0))[3] == 0 and image.getpixel((size // 3, size // 2))[3] == 255
    assert (tmp_path / "icons/hicolor/scalable/apps/mammoview.svg").is_file()


def test_the_man_page_has_every_command_and_its_options() -> None:
    page = run(sys.executable, "packaging/man_page.py", SOURCE_DATE_EPOCH="0").stdout
    assert page.startswith('.TH MAMMOVIEW 1 "1970-01-01"')
    sections = set(re.findall(r"^\.SS (\w+)", page, re.M))
    assert set(command_names()) <= sections
    for option in (r"\-\-separate", r"\-\-jobs", r"\-\-anonymous", r"\-\-version"):
        assert option in page
    if shutil.which("man"):
        done = subprocess.run(
            ["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
        assert done.stderr == ""


def test_the_debian_package_is_described(tmp_path: Path) -> None:
    for folder in ("DEBIAN", "usr/share/doc/mammoview", "usr/lib/mammoview"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "usr/lib/mammoview/mammoview").write_bytes(bytes(5000))
    library = b"\x7fELF\0GLIBC_2.36\0GLIBC_2.4\0GLIBC_2.7_not_one\0"
    (tmp_path / "usr/lib/mammoview/library.so").write_bytes(library)
    (tmp_path / "usr/lib/mammoview/notes.txt").write_bytes(b"\0GLIBC_2.99\0")
    builder = {"DEBFULLNAME": "A Builder", "DEBEMAIL": "a@example.org", "SOURCE_DATE_EPOCH": "0"}
    run(sys.executable, "packaging/debian_files.py", "1.2", "amd64", tmp_path, "mammoview", **builder)
    control = (tmp_path / "DEBIAN/control").read_text("utf-8")
    for line in ("Version: 1.2-1", "Architecture: amd64", "Maintainer: A Builder <a@example.org>", "Installed-Size: 5"):
        assert f"\n{line}\n" in control
    assert "\nDepends: libc6 (>= 2.36), libegl1, " in control
    assert "usr/lib/mammoview/mammoview\n" in (tmp_path / "DEBIAN/md5sums").read_text("utf-8")
    changelog = gzip.decompress((tmp_path / "usr/share/doc/mammoview/changelog.Debian.gz").read_bytes()).decode()
    assert changelog.startswith("mammoview (1.2-1)") and "Thu, 01 Jan 1970" in changelog


def test_the_debian_package_for_onnx_needs_the_program_of_its_version(tmp_path: Path) -> None:
    for folder in ("DEBIAN", "usr/share/doc/mammoview-onnx"):
        (tmp_path / folder).mkdir(parents=True)
    run(sys.executable, "packaging/debian_files.py", "1.2", "amd64", tmp_path, "mammoview-onnx")
    control = (tmp_path / "DEBIAN/control").read_text("utf-8")
    assert control.startswith("Package: mammoview-onnx\nVersion: 1.2-1\n")
    assert "\nDepends: libc6 (>= 2.28), mammoview (= 1.2-1)\n" in control


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI has one build for all")
class TestBuildOfTorch:
    """packaging/install-torch.sh chooses the build; nothing is installed here."""

    def chosen(self, folder: Path, driver: bool, **variables: str) -> str:
        """What pip would be asked for on a machine with, or without, an NVIDIA driver."""
        tools = folder / "tools"
        tools.mkdir(exist_ok=True)
        for name in ("sh", "grep", "dirname"):
            (tools / name).symlink_to(shutil.which(name) or "")
        (tools / "uname").write_text("#!/bin/sh\necho Linux x86_64\n")
        if driver:
            (tools / "nvidia-smi").write_text("#!/bin/sh\n")
        for name in ("uname", "nvidia-smi"):
            if (tools / name).exists():
                (tools / name).chmod(0o755)
        clean = {"HOME": str(folder), "PATH": str(tools), "PIP_CONFIG_FILE": os.devnull, **variables}
        command = ["/bin/sh", "packaging/install-torch.sh", sys.executable, "--print"]
        done = subprocess.run(
            command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
        return done.stdout.strip()

    def test_the_cpu_build_where_there_is_no_driver(self, tmp_path: Path) -> None:
        if Path("/proc/driver/nvidia/version").exists():
            pytest.skip("this machine has the driver")
        words = self.chosen(tmp_path, driver=False)
        assert words.startswith("--index-url ") and "/whl/cpu torch>=" in words

    def test_the_usual_build_where_there_is_one(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, driver=True).startswith("torch>=")

    def test_the_users_own_index_is_left_alone(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, driver=False, PIP_FIND_LINKS="/wheels").startswith("torch>=")
