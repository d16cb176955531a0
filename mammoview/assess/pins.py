"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {
    "tissue_200um": {
        "model.safetensors": "f2707327519d2e1e94f3aabe4ec4010b03567c21e163ded2021374fa1b9d2966",
        "model.json": "3fe31e7c583e9d2d38f466cd9ffed4042c0060f8229546a3539a5958e2124dbd",
    },
    "heatmap_baseline": {
        "model.safetensors": "94596dd34d13d79cc8bb7f500e949b88685649c2c9973c0a64a6aef6d2958d85",
        "model.json": "bc99a48d53733f42e366c9cea4a5204f1b838d1432f3f4288a8145325f5370ff",
    },
    "heatmap_fused": {
        "model.safetensors": "f85c5ab8491c08ce863f51955d53126442da5313e6dfd8137e232a50efc3a56c",
        "model.json": "42511680c0ee7c20d0954d989c5fe3d3778b1ca4b93ed34fbfd3b5bd3ab022d0",
    }
}
