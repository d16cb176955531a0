"""The one PyInstaller spec, carried out with stand-ins for PyInstaller, as on Linux, Windows and macOS."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import mammoview

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "packaging" / "mammoview.spec"


def modules(package: str) -> list[str]:
    """All modules of ours, as PyInstaller collects them; other packages are their names."""
    if package != "mammoview":
        return [package]
    return [package, *(found.name for found in pkgutil.walk_packages(mammoview.__path__, "mammoview."))]


@pytest.fixture
def carried_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    hooks = ModuleType("hooks")
    hooks.collect_submodules = modules
    hooks.collect_data_files = lambda package, includes=(): [(f"from/{package}", package)]
    hooks.copy_metadata = lambda package: [(f"from/{package}.dist-info", f"{package}.dist-info")]
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", hooks)

    def carry_out(platform: str, binaries: list[tuple[str, str, str]]) -> SimpleNamespace:
        seen = SimpleNamespace(analysis={}, programs=[], bundles=[], commands=[])

        def analysis(scripts: list[str], **words: Any) -> SimpleNamespace:
            seen.analysis = words | {"scripts": scripts}
            return SimpleNamespace(binaries=binaries, datas=[], pure=[], scripts=[])

        def collect(*parts: Any, name: str, **_: Any) -> SimpleNamespace:
            seen.collected = parts
            return SimpleNamespace(name=str(tmp_path / name))

        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(subprocess, "run", lambda command, check: seen.commands.append(command))
        scope = {
            "SPECPATH": str(SPEC.parent),
            "workpath": str(tmp_path),
            "Analysis": analysis,
            "PYZ": lambda pure: pure,
            "EXE": lambda *_, **words: seen.programs.append(words) or words["name"],
            "COLLECT": collect,
            "BUNDLE": lambda *_, **words: seen.bundles.append(words),
        }
        exec(compile(SPEC.read_text("utf-8"), str(SPEC), "exec"), scope)
        return seen

    return carry_out


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_every_module_is_packed_on_every_system(carried_out: Any, platform: str) -> None:
    seen = carried_out(platform, [])
    assert set(modules("mammoview")) <= set(seen.analysis["hiddenimports"])
    assert not set(modules("mammoview")) & set(seen.analysis["excludes"])
    assert all(Path(script).exists() for script in (*seen.analysis["scripts"], *seen.analysis["hookspath"]))
    for command in seen.commands:
        assert Path(command[1]).exists(), command
    assert [bundle["name"] for bundle in seen.bundles] == (["Mammoview.app"] if platform == "darwin" else [])


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
def test_onnx_is_packed_where_it_is_no_package_of_its_own(carried_out: Any, platform: str) -> None:
    excluded = {"onnx", "onnxruntime"} & set(carried_out(platform, []).analysis["excludes"])
    assert excluded == ({"onnx", "onnxruntime"} if platform == "linux" else set())


def test_the_installer_of_windows_names_the_programs_that_are_built(carried_out: Any) -> None:
    seen = carried_out("win32", [])
    assert {words["name"]: words["console"] for words in seen.programs} == {
        "mammoview": True,
        "mammoview-window": False,
    }
    assert all(words["icon"].endswith(".ico") for words in seen.programs)
    script = (SPEC.parent / "windows" / "mammoview.iss").read_text("utf-8")
    named = set(re.findall(r"\{app\}\\([\w-]+)\.exe", script))
    assert named == {words["name"] for words in seen.programs}
    licence = re.search(r"^LicenseFile=(.+)$", script, re.M)
    assert licence is not None and (SPEC.parent / "windows" / licence[1].replace("\\", "/")).exists()


def test_the_installer_takes_the_folder_that_is_built_and_the_signature_that_is_documented() -> None:
    script = (SPEC.parent / "windows" / "mammoview.iss").read_text("utf-8")
    assert (source := re.search(r'^Source: "(.+?)"; .*recursesubdirs', script, re.M)) is not None
    assert source[1].replace("\\", "/") == "../../dist/mammoview/*"
    assert "OutputBaseFilename=mammoview-{#Version}-windows" in script and "MinVersion=10.0" in script
    readme = (SPEC.parent / "README.md").read_text("utf-8")
    (tool,) = re.findall(r"^SignTool=(\w+)$", script, re.M)
    assert f'/S{tool}="' in readme and "/DSign" in readme and "#ifdef Sign\n" in script
    assert "dist\\mammoview-VERSION-windows.exe" in readme and "Windows 10 and newer" in readme


def test_every_system_opens_the_same_files(carried_out: Any) -> None:
    script = (SPEC.parent / "windows" / "mammoview.iss").read_text("utf-8")
    (bundle,) = carried_out("darwin", []).bundles
    types = [kind for entry in bundle["info_plist"]["CFBundleDocumentTypes"] for kind in entry["LSItemContentTypes"]]
    declared = {entry["UTTypeIdentifier"]: entry for entry in bundle["info_plist"]["UTImportedTypeDeclarations"]}
    assert all(kind.startswith("public.") or kind in declared for kind in types)
    endings = {e for entry in declared.values() for e in entry["UTTypeTagSpecification"]["public.filename-extension"]}
    assert endings == {"dcm", "dicom"} == set(re.findall(r"Classes\\\.(\w+)\\OpenWithProgids", script))
    linux = (SPEC.parent / "linux" / "mammoview-mime.xml").read_text("utf-8")
    assert all(f'pattern="*.{ending}"' in linux for ending in endings)


def test_the_signing_steps_of_macos_name_the_bundle_that_is_built(carried_out: Any) -> None:
    seen = carried_out("darwin", [])
    readme = (SPEC.parent / "README.md").read_text("utf-8")
    steps = readme.partition("## macOS")[2].partition("## A release")[0]
    assert {bundle["name"] for bundle in seen.bundles} == set(re.findall(r"dist/(\w+\.app)", steps))
    for step in (
        "CODESIGN_IDENTITY=",
        "ditto -c -k --keepParent",
        "notarytool submit",
        "stapler staple",
        "hdiutil create",
    ):
        assert step in steps
    assert seen.bundles[0]["info_plist"]["LSMinimumSystemVersion"] == "12.0" and "macOS 12 and newer" in readme


def test_the_programs_of_macos_have_entitlements(carried_out: Any) -> None:
    seen = carried_out("darwin", [])
    (program,) = seen.programs
    assert Path(program["entitlements_file"]).exists() and program["icon"].endswith(".icns")
    # PyInstaller marks the bundle of a console program as LSBackgroundOnly.
    assert program["console"] is False
    component = ET.parse(SPEC.parent / "linux" / "mammoview.metainfo.xml").getroot()
    assert seen.bundles[0]["bundle_identifier"] == component.findtext("id")


def test_what_stays_out_of_the_folder_of_windows(carried_out: Any) -> None:
    binaries = [
        ("PySide6\\plugins\\tls\\qschannelbackend.dll", "", "BINARY"),
        ("PySide6\\plugins\\platforms\\qwindows.dll", "", "BINARY"),
        ("qtawesome\\fonts\\fontawesome5-solid.ttf", "", "BINARY"),
        ("qtawesome\\fonts\\materialdesignicons6.ttf", "", "BINARY"),
        ("torch\\lib\\libiomp5md.dll", "", "BINARY"),
    ]
    collected = next(part for part in carried_out("win32", binaries).collected if part and len(part[0]) == 3)
    assert collected == [binaries[1], binaries[3], binaries[4]]


def test_what_qt_and_torch_need_not_bring_stays_out(carried_out: Any, tmp_path: Path) -> None:
    binaries = [
        ("PySide6/Qt/lib/libicudata.so.73", "/qt/libicudata.so.73", "BINARY"),
        ("libicudata.so.73", "PySide6/Qt/lib/libicudata.so.73", "SYMLINK"),
        ("PySide6/Qt/lib/libQt6Qml.so.6", "/qt/libQt6Qml.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "/qt/libQt6Core.so.6", "BINARY"),
        ("libgtk-3.so.0", "/usr/lib/libgtk-3.so.0", "BINARY"),
    ]
    seen = carried_out("linux", binaries)
    collected = next(part for part in seen.collected if part and part[0][0].endswith("libicudata.so.73"))
    assert collected == [(binaries[0][0], str(tmp_path / "libicudata.so.73"), "BINARY"), binaries[1], binaries[3]]
