"""The language of the window: its texts, Qt's own, and how numbers and dates are written."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from mammoview.core.paths import resources
from mammoview.qt.i18n import message_catalog
from mammoview.qt.i18n.noop import translate_noop

QT_LACKS = (translate_noop("QFileDialog", "&Look in:"), translate_noop("QFileDialog", "Files of &type:"))
"""Texts of Qt's dialogs that its own translations lack, of 6.11: they are translated with ours."""
_INSTALLED: list[QTranslator] = []
"""Translators live as long as somebody holds them."""


def install(application: QApplication, language: str) -> None:
    """Use a language for every text that is made from now on.

    Parameters
    ----------
    application
        The running one.
    language
        "en", "es", or "system" for that of the operating system; texts without a translation stay English.
    """
    remove(application)
    locale = QLocale.system() if language == "system" else QLocale(language)
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    QLocale.setDefault(locale)
    message_catalog.install(locale.name().partition("_")[0])
    own = str(resources() / "translations")
    for name, folder in (("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)), ("mammoview", own)):
        translator = QTranslator(application)
        if locale.language() != QLocale.Language.English and translator.load(locale, name, "_", folder):
            application.installTranslator(translator)
            _INSTALLED.append(translator)


def remove(application: QApplication) -> None:
    """Go back to English, with numbers and dates as without a language."""
    while _INSTALLED:
        application.removeTranslator(_INSTALLED.pop())
    QLocale.setDefault(QLocale.c())
    message_catalog.install("en")
