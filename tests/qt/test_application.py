"""The window without a screen, and the real thing from end to end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless
from PySide6.QtCore import QSize

from mammoview.cli.command_line import main
from mammoview.core import paths
from mammoview.core.audit_log import AuditLog
from mammoview.core.errors import MammoviewError, ModelError
from mammoview.core.settings import Settings, save
from mammoview.qt import application
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.session.scan_results import AssessmentState
from tests.qt.conftest import StandInAssessor, picture, viewport_of
from tests.support.dicom_files import item, write
from tests.support.phantoms import breast_pixels
from tests.support.referencing_objects import presentation_state
from tests.support.timeouts import PATIENCE_S, PROGRAM_S


@pytest.mark.parametrize(
    ("screen", "fits"), [((1366, 768), False), ((1600, 1000), False), ((1920, 1040), True), ((1920, 1020), False)]
)
def test_a_first_window_fills_a_screen_that_has_no_room_for_its_frame(screen, fits):
    assert application.fits_with_frame(QSize(1600, 1000).boundedTo(QSize(*screen)), QSize(*screen)) is fits


def test_a_snapshot_shows_the_scans(study, tmp_path: Path):
    application.snapshot(study, tmp_path / "new" / "picture.png", (), "", (900, 700))
    image = np.asarray(Image.open(tmp_path / "new" / "picture.png").convert("L"))
    assert image.shape == (700, 900)
    # Both breasts at the middle of the viewport grid, black at its left edge.
    assert (image > 100).mean() > 0.02


def test_a_file_that_is_left_out_does_not_end_a_snapshot_early(study, tmp_path: Path):
    (study / "odd.dcm").write_bytes(b"no picture")
    application.snapshot(study, tmp_path / "x.png", (), "", (900, 700))
    assert (np.asarray(Image.open(tmp_path / "x.png").convert("L")) > 100).mean() > 0.02


def test_a_snapshot_shows_what_a_model_of_ones_own_says(study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("onnxruntime")
    from tests.support.own_models import mean_classifier, write_model

    states = []
    checked = application.check_pixels

    def look(window: MainWindow, black_outside: bool) -> None:
        states.extend(viewport.state for viewport in window.viewport_grid.viewports)
        checked(window, black_outside)

    monkeypatch.setattr(application, "check_pixels", look)
    folder = write_model(tmp_path / "mine", mean_classifier())
    application.snapshot(study, tmp_path / "x.png", ("heatmap",), "", (900, 700), model=folder)
    assert len(states) == 4 and all(state.startswith("Model mean 1: ") for state in states)
    assert (tmp_path / "x.png").exists()


def test_a_snapshot_takes_a_hanging_protocol(study, tmp_path: Path):
    for name in ("four-view", "cc"):
        application.snapshot(study, tmp_path / f"{name}.png", (), name, (900, 700))
    assert (tmp_path / "four-view.png").read_bytes() != (tmp_path / "cc.png").read_bytes()


@pytest.mark.parametrize(
    ("layers", "protocol", "word"), [(("sparkles",), "", "sparkles"), ((), "upside-down", "upside-down")]
)
def test_a_snapshot_of_something_unknown_is_an_error(study, tmp_path: Path, layers, protocol, word):
    with pytest.raises(MammoviewError, match=word):
        application.snapshot(study, tmp_path / "x.png", layers, protocol)
    assert not (tmp_path / "x.png").exists()


def test_a_snapshot_of_nothing_is_an_error(tmp_path: Path):
    (tmp_path / "odd.dcm").write_bytes(b"no picture")
    with pytest.raises(MammoviewError, match=r"odd\.dcm"):
        application.snapshot(tmp_path / "odd.dcm", tmp_path / "x.png", ())


def test_a_snapshot_needs_no_display(study, tmp_path: Path):
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    # What the first scan of a window would wait for, and does not need: looked for once all scans are shown.
    code = (
        "import sys; from pathlib import Path; from mammoview.qt import application\n"
        "check = application.check_pixels\n"
        "def look(*what):\n"
        "    found = {'scipy.spatial', 'scipy.linalg', 'scipy.stats'} & sys.modules.keys(); assert not found, found\n"
        "    check(*what)\n"
        "application.check_pixels = look\n"
        "application.snapshot(Path(sys.argv[1]), Path(sys.argv[2]), (), '', (800, 600))\n"
        "assert 'torch' not in sys.modules"
    )
    command = [sys.executable, "-c", code, str(study), str(tmp_path / "x.png")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert Image.open(tmp_path / "x.png").size == (800, 600)


def test_nothing_heavy_is_imported_before_the_first_paint():
    heavy = ("torch", "scipy", "pydicom")
    code = (
        "import os, sys; from mammoview.core.settings import Settings;"
        "from mammoview.qt.application import application;"
        "from mammoview.qt.main_window.main_window import MainWindow; running = application();"
        "window = MainWindow(Settings.model_construct(notice_seen=True), library=False);"
        f"print([m for m in {heavy} if m in sys.modules], flush=True); os._exit(0)"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert done.stdout.strip() == "[]"


def test_a_machine_without_fonts_is_reported_so(study, tmp_path: Path):
    (tmp_path / "fonts.conf").write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>/nowhere</dir></fontconfig>'
    )
    environment = {**os.environ, "FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "QT_QPA_PLATFORM": "offscreen"}
    code = "from mammoview.qt import application; print(application.draws_text(application.application()))"
    for variables, expected in ((environment, "False"), ({**os.environ, "QT_QPA_PLATFORM": "offscreen"}, "True")):
        done = subprocess.run(
            [sys.executable, "-c", code], env=variables, capture_output=True, text=True, timeout=PATIENCE_S, check=True
        )
        assert done.stdout.strip() == expected


def test_the_sample_study_hangs_and_is_assessed_by_the_real_models(samples, open_window, qtbot):
    from mammoview.assess.models.bundle import load_bundle

    try:
        load_bundle()
    except ModelError:
        pytest.skip("the models are not bundled yet")
    from mammoview.assess.inference.scan_assessor import make_assessor

    window = open_window(samples / "sfm-malign-0", assessor=lambda: make_assessor("cpu", "paper", True), wait=False)
    qtbot.waitUntil(lambda: bool(window.session.entries) and not window.session.busy, timeout=1000 * PROGRAM_S)
    assert [v.scan.name for v in window.viewport_grid.viewports] == ["R CC", "L CC", "R MLO", "L MLO"]
    assert {entry.state for entry in window.session.entries.values()} == {AssessmentState.DONE}
    bare = {v.scan.name: picture(v) for v in window.viewport_grid.viewports}
    window.layers.show_only(window.layers.names)
    for name, before in bare.items():
        assert (picture(viewport_of(window, name)) != before).any(), name


SIZE = ("--size", "1100x800", "--layers", "outlines,gsps")


def named_studies(make_study) -> dict[str, Path]:
    """Two studies of the same pixels that name different people in every way there is."""
    made = {}
    for name, day in (("anna", "20190203"), ("berta", "20210405")):
        folder = make_study(name, StudyDate=day, PatientBirthDate=day, InstitutionName=f"{name} hospital")
        uid = str(dcmread(folder / "LCC.dcm").SOPInstanceUID)
        (folder / "LCC.dcm").rename(folder / f"{name}.dcm")
        said = item(
            UnformattedTextValue=f"{name} Doe",
            AnchorPoint=[150.0, 200.0],
            AnchorPointVisibility="Y",
            AnchorPointAnnotationUnits="PIXEL",
        )
        graphic = item(GraphicLayer="A", TextObjectSequence=Sequence([said]))
        state = presentation_state([uid], (600, 400), GraphicAnnotationSequence=Sequence([graphic]), ContentLabel="X")
        write(folder / "state.dcm", state)
        # What is left out is named in a message and in a corner.
        (folder / f"{name}_odd.dcm").write_bytes(b"no picture")
        (folder / f"{name}.outlines.json").write_text("nothing")
        # What cannot be decoded is reported where its picture would be.
        (folder / "RMLO.dcm").rename(folder / f"{name}_RMLO.dcm")
        broken = dcmread(folder / f"{name}_RMLO.dcm")
        broken.file_meta.TransferSyntaxUID = JPEG2000Lossless
        broken.PixelData = encapsulate([bytes(100)])
        broken["PixelData"].is_undefined_length = True
        broken.save_as(folder / f"{name}_RMLO.dcm")
        made[name] = folder
    return made


def snapshots(studies: dict[str, Path], folder: Path, *options: str) -> list[bytes]:
    """Take a snapshot of each by the command line."""
    folder.mkdir()
    for name, study in studies.items():
        assert main(["snapshot", str(study), "-o", str(folder / f"{name}.png"), *SIZE, *options]) == 0
    return [np.asarray(Image.open(folder / f"{name}.png")).tobytes() for name in studies]


def test_a_snapshot_is_the_same_whoever_is_on_it_unless_asked_for(make_study, tmp_path: Path, capsys):
    studies = named_studies(make_study)
    one, other = snapshots(studies, tmp_path / "bare")
    assert one == other
    # Each has its entry, and all are anonymous.
    lines = AuditLog.of(paths.data_folder()).verify().lines
    assert [line["facts"]["what"] for line in lines] == ["snapshot"] * 2
    assert not any("identity" in line["facts"] or "Doe" in json.dumps(line) for line in lines)
    # What is not in the picture is reported on stderr.
    assert "anna_odd.dcm" in capsys.readouterr().err
    one, other = snapshots(studies, tmp_path / "named", "--keep-identity")
    assert one != other


def test_the_settings_hide_the_patient_from_snapshots_too(make_study, tmp_path: Path, monkeypatch, capsys):
    studies = named_studies(make_study)
    bare = snapshots(studies, tmp_path / "bare")
    monkeypatch.setenv("MAMMOVIEW_SHOW_PATIENT", "0")
    assert snapshots(studies, tmp_path / "by_variable", "--keep-identity") == bare
    assert "the settings hide the patient" in capsys.readouterr().err
    monkeypatch.delenv("MAMMOVIEW_SHOW_PATIENT")
    save(Settings(show_patient=False))
    assert snapshots(studies, tmp_path / "by_file", "--keep-identity") == bare
    lines = AuditLog.of(paths.data_folder()).verify().lines
    assert len(lines) == 6 and not any("identity" in line["facts"] for line in lines)


def test_a_snapshot_with_the_patient_is_in_the_audit_log(study, tmp_path: Path):
    save(Settings(reader="Dr. Reader"))
    application.snapshot(study, tmp_path / "x.png", (), "", (900, 700), keep_identity=True)
    (line,) = AuditLog.of(paths.data_folder()).verify().lines
    assert (line["event"], line["who"]) == ("export", "Dr. Reader")
    assert line["facts"].pop("view").count(", ") == 3
    assert line["facts"] == {"what": "snapshot", "layers": "", "identity": True}
    assert len(line["study"]) == 40
    assert not any(word in json.dumps(line) for word in ("Doe", "x.png", str(tmp_path)))


def test_a_snapshot_says_that_there_may_be_text_and_blacks_it_out(tmp_path: Path, capsys):
    pixels = breast_pixels(450, 300)
    for column in range(200, 280, 14):
        pixels[20:34, column : column + 6] = 4000
    more = {"ImageLaterality": "L", "ViewPosition": "CC", "PixelSpacing": [0.2, 0.2]}
    write(tmp_path / "a.dcm", pixels=pixels, **more)
    shot = ["snapshot", str(tmp_path / "a.dcm"), "-o", str(tmp_path / "x.png"), "--layers", "", *SIZE]
    assert main(shot) == 0
    assert "1 may show text in the pixels: look at them, or use --black-outside" in capsys.readouterr().err
    shown = np.asarray(Image.open(tmp_path / "x.png")).astype(int)
    # What is there already stays unless it is asked for.
    assert main([*shot, "--black-outside"]) == 2
    assert "there is such a file already" in capsys.readouterr().err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), shown)
    assert main([*shot, "--black-outside", "--overwrite"]) == 0
    assert "may show text" not in capsys.readouterr().err
    assert ((shown - np.asarray(Image.open(tmp_path / "x.png")).astype(int)).max(2) > 100).sum() > 20
    # Where the breast is not known, nothing can be blacked out.
    write(tmp_path / "b.dcm", pixels=np.full((450, 300), 40, np.uint16), **more)
    assert main(["snapshot", str(tmp_path / "b.dcm"), "-o", str(tmp_path / "y.png"), *SIZE, "--black-outside"]) == 2
    assert "not found clearly enough to black out" in capsys.readouterr().err and not (tmp_path / "y.png").exists()


def test_a_snapshot_with_the_patient_is_not_written_where_it_cannot_be_noted(
    study, tmp_path: Path, monkeypatch, capsys
):
    def refuse(*_):
        raise MammoviewError("the audit log cannot be written", "Make room on the disk")

    monkeypatch.setattr(AuditLog, "append", refuse)
    with pytest.raises(MammoviewError, match="audit log"):
        application.snapshot(study, tmp_path / "out" / "x.png", (), "", (900, 700), keep_identity=True)
    assert not (tmp_path / "out").exists()
    # Of an anonymous one there is a warning.
    application.snapshot(study, tmp_path / "out" / "x.png", (), "", (900, 700))
    assert (tmp_path / "out" / "x.png").exists()
    assert "the audit log cannot be written" in capsys.readouterr().err


def test_a_snapshot_holds_no_text_but_its_pixels(study, tmp_path: Path):
    application.snapshot(study, tmp_path / "x.png", (), "", (900, 700))
    with Image.open(tmp_path / "x.png") as image:
        image.load()
        assert not image.text


class SlowGradients(StandInAssessor):
    """Needs a while for the gradients, as the models do."""

    def sensitivity(self, scan, assessment, cancelled=None, analysis=None):
        time.sleep(0.2)
        return super().sensitivity(scan, assessment, cancelled, analysis)


def test_a_snapshot_waits_for_the_sensitivity_of_every_scan(study, tmp_path: Path, monkeypatch):
    seen = []

    class Noted(MainWindow):
        def grab(self):
            seen.extend((e.sensitivity, self.model_layers.pending) for e in self.session.entries.values())
            return super().grab()

    monkeypatch.setattr(
        application, "MainWindow", lambda settings, library: Noted(settings, SlowGradients, None, library)
    )
    application.snapshot(study, tmp_path / "x.png", ("heatmap", "saliency"), "", (900, 700))
    assert len(seen) == 4
    assert all(sensitivity is not None and not pending for sensitivity, pending in seen)


CLOSED_MEANWHILE = """
import sys, threading
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from mammoview.formats.opening import open_study
from mammoview.qt import application
from mammoview.qt.concurrency import worker
from mammoview.qt.main_window.main_window import MainWindow
from mammoview.qt.widgets.picture_drag import PictureDrag

