"""Writes highdicom's table of DICOM attributes as small as the packages need it: python packaging/dicom_tables.py FILE.

The table of highdicom lists every attribute of every module of the standard, also those inside of sequences: 22 MB,
most of it about radiotherapy, MR, CT and ophthalmology. The attributes at the root of a data set stay for all modules,
those inside of sequences for the kinds of objects that Mammoview writes and of the images that it reads.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

TABLE = "module_attribute_map.json"
KEPT = (
    "mammography", "breast", "digital-x-ray", "computed-radiography", "secondary-capture", "softcopy", "segmentation",
    "-sr", "key-object",
)  # fmt: skip
"""Parts of the names of the kinds of objects (IODs) that stay whole."""


def table(name: str) -> dict[str, list[dict[str, Any]]]:
    """Return a table of highdicom."""
    found: dict[str, list[dict[str, Any]]] = json.loads((files("highdicom") / "_standard" / name).read_text("utf-8"))
    return found


def reduced() -> dict[str, list[dict[str, Any]]]:
    """Return the attributes by module, without those inside of sequences of kinds that are not kept."""
    kinds = table("iod_module_map.json")
    whole = {m["key"] for kind, modules in kinds.items() if any(word in kind for word in KEPT) for m in modules}
    return {
        module: [attribute for attribute in attributes if module in whole or not attribute["path"]]
        for module, attributes in table(TABLE).items()
    }


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(reduced(), separators=(",", ":")), "utf-8")
