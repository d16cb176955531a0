"""Hook of MkDocs: files beside the documentation that its pages link to come with the HTML pages.

In the repository and in an installed program such links lead out of the folder of the pages, which HTML cannot. Texts
are copied as .txt, so that MkDocs does not take them for pages.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
FOLDER = "repository"
"""Folder of the copies in the site."""
_LINK = re.compile(r"(?<=\]\()[^)#:\s]+(?=\))")


def _outside(link: str, page: str) -> str:
    """Return the path of a link below the root of the repository, empty where it stays within the pages."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    return target.removeprefix("../") if target.startswith("../") else ""


def _copy(target: str) -> str:
    """Return where the copy of a file of the repository lies in the site."""
    return f"{FOLDER}/{target}{'' if Path(target).suffix in ('.csv', '.png') else '.txt'}"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what the pages link to outside the documentation."""
    targets: set[str] = set()
    for page in files.documentation_pages():
        targets |= {_outside(link, page.src_uri) for link in _LINK.findall(page.content_string)} - {""}
    for target in sorted(targets):
        files.append(File.generated(config, _copy(target), abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point such links at the copies."""
    folder = posixpath.dirname(page.file.src_uri)

    def led(found: re.Match[str]) -> str:
        target = _outside(found[0], page.file.src_uri)
        return posixpath.relpath(_copy(target), folder or ".") if target else found[0]

    return _LINK.sub(led, markdown)
