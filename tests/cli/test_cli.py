"""The command line: what it prints, what it writes, and how it fails. In this process, through `main`."""

from __future__ import annotations

import json
import pickle
import re
import struct
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mammoview
from mammoview.assess.models.hashes import PINS
from mammoview.batch import runner
from mammoview.batch.batch_task import BatchSettings, BatchState
from mammoview.cli import command_line
from mammoview.cli.command_line import main
from mammoview.core.errors import CancelledError, MammoviewError, ModelError, NoBreastError
from mammoview.display.pixel_warnings import LOOKS_DIGITAL
from mammoview.formats.opening import sample_study
from mammoview.study.scan import Side
from tests.support.phantoms import breast_pixels

Capture = pytest.CaptureFixture[str]
IMPLAUSIBLE = "the breast mask is implausible: nearly the whole picture counts as breast"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A folder with both CC views as 16-bit PNG."""
    folder = tmp_path / "case"
    folder.mkdir()
    for name, side in (("one_L_CC", Side.LEFT), ("one_R_CC", Side.RIGHT)):
        Image.fromarray(breast_pixels(side=side) * 15).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def doubtful(tmp_path: Path) -> Path:
    """A folder with a picture on air of exactly 0, and one of tissue everywhere but in a corner."""
    folder = tmp_path / "doubtful"
    folder.mkdir()
    picture = breast_pixels()
    picture[picture < 100] = 0
    Image.fromarray(picture * 15).save(folder / "digital_L_CC.png")
    y, x = np.mgrid[:600, :400]
    full = np.where(np.hypot(x - 395, y - 595) < 80, 0, 3000) + np.random.default_rng(4).integers(0, 40, (600, 400))
    Image.fromarray(full.astype(np.uint16)).save(folder / "full_R_CC.png")
    return folder


def named(folder: Path, base: str) -> str:
    """Name of the one result in a folder whose readable part is `base`, without suffix."""
    (file,) = folder.glob(f"{base}-*.json")
    assert re.fullmatch("-[0-9a-f]{12}", file.stem.removeprefix(base))
    return file.stem


def complaint(capsys: Capture) -> str:
    """What stands on stderr, which must be one line without a traceback."""
    error = capsys.readouterr().err
    assert error.count("\n") == 1, error
    assert error.startswith("mammoview: ")
    return error


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
    told = capsys.readouterr().out
    assert LOOKS_DIGITAL in told
    assert IMPLAUSIBLE in told
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
class TestAssess:
    def test_writes_both_files_of_every_scan(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        assert main(["assess", str(case), "-o", str(out), "--device", "cpu"]) == 0
        left, right = named(out, "one_L_CC"), named(out, "one_R_CC")
        names = ["assessments.csv", f"{left}.json", f"{left}.npz", f"{right}.json", f"{right}.npz"]
        assert sorted(path.name for path in out.iterdir()) == names
        arrays = np.load(out / f"{right}.npz")
        assert arrays["heatmap"].shape == (32, 32)
        assert arrays["saliency"].shape == (600, 400)
        figures = json.loads((out / f"{right}.json").read_text())
        assert figures["scan"]["laterality"] == "R"
        assert figures["source"] == "one_R_CC.png"
        assert re.fullmatch("[0-9a-f]{64}", figures["content"])
        printed = capsys.readouterr().out
        assert re.search(rf"^{left}: \d+ findings", printed, re.MULTILINE)

    def test_figures_say_what_is_doubtful(self, doubtful: Path, tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert main(["assess", str(doubtful), "-o", str(out), "--device", "cpu"]) == 0
        digital, full = (json.loads(file.read_text())["warnings"] for file in sorted(out.glob("*.json")))
        assert LOOKS_DIGITAL in digital and IMPLAUSIBLE not in digital
        assert IMPLAUSIBLE in full and LOOKS_DIGITAL not in full

    def test_goes_on_where_it_stopped(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        command = ["assess", str(case), "-o", str(out), "--device", "cpu"]
        assert main(command) == 0
        before = {path.name: path.stat().st_mtime_ns for path in out.glob("one*")}
        left, right = named(out, "one_L_CC"), named(out, "one_R_CC")
        (out / f"{right}.npz").unlink()
        assert main(command) == 0
        after = {path.name: path.stat().st_mtime_ns for path in out.glob("one*")}
        assert after.keys() == before.keys()
        assert after[f"{left}.npz"] == before[f"{left}.npz"]
        assert after[f"{right}.json"] != before[f"{right}.json"]
        assert "1 already there" in capsys.readouterr().err
        assert main([*command, "--overwrite"]) == 0
        assert (out / f"{left}.npz").stat().st_mtime_ns != before[f"{left}.npz"]

    def test_another_case_of_the_same_names_is_not_mistaken(self, case: Path, tmp_path: Path) -> None:
        out, other = tmp_path / "out", tmp_path / "other"
        other.mkdir()
        Image.fromarray(breast_pixels(top=3500) * 15).save(other / "one_L_CC.png")
        command = ["assess", str(case / "one_L_CC.png"), "-o", str(out), "--device", "cpu"]
        assert main(command) == 0
        (first,) = out.glob("one*.json")
        content = first.read_bytes()
        assert main(["assess", str(other), "-o", str(out), "--device", "cpu"]) == 0
        assert first.read_bytes() == content
        assert len(list(out.glob("one_L_CC-*.json"))) == 2

    def test_one_bad_scan_does_not_stop_the_rest(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        blank = np.zeros((600, 400), np.uint16)
        Image.fromarray(blank).save(case / "blank_L_MLO.png")
        (case / "broken_R_MLO.png").write_bytes((case / "one_R_CC.png").read_bytes()[:60])
        (case / "README.txt").write_text("notes")
        out = tmp_path / "out"
        assert main(["assess", str(case), "-o", str(out), "--device", "cpu"]) == 2
        error = capsys.readouterr().err
        assert re.search("^failed: blank_L_MLO-[0-9a-f]{12}: ", error, re.MULTILINE)
        assert "no breast was found" in error
        assert "broken_R_MLO.png" in error
        assert "README" not in error
        assert error.splitlines()[-1].startswith("mammoview: 2 failed, ")
        assert len(list(out.glob("one_?_CC-*.npz"))) == 2
        assert not any(path.name.startswith(".") for path in out.iterdir())

    def test_zips_are_assessed_like_folders(self, case: Path, tmp_path: Path) -> None:
        packed = tmp_path / "case.zip"
        with zipfile.ZipFile(packed, "w") as file:
            file.write(case / "one_L_CC.png", "one_L_CC.png")
        out = tmp_path / "out"
        for _ in range(2):
            assert main(["assess", str(packed), "-o", str(out), "--device", "cpu"]) == 0
        name = named(out, "one_L_CC")
        assert [path.name for path in sorted(out.glob("one*"))] == [f"{name}.json", f"{name}.npz"]

    def test_an_altered_model_stops_everything(
        self, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        def altered() -> None:
            raise ModelError("a bundled model was altered", "Install Mammoview again", "model.safetensors")

        monkeypatch.setattr("mammoview.assess.inference.assessor.load_bundle", altered)
        assert main(["assess", str(case), "-o", str(tmp_path / "out"), "--device", "cpu"]) == 2
        error = capsys.readouterr().err
        assert error.count("altered") == 1
        assert "mammoview: model.safetensors: a bundled model was altered" in error

    def test_the_folder_is_tried_before_the_work(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "file").write_text("")
        assert main(["assess", str(case), "-o", str(tmp_path / "file")]) == 2
        assert "nothing can be written here" in complaint(capsys)

    def test_any_executor_does_the_work(self, case: Path, tmp_path: Path) -> None:
        studies = mammoview.open_study(case)
        out = tmp_path / "out"
        out.mkdir()
        tasks = runner.plan([case], studies, out, BatchSettings("cpu"))
        with ThreadPoolExecutor(2) as pool:
            outcomes = list(runner.run(tasks, pool))
        assert sorted(outcome.source.file for outcome in outcomes) == ["one_L_CC.png", "one_R_CC.png"]
        assert {outcome.state for outcome in outcomes} == {BatchState.ASSESSED}
        again = runner.run(runner.plan([case], studies, out, BatchSettings("cpu")), None)
        assert {outcome.name: outcome.state for outcome in again} == dict.fromkeys(
            (outcome.name for outcome in outcomes), BatchState.THERE
        )

    def test_a_cluster_does_the_work(self, case: Path, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")
        with distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
        ) as cluster:
            out = tmp_path / "out"
            address = cluster.scheduler_address
            assert main(["assess", str(case), "-o", str(out), "--device", "cpu", "--scheduler", address]) == 0
        assert len(list(out.glob("*.npz"))) == 2

    def test_export_writes_annotated_pictures(self, case: Path, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "out"
        assert main(["export", str(case), "-o", str(out), "--device", "cpu"]) == 0
        left, right = sorted(out.iterdir())
        assert re.fullmatch(r"one_L_CC-[0-9a-f]{12}\.png", left.name)
        assert Image.open(left).size[1] > 600
        assert str(right) in capsys.readouterr().out

    def test_a_picture_and_the_figures_of_a_scan_have_one_name(self, case: Path, tmp_path: Path) -> None:
        assert main(["assess", str(case), "-o", str(tmp_path / "figures"), "--device", "cpu"]) == 0
        assert main(["export", str(case), "-o", str(tmp_path / "pictures"), "--device", "cpu"]) == 0
        figures = {path.stem for path in (tmp_path / "figures").glob("*.json")}
        assert figures == {path.stem for path in (tmp_path / "pictures").iterdir()}


def test_the_bundled_models_work_in_two_processes(case: Path, tmp_path: Path, capsys: Capture) -> None:
    if not PINS:
        pytest.skip("no models are bundled yet")
    out = tmp_path / "out"
    assert main(["assess", str(case), "-o", str(out), "--device", "cpu", "--jobs", "2"]) == 0
    assert len(list(out.glob("*.npz"))) == 2
    assert capsys.readouterr().out.count("findings") == 2


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