worker.LONGEST_JOB_S = 0.3
asked = threading.Event()

def wait_for_the_share(*_what):
    asked.set()
    threading.Event().wait()

def close():
    (window,) = (one for one in running.topLevelWidgets() if isinstance(one, MainWindow))
    if not asked.is_set():
        return
    timer.stop()
    journal = window.drawing.journal_worker
    journal.submit(wait_for_the_share)
    journal.submit(lambda _task: Path(sys.argv[2]).write_text("drawn"))
    picture = QImage(4, 4, QImage.Format.Format_Grayscale8)
    picture.fill(0)
    dragged = PictureDrag(window, "picture.png").mime_data(picture).urls()[0].toLocalFile()
    Path(sys.argv[2]).with_name("dragged").write_text(dragged)
    window.close()

open_study.open_study = wait_for_the_share
running = application.application()
timer = QTimer(interval=50)
timer.timeout.connect(close)
timer.start()
sys.exit(application.run([Path(sys.argv[1])], separate=True))
"""


def test_a_share_that_does_not_answer_keeps_no_process_and_no_drawing(tmp_path: Path):
    command = [sys.executable, "-c", CLOSED_MEANWHILE, str(tmp_path), str(tmp_path / "drawings")]
    home = {f"XDG_{kind}_HOME": str(tmp_path / "home") for kind in ("DATA", "CONFIG", "CACHE")}
    environment = {**os.environ, **home, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "drawings").read_text() == "drawn"
    own = tmp_path / "home" / "mammoview"
    assert json.loads((own / "audit.jsonl").read_text().splitlines()[-1])["event"] == "end"
    assert (own / "settings.json").exists() and not list(own.rglob("*.run"))
    assert not Path((tmp_path / "dragged").read_text()).parent.exists()
