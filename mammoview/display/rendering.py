"""Stored values as the grey on screen: modality LUT, VOI window or table, polarity once, padding and air kept black.

Everything is one table of 65536 bytes, so windowing a 13-megapixel scan by drag costs one look-up per shown pixel.
Sources: DICOM PS3.3 C.11.1 (modality LUT), C.11.2.1.2 (VOI functions), C.11.6 (polarity), C.7.5.1.1.2 (padding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mammoview.core.errors import MammoviewError
from mammoview.display.grey_levels import CODES, GreyLevels, shared_voi_window
from mammoview.display.scan_analysis import ScanAnalysis, analyse
from mammoview.study.grey_pipeline import LookUpTable, VoiWindow, windowed
from mammoview.study.scan import Scan

SKIN_RAMP = 0.06
"""Share of the automatic window above air over which inverted display goes from black to the whole grey."""
_BAND = 64
"""Rows looked up at a time: numpy makes indices of eight bytes of each code first."""
AUTOMATIC = "automatic"
"""Name of the window that is found from the picture."""


def presets(scan: Scan) -> tuple[str, ...]:
    """Names of the greys on offer: the file's VOI tables, its windows, the automatic window, presentation states.

    Decodes nothing. FOR PROCESSING scans have the automatic window alone, that of exposures a logarithmic one: windows
    of their files, if any, are not meant for reading.
    """
    grey = scan.grey
    if grey.for_processing:
        return (f"{AUTOMATIC}, logarithmic" if grey.exposures else AUTOMATIC,)
    tables = (t.name or f"table {i}" for i, t in enumerate(grey.tables, 1))
    windows = (w.name or f"window {i}" for i, w in enumerate(grey.windows, 1))
    return (*tables, *windows, AUTOMATIC, *(state.name for state in grey.states))


def preset(analysis: ScanAnalysis, index: int = 0, beside: Sequence[ScanAnalysis] = ()) -> VoiWindow | LookUpTable:
    """Return the window or table behind `presets` of a scan; the automatic one is shared with the scans `beside`.

    Raises
    ------
    MammoviewError
        When the scan has no such preset.
    """
    scan = analysis.scan
    names = presets(scan)
    if not 0 <= index < len(names):
        raise MammoviewError(f"there is no window/level preset {index}", f"Choose 0 to {len(names) - 1}", scan.path)
    grey = scan.grey
    offered = () if grey.for_processing else (*grey.tables, *grey.windows, None, *grey.states)
    return (offered[index] if offered else None) or automatic_window(analysis, beside)


def default_window(analysis: ScanAnalysis, beside: Sequence[ScanAnalysis] = ()) -> VoiWindow:
    """Return the window to start from: the file's first, or the automatic one where it has none.

    A scan whose preset 0 is a table still has a window here, which is where dragging begins.
    """
    grey = analysis.scan.grey
    return grey.windows[0] if grey.windows and not grey.for_processing else automatic_window(analysis, beside)


def automatic_window(analysis: ScanAnalysis, beside: Sequence[ScanAnalysis] = ()) -> VoiWindow:
    """Return the window that spans the breast's tissue; labels, air, padding and white film borders do not count.

    In modality values; of exposures in 1000 ln(exposure), negated. With
    `beside`, the `companions` of the scan, it spans the tissue of all of them and is the same for each.
    """
    if not beside:
        return analysis.grey_levels.window
    return shared_voi_window([one.grey_levels for one in (analysis, *beside)], _polarity(analysis.scan))


def companions(scan: Scan, scans: Iterable[Scan]) -> tuple[Scan, ...]:
    """Return those of a study's `scans` with which this one shares its automatic window.

    They show the other breast in the same projection, and their values mean the same: equal bits, modality rescale or
    LUT, polarity and film calibration. Frames of stacks keep windows of their own. Decodes nothing.
    """
    if scan.laterality is None or scan.projection is None or scan.stack is not None:
        return ()
    return tuple(
        one
        for one in scans
        if one is not scan
        and one.laterality not in (None, scan.laterality)
        and one.projection is scan.projection
        and one.stack is None
        and _pipeline(one) == _pipeline(scan)
    )


def readable_companions(
    scan: Scan, scans: Iterable[Scan], analysed: Callable[[Scan], ScanAnalysis] = analyse
) -> tuple[ScanAnalysis, ...]:
    """Return analyses of a scan's `companions`, if its first preset is the automatic window, else none.

    What cannot be decoded is left out. `analysed` returns the analysis of a scan, and raises as `analyse`. The pixels
    of the companions are released: not for scans that are on screen.
    """
    if not presets(scan)[0].startswith(AUTOMATIC):
        return ()
    found = []
    for one in companions(scan, scans):
        try:
            found.append(analysed(one))
        except MammoviewError:
            continue
        finally:
            one.release()
    return tuple(found)


def _pipeline(scan: Scan) -> tuple[object, ...]:
    """Return what decides which modality value stands for which film or exposure."""
    grey = scan.grey
    lut = grey.modality_lut
    return (
        *(grey.bits, grey.signed, grey.inverted, grey.slope, grey.intercept, grey.for_processing, grey.logarithmic),
        None if lut is None else (lut.first, lut.bits, lut.values.tobytes()),
        repr(grey.density),
    )


def codes(analysis: ScanAnalysis) -> NDArray[np.uint16]:
    """Return uint16 (rows, columns): what indexes the `table` of this scan.

    Integers of up to 16 bits are their own code (value & 0xFFFF, no copy where they already are uint16). Floats and
    wider integers are quantised in 65535 equal steps between the scan's lowest and highest finite value, as codes
    1..65535; NaN and infinities are code 0.
    """
    return analysis.grey_levels.encode(analysis.scan.pixels)


def table(
    analysis: ScanAnalysis,
    window: VoiWindow | LookUpTable,
    invert: bool = False,
    bits: Literal[8, 16] = 8,
    covered: bool = False,
) -> NDArray[Any]:
    """Return uint8 (65536,), or uint16 with 16 bits: the grey of every code of `codes(analysis)`.

    Parameters
    ----------
    analysis
        Of the scan whose modality LUT, polarity, padding and air apply.
    window
        VOI window, in modality values, or VOI LUT table.
    invert
        Manual inversion on top of the polarity of the file. Padding stays black with it, and air unless it is covered.
    bits
        Of a grey.
    covered
        Whether a film mask is drawn over the surroundings of the breast: its smooth edge is where black begins, and not
        the skin line, which the noise of the film roughens.

    Returns
    -------
    Grey 0..255, or 0..65535, with tissue bright, or dark if `invert`.
    """
    scan, found = analysis.scan, analysis.grey_levels
    ramp = _ramp(found, window)
    values = found.values[ramp]
    shown = _looked_up(values, window) if isinstance(window, LookUpTable) else windowed(values, window)
    lut = scan.grey.presentation_lut
    if lut is not None and not scan.grey.for_processing:
        shown = lut.values[np.rint(shown * (len(lut.values) - 1)).astype(np.intp)] / float(2**lut.bits - 1)
    if (_polarity(scan) < 0) != (invert != window.other_polarity):
        np.subtract(1, shown, out=shown)
    shown *= 2**bits - 1
    shown += 0.5
    grey: NDArray[Any] = np.floor(shown, out=shown).astype(np.uint8 if bits == 8 else np.uint16)
    grey = np.pad(grey, (ramp.start, CODES - ramp.stop), mode="edge")
    if invert and not covered and found.air is not None:
        grey = (grey * _out_of_air(found, _polarity(scan) * found.values)).astype(grey.dtype)
    grey[_padding(scan, found, found.stored)] = 0
    return grey


def render(
    scan: Scan,
    preset: int = 0,
    invert: bool = False,
    beside: Sequence[ScanAnalysis] = (),
    analysis: ScanAnalysis | None = None,
    bits: Literal[8, 16] = 8,
) -> NDArray[Any]:
    """Return uint8 (rows, columns), the grey the screen shows, not flipped; uint16 with 16 bits.

    Parameters
    ----------
    scan
        Decoded if it was not yet.
    preset
        Index into `presets(scan)`.
    invert
        Manual inversion on top of the polarity of the file.
    beside
        Of the other breast's scans, from `companions`: the automatic window is then that of both, as in the window.
        Alone, a scan is shown in a window of its own.
    analysis
        Of the scan, if it is known already.
    bits
        Of a grey.

    Raises
    ------
    MammoviewError
        When there is no such preset, or the file cannot be decoded.
    """
    analysis = analysis or analyse(scan)
    window = _preset(analysis, preset, beside)
    greys, indices = table(analysis, window, invert, bits), codes(analysis)
    shown = np.empty(indices.shape, greys.dtype)
    for row in range(0, len(shown), _BAND):
        shown[row : row + _BAND] = greys[indices[row : row + _BAND]]
    shutter = None if window.presentation is None else window.presentation.shutter
    if shutter is not None:
        shown[~shutter.visible(scan.rows, scan.columns)] = round((2**bits - 1) * shutter.grey)
    return shown


_preset = preset


def _looked_up(values: NDArray[np.float64], lut: LookUpTable) -> NDArray[np.float64]:
    """Apply a VOI LUT (PS3.3 C.11.2.1.1), scaled to 0..1 by its bits."""
    index = np.clip(np.floor(values + 0.5) - lut.first, 0, len(lut.values) - 1).astype(np.intp)
    # Some files state fewer bits than their entries use.
    top = max(2**lut.bits - 1, int(lut.values.max()))
    shown: NDArray[np.float64] = lut.values[index] / float(top)
    return shown


def _ramp(found: GreyLevels, window: VoiWindow | LookUpTable) -> slice:
    """Return the codes to either side of which all have the grey of the first, or the last, of them.

    A linear window leaves few of the 65536 between black and white: a drag makes four tables with every step.
    """
    every = slice(0, CODES)
    if isinstance(window, LookUpTable) or not window.function.is_ramp or not found.rising:
        return every
    # At least as wide as either linear function, and a code more on either side.
    half = max(window.width, 1.0) / 2
    first, last = np.searchsorted(found.values, (window.center - half - 1, window.center + half + 1))
    return slice(max(0, int(first) - 1), min(CODES, int(last) + 1))


def _out_of_air(found: GreyLevels, bright: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of its grey that each tissue-bright value, float64 (65536,), has in inverted display; air none.

    A ramp: with a step from black to white, the noise of the film shows along the skin line.
    """
    share: NDArray[np.float64] = np.clip((bright - (found.air or 0.0)) / (SKIN_RAMP * found.window.width), 0.0, 1.0)
    return share


def _polarity(scan: Scan) -> int:
    """-1 where low modality values look bright, else +1; the logarithms of exposures are already tissue-bright."""
    return -1 if scan.grey.inverted and not scan.grey.exposures else 1


def _padding(scan: Scan, found: GreyLevels, stored: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which codes mean "no data"."""
    none = np.zeros(CODES, bool)
    if found.quantised:
        none[0] = True
    if scan.grey.padding is not None:
        low, high = scan.grey.padding
        none |= (stored >= low) & (stored <= high)
    return none
