"""Lines with fewer points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def simplified(points: NDArray[np.floating], tolerance: float) -> NDArray[np.floating]:
    """Return the points of a line (N, 2) that keep it within `tolerance` of where it was (Douglas and Peucker, 1973).

    The ends stay. It equals `skimage.measure.approximate_polygon`, whose module imports scipy.signal and scipy.stats:
    about a second, and some 60 MiB, that the first scan on screen would wait for.
    """
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        offsets, way = points[first + 1 : last] - points[first], points[last] - points[first]
        length = float(way @ way)
        shares = np.clip(offsets @ way / length, 0, 1) if length > 0 else np.zeros(len(offsets))
        away = np.hypot(*(offsets - shares[:, None] * way).T)
        if away.max() > tolerance:
            middle = first + 1 + int(away.argmax())
            kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return points[kept]
