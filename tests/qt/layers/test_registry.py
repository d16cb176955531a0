"""A layer is one module and one line of the registry: menu, panel, window, export and legend have it then."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.timeouts import PROGRAM_S

MADE_UP = """
import numpy as np
from mammoview.display.layers.drawing import Drawing, Label, Path, Pen, Raster, Strokes
from mammoview.display.layer_style import LayerStyle
from mammoview.display.layers.layer_type import ComparedMaps, LayerType, ReadOut
from mammoview.study.geometry import Affine

def describe(scan, style):
    ink = np.full((10, 10, 4), (1, 254, 3, 255), np.uint8)
    square = np.array([[100.0, 200], [200, 200], [200, 300], [100, 300]])
    return Drawing(raster=Raster(ink, Affine(10, 10, 100, 200)),
                   strokes=(Strokes((Path((square,), True, ("made up",)),), Pen((254, 1, 3), 2.0, 4.0)),))

LAYERS = (
    LayerType(LayerStyle("made", "Made up", "Ctrl+Alt+Shift+M", "amber", 0.0, 1.0, ""), order=9.0,
              data=lambda context: context.scan, describe=describe, note="for a test",
              read_out=lambda context, column, row: (ReadOut("made up", (("", 0.5),)),), usual=True, panel=9,
              compared=(ComparedMaps("made", "Made-up map", lambda made: {"made": (made.heatmap, 0.25)}),)),
)
"""
SCRIPT = """
import json, sys, types
from pathlib import Path
import numpy as np
from PIL import Image
import mammoview.display.layers as package

folder, study = map(Path, sys.argv[1:])
package.__path__.append(str(folder))
file = Path(package.__path__[0]) / "registry.py"
source = file.read_text("utf-8").replace("_MODULES = (", '_MODULES = (\\n    "made_up",', 1)
registry = package.registry = sys.modules[package.__name__ + ".registry"] = types.ModuleType("registry")
exec(compile(source, file, "exec"), vars(registry))

import mammoview
from mammoview.assess.results.hits_and_overlap import layers_of, operating_points
from mammoview.assess.results.assessment import Layer
from mammoview.display.scan_analysis import analyse
from mammoview.export.annotated_png import write_png
from mammoview.export.captions import captions
from mammoview.qt.main_window.menu_commands.all_commands import COMMANDS
from mammoview.qt.application import application, snapshot
from mammoview.qt.dialogs.figure_titles import PRESETS
from mammoview.qt.findings.comparison_panel import TITLES
from mammoview.qt.layers.layers_panel import LayersPanel
from mammoview.qt.navigation.pixel_readout import readout
from mammoview.qt.session.layer_state import LayerState
from mammoview.qt.session.loaded_scan import load_scan
from mammoview.qt.session.scan_entry import ScanEntry
from mammoview.qt.session.voi_state import VoiState
from mammoview.study.geometry import Affine

def inked(picture):
    return int((np.asarray(Image.open(picture).convert("RGB")) == (1, 254, 3)).all(2).sum())

scan = mammoview.open_study(study)[0].scans[0]
write_png(folder / "export.png", scan, None, ("made",))
for name, layers in (("bare", ()), ("drawn", ("made",))):
    snapshot(study, folder / f"{name}.png", layers)
application()
state = LayerState()
state.switch("made", True)
panel = LayersPanel(state, {})
entry = ScanEntry(scan)
entry.grey = VoiState.of(load_scan(scan))
flat = Layer(np.zeros((40, 30), np.float32), Affine(10, 10, 0, 0))
made = types.SimpleNamespace(named_grids={}, heatmap_baseline=None, heatmap=flat, saliency=flat, operating=0.5)
print(json.dumps({
    "usual": registry.USUAL_LAYERS,
    "panels": [list(preset.layers) for preset in PRESETS.values()],
    "compared": [name for name, lattice in layers_of(made, scan.spacing).items() if lattice is flat],
    "points": operating_points(made),
    "titles": TITLES,
    "export": inked(folder / "export.png"),
    "bare": inked(folder / "bare.png"),
    "drawn": inked(folder / "drawn.png"),
    "legend": [legend.text for legend in captions(analyse(scan), None, ("made",)).legends],
    "command": [command.key for command in COMMANDS if command.name == "made"],
    "row": panel.rows["made"].check.text(),
    "read_out": readout(entry, 5.5, 5.5, state),
}))
"""


def test_a_module_and_a_line_make_a_layer(study: Path, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    folder.mkdir()
    (folder / "made_up.py").write_text(MADE_UP)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), str(study)], capture_output=True, text=True, timeout=PROGRAM_S
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["export"] > 90 * 90
    assert found["bare"] == 0
    assert found["drawn"] > 500
    assert found["legend"] == ["Made up, for a test"]
    assert found["command"] == ["Ctrl+Alt+Shift+M"]
    assert found["row"] == "Made up"
    assert found["read_out"].endswith("made up 0.50")
    assert "made" in found["usual"]
    assert all(layers[-1] == "made" for layers in found["panels"])
    assert set(found["compared"]) == {"heatmap", "made"}
    assert found["points"]["made"] == 0.25
    assert found["titles"]["made"] == "Made-up map"
