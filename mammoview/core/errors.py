"""The one family of errors: each message names the file, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

_LONGEST = 500
"""Most characters of `what` in a message."""


def printable(path: Path | str) -> str:
    """Return a path for printing on one line; unprintable characters (line ends, broken UTF-8) become "?"."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(path))


class MammoviewError(Exception):
    """Base class of errors that are reported to the user in one line.

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
        # `what` may quote contents of the file.
        text = printable(what)
        text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        super().__init__(f"{place}{text}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the attributes, so that an error from another process keeps them."""
        return _again, (type(self), self.what, self.remedy, self.path)


def _again(kind: type[MammoviewError], what: str, remedy: str, path: Path | None) -> MammoviewError:
    """Make an error of this class or a subclass from its attributes."""
    error = kind.__new__(kind)
    MammoviewError.__init__(error, what, remedy, path)
    return error


class UnreadableError(MammoviewError):
    """A file that cannot be opened or decoded."""


class NotAMammogramError(MammoviewError):
    """A sound file that does not hold a mammogram."""


class SidecarError(NotAMammogramError):
    """A readable picture beside mammograms that is not one itself: a drawing, mask or preview."""


class OutOfScopeError(MammoviewError):
    """A scan that the models cannot assess."""


class NoBreastError(OutOfScopeError):
    """A scan in which no breast can be found."""


class ModelError(MammoviewError):
    """A model that is missing, altered, or does not fit the program."""


class CancelledError(MammoviewError):
    """Work that was stopped because the user asked for it."""

    def __init__(self, what: str = "cancelled") -> None:
        super().__init__(what, "Start it again when you want it")
