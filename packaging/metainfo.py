"""Writes the AppStream metadata of a package: python packaging/metainfo.py FILE.

AppStream takes screenshots by address alone. PICTURES_URL is where the files of this repository are published, such as
https://HOST/OWNER/mammoview/raw/v0.2.0; without it the metadata have no screenshots.
"""

from __future__ import annotations

import os
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "packaging" / "linux" / "mammoview.metainfo.xml"
SCREENSHOTS = (
    (
        "packaging/screenshots/window.png",
        "The sample study in the window, with the models' findings and the outlines of the data set",
        "El estudio de muestra en la ventana, con los hallazgos de los modelos y los contornos del conjunto de datos",
    ),
    (
        "docs/pictures/impression.webp",
        "A first impression of each breast, entered before the layers are revealed",
        "Una primera impresión de cada mama, anotada antes de revelar las capas",
    ),
    (
        "docs/pictures/comparison.webp",
        "The layers of the models held against the outlines",
        "Las capas de los modelos comparadas con los contornos",
    ),
)
"""Files of the repository with their captions in English and Spanish; the first one is shown first."""
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def screenshots(address: str) -> ET.Element:
    """Return the element with the addresses of the pictures."""
    every = ET.Element("screenshots")
    for file, english, spanish in SCREENSHOTS:
        one = ET.SubElement(every, "screenshot", {"type": "default"} if not len(every) else {})
        ET.SubElement(one, "caption").text = english
        ET.SubElement(one, "caption", {LANGUAGE: "es"}).text = spanish
        ET.SubElement(one, "image", {"type": "source"}).text = f"{address.rstrip('/')}/{file}"
    return every


def write(target: Path, address: str) -> None:
    """Write the metadata, with screenshots before the categories where there is an address for them."""
    tree = ET.parse(SOURCE)
    root = tree.getroot()
    if address:
        root.insert(list(root).index(root.find("categories")), screenshots(address))
        ET.indent(tree)
    tree.write(target, "utf-8", xml_declaration=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), os.environ.get("PICTURES_URL", ""))
