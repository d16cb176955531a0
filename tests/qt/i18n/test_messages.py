"""Messages of the parts below Qt are shown in the user's language, numbers and dates in its format."""

from __future__ import annotations

import string
import tomllib

import pytest
from PySide6.QtCore import QLocale

from mammoview.assess.inference import scope
from mammoview.core.errors import MammoviewError
from mammoview.core.paths import resources
from mammoview.core.settings import Settings
from mammoview.display.length_text import length_text
from mammoview.evaluation.unmatched_outlines import outlines_without_pictures
from mammoview.export.annotated_png import draw_annotated
from mammoview.formats.common.file_names import SIDE_UNKNOWN
from mammoview.formats.inspection.completeness import REQUIREMENTS
from mammoview.formats.opening.open_study import open_study
from mammoview.qt.i18n import language
from mammoview.qt.i18n.message_catalog import by_locale, day, localized_line, phrase
from mammoview.study.annotations import TYPES
from mammoview.study.spacing import Spacing, SpacingSource
from tests.formats.datasets.test_mini_mias import folder
from tests.qt.conftest import viewport_of
from tests.qt.i18n.message_walk import messages
from tests.support.timeouts import PATIENCE_MS

FILES = sorted((resources() / "translations").glob("phrases_*.toml"))
NO_MESSAGES = {
    # Words of files and of the network, code that is written, what Qt's own table has.
    "study opened", "others and own", "drawn by", "study {}", "Mammoview {}", "calibrated by you", "at detector",
    "nominal, scanned film", "viewport {}", "{}, another ({})", "the file", "{} is no [[viewports]] table", "row of {}",
    "column of {}", "prior of {}", "chest_wall of {}", "laterality of {}", "projection of {}",
    "{} is {}, which is no whole number", "{} is {}, which is neither true nor false", "no id", "{} in {} {}",
    ", {} x {} um per pixel", r"; spacing: assumed, ([1-9][\d.]*) x ([1-9][\d.]*) um per pixel$",
    "outline drawn by a person", "other file", "Nipple in Profile",
    "not known", "Outlines and findings, in stored pixels",
    # Parts of the warnings of a scan, by which they are known.
    "no mask of ", r": whether it has a finding is not known$",
    r"^finding without a position|^its outline file is missing|\.(?i:overlay|json) is left out: "
    r"|outlines? outside the picture left out|its circles are left out|^{}",
    "not enough memory", "can't allocate memory", "out of memory", "mammoview {}",
    "from __future__ import annotations", "{} of {}", "left out, as ",
    '"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""',
    "For research and education. Not a medical device, not for diagnosis.",
    "Research and education only. Not for diagnosis.",
    "Altered picture: tissue was erased or moved. It is not what was exposed.",
    "architectural distortion", "normal tissue", "known benign lesion", "artefact, label or skin",
    "same as another finding", "ACR BI-RADS Atlas, 5th edition",
    # Words of model.toml, and provenance.
    "patch classifier", "nipple right", "as stored", "breast mean and deviation", "breast minimum and maximum",
    "two-class logits", "two-class probabilities", "Value error, ",
    "occlusion of the {} most probable places at most", "probabilities of the user's own model",
    "converted study", "converted series", "converted picture",
    # Texts of DICOM objects.
    "Mammoview: verdicts of the reader", "model {} {}, sha256 {}", "findings listed from {}", "heatmap drawn from {}",
    "thresholds of findings, heatmap and leading grid for {}", "threshold for",
    "{} threshold {}", "by the reader", "of another file", "{} outline {}",
    "Finding {}{}, score {}", ", cluster of bright spots",
    "The picture is no DICOM file: its UIDs were made from its pixels.", "text left out",
}  # fmt: skip


def catalogue(file) -> dict[str, str]:
    known: dict[str, str] = {}
    for part in tomllib.loads(file.read_text(encoding="utf-8")).values():
        assert not known.keys() & part.keys()
        known |= part
    return known


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_message_below_qt_is_in_the_catalogue(file):
    found = messages()
    assert len(found) > 300
    # Titles of annotations are those of commands, which Qt translates as it does the texts of the settings' controls.
    known = catalogue(file).keys() | {one.title for one in TYPES.values()}
    known |= {text for control in Settings.controls().values() for text in control.texts}
    known |= {field.description for field in Settings.model_fields.values()}  # for the manual
    missing = {text: place for text, place in found.items() if text not in known and text not in NO_MESSAGES}
    assert missing == {}, "add them to the catalogue, or to NO_MESSAGES if the window never shows them"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_translation_takes_up_only_what_there_is_and_keeps_the_colon(file):
    for english, said in catalogue(file).items():
        gaps = [name for _, name, _, _ in string.Formatter().parse(said) if name is not None]
        assert {*gaps} <= {str(index) for index in range(english.count("{}"))}, english
        # The corners show what stands before the colon.
        assert (": " in english) == (": " in said), english


