"""The one family of errors: each message names the file, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

_LONGEST = 500
"""Most signs of what is wrong."""


def printable(path: Path | str) -> str:
    """Return a path as it can be printed on one line: signs that cannot (line ends, broken UTF-8) become "?"."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(path))


class MammoviewError(Exception):
    """Anything a user can be told in one line.

    Parameters
    ----------
    what
        What is wrong, without a final full stop.
    remedy
        What the user can do about it.
    path
        The file or folder concerned, if there is one.
    """

    def __init__(self, what: str, remedy: str, path: Path | str | None = None) -> None:
        self.what = what
        self.remedy = remedy
        self.path = None if path is None else Path(path)
        place = "" if path is None else f"{printable(path)}: "
        # What is wrong may quote the file.
        told = printable(what)
        told = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
        super().__init__(f"{place}{told}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the parts, so that an error comes whole out of another process."""
        return _again, (type(self), self.what, self.remedy, self.path)


def _again(kind: type[MammoviewError], what: str, remedy: str, path: Path | None) -> MammoviewError:
    """Make an error of any of the kinds below from its parts."""
    error = kind.__new__(kind)
    MammoviewError.__init__(error, what, remedy, path)
    return error


class UnreadableError(MammoviewError):
    """A file that cannot be opened or decoded."""


class NotAMammogramError(MammoviewError):
    """A sound file that does not hold a mammogram."""


class SidecarError(NotAMammogramError):
    """A sound picture that lies beside mammograms and is none: a drawing, mask or preview."""


class OutOfScopeError(MammoviewError):
    """A scan that the models cannot say anything about."""


class NoBreastError(OutOfScopeError):
    """A scan in which no breast can be found."""


class ModelError(MammoviewError):
    """A bundled model that is missing, altered or does not fit the code."""


class CancelledError(MammoviewError):
    """Work that was stopped because the user asked for it."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what, "Start it again when you want it")
