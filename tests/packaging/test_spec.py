"""The one PyInstaller spec, carried out with stand-ins for PyInstaller, as on Linux, Windows and macOS."""

from __future__ import annotations

import ast
import json
import pkgutil
import plistlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import mammoview
from tests.support.timeouts import PROGRAM_S

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


IMPORTS = """
import importlib, json, sys

excluded, imports = json.load(sys.stdin)


class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(name == one or name.startswith(one + ".") for one in excluded):
            raise ImportError(f"{name} is not in the package")


sys.meta_path.insert(0, Absent())
for module, attribute in imports:
    found = importlib.import_module(module)
    if not hasattr(found, attribute):
        importlib.import_module(f"{module}.{attribute}")
"""


def used(library: str) -> set[tuple[str, str]]:
    """Module and attribute of all that the program uses of a library, imported anywhere in it."""
    found = set()
    for file in (ROOT / "mammoview").rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        own = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not any(name.name.split(".")[0] == library for name in node.names), file
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == library:
                found |= {(str(node.module), name.name) for name in node.names}
                own |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in own:
                found.add((own[node.value.id], node.attr))
    return found


def test_what_the_program_uses_of_scipy_and_scikit_image_is_packed(carried_out: Any) -> None:
    uses = used("scipy") | used("skimage")
    assert {("scipy.ndimage", "gaussian_filter"), ("skimage.filters", "threshold_otsu")} <= uses
    excluded = carried_out("linux", []).analysis["excludes"]
    assert "scipy.linalg" in excluded
    # The fixture has a stand-in for subprocess.run.
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORTS], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _, reported = process.communicate(json.dumps([excluded, sorted(uses)]), timeout=PROGRAM_S)
    assert process.returncode == 0, reported


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
    entitlements = plistlib.loads(Path(program["entitlements_file"]).read_bytes())
    rights = {"disable-library-validation", "allow-jit", "allow-unsigned-executable-memory"}
    assert entitlements == {f"com.apple.security.cs.{right}": True for right in rights}
    (bundle,) = seen.bundles
    assert plistlib.loads(plistlib.dumps(bundle["info_plist"])) == bundle["info_plist"]
    assert program["icon"].endswith(".icns")
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
        ("scipy.libs\\msvcp140-a4c2.dll", "", "BINARY"),
    ]
    collected = next(part for part in carried_out("win32", binaries).collected if part and len(part[0]) == 3)
    assert collected == [binaries[1], binaries[3], *binaries[4:]]


def test_what_qt_torch_and_scipy_need_not_bring_stays_out(carried_out: Any, tmp_path: Path) -> None:
    binaries = [
        ("PySide6/Qt/lib/libicudata.so.73", "/qt/libicudata.so.73", "BINARY"),
        ("libicudata.so.73", "PySide6/Qt/lib/libicudata.so.73", "SYMLINK"),
        ("PySide6/Qt/lib/libQt6Qml.so.6", "/qt/libQt6Qml.so.6", "BINARY"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "/qt/libQt6Core.so.6", "BINARY"),
        ("libgtk-3.so.0", "/usr/lib/libgtk-3.so.0", "BINARY"),
        ("scipy.libs/libscipy_openblas-6cdc.so", "/scipy/libscipy_openblas-6cdc.so", "BINARY"),
        ("scipy.libs/libgfortran-8f1e.so.5", "/scipy/libgfortran-8f1e.so.5", "BINARY"),
        ("libgfortran-8f1e.so.5", "scipy.libs/libgfortran-8f1e.so.5", "SYMLINK"),
        ("numpy.libs/libscipy_openblas64_-32a4.so", "/numpy/libscipy_openblas64_-32a4.so", "BINARY"),
    ]
    seen = carried_out("linux", binaries)
    collected = next(part for part in seen.collected if part and part[0][0].endswith("libicudata.so.73"))
    ours = [(binaries[k][0], str(tmp_path / Path(binaries[k][0]).name), "BINARY") for k in (0, 5)]
    assert collected == [ours[0], binaries[1], binaries[3], ours[1], binaries[8]]
    assert [Path(command[1]).name for command in seen.commands[1:3]] == ["icu_data.py", "lapack_stub.py"]