def test_lines_of_several_phrases_are_reported_whole(spanish):
    error = MammoviewError("the file is empty", "Copy it again from where it came from", "/films/a b.dcm")
    assert phrase(str(error)) == "/films/a b.dcm: el archivo está vacío. Vuelva a copiarlo de su origen"
    assert phrase(SIDE_UNKNOWN) == "lado desconocido: ponga al archivo un nombre como caso_L_CC.png"
    inner = "its pixels (JPEG 2000) cannot be decoded: no such marker"
    assert phrase(inner) == "sus píxeles (JPEG 2000) no se pueden decodificar: no such marker"
    many = "/x: no mammogram was found; /x/a.png: the file is empty (and 3 more). Check the name"
    assert phrase(many).startswith("/x: no se encontró ninguna mamografía; ") and phrase(many).endswith("el nombre")


def test_warnings_that_files_of_version_0_2_0_hold_are_translated(spanish):
    text = phrase("spacing assumed: mini-MIAS files do not tell it, 200 um per pixel are taken")
    assert text == "espaciado supuesto: los archivos mini-MIAS no lo dicen, se toman 200 um por píxel"


def test_what_is_not_known_stays(spanish):
    for text in ("", "LMLO.dcm", "Doe^Jane", "something that nobody has written: at all. Never"):
        assert phrase(text) == text


def test_english_stays_as_it_is(qapp):
    language.install(qapp, "en")
    assert phrase("the file is empty") == "the file is empty"
    QLocale.setDefault(QLocale.c())


@pytest.mark.parametrize("across", [0.05, 0.06])
@pytest.mark.parametrize("source", list(SpacingSource))
def test_the_source_of_every_length_is_reported(spanish, source, across):
    spacing = Spacing(0.05, across, source)
    english = length_text(12.345, spacing)
    text = localized_line(english)
    if spacing.known:
        assert text.startswith("12,3 mm, ") and text != by_locale(english)
    assert "." not in text


def test_warnings_of_the_models_are_reported(spanish, window):
    scan = viewport_of(window, "L CC").scan
    scan.facts = {**scan.facts, "implant": "yes", "acquisition": "digital"}
    lines = scope.header_lines(scan)
    assert len(lines) >= 2
    for line in lines:
        assert phrase(line) != line


def test_what_a_header_lacks_is_reported(spanish, window, qtbot):
    window.tag_browser.show_scan(viewport_of(window, "L CC").scan)
    qtbot.waitUntil(lambda: not window.tag_browser.busy, timeout=PATIENCE_MS)
    text = window.tag_browser.completeness.text()
    assert "faltan: orientación del paciente" in text and "dosis glandular" in text and "IHE RAD TF-2" in text
    window.tag_browser.close()
    known = catalogue(FILES[0])
    assert {requirement.name for requirement in REQUIREMENTS} <= known.keys()


def test_numbers_and_days_follow_the_locale_and_names_do_not(spanish):
    assert by_locale("W 12.5 L -3.25, 2024-03-15") == "W 12,5 L -3,25, 15 mar 2024"
    for text in ("1.2.840.10008", "Mammoview 0.1.0", "mdb001.pgm", "DX-2024-03-15-1"):
        assert by_locale(text) == text
    assert day("2024-03") == "2024-03" and day("") == ""
    QLocale.setDefault(QLocale("en"))
    assert by_locale("0.50") == "0.50" and day("2024-03-15") == "15 Mar 2024"


def test_the_window_tells_warnings_figures_and_days_in_spanish(spanish, open_window, make_study):
    folder = make_study(StudyDate="20240315", KVP="28.5")
    window = open_window(folder)
    corners = viewport_of(window, "L CC").corners()
    assert "15 mar 2024" in corners.top and any("28,5" in line for line in corners.bottom)
    window.notifier.warn_general("/a.dcm: the file is empty. Check the name")
    assert window.messages.texts[0] == "/a.dcm: el archivo está vacío. Compruebe el nombre"
    window.layers.show_only(("grid",))
    assert "," in window.layers_panel.rows["grid"].threshold.figure.text()
    window.findings.reveal()
    assert "calibrado" in window.findings.caption.text()
    viewport_of(window, "L CC").hovered.emit(viewport_of(window, "L CC"), 150.0, 240.0)
    (mark,) = [mark for mark in window.linked_cursor.marks.values() if mark.text]
    assert all("calibrado" in text and "," in text and "." not in text for text in (mark.text, mark.short))


def test_what_leaves_the_window_stays_english(spanish, window, qapp):
    entry = next(iter(window.session.entries.values()))
    before = draw_annotated(entry.scan, entry.assessed.assessment, ("grid",))
    language.install(qapp, "en")
    assert before.tobytes() == draw_annotated(entry.scan, entry.assessed.assessment, ("grid",)).tobytes()


def test_lines_about_absent_pictures_are_in_her_language_with_their_names_as_they_are(spanish, tmp_path):
    data = folder(tmp_path / "mias", (1, 3))
    (line,) = outlines_without_pictures([data], [scan for study in open_study(data) for scan in study.scans])
    head, names = line.removeprefix(f"{data / 'Info.txt'}: ").split(" pictures that it outlines are not there: ")
    assert phrase(line) == f"{data / 'Info.txt'}: {head} imágenes con contornos no están: {names}"
    of_table = "t.csv: 6 pictures that it outlines are not among those that were opened: P_2, ..."
    assert phrase(of_table) == "t.csv: 6 imágenes con contornos no están entre las que se abrieron: P_2, ..."
    assert phrase("/a b/x.json: its picture y.dcm is not there") == "/a b/x.json: su imagen y.dcm no está"
