"""An empty library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mammoview.library.database import Index


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An empty library."""
    with Index(tmp_path / "library") as made:
        yield made
