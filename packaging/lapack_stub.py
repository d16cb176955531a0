"""Writes a library in place of SciPy's OpenBLAS, of 25 MB, where the packages hold nothing that calculates with it.

    python packaging/lapack_stub.py libscipy_openblas-6cdc3b4a.so NEW_FILE

mammoview.spec leaves SciPy's linear algebra out. Only its special functions still name one function of LAPACK, for
Lamé's functions, which nothing here calls: with its name they are loaded. NumPy has a BLAS of its own. Needs `as` and
`ld`, which come with `strip`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

NAMED = ("scipy_dstevr_",)
"""What SciPy's special functions are linked with. Here it is data: a call ends the program, with no wrong number."""


def write_stub(name: str, target: Path) -> None:
    """Write a library of this name."""
    lines = [f'.globl {symbol}\n.type {symbol}, "object"\n{symbol}: .quad 0\n.size {symbol}, 8\n' for symbol in NAMED]
    with tempfile.TemporaryDirectory() as folder:
        source, object_file = Path(folder) / "stub.s", Path(folder) / "stub.o"
        source.write_text(f'.section .rodata\n{"".join(lines)}.section .note.GNU-stack, "", "progbits"\n')
        subprocess.run(["as", "-o", str(object_file), str(source)], check=True)
        subprocess.run(["ld", "-shared", "-soname", name, "-o", str(target), str(object_file)], check=True)


if __name__ == "__main__":
    write_stub(Path(sys.argv[1]).name, Path(sys.argv[2]))
