"""Copies onnx and onnxruntime, to lie in the folder of the program: python packaging/onnx_files.py FOLDER.

Run by the interpreter of an environment that has them. The program imports from its folder `_internal`; what it has
itself (NumPy, the standard library) is left out, and so are sources, tests, tools and models of the two libraries.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib.metadata import distribution, requires
from pathlib import Path

DISTRIBUTIONS = ("onnx", "onnxruntime", "protobuf")
UNUSED = re.compile(
    r"onnx/(backend|reference|bin|fuzz|frontend|tools|test|common)/|onnx/.*\.(cc|h|proto|txt)$"
    r"|onnxruntime/(backend|datasets|quantization|tools|transformers)/|onnxruntime/capi/libonnxruntime\.so"
    r"|google/protobuf/(compiler|testdata|util)/|\.pyi$|\.pyc$|/bin/|^\.\."
)
"""Parts of the paths of files that nothing here loads; the library of onnxruntime is in its Python module."""


def distributions() -> tuple[str, ...]:
    """Return what is copied; early versions of onnx do not ask for ml_dtypes."""
    asked = any(text.startswith("ml_dtypes") for text in requires("onnx") or ())
    return (*DISTRIBUTIONS, "ml_dtypes") if asked else DISTRIBUTIONS


def copy_files(target: Path) -> None:
    """Copy the libraries with their licences, and leave symbols for debuggers out."""
    for name in distributions():
        for file in distribution(name).files or ():
            if UNUSED.search(file.as_posix()) or file.name in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
                continue
            copy = target / file
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), copy)
    for library in target.rglob("*.so"):
        subprocess.run(["strip", "--strip-unneeded", str(library)], check=True)


if __name__ == "__main__":
    copy_files(Path(sys.argv[1]))
