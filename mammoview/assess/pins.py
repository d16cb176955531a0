"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {
    "tissue_200um": {
        "model.safetensors": "fa59b22a1134f15bb935f0f22bb212c9b08fc45b476c47b4e71e1e6351b5dd8b",
        "model.json": "62efb2bbaf6aa65a8262c56c4131bda28823b4db73d9cbe6333c629f5f32f2ec",
    },
    "heatmap_baseline": {
        "model.safetensors": "94596dd34d13d79cc8bb7f500e949b88685649c2c9973c0a64a6aef6d2958d85",
        "model.json": "8d9c032e030928eae3e9a2a9452a020add5442c67ded6da0bc7537260e347b64",
    },
    "heatmap_fused": {
        "model.safetensors": "f85c5ab8491c08ce863f51955d53126442da5313e6dfd8137e232a50efc3a56c",
        "model.json": "c874787a4adde10758f56f997509ab44309cbe43907356ffacdb8bb1ea1f1777",
    },
}
