"""Rebuilds the data library of ICU, of which Qt brings 32 MB, with what the window's languages need.

    python packaging/icu_data.py libicudata.so.73 NEW_FILE

Qt sorts by it, in file dialogs; the rest of ICU's data (names of languages and currencies, code pages, line breaks of
other scripts) is of no use to the window, since Qt has tables of its own. Needs `as` and `ld`, which come with `strip`.
"""

from __future__ import annotations

import fnmatch
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = (
    "*.icu", "*.nrm", "coll/ucadata.icu", "coll/res_index.res", "coll/root.res", "coll/en*.res", "coll/es*.res",
    "root.res", "en.res", "en_US*.res", "es.res", "pool.res", "res_index.res", "icuver.res", "supplementalData.res",
    "numberingSystems.res", "keyTypeData.res", "likelySubtags.res", "timezoneTypes.res", "zoneinfo64.res",
    "metadata.res", "plurals.res",
)  # fmt: skip
"""Names of items below the folder of the package; `*` stands for no further folder."""
MARK = b"CmnD"
"""Format of a package of common data, 12 bytes after its beginning."""
ALIGNMENT = 16


def kept(name: str) -> bool:
    """Return whether an item of the package stays; its name begins with that of the package."""
    own = name.partition("/")[2]
    return any(fnmatch.fnmatchcase(own, pattern) and own.count("/") == pattern.count("/") for pattern in KEPT)


def items_of(package: bytes) -> dict[str, bytes]:
    """Return names and contents of a package of common data.

    Its header states its own length; then follow the number of items, offsets of each one's name and content from the
    end of the header, the names and the contents.
    """
    body = package[struct.unpack_from("<H", package)[0] :]
    count = struct.unpack_from("<I", body)[0]
    places = [struct.unpack_from("<II", body, 4 + 8 * k) for k in range(count)]
    ends = [content for _, content in places[1:]] + [len(body)]
    return {
        body[name : body.index(b"\0", name)].decode(): body[content:end]
        for (name, content), end in zip(places, ends, strict=True)
    }


def package_of(header: bytes, items: dict[str, bytes]) -> bytes:
    """Return a package of common data; ICU searches the names, so that they are sorted."""
    names = sorted(items)
    at = 4 + 8 * len(names)
    toc, texts, contents = [], b"".join(name.encode() + b"\0" for name in names), []
    content_at = -(-(at + len(texts)) // ALIGNMENT) * ALIGNMENT
    padding = b"\0" * (content_at - at - len(texts))
    for name in names:
        content = items[name] + b"\0" * (-len(items[name]) % ALIGNMENT)
        toc.append(struct.pack("<II", at, content_at))
        contents.append(content)
        at += len(name) + 1
        content_at += len(content)
    return header + struct.pack("<I", len(names)) + b"".join(toc) + texts + padding + b"".join(contents)


def rebuild(library: Path, target: Path) -> None:
    """Write a library with the items that are kept, under the library's name and symbol."""
    content = library.read_bytes()
    package = content[content.index(MARK) - 12 :]
    header = package[: struct.unpack_from("<H", package)[0]]
    (symbol,) = set(re.findall(rb"icudt\d+_dat", content))
    items = {name: item for name, item in items_of(package).items() if kept(name)}
    with tempfile.TemporaryDirectory() as folder:
        data, source, object_file = (Path(folder) / name for name in ("data", "data.s", "data.o"))
        data.write_bytes(package_of(header, items))
        source.write_text(
            f'.section .rodata\n.balign {ALIGNMENT}\n.globl {symbol.decode()}\n.type {symbol.decode()}, "object"\n'
            f'{symbol.decode()}: .incbin "{data}"\n.size {symbol.decode()}, . - {symbol.decode()}\n'
            '.section .note.GNU-stack, "", "progbits"\n'
        )
        subprocess.run(["as", "-o", str(object_file), str(source)], check=True)
        subprocess.run(["ld", "-shared", "-soname", library.name, "-o", str(target), str(object_file)], check=True)


if __name__ == "__main__":
    rebuild(Path(sys.argv[1]), Path(sys.argv[2]))
