"""Writes what dpkg reads: python packaging/debian_files.py VERSION ARCHITECTURE ROOT PACKAGE.

ROOT is the folder that becomes PACKAGE, mammoview or mammoview-onnx; control file, check sums and changelog are put
into it. DEBFULLNAME and DEBEMAIL name who built it, as with Debian's own tools.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import sys
import time
from email.utils import formatdate
from pathlib import Path

NEEDED = (
    "libegl1", "libgl1", "libglib2.0-0 | libglib2.0-0t64", "libdbus-1-3", "libfontconfig1",
    "libfreetype6", "libxkbcommon0", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-image0",
    "libxcb-keysyms1", "libxcb-randr0", "libxcb-render-util0", "libxcb-shape0", "libxcb-xinerama0", "libxcb-xkb1",
    "fonts-dejavu-core | fonts-freefont-ttf",
)  # fmt: skip
CONTROL = """\
Package: {package}
Version: {version}-1
Section: science
Priority: optional
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {depends}
Description: {description}
 .
 For research and education. Not a medical device, not for diagnosis.
"""
DESCRIPTIONS = {
    "mammoview": """mammography viewer that shows what a model sees
 Opens mammograms from DICOM files, DDSM, mini-MIAS and pictures, hangs them
 as in a reading room, and shows three layers of bundled models over them: a
 heatmap, a grid of a tissue classifier, and the gradient of its entropy.
 .
 Python, Qt and PyTorch come in the package.""",
    "mammoview-onnx": """mammography viewer, models of one's own in ONNX
 With this package Mammoview runs a model that its user brings as an ONNX file.
 It holds onnx and onnxruntime, for the processor alone.""",
}


def maintainer() -> str:
    """Name and address of the package's builder."""
    name = os.environ.get("DEBFULLNAME", "The Mammoview authors")
    return f"{name} <{os.environ.get('DEBEMAIL', 'mammoview@users.noreply.github.com')}>"


def needed_libc(files: list[Path]) -> str:
    """Return the oldest version of glibc that the libraries run with; those of the building system come along."""
    versions = {(2, 28)}  # what the wheels of PyTorch and Qt ask for
    for file in files:
        with file.open("rb") as opened:
            if opened.read(4) == b"\x7fELF":
                versions |= {(2, int(minor)) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?=\0)", opened.read())}
    return ".".join(map(str, max(versions)))


def write(version: str, architecture: str, root: Path, package: str) -> None:
    """Write control, md5sums and the changelog of the package."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    entry = f"{package} ({version}-1) unstable; urgency=medium\n\n  * Built from release {version}; see CHANGELOG.md.\n"
    entry += f"\n -- {maintainer()}  {formatdate(epoch)}\n"
    changelog = root / f"usr/share/doc/{package}/changelog.Debian.gz"
    changelog.write_bytes(gzip.compress(entry.encode(), 9, mtime=0))
    changelog.chmod(0o644)
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    files = [path for path in files if "DEBIAN" not in path.parts]
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files]
    (root / "DEBIAN/md5sums").write_text("".join(sums), "utf-8")
    needed = NEEDED if package == "mammoview" else (f"mammoview (= {version}-1)",)
    text = CONTROL.format(
        package=package,
        description=DESCRIPTIONS[package],
        version=version,
        architecture=architecture,
        maintainer=maintainer(),
        size=sum(path.stat().st_size for path in files) // 1024,
        depends=", ".join((f"libc6 (>= {needed_libc(files)})", *needed)),
    )
    (root / "DEBIAN/control").write_text(text, "utf-8")


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
