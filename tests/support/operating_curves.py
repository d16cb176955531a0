"""Made-up operating curves, in which every budget of false marks has a threshold of its own."""

from __future__ import annotations

from mammoview.assess.models.operating_curves import BundleCurves, OperatingCurve
from tests.assess.models.test_operating_curves import curve, point


def falling(first: float, step: float) -> OperatingCurve:
    """Return a curve whose threshold falls by `step` from budget to budget."""
    budgets = enumerate((0.25, 0.5, 1.0, 2.0))
    return curve(*(point(first - step * i, budget, 0.5 + 0.1 * i) for i, budget in budgets))


CURVES = BundleCurves(heatmap=falling(0.7, 0.1), grid=falling(0.95, 0.05), findings=falling(0.8, 0.2))
