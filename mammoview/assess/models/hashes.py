"""SHA-256 of every file of the bundled models; written by `python -m training ship`."""

from __future__ import annotations

PINS: dict[str, dict[str, str]] = {
    "tissue_100um": {
        "model.safetensors": "b514b29eaedebe7b38f18b30ceb8e4fbffdb931358138cf4dae55eb6e13207e2",
        "model.json": "e787ab211b73981b0c7cd5194822e118ecab1f78d07e01a63d7affa8ef834500",
    },
    "tissue_150um": {
        "model.safetensors": "332bd6f244accf9e9916ea20bcb78e773f0d2b60bf1373862be407d344a6e585",
        "model.json": "a2258b1f39ff295fc6472ec14c68303eff6edaa4ae202069c2ceb27ed2a4ed10",
    },
    "tissue_200um": {
        "model.safetensors": "5868a9a2ac17669febf04293bcb3a92b1e151844bfb5c1e902f7e69ec844485b",
        "model.json": "56f20078d57960a76aa03fb2639cacafe42c181b95f9e68f781f0af6f17281cc",
        "fold_0.safetensors": "6c74954b21e131d7d21691764c9108382aa534c2c7279518dbb2235795914bf0",
        "fold_1.safetensors": "6de3c45659a0ab11ff4defeed2280cd2d61529c9a29ed493911a41211bed96e0",
        "fold_2.safetensors": "401aca8a33913855b282a49af8cc2c16614c62ecf59f7a10eb0708d39664246f",
        "fold_3.safetensors": "eb54aefd550c3c734431a4bf0a39fb1ea0af4a99192b46b23adb62eda4d9fed7",
    },
    "heatmap_baseline": {
        "model.safetensors": "60f2da86a16785fcf295813d879dab82820684be52e4086e89cb29beaa17e87f",
        "model.json": "f48bc4178a897eb874d4ca264b0a319316b74a2e2a8500fd562db7143105fed8",
    },
    "heatmap_fused": {
        "model.safetensors": "b48d799593d0106ae21142a05eb1185519c931fec330ee0f94ba672aeabed262",
        "model.json": "808d904f5f308de7d42985d341a2e6407aa9ae3641f4fc15b9c8417e8dc44abb",
    },
    "rescorer": {
        "model.safetensors": "e68ecd2a5c69a32a4878dc87f99e641c85d01272abaea979fa553f8d5709f702",
        "model.json": "52ad89cec1517bad537f03c3c50725ed037804a4948e5b82b0c0dc28fc70d9ab",
    },
    "clusters": {
        "model.safetensors": "55be0ffc5de69666cbe681377d3ac9e5cba27a30c356c84660d85eda707069c1",
        "model.json": "de50311daf225b749c5c33d2d97171239e4c40486737aca07e4f9ca8b1a222f8",
    },
}
