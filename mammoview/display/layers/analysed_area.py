"""Analysed area: the border of the breast as it was found in the pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.drawing import Drawing, Path, Pen, Strokes
from mammoview.display.layers.layer_type import LayerContext, LayerType, ReadOut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mammoview.study.geometry import Affine


@dataclass(frozen=True, eq=False)
class _Area:
    """The breast mask as values on a lattice.

    Parameters
    ----------
    values
        float32 (rows, columns): 1 in the breast, 0 beside it.
    to_scan
        Maps (column, row) of the mask to (column, row) of the scan.
    """

    values: NDArray[np.float32]
    to_scan: Affine

    def at(self, column: float, row: float) -> float:
        """Return 1 in the breast and 0 beside it, also beyond the mask."""
        c, r = (int(v // 1) for v in self.to_scan.inverse((column, row)))
        rows, columns = self.values.shape
        return float(self.values[r, c]) if 0 <= r < rows and 0 <= c < columns else 0.0


def _data(context: LayerContext) -> _Area | None:
    """Return the mask from which window/level and screen orientation are computed; None where no breast was found."""
    breast = context.breast
    return None if breast is None else _Area(breast.mask.astype("float32"), breast.to_scan)


def _describe(area: _Area, style: LayerStyle) -> Drawing:
    """Return its border, a hairline: Qt strokes a wider line of that length ten times as slowly.

    Dashes would not meet where a pan draws only what comes into sight.
    """
    from mammoview.display.colormaps import colour
    from mammoview.display.layer_rendering import contours

    border = Path(tuple(contours(area, 0.5)))
    return Drawing(strokes=(Strokes((border,), Pen(colour(style.colours, 1.0), 1.0, 1.0)),), within_scan=True)


def _read_out(context: LayerContext, column: float, row: float) -> tuple[ReadOut, ...]:
    area = _data(context)
    if area is None:
        return ()
    return (ReadOut("inside the analysed area" if area.at(column, row) else "outside the analysed area"),)


def _caption(context: LayerContext, _style: LayerStyle) -> str | None:
    return None if _data(context) is not None else "no breast was found"


LAYERS = (
    LayerType(
        LayerStyle("area", "Analysed area", "Shift+B", "blue", 0.0, 1.0, ""),
        order=3.5,
        data=_data,
        describe=_describe,
        note="border of the breast as it was found in the pixels",
        caption=_caption,
        read_out=_read_out,
        technical=True,
    ),
)
