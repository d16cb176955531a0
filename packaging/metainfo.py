"""Writes what software centres read of a package: python packaging/metainfo.py FILE | --catalog SHARE.

FILE gets the AppStream metadata, in which screenshots are web addresses and nothing else. PICTURES_URL is where the
files of this repository are published, such as https://HOST/OWNER/mammoview/raw/v0.2.0; without it they have none.

--catalog writes into a folder that is installed as /usr/share what needs no address: the pictures, and an AppStream
catalogue of this one package that names them. By the catalogue software centres know to which package the program
belongs.
"""

from __future__ import annotations

import os
import shutil
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "packaging" / "linux" / "mammoview.metainfo.xml"
SCREENSHOTS = (
    (
        "window.png",
        "The sample study in the window, with the models' findings and the outlines of the data set",
        "El estudio de muestra en la ventana, con los hallazgos de los modelos y los contornos del conjunto de datos",
    ),
    (
        "impression.png",
        "A first impression of each breast, entered before the layers are revealed",
        "Una primera impresión de cada mama, anotada antes de revelar las capas",
    ),
    (
        "comparison.png",
        "The layers of the models held against the outlines",
        "Las capas de los modelos comparadas con los contornos",
    ),
)
"""Pictures with their captions in English and Spanish; the first one is shown first."""
PICTURES = Path("packaging", "screenshots")
"""Their folder in the repository."""
INSTALLED = Path("mammoview", "screenshots")
"""Their folder below /usr/share."""
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def screenshots(before: str) -> ET.Element:
    """Return the element with the pictures, whose addresses begin with `before`."""
    every = ET.Element("screenshots")
    for name, english, spanish in SCREENSHOTS:
        one = ET.SubElement(every, "screenshot", {"type": "default"} if not len(every) else {})
        ET.SubElement(one, "caption").text = english
        ET.SubElement(one, "caption", {LANGUAGE: "es"}).text = spanish
        with Image.open(ROOT / PICTURES / name) as picture:
            size = {"width": str(picture.width), "height": str(picture.height)}
        ET.SubElement(one, "image", {"type": "source", **size}).text = before + name
    return every


def component(shown: ET.Element | None) -> ET.Element:
    """Return the metadata, with screenshots before the categories where there are any."""
    root = ET.parse(SOURCE).getroot()
    if shown is not None:
        root.insert(list(root).index(root.find("categories")), shown)
    return root


def write(target: Path, address: str) -> None:
    """Write the metadata of the program; without an address they have no screenshots."""
    _save(component(screenshots(f"{address.rstrip('/')}/{PICTURES.as_posix()}/") if address else None), target)


def write_catalog(share: Path, package: str = "mammoview") -> None:
    """Write the catalogue of a package and the pictures that it names, below the folder that becomes /usr/share."""
    described = component(screenshots(""))
    for number, (tag, text, facts) in enumerate((("pkgname", package, {}), ("icon", "mammoview", {"type": "stock"}))):
        added = ET.Element(tag, facts)
        added.text = text
        described.insert(1 + number, added)
    for paragraph in described.iter("p"):  # not every software centre joins lines
        paragraph.text = " ".join((paragraph.text or "").split())
    base = f"file:///usr/share/{INSTALLED.as_posix()}"
    catalog = ET.Element("components", {"version": "0.16", "origin": package, "media_baseurl": base})
    catalog.append(described)
    (share / INSTALLED).mkdir(parents=True, exist_ok=True)
    for name, *_captions in SCREENSHOTS:
        shutil.copyfile(ROOT / PICTURES / name, share / INSTALLED / name)
    folder = share / "swcatalog" / "xml"
    folder.mkdir(parents=True, exist_ok=True)
    _save(catalog, folder / f"{package}.xml")


def _save(root: ET.Element, target: Path) -> None:
    """Write an XML file, indented."""
    ET.indent(root)
    ET.ElementTree(root).write(target, "utf-8", xml_declaration=True)


if __name__ == "__main__":
    if sys.argv[1] == "--catalog":
        write_catalog(Path(sys.argv[2]))
    else:
        write(Path(sys.argv[1]), os.environ.get("PICTURES_URL", ""))
