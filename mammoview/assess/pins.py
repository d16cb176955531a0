"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {
    "tissue_100um": {
        "model.safetensors": "3c280c848c83b1f55d340aed500340e1da50cf2b79af1e95179fceed5f231b08",
        "model.json": "083a2716477b2b32a31b8abfd89ce242edf5ea456c54a873e50f693e7ace49cc",
    },
    "tissue_150um": {
        "model.safetensors": "32f657bfbced3fbb33ab61cb3c64b4e0cf0f73508e0c1b990c61f891749f0a73",
        "model.json": "9e1e08246e6affcd0f692030fcf6abc12fb2ce2942490ed490e443599e7997fa",
    },
    "tissue_200um": {
        "model.safetensors": "cf4fde13e6578c37dd9bb9cfe9ba2c2ed310944e80b1b13c9ba4c6b2e6601c99",
        "model.json": "e6aaca1954cff75a69bab17cbb6614c60b31470682df8fc579e50f50e913c663",
        "fold_0.safetensors": "0cc1141e1782d144e33a6ad4740fa2fbac0360c0a01f5d0681452c62b1dac0ee",
        "fold_1.safetensors": "a205af96a050699a27ca6d49a570e164fab0e22264681df9c05f2189ca57acb2",
        "fold_2.safetensors": "fc56ac4ffd9d729d73048fdf93410502b5efa262b88e353ae3afef5cbc6c881c",
        "fold_3.safetensors": "52445c49ffa0e4f84ea0117fda9eac894e34dfe95f54594f316c56e2eb00e46b",
    },
    "heatmap_baseline": {
        "model.safetensors": "a0e89bb63f82a9ab28b2650a7ca4eebd7427baf6f0f396d7c2005768d6527f4a",
        "model.json": "8b8539f7b17236dde423f6cff35257297fa4e131193e4f3247253f97c0ad63f8",
    },
    "heatmap_fused": {
        "model.safetensors": "24a995f92c101b576e5c0ee387d5952f48b0eac5f60bf59d51fe78f55bd409f3",
        "model.json": "0f7740decfae4290260e49327ee497cbbf1f64b898646e0629a4ae75801942fb",
    },
}
