"""What a release is checked by: constraints, licences, a wheel that is the same when it is built again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.timeouts import PROGRAM_S

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pins(side: str) -> dict[str, Version]:
    """Versions of a constraints file."""
    lines = (ROOT / "packaging" / f"constraints-{side}.txt").read_text("utf-8").split()
    return {name: Version(version) for name, _, version in (line.partition("==") for line in lines)}


def requirements() -> list[Requirement]:
    """What the program and its extras ask for."""
    extras = (text for group in PROJECT["optional-dependencies"].values() for text in group)
    return [Requirement(text) for text in (*PROJECT["dependencies"], *extras)]


def test_the_oldest_and_newest_versions_are_allowed_ones() -> None:
    oldest, newest = pins("oldest"), pins("newest")
    for wanted in requirements():
        name = canonicalize_name(wanted.name)
        assert wanted.specifier.contains(oldest[name]) and wanted.specifier.contains(newest[name]), name
        lowest = [Version(part.version) for part in wanted.specifier if part.operator == ">="]
        assert (oldest[name].major, oldest[name].minor) == (lowest[0].major, lowest[0].minor), name
        assert oldest[name] <= newest[name], name


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("sh"), reason="needs a shell and GNU's sort")
@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ("2.15.0, 2.7.0, 2.6.0", "2.6.0"),  # of PyPI: install-torch.sh goes to PyTorch's own index
        ("2.13.0+cpu, 2.6.0+cpu, 2.6.0", "2.6.0"),
        ("2.15.0, 2.13.0+cpu, 2.12.1+cpu, 2.6.0, 2.5.1+cpu", "2.12.1+cpu"),
        ("2.6.0, 2.5.1+cpu", "2.6.0"),
        ("", "2.6.0"),
    ],
)
def test_the_oldest_pytorch_is_the_oldest_cpu_build_that_is_offered(tmp_path: Path, offered: str, taken: str) -> None:
    assert pins("oldest")["torch"] == Version("2.6.0")
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\necho 'torch (2.15.0)'\necho 'Available versions: {offered}'\n")
    interpreter.chmod(0o755)
    script = (ROOT / "packaging" / "release.sh").read_text("utf-8")
    (function,) = re.findall(r"^constraints\(\) \{.*?^\}$", script, re.M | re.S)
    command = ["sh", "-euc", f"{function}\nconstraints '{interpreter}' oldest"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PROGRAM_S, check=True)
    lines = done.stdout.split()
    assert f"torch=={taken}" in lines and "numpy==2.0.0" in lines
    replaced = taken != "2.6.0"
    assert replaced == (not any(line.startswith(("sympy==", "monai==")) for line in lines))
    assert done.stderr.count("\n") == replaced and (taken in done.stderr) == replaced


def test_where_there_is_no_tag_the_version_is_the_newest_of_the_changelog_and_written_nowhere_else() -> None:
    newest = re.findall(r"^## \[(\d[\w.]*)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M)[0]
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert "version" in PROJECT["dynamic"] and f'fallback-version = "{newest}"' in project
    text = (ROOT / "mammoview" / "core" / "version.py").read_text("utf-8")
    assert re.findall(r"\d+\.\d+\.\d+", text) == [newest] and f'"{newest}.dev0"' in text


@pytest.mark.skipif(not shutil.which("sh"), reason="needs a shell")
@pytest.mark.parametrize(("system", "found"), [("Windows_NT", "python Scripts"), ("", "python3 bin")])
def test_scripts_know_where_an_environment_has_its_programs(system: str, found: str) -> None:
    packaging = ROOT / "packaging"
    command = ["sh", "-c", ". ./environments.sh; echo $python $programs"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHON"} | {"OS": system}
    done = subprocess.run(
        command, cwd=packaging, env=environment, capture_output=True, text=True, timeout=PROGRAM_S, check=True
    )
    assert done.stdout.strip() == found
    for script in packaging.glob("*.sh"):
        assert "/bin/python" not in re.sub(r"^#.*", "", script.read_text("utf-8"), flags=re.M), script


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("git"), reason="needs a shell and git")
def test_a_wheel_that_is_built_twice_is_the_same() -> None:
    command = ["sh", "packaging/release.sh", "reproducible"]
    subprocess.run(command, cwd=ROOT, capture_output=True, timeout=PROGRAM_S, check=True)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_version_is_the_tag_in_a_clone_and_in_an_archive(tmp_path: Path) -> None:
    clone, archive = tmp_path / "clone", tmp_path / "archive"
    archive.mkdir()

    def run(*words: object, folder: Path = clone) -> None:
        command = [str(word) for word in words]
        subprocess.run(command, cwd=folder, capture_output=True, timeout=PROGRAM_S, check=True)

    def version(folder: Path) -> str:
        run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder / "out", folder, folder=folder)
        (wheel,) = (folder / "out").glob("mammoview-*.whl")
        return wheel.name.split("-")[1]

    # A tag of the same commit would be chosen.
    run("git", "clone", "--quiet", "--no-tags", ROOT, clone, folder=tmp_path)
    run("git", "tag", "v71.2.3")
    assert version(clone) == "71.2.3"
    run("git", "archive", "--output", tmp_path / "archive.tar", "v71.2.3")
    shutil.unpack_archive(tmp_path / "archive.tar", archive, filter="data")
    assert version(archive) == "71.2.3"


@pytest.mark.skipif(not shutil.which("sh"), reason="needs a shell")
def test_all_packages_are_tried_and_a_failure_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "packaging"
    folder.mkdir()
    shutil.copy(ROOT / "packaging" / "packages.sh", folder)

    def made(**failing: str) -> tuple[int, list[list[str]]]:
        for name in ("build", "check"):
            (folder / f"{name}.sh").write_text(f'case "$*" in "{failing.get(name, "-")}") exit 3 ;; esac\n')
        command = ["sh", str(folder / "packages.sh")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROGRAM_S, check=False)
        assert done.stderr == ""
        return done.returncode, [re.split("  +", line.strip()) for line in done.stdout.splitlines() if line]

    steps = [("build", name) for name in ("wheel app", "tarball", "deb", "onnx")]
    steps += [("check", name) for name in ("wheel", "app", "tarball", "deb", "onnx")]
    status, lines = made()
    assert status == 0 and [line[:3] for line in lines] == [[*step, "passed"] for step in steps]
    status, lines = made(build="wheel app", check="deb")
    failed = [("build", "wheel app"), ("check", "deb")]
    outcomes = [[*step, "FAILED (3)" if step in failed else "passed"] for step in steps]
    assert status == 1 and [line[:3] for line in lines] == outcomes
