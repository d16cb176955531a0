"""The words in the corners of a viewport: what is missing is left out, never shown as zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal

from PySide6.QtCore import QCoreApplication

from mammoview.formats.common.file_names import stem
from mammoview.qt.i18n.message_catalog import by_locale, day, localized_line, phrase
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.identity import readable
from mammoview.study.scan import Scan


class StateTone(Enum):
    """What a viewport shows about the models."""

    QUIET = "quiet"
    """Nothing is known yet, or nothing was found."""
    MARKS = "marks"
    """There are marks."""
    WARNING = "warning"
    """The models failed, or the scan is out of their scope."""


@dataclass(frozen=True)
class OverlayText:
    """The texts in the corners of a viewport.

    Parameters
    ----------
    title
        Laterality and projection.
    top, bottom
        Lines below the title, and at the foot.
    warnings
        Lines that must stay visible, in short.
    details
        The warnings in full, for the pointer.
    banner
        Marks a prior; empty for the study itself.
    state
        What the models are about with the scan, or have made of it; it stands at every level.
    state_tone
        What that is, which its colour shows as well.
    """

    title: str
    top: tuple[str, ...]
    bottom: tuple[str, ...]
    warnings: tuple[str, ...]
    details: str
    banner: str = ""
    state: str = ""
    state_tone: StateTone = StateTone.QUIET

    @classmethod
    def of(
        cls,
        scan: Scan,
        grey: VoiState | None,
        zoom: float | None,
        show_patient: bool,
        patient: str,
        date: str,
        true_size: bool = False,
    ) -> OverlayText:
        """Collect the lines.

        Parameters
        ----------
        scan
            The scan.
        grey
            Its greys, or None while it is loading.
        zoom
            Screen pixels per scan pixel, or None.
        show_patient
            Whether patient and date may be shown.
        patient, date
            Of the study; the scan's own come first.
        true_size
            Whether 1 mm of the breast is 1 mm on the glass.
        """
        facts = scan.facts
        top = []
        if show_patient:
            who = readable(scan.identity.name) or scan.patient or patient
            age = _tr("age {}").format(facts["age"]) if facts.get("age") else ""
            top = [who, "  ".join(_some((day(facts.get("date", date)), age)))]
        bottom = [localized_line("  ".join(facts[key] for key in _TECHNIQUE if facts.get(key)))]
        state = [] if zoom is None else [_tr("zoom {:.0f} %").format(100 * zoom)]
        warnings = []
        if grey is not None:
            state.append(by_locale(grey.text))
            if grey.preset:  # Another than the one that the scan came with.
                top.append(_tr("window/level: {}").format(phrase(grey.picture.presets[grey.preset])))
            warnings = [phrase(note) for note in grey.picture.notes]
            if grey.shown_inverted:
                warnings.insert(0, _tr("inverted"))
        bottom.append("  ".join(state))
        top.insert(0, ", ".join(phrase(kind) for kind in _KINDS if facts.get(kind)))
        if scan.stack is not None:
            top.insert(0, f"{_tr(scan.stack.word)} {scan.frame + 1} / {scan.stack.count}")
        size = f"{scan.columns} \u00d7 {scan.rows} px"
        source = localized_line(scan.spacing.label) if scan.spacing.known else _tr("spacing unknown")
        # One part, source first: where the line is cut, the claim goes and not what it rests on.
        bottom.append(f"{size}  " + (_tr("{source}, true size").format(source=source) if true_size else source))
        if scan.grey.for_processing:
            warnings.insert(0, "FOR PROCESSING")
        lines = scan.warnings
        if not show_patient:
            # A file may be named after the patient, and so are those beside it.
            lines = [line.replace(f"{stem(scan.path.name)}.", "….") for line in lines]
        warnings += [line for line in map(phrase, lines) if line not in warnings]
        # With a picture there is a scale bar, which says so; why stands in the details.
        by_bar = [] if zoom is None else [phrase(line) for line in lines if line.startswith("spacing assumed")]
        short = [line for line in warnings if line not in by_bar]
        title = f"{phrase(scan.name)} {facts.get('modifiers', '')}".strip()
        return cls(
            title, _some(top), _some(bottom), _some(dict.fromkeys(map(_short, short))), "\n".join(_some(warnings))
        )

    def reduced(self, level: str) -> OverlayText:
        """Return the words of one of the `LEVELS`; warnings, and that a scan is a prior, are never left out."""
        if level == "brief":
            return replace(self, bottom=())
        return replace(self, top=(), bottom=()) if level == "least" else self

    def cautioned(self, cautions: Sequence[str]) -> OverlayText:
        """Return the words with those of the models about a scan unlike those they were trained on.

        Parameters
        ----------
        cautions
            `Assessment.warnings`; that the spacing is assumed or unknown stands in the corner already.
        """
        lines = [phrase(line) for line in cautions if not line.startswith("spacing is ")]
        if not lines:
            return self
        short = tuple(_tr("models: {}").format(_short(line)) for line in lines)
        return replace(self, warnings=(*short, *self.warnings), details="\n".join(_some([*lines, self.details])))


LEVELS: tuple[Literal["full", "brief", "least"], ...] = ("full", "brief", "least")
"""How much the corners show, from everything down to the view with its warnings."""
_KINDS = ("implant", "partial view", "synthesised")
"""Facts that are shown by their name alone when they are true."""
_TECHNIQUE = ("kVp", "mAs", "thickness", "force", "dose")
"""Facts of a scan worth a place on screen; their texts carry their units."""


def _short(warning: str) -> str:
    """Return what is wrong without the reason or remedy behind the colon."""
    return warning.partition(": ")[0]


def _some(lines: Iterable[str]) -> tuple[str, ...]:
    """Leave out what is empty."""
    return tuple(line for line in lines if line)


def _tr(text: str) -> str:
    """Translate."""
    return QCoreApplication.translate("corners", text)
