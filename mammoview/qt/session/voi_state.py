"""VOI window, preset and polarity of one scan; kept while the reader steps through the hanging stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mammoview.qt.i18n.message_catalog import phrase
from mammoview.qt.session.loaded_scan import LoadedScan
from mammoview.study.grey_pipeline import LookUpTable, VoiFunction, VoiWindow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.display.scan_analysis import ScanAnalysis


@dataclass
class VoiState:
    """Window or table and polarity of one scan.

    Parameters
    ----------
    picture
        The scan.
    window
        VOI window or table in use.
    preset
        Index of the preset in use, or None after a drag.
    inverted
        Whether the reader inverted the greys of all scans.
    inverted_alone
        Whether this scan is shown the other way round than the others.
    beside
        Analyses of the scans that share the automatic window, once they are loaded.
    """

    picture: LoadedScan
    window: VoiWindow | LookUpTable
    preset: int | None = 0
    inverted: bool = False
    inverted_alone: bool = False
    beside: tuple[ScanAnalysis, ...] = ()

    @classmethod
    def of(cls, picture: LoadedScan) -> VoiState:
        """Start with the window that the file holds."""
        return cls(picture, picture.window)

    def table(self, covered: bool = False) -> NDArray[np.uint8]:
        """Grey of every code, uint8 (65536,), where the surroundings of the breast are `covered` by a film mask."""
        from mammoview.display import rendering

        return rendering.table(self.picture.analysis, self.window, self.shown_inverted, covered=covered)

    @property
    def shown_inverted(self) -> bool:
        """Whether the scan is shown inverted."""
        return self.inverted != self.inverted_alone

    def take_frame(self, picture: LoadedScan) -> None:
        """Go on with another frame of the stack, which may have windows of its own."""
        from mammoview.display import rendering

        self.picture = picture
        if self.preset is not None and picture.scan.stack is not None and picture.scan.stack.windows:
            self.window = rendering.preset(picture.analysis, self.preset, self.beside)

    def take_preset(self, index: int) -> None:
        """Use a preset; the index wraps around."""
        from mammoview.display import rendering

        self.preset = index % len(self.picture.presets)
        self.window = rendering.preset(self.picture.analysis, self.preset, self.beside)

    @property
    def automatic(self) -> bool:
        """Whether the window in use is the automatic one, neither the file's nor the reader's."""
        from mammoview.display import rendering

        return self.preset is not None and self.picture.presets[self.preset].startswith(rendering.AUTOMATIC)

    def share(self, beside: tuple[ScanAnalysis, ...]) -> bool:
        """Share the automatic window with other loaded scans; return whether the window in use changed by that."""
        if beside == self.beside:
            return False
        self.beside = beside
        if self.preset is None or not self.automatic:
            return False
        before = self.window
        self.take_preset(self.preset)
        return self.window != before

    def reset(self) -> None:
        """Go back to the start."""
        self.take_preset(0)
        self.inverted = self.inverted_alone = False

    @property
    def start_of_drag(self) -> VoiWindow:
        """The window from which a drag starts; a table is left for the default window."""
        from mammoview.display import rendering

        return (
            self.window
            if isinstance(self.window, VoiWindow)
            else rendering.default_window(self.picture.analysis, self.beside)
        )

    def drag(self, start: VoiWindow, across: float, down: float) -> None:
        """Change the window.

        Parameters
        ----------
        start
            Where the drag started.
        across, down
            Way of the pointer since then, in fractions of the viewport: across widens, down lowers the level.
        """
        width = start.width * 4.0**across
        if start.function is VoiFunction.LINEAR:
            width = max(1.0, width)
        center = start.center + start.width * down
        self.window = replace(start, center=center, width=width, name="")
        self.preset = None

    @property
    def text(self) -> str:
        """What stands in the corner, such as "W 1200 L 800  (automatic)"; two spaces part what may be left out."""
        name = self.picture.presets[self.preset] if self.preset is not None else ""
        name = phrase(f"{name}, both breasts" if self.beside and self.automatic else name)
        if isinstance(self.window, LookUpTable):
            return f"LUT {name}".strip()
        text = f"W {_figure(self.window.width)} L {_figure(self.window.center)}"
        return f"{text}  ({name})" if name else text


def _figure(value: float) -> str:
    """Return a number short enough for a corner."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
