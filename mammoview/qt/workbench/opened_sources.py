"""The files and zips that hold the pictures of an evaluation, opened once for all their rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path

from mammoview.core.errors import MammoviewError
from mammoview.study.scan import Scan, Study

MOST_SOURCES = 4
"""Files and zips whose headers are kept in memory."""
_NOT_FOUND = "the picture of this row is not found on this machine"
_OTHER_PICTURE = "this file holds another picture than the one that was assessed"
_REMEDY = "Evaluate the data set again here"


class OpenedSources:
    """The headers of files and zips that were opened last: a zip is opened once for its pictures, not for each."""

    def __init__(self) -> None:
        self._studies: OrderedDict[tuple[Path, tuple[int, int], Hashable], list[Study]] = OrderedDict()

    def find(self, path: Path, pixels: str) -> tuple[Study, Scan]:
        """Return the scan of a file, or of a member of a zip, with its study.

        Its pixels have the hash `pixels`, unless that is empty.

        Raises
        ------
        MammoviewError
            When it is not there, or is another picture than the one that was assessed.
        """
        for study in self._opened(held_by(path)):
            for scan in study.scans:
                if scan.path == path:
                    if pixels and scan.pixel_hash != pixels:
                        scan.release()  # the study is kept
                        raise other_picture(path)
                    return study, scan
        raise not_found(path)

    def _opened(self, source: Path) -> list[Study]:
        """Return the studies of a file or zip, opened again where it, or what the user said of scans, has changed.

        Raises MammoviewError.
        """
        from mammoview.formats.common import file_io
        from mammoview.records.opened_studies import open_with_records, records_stamp

        try:
            key = source, file_io.stamp(source), records_stamp()
        except OSError:
            return open_with_records(source)
        studies = self._studies.pop(key, None)
        if studies is None:
            studies = open_with_records(source)
        while len(self._studies) >= MOST_SOURCES:
            self._studies.popitem(last=False)
        self._studies[key] = studies
        return studies


def held_by(path: Path) -> Path:
    """Return the file, or the zip that it lies in; itself where there is neither."""
    return next((one for one in (path, *path.parents) if one.is_file()), path)


def other_picture(path: Path) -> MammoviewError:
    """Return the error for a file that holds another picture than the one that was assessed."""
    return MammoviewError(_OTHER_PICTURE, _REMEDY, path)


def not_found(path: Path | None = None) -> MammoviewError:
    """Return the error for a picture whose file is not known on this machine, or is not in what was opened for it."""
    return MammoviewError(_NOT_FOUND, _REMEDY, path)
