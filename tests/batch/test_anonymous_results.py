"""Results that name no file."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mammoview.core import result_sources
from mammoview.study.scan import Side
from tests.batch.test_results import assess, save, state, table

pytestmark = pytest.mark.usefixtures("small_models")
Capture = pytest.CaptureFixture[str]


class TestAnonymous:
    def test_nothing_tells_the_file_but_the_private_table(
        self, tmp_path: Path, fresh_data_folder: Path, capsys: Capture
    ) -> None:
        folder, out = tmp_path / "Doe_Jane", tmp_path / "out"
        good = save(folder / "JaneDoe4711_L_CC.png", 4000)
        drawn = {"kind": "box", "box": [40, 200, 80, 240]}
        text = json.dumps({"mammoview_outlines": 1, "outlines": [drawn]})
        (folder / "JaneDoe4711_L_CC.outlines.json").write_text(text)
        whole = save(folder / "Doe2_R_CC.png", 3000, Side.RIGHT).read_bytes()
        (folder / "Doe2_R_CC.png").write_bytes(whole[: len(whole) // 2] + b"\0" * 20 + whole[len(whole) // 2 + 20 :])
        blank = folder / "Doe_Blank_L_MLO.png"
        Image.fromarray(np.zeros((600, 400), np.uint16)).save(blank)
        assert assess(out, folder, "--anonymous") == 2
        reported = [file.name for file in out.iterdir()]
        reported += [file.read_text() for file in out.iterdir() if file.suffix != ".npz"]
        for word in ("doe", "jane", "4711", str(tmp_path)):
            assert word not in "\n".join(reported).lower()
        lines = {line["source"]: line for line in table(out)}
        private = result_sources.private_table(out)
        assert str(private) in capsys.readouterr().err
        assert fresh_data_folder in private.parents
        assert private.stat().st_mode & 0o077 == 0
        with private.open(newline="") as file:
            known = {line["code"]: line["file"] for line in csv.DictReader(file)}
        assert known.keys() == lines.keys()
        (code,) = (code for code, file in known.items() if file == str(good))
        assert re.fullmatch("source-[0-9a-f]{16}", code)
        assert lines[code]["state"] == "assessed"
        held = json.loads((out / f"{lines[code]['name']}.json").read_text())
        assert held["source"] == code
        assert [lines[c]["state"] for c, file in known.items() if file == str(blank)] == ["failed"]

    def test_codes_are_stable_while_the_folder_grows(self, tmp_path: Path) -> None:
        folder, out = tmp_path / "films", tmp_path / "out"
        save(folder / "b_L_CC.png", 4000)
        assert assess(out, folder, "--anonymous") == 0
        before, lines = state(out), table(out)
        save(folder / "a_L_CC.png", 3000)
        assert assess(out, folder, "--anonymous") == 0
        assert before.items() <= state(out).items()
        assert len(table(out)) == 2
        assert all(line in table(out) for line in lines)
        assert len(result_sources.private_table(out).read_text().splitlines()) == 3

    def test_a_code_cannot_be_worked_out_from_the_path(self, tmp_path: Path) -> None:
        one = result_sources.anonymous_source(tmp_path / "a.png", b"mine")
        assert one == result_sources.anonymous_source(tmp_path / "x" / ".." / "a.png", b"mine")
        assert one != result_sources.anonymous_source(tmp_path / "a.png", b"yours")
