"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {
    "tissue_100um": {
        "model.safetensors": "b5c19a3067084b80252fe2614292d7b4953728f0d98e1b3ff13b0bf5140e0c71",
        "model.json": "811226b761ac8811909f76b9f5ea76fe809a186a9d93d9d7387f2938b79b8caa",
    },
    "tissue_150um": {
        "model.safetensors": "0918b113037da75535bfca380e2b6d8e5d7d49f1e3c502294e04f8ef462882b2",
        "model.json": "b5dfc8c1ad55e549fa078f69db820da0bba944a6cc086584a37d42efcda8dce8",
    },
    "tissue_200um": {
        "model.safetensors": "fefa27f0476dbfdd180d7ba10606909d58b3ff1a308375d382d7c39fae2866d3",
        "model.json": "b1309c7a2de102e66fb3d41eab0abd511a5e4f090d42c068dca1c17d4c6204d2",
    },
    "heatmap_baseline": {
        "model.safetensors": "f1f7a6fef6922e1232d87816047da2a6174445d8b3241a95ba51dc34975db809",
        "model.json": "4324c798d73932df9a5c85eaf3f58bf5c3e5c4e795fdbd3f7f13f41e734f84c4",
    },
    "heatmap_fused": {
        "model.safetensors": "8eb20869f289da7bbbf08c585a0423aa301b8fbb5c2f759248a44b2b5eb98065",
        "model.json": "70ce204a2d7435811d918daa679ccd068ea94aea5d05f5d262fd8ca55d3ad4bb",
    },
}
