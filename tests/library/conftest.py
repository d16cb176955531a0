"""An empty library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.library.database import LibraryDatabase


@pytest.fixture
def index(tmp_path: Path) -> Iterator[LibraryDatabase]:
    """An empty library."""
    with LibraryDatabase(tmp_path / "library") as made:
        yield made
