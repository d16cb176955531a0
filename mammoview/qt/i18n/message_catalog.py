"""Translation of messages of the packages below Qt.

Warnings, errors and figures are English text by the time they reach the window, and some of it comes out of caches. So
they are known by their shape: a catalogue per language has a pattern for each, `{}` standing for what changes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QDate, QLocale

from mammoview.core.paths import resources

_DECIMAL = re.compile(r"(?<![\w.:])(\d+)\.(\d+)(?![\w.]*\.\d)")
_DAY = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])")


class MessagePattern(NamedTuple):
    """A pattern of an English phrase, and the format of its translation."""

    shape: re.Pattern[str]
    translation: str


_patterns: tuple[MessagePattern, ...] = ()


def install(language: str) -> None:
    """Use the catalogue of a language such as "es" from now on; English where there is none."""
    global _patterns
    file = resources() / "translations" / f"phrases_{language}.toml"
    known: dict[str, str] = {}
    if file.is_file():
        import tomllib  # not on the way to the first paint of an English window

        for part in tomllib.loads(file.read_text(encoding="utf-8")).values():
            known |= part
    # The more letters of its own a pattern has, the surer it is meant.
    ordered = sorted(known, key=lambda english: -len(english.replace("{}", "")))
    _patterns = tuple(MessagePattern(_shape(english), known[english]) for english in ordered)
    phrase.cache_clear()


@lru_cache(maxsize=4096)
def phrase(text: str) -> str:
    """Return a line in the reader's language; what is not in the catalogue stays as it is.

    A line may be made of several: "FILE: what is wrong. What to do".
    """
    if not text or not _patterns:
        return text
    return _whole(text) or _parts(text) or text


def by_locale(text: str) -> str:
    """Return a text with its decimal numbers and days as the reader's country writes them.

    Numbers of several dots (versions, UIDs) stay, and so do file names.
    """
    return _by_locale(text, QLocale())


@lru_cache(maxsize=1024)
def _by_locale(text: str, locale: QLocale) -> str:
    """Return the text of `by_locale` in the default locale; kept, since every repaint uses the same."""
    point = locale.decimalPoint()
    text = _DECIMAL.sub(lambda found: f"{found[1]}{point}{found[2]}", text) if point != "." else text
    return _DAY.sub(lambda found: day(found[0]), text)


def day(iso: str) -> str:
    """Return a day such as "2024-03-15" with its month in letters, which no two countries read differently."""
    date = QDate.fromString(iso, "yyyy-MM-dd")
    return QLocale().toString(date, "d MMM yyyy") if date.isValid() else iso


_MICROMETRES = re.compile(r"(?<=\d )um\b")


def localized_line(text: str) -> str:
    """Return a line of figures in the reader's language and writing."""
    return _MICROMETRES.sub("\u00b5m", by_locale(phrase(text)))


def _shape(english: str) -> re.Pattern[str]:
    """Return what matches a phrase with anything in its gaps."""
    return re.compile("(.*?)".join(re.escape(part) for part in english.split("{}")), re.DOTALL)


def _whole(text: str) -> str:
    """Return the text if it is one phrase; else an empty text."""
    for pattern in _patterns:
        found = pattern.shape.fullmatch(text)
        if found is not None:
            return pattern.translation.format(*(phrase(gap) if gap != text else gap for gap in found.groups()))
    return ""


def _parts(text: str) -> str:
    """Return a text of several phrases, if one of them is known; else an empty text."""
    for separator in (". ", "; "):
        head, cut, tail = text.rpartition(separator)
        if cut and (translation := _whole(tail)):
            return f"{phrase(head)}{cut}{translation}"
    head, cut, tail = text.partition(": ")
    if cut:
        translation = phrase(tail)
        return f"{phrase(head)}{cut}{translation}" if translation != tail or phrase(head) != head else ""
    return ""
